/* A ws_loop for asyncio: one call takes a batch of events and gives each to its socket. */
#include "core.h"

#define BATCH 256

/* A strong reference to the socket with that key; NULL, without an exception: it is gone. */
static Socket *find(Loop *self, unsigned long long key)
{
    PyObject *number = PyLong_FromUnsignedLongLong(key);
    PyObject *weak = number ? PyDict_GetItemWithError(self->sockets, number) : NULL;
    PyObject *socket = NULL;
    Py_XDECREF(number);
    if (weak) {
#if PY_VERSION_HEX >= 0x030D0000
        (void)PyWeakref_GetRef(weak, &socket);
#else
        socket = PyWeakref_GetObject(weak);
        if (socket == Py_None) socket = NULL;
        Py_XINCREF(socket);
#endif
    }
    return (Socket *)socket;
}

/* Ends the wait of the recv() that waits, if one does, and lets go of the socket. The first exception stays (what a task lets through:
 * KeyboardInterrupt, SystemExit). */
static void wake(Socket *socket, int at_once)
{
    PyObject *waiter = socket->waiter, *type, *value, *traceback;
    socket->waiter = NULL;
    if (waiter) {
        PyErr_Fetch(&type, &value, &traceback);
        if (waiter_finish(waiter, at_once) < 0 && type) PyErr_WriteUnraisable((PyObject *)socket);
        if (type) PyErr_Restore(type, value, traceback);
        Py_DECREF(waiter);
    }
    Py_DECREF((PyObject *)socket);
}

static void deliver(Socket *socket, const ws_event *event)
{
    int failed;
    if (!is_message(event)) {
        failed = tell(socket, event);
    } else {
        PyObject *message = message_object(event);
        if (!message) {
            failed = -1;
        } else if (socket->on_message && socket->on_message != Py_None) {
            socket->flags = message_flags(event);
            PyObject *done = PyObject_CallOneArg(socket->on_message, message);
            Py_DECREF(message);
            Py_XDECREF(done);
            failed = done ? 0 : -1;
        } else {
            Py_BEGIN_CRITICAL_SECTION(socket);
            failed = ring_push(&socket->ring, (Item){message, message_flags(event)});
            Py_END_CRITICAL_SECTION();
            if (socket->ring.bytes > socket->queue && !socket->paused) {
                socket->paused = 1;
                ws_pause(socket->ws);
            }
        }
    }
    if (failed) PyErr_WriteUnraisable((PyObject *)socket);
}

/* run(at_once): gives out the events that are there; returns the milliseconds until it must be called again at the latest, or -1. */
static PyObject *loop_run(Loop *self, PyObject *at_once)
{
    ws_event events[BATCH];
    Socket *touched[BATCH];
    size_t count = 0, sockets = 0;
    if (self->running) return PyLong_FromLong(-1); /* by a handler that was called by it: what is being given out would be lost */
    self->running = 1;
    ws_status status = ws_loop_wait(self->loop, events, BATCH, 0, &count);
    for (size_t i = 0; i < count; i++) {
        unsigned long long key = (uintptr_t)events[i].user_data;
        if (sockets == 0 || touched[sockets - 1]->key != key) {
            Socket *socket = find(self, key);
            if (!socket) continue; /* it is gone: its data is not looked at */
            touched[sockets++] = socket;
        }
        deliver(touched[sockets - 1], &events[i]);
    }
    self->running = 0;
    for (size_t i = 0; i < sockets; i++) wake(touched[i], at_once == Py_True);
    if (PyErr_Occurred()) return NULL;
    if (status < 0 && status != WS_ERR_TIMEOUT && status != WS_ERR_ABORTED) return raise_status(status);
    return PyLong_FromLong(ws_loop_timeout(self->loop));
}

static PyObject *loop_timeout(Loop *self, PyObject *ignored)
{
    (void)ignored;
    return PyLong_FromLong(ws_loop_timeout(self->loop));
}

static PyObject *loop_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    Loop *self = (Loop *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->sockets = PyDict_New();
    ws_status status = self->sockets ? ws_loop_new(&self->loop) : WS_OK;
    if (!self->loop) {
        Py_DECREF((PyObject *)self);
        return self->sockets ? raise_status(status) : NULL;
    }
    return (PyObject *)self;
}

static void loop_dealloc(Loop *self)
{
    PyObject_GC_UnTrack(self);
    ws_loop_free(self->loop);
    Py_CLEAR(self->sockets);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int loop_traverse(Loop *self, visitproc visit, void *arg)
{
    Py_VISIT(self->sockets);
    return 0;
}

static PyObject *loop_handle(Loop *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong((uintptr_t)self->loop);
}

static PyObject *loop_fd(Loop *self, PyObject *ignored)
{
    (void)ignored;
    int fd = ws_loop_fd(self->loop);
    return fd < 0 ? raise_status(fd) : PyLong_FromLong(fd);
}

static PyMethodDef methods[] = {
    {"run", (PyCFunction)loop_run, METH_O,
     "run(at_once)\n--\n\nGives out the events that are there; milliseconds until the next call at the latest, or -1. at_once: tasks that\n"
     "wait for them go on in this call, which no task may make then."},
    {"timeout", (PyCFunction)loop_timeout, METH_NOARGS, "ws_loop_timeout."},
    {"fileno", (PyCFunction)loop_fd, METH_NOARGS, "ws_loop_fd."},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef getters[] = {
    {"_handle", (getter)loop_handle, NULL, "The ws_loop, as a number.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject LoopType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Loop",
    .tp_basicsize = sizeof(Loop),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A ws_loop.",
    .tp_new = loop_new,
    .tp_dealloc = (destructor)loop_dealloc,
    .tp_traverse = (traverseproc)loop_traverse,
    .tp_methods = methods,
    .tp_getset = getters,
};
