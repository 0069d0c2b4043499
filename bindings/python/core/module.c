/* The module libws._core. */
#include "core.h"

#include <time.h>

unsigned long main_thread;
PyObject *cancelled_error;

static PyObject *error_of; /* called with a status and words: returns the exception */

PyObject *raise_words(ws_status status, const char *words)
{
    PyObject *error = PyObject_CallFunction(error_of, "is", (int)status, words);
    if (error) PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    return NULL;
}

PyObject *raise_status(ws_status status)
{
    return raise_words(status, ws_last_error());
}

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static PyObject *set_hooks(PyObject *module, PyObject *args)
{
    PyObject *error, *cancelled;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO", &error, &cancelled)) return NULL;
    Py_XSETREF(error_of, Py_NewRef(error));
    Py_XSETREF(cancelled_error, Py_NewRef(cancelled));
    Py_RETURN_NONE;
}

static PyObject *set_main_thread(PyObject *module, PyObject *args)
{
    (void)module;
    if (!PyArg_ParseTuple(args, "k", &main_thread)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *set_message_event(PyObject *module, PyObject *class)
{
    (void)module;
    Py_XSETREF(message_event, Py_NewRef(class));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"set_hooks", set_hooks, METH_VARARGS, "set_hooks(error_of, CancelledError)"},
    {"set_message_event", set_message_event, METH_O, "set_message_event(MessageEvent)"},
    {"set_main_thread", set_main_thread, METH_VARARGS, "set_main_thread(ident): the thread on which signals are handled"},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
    PyTypeObject *types[] = {&SocketType, &BlockingType, &AwaitingType, &DispatchingType, &ReceiveType, &WaiterType, &LoopType};
    const char *names[] = {"Socket", "Blocking", "Awaiting", "Dispatching", "Receive", "Waiter", "Loop"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (PyType_Ready(types[i]) < 0 || PyModule_AddObjectRef(module, names[i], (PyObject *)types[i]) < 0) return -1;
    return awaiting_ready();
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "libws._core",
    .m_doc = "The part of libws that runs once a message.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
