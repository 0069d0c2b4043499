/* What the blocking and the asyncio socket have in common: the handle, payloads, events that are no messages. */
#include "core.h"

#include <structmember.h>

int is_message(const ws_event *event)
{
    return event->type == WS_EVENT_MESSAGE || event->type == WS_EVENT_CHUNK;
}

void note_flags(Socket *self, uint32_t flags)
{
    atomic_store_explicit(&self->flags, flags, memory_order_relaxed);
}

uint32_t message_flags(const ws_event *event)
{
    return event->type == WS_EVENT_CHUNK ? event->flags : WS_FIRST | WS_FINAL;
}

PyObject *message_object(const ws_event *event)
{
    /* The library has checked that text is UTF-8. */
    return event->kind == WS_TEXT ? PyUnicode_DecodeUTF8(event->data, (Py_ssize_t)event->len, NULL)
                                  : PyBytes_FromStringAndSize(event->data, (Py_ssize_t)event->len);
}

int tell(Socket *self, const ws_event *event)
{
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_event", "iy#iiK", (int)event->type, (const char *)event->data,
                                         (Py_ssize_t)event->len, (int)event->code, (int)event->was_clean,
                                         (unsigned long long)event->rtt_us);
    if (event->type == WS_EVENT_CLOSE) self->ended = 1; /* now, when other threads find the code in its place */
    if (!done) return -1;
    Py_DECREF(done);
    return 0;
}

static int is_name(PyObject *name, const char *text)
{
    return PyUnicode_CompareWithASCIIString(name, text) == 0;
}

static int unexpected(PyObject *name)
{
    PyErr_Format(PyExc_TypeError, "unexpected keyword argument %R", name);
    return -1;
}

int timeout_argument(PyObject *const *args, Py_ssize_t count, PyObject *names, double *timeout)
{
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    *timeout = -1;
    if (count + named > 1) {
        PyErr_SetString(PyExc_TypeError, "the only argument is timeout");
        return -1;
    }
    if (named && !is_name(PyTuple_GET_ITEM(names, 0), "timeout")) return unexpected(PyTuple_GET_ITEM(names, 0));
    if (count + named == 0 || args[0] == Py_None) return 0;
    *timeout = PyFloat_AsDouble(args[0]);
    if (*timeout == -1.0 && PyErr_Occurred()) return -1;
    if (!(*timeout >= 0)) {
        PyErr_Format(PyExc_ValueError, "a timeout is seconds from 0 on, or None for ever, and not %R", args[0]);
        return -1;
    }
    return 0;
}

int payload_from(PyObject *const *args, Py_ssize_t count, PyObject *names, Payload *payload)
{
    int text = -1, flags = 0;
    if (count != 1) {
        PyErr_Format(PyExc_TypeError, "send takes one message (and text, compress, more by name), not %zd", count);
        return -1;
    }
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int on = args[count + i] == Py_None ? -1 : PyObject_IsTrue(args[count + i]);
        if (on < 0 && PyErr_Occurred()) return -1;
        if (is_name(name, "text")) text = on;
        else if (is_name(name, "compress")) flags |= on == 0 ? WS_NO_COMPRESS : 0;
        else if (is_name(name, "more")) flags |= on == 1 ? WS_MORE : 0;
        else return unexpected(name);
    }
    payload->buffer.obj = NULL;
    if (PyUnicode_Check(args[0])) {
        payload->data = PyUnicode_AsUTF8AndSize(args[0], &payload->len);
        if (!payload->data) return -1;
        payload->type = (text == 0 ? WS_BINARY : WS_TEXT) | flags;
        return 0;
    }
    if (PyBytes_CheckExact(args[0])) {
        payload->data = PyBytes_AS_STRING(args[0]);
        payload->len = PyBytes_GET_SIZE(args[0]);
    } else {
        if (!PyObject_CheckBuffer(args[0])) {
            PyErr_Format(PyExc_TypeError, "a message is a str, or bytes or what has a buffer, and not %s", Py_TYPE(args[0])->tp_name);
            return -1;
        }
        if (PyObject_GetBuffer(args[0], &payload->buffer, PyBUF_SIMPLE) < 0) return -1;
        payload->data = payload->buffer.buf;
        payload->len = payload->buffer.len;
    }
    payload->type = (text == 1 ? WS_TEXT : WS_BINARY) | flags;
    return 0;
}

ws_status payload_send(Socket *self, Payload *payload)
{
    ws_status status;
    if (payload->len < LONG_PAYLOAD) {
        status = ws_send(self->ws, payload->type, payload->data, (size_t)payload->len);
    } else {
        Py_BEGIN_ALLOW_THREADS
        status = ws_send(self->ws, payload->type, payload->data, (size_t)payload->len);
        Py_END_ALLOW_THREADS
    }
    if (payload->buffer.obj) PyBuffer_Release(&payload->buffer);
    return status;
}

int too_much_waits(Socket *self, Py_ssize_t sent)
{
    size_t unlooked = atomic_load_explicit(&self->unlooked, memory_order_relaxed) + (size_t)sent + 16; /* threads: roughly is enough */
    atomic_store_explicit(&self->unlooked, unlooked < LOOK_EVERY ? unlooked : 0, memory_order_relaxed);
    if (unlooked < LOOK_EVERY) return 0;
    return ws_buffered_amount(self->ws) > self->high;
}

/* Socket(handle, high, queue, loop=None, key=0): takes over a ws_socket. */
static PyObject *socket_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    unsigned long long handle, high, queue, key = 0;
    PyObject *loop = Py_None;
    (void)kwargs;
    if (PyTuple_GET_SIZE(args) < 3) {
        PyErr_SetString(PyExc_TypeError, "connections are made by libws.connect and libws.asyncio.connect");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "KKK|OK", &handle, &high, &queue, &loop, &key)) return NULL;
    if (loop != Py_None && !PyObject_TypeCheck(loop, &LoopType)) {
        PyErr_SetString(PyExc_TypeError, "loop is a Loop");
        return NULL;
    }
    Socket *self = (Socket *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->ws = (ws_socket *)(uintptr_t)handle;
    self->high = high;
    self->flags = WS_FINAL;
    self->queue = queue;
    self->key = key;
    if (loop == Py_None) return (PyObject *)self;
    PyObject *number = PyLong_FromUnsignedLongLong(key);
    PyObject *weak = PyWeakref_NewRef((PyObject *)self, NULL);
    int failed = !number || !weak || PyDict_SetItem(((Loop *)loop)->sockets, number, weak) < 0;
    Py_XDECREF(number);
    Py_XDECREF(weak);
    if (failed) {
        Py_DECREF(self);
        return NULL;
    }
    self->loop = (Loop *)Py_NewRef(loop);
    return (PyObject *)self;
}

static int socket_traverse(Socket *self, visitproc visit, void *arg)
{
    Py_VISIT(self->waiter);
    Py_VISIT(self->loop);
    return 0;
}

static int socket_clear(Socket *self)
{
    Py_CLEAR(self->waiter);
    return 0;
}

static void leave_loop(Socket *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *number = PyLong_FromUnsignedLongLong(self->key);
    if (!number || PyDict_DelItem(self->loop->sockets, number) < 0) PyErr_Clear();
    Py_XDECREF(number);
    Py_CLEAR(self->loop);
    PyErr_Restore(type, value, traceback);
}

static void socket_dealloc(Socket *self)
{
    PyObject_GC_UnTrack(self);
    ws_free(self->ws);
    if (self->loop) leave_loop(self);
    socket_clear(self);
    ring_clear(&self->ring);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *socket_forget(Socket *self, PyObject *ignored)
{
    (void)ignored;
    Py_BEGIN_CRITICAL_SECTION(self);
    ring_clear(&self->ring);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *socket_handle(Socket *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong((uintptr_t)self->ws);
}

static PyObject *socket_ended(Socket *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(self->ended);
}

static PyObject *socket_loop(Socket *self, void *closure)
{
    (void)closure;
    return Py_NewRef(self->loop ? (PyObject *)self->loop : Py_None);
}

static PyObject *socket_final(Socket *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong((self->flags & WS_FINAL) != 0);
}

static PyMethodDef methods[] = {
    {"_forget", (PyCFunction)socket_forget, METH_NOARGS, "Drops the messages that wait to be taken."},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef getters[] = {
    {"_handle", (getter)socket_handle, NULL, "The ws_socket, as a number.", NULL},
    {"_ended", (getter)socket_ended, NULL, "Whether the close event was taken.", NULL},
    {"_loop", (getter)socket_loop, NULL, "asyncio: where its events come from.", NULL},
    {"final", (getter)socket_final, NULL, "Whether what was received last ends its message: with the option chunks it may not.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef members[] = {
    {"_paused", T_INT, offsetof(Socket, paused), READONLY, "Whether so much waits for recv() that the network is not read."},
    {"_high", T_ULONGLONG, offsetof(Socket, high), READONLY, "high_water."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject SocketType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Socket",
    .tp_basicsize = sizeof(Socket),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A ws_socket.",
    .tp_new = socket_new,
    .tp_dealloc = (destructor)socket_dealloc,
    .tp_traverse = (traverseproc)socket_traverse,
    .tp_clear = (inquiry)socket_clear,
    .tp_methods = methods,
    .tp_getset = getters,
    .tp_members = members,
};
