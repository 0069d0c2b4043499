/* The socket of libws.WebSocket: makes an event of each message and gives it to onmessage, then to the listeners. */
#include "core.h"

#include <structmember.h>

typedef struct {
    Socket socket;
    PyObject *onmessage; /* NULL, None: nobody */
    PyObject *listeners; /* dict: type of event to list */
    PyObject *binary;    /* what binary messages are made; NULL, None: bytes */
} Dispatching;

PyObject *message_event; /* the class */
static PyObject *target_name, *data_name;

/* Takes the reference. As MessageEvent(target, data), whose __init__ would be Python code. */
static PyObject *event_of(Dispatching *self, PyObject *data)
{
    PyTypeObject *type = (PyTypeObject *)message_event;
    PyObject *event = data ? type->tp_alloc(type, 0) : NULL;
    if (event && (PyObject_SetAttr(event, target_name, (PyObject *)self) < 0 || PyObject_SetAttr(event, data_name, data) < 0)) Py_CLEAR(event);
    Py_XDECREF(data);
    return event;
}

/* As in a browser, what a handler raises is reported, and the others are called. */
static int report(Dispatching *self, PyObject *event)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return -1;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_failed", "OO", event, value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int dispatch(Socket *socket, PyObject *message)
{
    Dispatching *self = (Dispatching *)socket;
    PyObject *handler, *binary, *done = NULL;
    Py_BEGIN_CRITICAL_SECTION(self);
    handler = Py_XNewRef(self->onmessage);
    binary = Py_XNewRef(self->binary);
    Py_END_CRITICAL_SECTION();
    if (binary && binary != Py_None && PyBytes_CheckExact(message)) Py_SETREF(message, PyObject_CallOneArg(binary, message));
    PyObject *event = event_of(self, message);
    int failed = event ? 0 : -1;
    if (event && handler && handler != Py_None) {
        done = PyObject_CallOneArg(handler, event);
        if (!done) failed = report(self, event);
        Py_XDECREF(done);
    }
    if (!failed && self->listeners && PyDict_GET_SIZE(self->listeners)) {
        done = PyObject_CallMethod((PyObject *)self, "_tell_listeners", "O", event);
        failed = done ? 0 : -1;
        Py_XDECREF(done);
    }
    Py_XDECREF(event);
    Py_XDECREF(handler);
    Py_XDECREF(binary);
    return failed;
}

static PyObject *dispatching_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Dispatching *self = (Dispatching *)SocketType.tp_new(type, args, kwargs);
    if (!self) return NULL;
    self->socket.dispatch = dispatch;
    self->listeners = PyDict_New();
    if (!target_name) target_name = PyUnicode_InternFromString("target");
    if (!data_name) data_name = PyUnicode_InternFromString("data");
    if (!self->listeners || !target_name || !data_name) Py_CLEAR(self);
    return (PyObject *)self;
}

static int dispatching_traverse(Dispatching *self, visitproc visit, void *arg)
{
    Py_VISIT(self->onmessage);
    Py_VISIT(self->listeners);
    Py_VISIT(self->binary);
    return SocketType.tp_traverse((PyObject *)self, visit, arg);
}

static int dispatching_clear(Dispatching *self)
{
    Py_CLEAR(self->onmessage);
    Py_CLEAR(self->listeners);
    Py_CLEAR(self->binary);
    return SocketType.tp_clear((PyObject *)self);
}

static void dispatching_dealloc(Dispatching *self)
{
    PyObject_GC_UnTrack(self);
    dispatching_clear(self);
    SocketType.tp_dealloc((PyObject *)self);
}

static PyObject *dispatching_send(Socket *self, PyObject *data)
{
    Payload payload;
    if (payload_from(&data, 1, NULL, &payload) < 0) return NULL;
    ws_status status = payload_send(self, &payload);
    if (status < 0) return raise_status(status);
    Py_RETURN_NONE; /* WS_DISCARDED: the standard has no exception for it */
}

static PyMethodDef methods[] = {
    {"send", (PyCFunction)dispatching_send, METH_O,
     "send($self, data, /)\n--\n\nSends a message: a str as text, bytes as binary. CONNECTING: InvalidStateError; CLOSING or CLOSED: it is counted in\n"
     "bufferedAmount and not sent."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    {"onmessage", T_OBJECT, offsetof(Dispatching, onmessage), 0, "Called with a MessageEvent for each message."},
    {"_listeners", T_OBJECT, offsetof(Dispatching, listeners), READONLY, "By the type of event."},
    {"_binary", T_OBJECT, offsetof(Dispatching, binary), 0, "What binary messages are made, if not bytes."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject DispatchingType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Dispatching",
    .tp_base = &SocketType,
    .tp_basicsize = sizeof(Dispatching),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A socket that calls handlers.",
    .tp_new = dispatching_new,
    .tp_dealloc = (destructor)dispatching_dealloc,
    .tp_traverse = (traverseproc)dispatching_traverse,
    .tp_clear = (inquiry)dispatching_clear,
    .tp_methods = methods,
    .tp_members = members,
};
