/* The socket of libws.connect: calls that wait, without the GIL, and end on a signal. */
#include "core.h"

#include <math.h>
#include <time.h>

/* Milliseconds of the next wait until `deadline` (negative: none); 0 if it is over. */
static int32_t slice(double deadline)
{
    double left = deadline < 0 ? INFINITY : ceil((deadline - now()) * 1e3);
    if (left <= 0) return 0;
    if (PyThread_get_thread_ident() == main_thread && left > SIGNAL_SLICE) return SIGNAL_SLICE;
    return left > INT32_MAX ? (deadline < 0 ? WS_FOREVER : INT32_MAX) : (int32_t)left;
}

/* Takes an event. timeout: seconds, negative: for ever. Returns a status; 1 << 20: a Python exception is set. */
#define RAISED (1 << 20)
static int take(Socket *self, ws_event *event, double timeout)
{
    ws_status status = ws_next_event(self->ws, event, 0);
    if (status != WS_ERR_TIMEOUT || timeout == 0) return status;
    double deadline = timeout < 0 ? -1 : now() + timeout;
    for (;;) {
        int32_t ms = slice(deadline);
        if (ms == 0) return WS_ERR_TIMEOUT;
        Py_BEGIN_ALLOW_THREADS
        status = ws_next_event(self->ws, event, ms);
        Py_END_ALLOW_THREADS
        if (status != WS_ERR_TIMEOUT) return status;
        if (PyErr_CheckSignals() < 0) return RAISED;
    }
}

/* Who takes events: nobody, recv(), or ping() and close(), which take one at a time: recv() waits for those. */
enum { NOBODY, RECEIVER, PUMP };

static int may_take(Socket *self, int who, double timeout)
{
    double deadline = timeout < 0 ? INFINITY : now() + timeout;
    for (;;) {
        int other = NOBODY;
        if (atomic_compare_exchange_strong(&self->taking, &other, who)) return 1;
        if (who == PUMP || other == RECEIVER) return raise_status(WS_ERR_BUSY) != NULL;
        if (now() >= deadline) return raise_status(WS_ERR_TIMEOUT) != NULL;
        struct timespec moment = {0, 500000};
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&moment, NULL);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) return 0;
    }
}

/* A message that was taken by ping() or close(); NULL, without an exception: there is none. */
static PyObject *pop(Socket *self)
{
    PyObject *message;
    Py_BEGIN_CRITICAL_SECTION(self);
    message = ring_pop(&self->ring, &self->flags);
    Py_END_CRITICAL_SECTION();
    return message;
}

/* Takes events until there is a message (keep: or one other event, messages go to the ring). Returns the message, or NULL: with an
 * exception, or without one at the end, or after another event if `keep`. */
static PyObject *next_of(Socket *self, double timeout, int keep)
{
    int nobody = NOBODY; /* the clock is asked only if somebody does */
    PyObject *message = NULL;
    if (self->ended) return keep ? NULL : pop(self); /* there is nothing to take any more: whoever comes finds the same */
    if (!atomic_compare_exchange_strong(&self->taking, &nobody, keep ? PUMP : RECEIVER) && !may_take(self, keep ? PUMP : RECEIVER, timeout))
        return NULL;
    if (!keep) message = pop(self);
    while (!message && !self->ended) {
        ws_event event;
        int status = take(self, &event, timeout);
        if (status == RAISED) break;
        if (status == WS_DONE) {
            self->ended = 1;
        } else if (status != WS_OK) {
            raise_status(status);
            break;
        } else if (is_message(&event)) {
            message = message_object(&event);
            if (!message) break;
            if (keep) {
                Py_BEGIN_CRITICAL_SECTION(self);
                ring_push(&self->ring, (Item){message, message_flags(&event)});
                Py_END_CRITICAL_SECTION();
                message = NULL;
                break;
            }
            note_flags(self, message_flags(&event));
        } else if (tell(self, &event) < 0 || keep) {
            break;
        }
    }
    atomic_store(&self->taking, NOBODY);
    return message;
}

static PyObject *blocking_recv(Socket *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    double timeout;
    if (timeout_argument(args, count, names, &timeout) < 0) return NULL;
    PyObject *message = next_of(self, timeout, 0);
    if (message || PyErr_Occurred()) return message;
    return PyObject_CallMethod((PyObject *)self, "_ended_in_recv", NULL);
}

static PyObject *blocking_next(Socket *self)
{
    PyObject *message = next_of(self, -1, 0);
    if (message || PyErr_Occurred()) return message;
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_ended_in_iteration", NULL);
    Py_XDECREF(done);
    return NULL; /* without an exception: the iteration ends */
}

static PyObject *blocking_pump(Socket *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    double timeout;
    if (timeout_argument(args, count, names, &timeout) < 0) return NULL;
    next_of(self, timeout, 1);
    if (PyErr_Occurred()) return NULL;
    return PyBool_FromLong(!self->ended);
}

static PyObject *blocking_flush(Socket *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    double timeout;
    if (timeout_argument(args, count, names, &timeout) < 0) return NULL;
    double deadline = timeout < 0 ? -1 : now() + timeout;
    for (;;) {
        int32_t ms = slice(deadline);
        ws_status status;
        Py_BEGIN_ALLOW_THREADS
        status = ws_flush(self->ws, ms);
        Py_END_ALLOW_THREADS
        if (status == WS_OK) Py_RETURN_NONE;
        if (status != WS_ERR_TIMEOUT || ms == 0) return raise_status(status);
        if (PyErr_CheckSignals() < 0) return NULL;
    }
}

static PyObject *blocking_send(Socket *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    Payload payload;
    if (payload_from(args, count, names, &payload) < 0) return NULL;
    ws_status status = payload_send(self, &payload);
    if (status == WS_DISCARDED) return PyObject_CallMethod((PyObject *)self, "_discarded", NULL);
    if (status != WS_OK) return raise_status(status);
    if (too_much_waits(self, payload.len)) return blocking_flush(self, NULL, 0, NULL);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"recv", (PyCFunction)(void (*)(void))blocking_recv, METH_FASTCALL | METH_KEYWORDS,
     "recv($self, timeout=None)\n--\n\nThe next message: str for text, bytes for binary. Waits for it, `timeout` seconds at the most (TimeoutError).\n"
     "ConnectionClosed at the end."},
    {"send", (PyCFunction)(void (*)(void))blocking_send, METH_FASTCALL | METH_KEYWORDS,
     "send($self, message, /, *, text=None, compress=True, more=False)\n--\n\nSends a message: a str as text, bytes as binary; `text` says otherwise.\n"
     "Waits only while more than `high_water` bytes wait to be sent."},
    {"flush", (PyCFunction)(void (*)(void))blocking_flush, METH_FASTCALL | METH_KEYWORDS,
     "flush($self, timeout=None)\n--\n\nWaits until all that was sent is with the operating system."},
    {"_pump", (PyCFunction)(void (*)(void))blocking_pump, METH_FASTCALL | METH_KEYWORDS,
     "_pump($self, timeout=None)\n--\n\nTakes one event, messages for recv(). False: the end."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject BlockingType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "libws._core.Blocking",
    .tp_base = &SocketType,
    .tp_basicsize = sizeof(Socket),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A socket whose calls wait.",
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)blocking_next,
    .tp_methods = methods,
};
