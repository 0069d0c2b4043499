/* The socket of libws.asyncio: recv() and send() return awaitables that are done at once if they can be.
 *
 * What recv() waits for only says "look again" (waiter.c): the message stays in the ring until the coroutine runs, so that a
 * cancellation at any moment loses none.
 */
#include "core.h"

typedef struct {
    PyObject_HEAD
    Socket *socket;   /* NULL: done from the beginning, without a value */
    PyObject *waiter; /* what it has given to the task */
    int iterating;    /* the end is StopAsyncIteration, if it is clean */
} Receive;

/* With the socket's critical section. */
static void forget_waiter(Receive *self)
{
    if (!self->waiter) return;
    if (self->socket->waiter == self->waiter) Py_CLEAR(self->socket->waiter);
    Py_CLEAR(self->waiter);
}

static void let_go(Receive *self)
{
    if (!self->socket) return;
    Py_BEGIN_CRITICAL_SECTION(self->socket);
    forget_waiter(self);
    Py_END_CRITICAL_SECTION();
}

/* Reads the network again when half of what may wait has been taken. */
static PyObject *pop(Socket *socket)
{
    PyObject *message = ring_pop(&socket->ring, &socket->flags);
    if (socket->paused && socket->ring.bytes <= socket->queue / 2) {
        socket->paused = 0;
        ws_resume(socket->ws);
    }
    return message;
}

static PyObject *wait_for_more(Receive *self)
{
    PyObject *aio = loop_aio(self->socket->loop);
    PyObject *waiter = aio ? waiter_new(aio) : NULL;
    if (!waiter) return NULL;
    if (self->socket->waiter) {
        Py_DECREF(waiter);
        return raise_words(WS_ERR_BUSY, "another task is receiving from this connection: one at a time may");
    }
    self->waiter = Py_NewRef(waiter);
    self->socket->waiter = Py_NewRef(waiter);
    return waiter;
}

static PySendResult step(Receive *self, PyObject **result)
{
    Socket *socket = self->socket;
    if (!socket) {
        *result = Py_NewRef(Py_None);
        return PYGEN_RETURN;
    }
    forget_waiter(self);
    *result = pop(socket);
    if (*result) return PYGEN_RETURN;
    if (!socket->ended) {
        *result = wait_for_more(self);
        return *result ? PYGEN_NEXT : PYGEN_ERROR;
    }
    PyObject *done = PyObject_CallMethod((PyObject *)socket, self->iterating ? "_ended_in_iteration" : "_ended_in_recv", NULL);
    if (done && self->iterating) PyErr_SetNone(PyExc_StopAsyncIteration);
    Py_XDECREF(done);
    return PYGEN_ERROR;
}

static PySendResult receive_am_send(Receive *self, PyObject *value, PyObject **result)
{
    PySendResult sent;
    (void)value;
    if (!self->socket) return step(self, result);
    Py_BEGIN_CRITICAL_SECTION(self->socket);
    sent = step(self, result);
    Py_END_CRITICAL_SECTION();
    return sent;
}

static PyObject *receive_send(Receive *self, PyObject *value)
{
    PyObject *result = NULL;
    PySendResult sent = receive_am_send(self, value, &result);
    if (sent == PYGEN_NEXT) return result;
    if (sent == PYGEN_RETURN) {
        PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, result);
        if (stop) PyErr_SetObject(PyExc_StopIteration, stop);
        Py_XDECREF(stop);
        Py_DECREF(result);
    }
    return NULL;
}

static PyObject *receive_next(Receive *self)
{
    return receive_send(self, Py_None);
}

static PyObject *receive_close(Receive *self, PyObject *ignored)
{
    (void)ignored;
    let_go(self);
    Py_RETURN_NONE;
}

/* throw(exception), or the older throw(type, value, traceback). */
static PyObject *receive_throw(Receive *self, PyObject *args)
{
    PyObject *type, *value = NULL, *traceback = NULL;
    if (!PyArg_UnpackTuple(args, "throw", 1, 3, &type, &value, &traceback)) return NULL;
    let_go(self);
    if (PyExceptionInstance_Check(type)) PyErr_SetObject((PyObject *)Py_TYPE(type), type);
    else if (PyExceptionClass_Check(type)) PyErr_SetObject(type, value == Py_None ? NULL : value);
    else PyErr_SetString(PyExc_TypeError, "throw takes an exception");
    return NULL;
}

static int receive_traverse(Receive *self, visitproc visit, void *arg)
{
    Py_VISIT(self->socket);
    Py_VISIT(self->waiter);
    return 0;
}

static int receive_clear(Receive *self)
{
    let_go(self);
    Py_CLEAR(self->socket);
    return 0;
}

static void receive_dealloc(Receive *self)
{
    PyObject_GC_UnTrack(self);
    receive_clear(self);
    PyObject_GC_Del(self);
}

static PyAsyncMethods receive_async = {
    .am_await = (unaryfunc)PyObject_SelfIter,
    .am_send = (sendfunc)receive_am_send,
};
/* For the name of a task in a log. */
static PyObject *receive_name(Receive *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromFormat("%s.%s", self->socket ? Py_TYPE(self->socket)->tp_name : "Connection", self->socket ? "recv" : "send");
}

static PyGetSetDef receive_getters[] = {
    {"__name__", (getter)receive_name, NULL, "As of a coroutine.", NULL},
    {"__qualname__", (getter)receive_name, NULL, "As of a coroutine.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef receive_methods[] = {
    {"send", (PyCFunction)receive_send, METH_O, "As of a coroutine."},
    {"throw", (PyCFunction)receive_throw, METH_VARARGS, "As of a coroutine."},
    {"close", (PyCFunction)receive_close, METH_NOARGS, "As of a coroutine."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject ReceiveType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Receive",
    .tp_basicsize = sizeof(Receive),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What recv() and send() return: to be awaited, or made a task of.",
    .tp_dealloc = (destructor)receive_dealloc,
    .tp_traverse = (traverseproc)receive_traverse,
    .tp_clear = (inquiry)receive_clear,
    .tp_as_async = &receive_async,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)receive_next,
    .tp_methods = receive_methods,
    .tp_getset = receive_getters,
};

static PyObject *receive_new(Socket *socket, int iterating)
{
    Receive *self = PyObject_GC_New(Receive, &ReceiveType);
    if (!self) return NULL;
    self->socket = (Socket *)Py_XNewRef((PyObject *)socket);
    self->waiter = NULL;
    self->iterating = iterating;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* What send() returns when nothing need be waited for: it has no state, so one is enough. */
static PyObject *done_at_once;

int awaiting_ready(void)
{
    if (!done_at_once) done_at_once = receive_new(NULL, 0);
    return done_at_once ? 0 : -1;
}

static PyObject *awaiting_recv(Socket *self, PyObject *ignored)
{
    (void)ignored;
    return receive_new(self, 0);
}

static PyObject *awaiting_next(Socket *self)
{
    return receive_new(self, 1);
}

static PyObject *awaiting_send(Socket *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    Payload payload;
    if (payload_from(args, count, names, &payload) < 0) return NULL;
    ws_status status = payload_send(self, &payload);
    if (status == WS_DISCARDED) {
        PyObject *allowed = PyObject_CallMethod((PyObject *)self, "_discarded", NULL);
        if (!allowed) return NULL;
        Py_DECREF(allowed);
    } else if (status != WS_OK) {
        return raise_status(status);
    } else if (too_much_waits(self, payload.len)) {
        return PyObject_CallMethod((PyObject *)self, "_drained", NULL);
    }
    return Py_NewRef(done_at_once);
}

static PyAsyncMethods awaiting_async = {
    .am_aiter = (unaryfunc)PyObject_SelfIter,
    .am_anext = (unaryfunc)awaiting_next,
};
static PyMethodDef methods[] = {
    {"recv", (PyCFunction)awaiting_recv, METH_NOARGS,
     "recv($self)\n--\n\nAwaits the next message: str for text, bytes for binary. ConnectionClosed at the end. A cancellation loses none, so\n"
     "that asyncio.timeout and asyncio.wait_for do what one expects."},
    {"send", (PyCFunction)(void (*)(void))awaiting_send, METH_FASTCALL | METH_KEYWORDS,
     "send($self, message, /, *, text=None, compress=True, more=False)\n--\n\nSends a message at once: a str as text, bytes as binary; `text` says otherwise.\n"
     "Awaiting it waits only while more than `high_water` bytes wait to be sent."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject AwaitingType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Awaiting",
    .tp_base = &SocketType,
    .tp_basicsize = sizeof(Socket),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A socket for asyncio.",
    .tp_as_async = &awaiting_async,
    .tp_methods = methods,
};
