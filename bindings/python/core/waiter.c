/* What a task waits for in recv(): a future of asyncio's kind, as far as tasks use one, that lets the task go on at once.
 *
 * A future of asyncio's own would have the loop ask the kernel once more before the task goes on. This one is told in the callback of the
 * loop's descriptor, where no task runs, and calls the task from there.
 */
#include "core.h"

#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *aio;                /* asyncio's loop */
    PyObject *callback, *context; /* what the task wants to be called with, and where; NULL: nothing */
    enum { WAITING, DONE, CANCELLED } state;
    char blocking;
} Waiter;

PyObject *waiter_new(PyObject *aio)
{
    Waiter *self = PyObject_GC_New(Waiter, &WaiterType);
    if (!self) {
        Py_DECREF(aio);
        return NULL;
    }
    self->aio = aio;
    self->callback = self->context = NULL;
    self->state = WAITING;
    self->blocking = 1;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* Has the loop call back in its next turn; takes the references. */
static int call_soon(Waiter *self, PyObject *callback, PyObject *context)
{
    PyObject *method = PyObject_GetAttrString(self->aio, "call_soon");
    PyObject *arguments = method ? PyTuple_Pack(2, callback, (PyObject *)self) : NULL;
    PyObject *names = arguments ? Py_BuildValue("{sO}", "context", context) : NULL;
    PyObject *handle = names ? PyObject_Call(method, arguments, names) : NULL;
    Py_XDECREF(names);
    Py_XDECREF(arguments);
    Py_XDECREF(method);
    Py_DECREF(callback);
    Py_DECREF(context);
    Py_XDECREF(handle);
    return handle ? 0 : -1;
}

static PyObject *call_now(Waiter *self, PyObject *callback, PyObject *context)
{
    PyObject *done = NULL;
    if (PyContext_Enter(context) == 0) {
        done = PyObject_CallOneArg(callback, (PyObject *)self);
        if (PyContext_Exit(context) < 0) Py_CLEAR(done);
    }
    Py_DECREF(callback);
    Py_DECREF(context);
    return done;
}

/* Ends the wait; what is to be called, if anything, is the caller's. 0: it had ended. */
static int end_wait(Waiter *self, int state, PyObject **callback, PyObject **context)
{
    int waited;
    *callback = *context = NULL;
    Py_BEGIN_CRITICAL_SECTION(self);
    waited = self->state == WAITING;
    if (waited) {
        self->state = state;
        *callback = self->callback;
        *context = self->context;
        self->callback = self->context = NULL;
    }
    Py_END_CRITICAL_SECTION();
    return waited;
}

int waiter_finish(PyObject *object, int at_once)
{
    Waiter *self = (Waiter *)object;
    PyObject *callback, *context;
    if (!end_wait(self, DONE, &callback, &context) || !callback) return 0;
    if (!at_once) return call_soon(self, callback, context);
    PyObject *done = call_now(self, callback, context);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* add_done_callback(callback, *, context=None) */
static PyObject *waiter_add_done_callback(Waiter *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    if (count != 1 || named > 1 || (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "context") != 0)) {
        PyErr_SetString(PyExc_TypeError, "add_done_callback takes a callback, and context by its name");
        return NULL;
    }
    PyObject *context = named && args[1] != Py_None ? Py_NewRef(args[1]) : PyContext_CopyCurrent();
    if (!context) return NULL;
    int taken = 0, waiting;
    Py_BEGIN_CRITICAL_SECTION(self);
    waiting = self->state == WAITING;
    taken = self->callback != NULL;
    if (waiting && !taken) {
        self->callback = Py_NewRef(args[0]);
        self->context = context;
    }
    Py_END_CRITICAL_SECTION();
    if (taken) {
        Py_DECREF(context);
        PyErr_SetString(PyExc_RuntimeError, "only the task that receives waits for this");
        return NULL;
    }
    if (!waiting && call_soon(self, Py_NewRef(args[0]), context) < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject *waiter_cancel(Waiter *self, PyObject *args, PyObject *kwargs)
{
    PyObject *callback, *context;
    (void)args;
    (void)kwargs;
    if (!end_wait(self, CANCELLED, &callback, &context)) Py_RETURN_FALSE;
    if (callback && call_soon(self, callback, context) < 0) return NULL;
    Py_RETURN_TRUE;
}

static int state_of(Waiter *self)
{
    int state;
    Py_BEGIN_CRITICAL_SECTION(self);
    state = self->state;
    Py_END_CRITICAL_SECTION();
    return state;
}

static PyObject *waiter_result(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    int state = state_of(self);
    if (state == DONE) Py_RETURN_NONE;
    PyErr_SetNone(state == CANCELLED ? cancelled_error : PyExc_RuntimeError);
    return NULL;
}

static PyObject *waiter_done(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return PyBool_FromLong(state_of(self) != WAITING);
}

static PyObject *waiter_cancelled(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return PyBool_FromLong(state_of(self) == CANCELLED);
}

static PyObject *waiter_get_loop(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return Py_NewRef(self->aio);
}

static int waiter_traverse(Waiter *self, visitproc visit, void *arg)
{
    Py_VISIT(self->aio);
    Py_VISIT(self->callback);
    Py_VISIT(self->context);
    return 0;
}

static int waiter_clear(Waiter *self)
{
    Py_CLEAR(self->callback);
    Py_CLEAR(self->context);
    return 0;
}

static void waiter_dealloc(Waiter *self)
{
    PyObject_GC_UnTrack(self);
    waiter_clear(self);
    Py_CLEAR(self->aio);
    PyObject_GC_Del(self);
}

static PyMethodDef methods[] = {
    {"add_done_callback", (PyCFunction)(void (*)(void))waiter_add_done_callback, METH_FASTCALL | METH_KEYWORDS, "As of a future."},
    {"cancel", (PyCFunction)(void (*)(void))waiter_cancel, METH_VARARGS | METH_KEYWORDS, "As of a future."},
    {"result", (PyCFunction)waiter_result, METH_NOARGS, "As of a future."},
    {"done", (PyCFunction)waiter_done, METH_NOARGS, "As of a future."},
    {"cancelled", (PyCFunction)waiter_cancelled, METH_NOARGS, "As of a future."},
    {"get_loop", (PyCFunction)waiter_get_loop, METH_NOARGS, "As of a future."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    {"_asyncio_future_blocking", T_BOOL, offsetof(Waiter, blocking), 0, "As of a future."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject WaiterType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Waiter",
    .tp_basicsize = sizeof(Waiter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What a task waits for in recv().",
    .tp_dealloc = (destructor)waiter_dealloc,
    .tp_traverse = (traverseproc)waiter_traverse,
    .tp_clear = (inquiry)waiter_clear,
    .tp_methods = methods,
    .tp_members = members,
};
