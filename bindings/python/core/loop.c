/* A ws_loop for asyncio: one call takes a batch of events and gives each to its socket. */
#include "core.h"

#include <math.h>

#define BATCH 256

/* A strong reference to what a weak one is to; NULL, without an exception: it is gone. */
static PyObject *alive(PyObject *weak)
{
    PyObject *object;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyWeakref_GetRef(weak, &object);
#else
    object = PyWeakref_GetObject(weak);
    object = object == Py_None ? NULL : Py_NewRef(object);
#endif
    return object;
}

/* The socket with that key, if it is there. */
static Socket *find(Loop *self, unsigned long long key)
{
    PyObject *number = PyLong_FromUnsignedLongLong(key), *socket = NULL, *weak = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    if (number) (void)PyDict_GetItemRef(self->sockets, number, &weak);
#else
    if (number) weak = Py_XNewRef(PyDict_GetItemWithError(self->sockets, number));
#endif
    if (weak) socket = alive(weak);
    Py_XDECREF(weak);
    Py_XDECREF(number);
    return (Socket *)socket;
}

PyObject *loop_aio(Loop *self)
{
    PyObject *aio = alive(self->aio);
    if (!aio) raise_words(WS_ERR_INVALID_STATE, "the event loop that made this connection is over: use it in that loop");
    return aio;
}

/* Ends the wait of the recv() that waits, if one does, and lets go of the socket. The first exception stays (what a task lets through:
 * KeyboardInterrupt, SystemExit). */
static void wake(Socket *socket, int at_once)
{
    PyObject *waiter, *type, *value, *traceback;
    Py_BEGIN_CRITICAL_SECTION(socket);
    waiter = socket->waiter;
    socket->waiter = NULL;
    Py_END_CRITICAL_SECTION();
    if (waiter) {
        PyErr_Fetch(&type, &value, &traceback);
        if (waiter_finish(waiter, at_once) < 0 && type) PyErr_WriteUnraisable((PyObject *)socket);
        if (type) PyErr_Restore(type, value, traceback);
        Py_DECREF(waiter);
    }
    Py_DECREF((PyObject *)socket);
}

/* Into the ring; stops reading the network if more waits there than may. */
static int keep(Socket *socket, PyObject *message, uint32_t flags)
{
    int failed;
    Py_BEGIN_CRITICAL_SECTION(socket);
    failed = ring_push(&socket->ring, (Item){message, flags});
    if (socket->ring.bytes > socket->queue && !socket->paused) {
        socket->paused = 1;
        ws_pause(socket->ws);
    }
    Py_END_CRITICAL_SECTION();
    return failed;
}

static void deliver(Socket *socket, const ws_event *event)
{
    int failed;
    if (!is_message(event)) {
        failed = tell(socket, event);
    } else {
        PyObject *message = message_object(event);
        uint32_t flags = message_flags(event);
        if (!message) {
            failed = -1;
        } else if (socket->dispatch) {
            note_flags(socket, flags);
            failed = socket->dispatch(socket, message);
        } else {
            failed = keep(socket, message, flags);
        }
    }
    if (failed) PyErr_WriteUnraisable((PyObject *)socket);
}

/* Gives out the events that are there. at_once: the tasks that wait for them go on in this call. -1: an exception. */
static int give_out(Loop *self, int at_once)
{
    ws_event events[BATCH];
    Socket *touched[BATCH];
    size_t count = 0, sockets = 0;
    if (atomic_exchange(&self->running, 1)) return 0; /* by a handler that was called by it: what is being given out would be lost */
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
    atomic_store(&self->running, 0);
    for (size_t i = 0; i < sockets; i++) wake(touched[i], at_once);
    if (PyErr_Occurred()) return -1;
    if (status < 0 && status != WS_ERR_TIMEOUT && status != WS_ERR_ABORTED) return raise_status(status) ? 0 : -1;
    return 0;
}

static PyObject *loop_run(Loop *self, PyObject *at_once)
{
    if (give_out(self, at_once == Py_True) < 0) return NULL;
    Py_RETURN_NONE;
}

/* Has asyncio call due() in time for the library's next timer, unless it will do so anyway. */
static PyObject *loop_ready(Loop *self, PyObject *ignored)
{
    (void)ignored;
    if (give_out(self, 1) < 0) return NULL;
    int32_t ms = ws_loop_timeout(self->loop);
    if (ms < 0) Py_RETURN_NONE;
    double when = now() + ms * 1e-3;
    if (self->due <= when) Py_RETURN_NONE;
    self->due = when;
    return PyObject_CallMethod((PyObject *)self, "_plan", "d", ms * 1e-3);
}

static PyObject *loop_due(Loop *self, PyObject *ignored)
{
    self->due = INFINITY;
    return loop_ready(self, ignored);
}

static PyObject *loop_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *aio;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O", &aio)) return NULL;
    Loop *self = (Loop *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->due = INFINITY;
    self->sockets = PyDict_New();
    self->aio = PyWeakref_NewRef(aio, NULL);
    ws_status status = self->sockets && self->aio ? ws_loop_new(&self->loop) : WS_OK;
    if (self->loop) return (PyObject *)self;
    if (status != WS_OK) raise_status(status);
    Py_DECREF((PyObject *)self);
    return NULL;
}

static void loop_dealloc(Loop *self)
{
    PyObject_GC_UnTrack(self);
    ws_loop_free(self->loop);
    Py_CLEAR(self->sockets);
    Py_CLEAR(self->aio);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int loop_traverse(Loop *self, visitproc visit, void *arg)
{
    Py_VISIT(self->sockets);
    Py_VISIT(self->aio);
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
     "run(at_once)\n--\n\nGives out the events that are there. at_once: tasks that wait for them go on in this call, which no task may make then."},
    {"ready", (PyCFunction)loop_ready, METH_NOARGS, "run(True), and _plan(seconds) for the library's next timer, if there is none as early."},
    {"due", (PyCFunction)loop_due, METH_NOARGS, "What the timer calls."},
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
