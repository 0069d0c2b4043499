/* What a task waits for in recv(): a future of asyncio's kind, as far as tasks use one, that lets the task go on at once.
 *
 * A future of asyncio's own would have the loop ask the kernel once more before the task goes on. This one is told in the callback of the
 * loop's descriptor, where no task runs, and calls the task from there.
 */
#include "core.h"

#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *loop, *callback, *context; /* asyncio's loop; what the task wants to be called with, and where; NULL: nothing yet */
    enum { WAITING, DONE, CANCELLED } state;
    char blocking;
} Waiter;

PyObject *waiter_new(void)
{
    PyObject *loop = running_loop();
    if (!loop) return NULL;
    Waiter *self = PyObject_GC_New(Waiter, &WaiterType);
    if (!self) {
        Py_DECREF(loop);
        return NULL;
    }
    self->loop = loop;
    self->callback = self->context = NULL;
    self->state = WAITING;
    self->blocking = 1;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* Has the loop call back in its next turn. */
static int call_soon(Waiter *self)
{
    if (!self->callback) return 0;
    PyObject *method = PyObject_GetAttrString(self->loop, "call_soon");
    PyObject *arguments = method ? PyTuple_Pack(2, self->callback, (PyObject *)self) : NULL;
    PyObject *names = arguments ? PyDict_New() : NULL;
    PyObject *handle = NULL;
    if (names && (!self->context || PyDict_SetItemString(names, "context", self->context) == 0))
        handle = PyObject_Call(method, arguments, names);
    Py_XDECREF(names);
    Py_XDECREF(arguments);
    Py_XDECREF(method);
    Py_CLEAR(self->callback);
    Py_CLEAR(self->context);
    Py_XDECREF(handle);
    return handle ? 0 : -1;
}

int waiter_finish(PyObject *object, int at_once)
{
    Waiter *self = (Waiter *)object;
    if (self->state != WAITING) return 0;
    self->state = DONE;
    if (!at_once || !self->callback || !self->context) return call_soon(self);
    PyObject *callback = self->callback, *context = self->context, *done = NULL;
    self->callback = self->context = NULL;
    if (PyContext_Enter(context) == 0) {
        done = PyObject_CallOneArg(callback, object);
        if (PyContext_Exit(context) < 0) Py_CLEAR(done);
    }
    Py_DECREF(callback);
    Py_DECREF(context);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static PyObject *waiter_add_done_callback(Waiter *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"callback", "context", NULL};
    PyObject *callback, *context = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O", names, &callback, &context)) return NULL;
    if (self->callback) {
        PyErr_SetString(PyExc_RuntimeError, "only the task that receives waits for this");
        return NULL;
    }
    self->callback = Py_NewRef(callback);
    self->context = context == Py_None ? PyContext_CopyCurrent() : Py_NewRef(context);
    if (self->state != WAITING && call_soon(self) < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject *waiter_cancel(Waiter *self, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    if (self->state != WAITING) Py_RETURN_FALSE;
    self->state = CANCELLED;
    if (call_soon(self) < 0) return NULL;
    Py_RETURN_TRUE;
}

static PyObject *waiter_result(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    if (self->state == DONE) Py_RETURN_NONE;
    PyErr_SetNone(self->state == CANCELLED ? cancelled_error : PyExc_RuntimeError);
    return NULL;
}

static PyObject *waiter_done(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return PyBool_FromLong(self->state != WAITING);
}

static PyObject *waiter_cancelled(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return PyBool_FromLong(self->state == CANCELLED);
}

static PyObject *waiter_get_loop(Waiter *self, PyObject *ignored)
{
    (void)ignored;
    return Py_NewRef(self->loop);
}

static int waiter_traverse(Waiter *self, visitproc visit, void *arg)
{
    Py_VISIT(self->loop);
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
    Py_CLEAR(self->loop);
    PyObject_GC_Del(self);
}

static PyMethodDef methods[] = {
    {"add_done_callback", (PyCFunction)(void (*)(void))waiter_add_done_callback, METH_VARARGS | METH_KEYWORDS, "As of a future."},
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
