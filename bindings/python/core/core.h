/* What the files of libws._core share: a WebSocket as a Python object, and the library's loop as one.
 *
 * All that happens once a message is here, so that no Python code runs for it; what happens once a connection (options, states,
 * failures) is Python over cffi. The C side calls methods of the Python classes for it: _event, _ended, _stopped, _discarded, _drained.
 */
#ifndef LIBWS_PYTHON_CORE_H
#define LIBWS_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>
#include <ws.h>

/* Without a GIL, these guard a socket's ring, waiter and pause, and a Waiter's state. With one they are nothing: no Python code runs in them. */
#ifndef Py_BEGIN_CRITICAL_SECTION /* before Python 3.13 */
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

/* Payloads from this size on are sent without the GIL: copying and writing them takes longer than giving it up. */
#define LONG_PAYLOAD (16 << 10)
/* Bytes sent between two looks at how much waits to be sent. */
#define LOOK_EVERY (64 << 10)
/* Milliseconds after which a call that waits on the main thread looks whether a signal came. */
#define SIGNAL_SLICE 100

/* Messages, or chunks of them, that were taken from the library and not yet by the program: str and bytes objects, a ring. */
typedef struct {
    PyObject *object;
    uint32_t flags; /* WS_FIRST, WS_FINAL */
} Item;

typedef struct {
    Item *items;
    size_t first, count, capacity; /* capacity: a power of two, or 0 */
    size_t bytes;                  /* what the payloads take, roughly */
} Ring;

int ring_push(Ring *ring, Item item);             /* takes the reference in any case; -1: MemoryError */
PyObject *ring_pop(Ring *ring, atomic_uint *flags); /* a new reference; NULL: empty, no exception */
void ring_clear(Ring *ring);

struct Loop;

typedef struct Socket {
    PyObject_HEAD
    ws_socket *ws;      /* ended in tp_dealloc, when no call can use it any more */
    Ring ring;
    atomic_int taking;  /* who takes events: blocking.c */
    atomic_int ended;   /* the close event was taken */
    atomic_uint flags;  /* of what was received last: WS_FIRST, WS_FINAL */
    atomic_size_t unlooked; /* bytes sent since the last look at what waits */
    uint64_t high;      /* more than this waits to be sent: send waits */
    uint64_t queue;     /* more than this in the ring: the network is not read (asyncio) */
    int paused;
    struct Loop *loop;  /* asyncio: where its events come from; else NULL */
    unsigned long long key;
    PyObject *waiter;   /* asyncio: what recv() waits for, a Waiter */
    int (*dispatch)(struct Socket *, PyObject *); /* takes each message, which it then owns; NULL: the ring does */
} Socket;

typedef struct Loop {
    PyObject_HEAD
    ws_loop *loop;
    PyObject *sockets; /* dict: key to weak reference to Socket */
    PyObject *aio;     /* weak reference to the asyncio loop that runs it */
    atomic_int running;
    double due;        /* when asyncio's timer runs it at the latest, on the clock now() */
} Loop;

extern PyTypeObject SocketType, BlockingType, AwaitingType, DispatchingType, ReceiveType, WaiterType, LoopType;

/* module.c */
extern unsigned long main_thread;             /* where signals are handled */
PyObject *raise_status(ws_status status);     /* NULL, with the exception of the status and the library's words */
PyObject *raise_words(ws_status status, const char *words);
double now(void);                             /* seconds; a clock that only goes forward */
extern PyObject *cancelled_error;             /* asyncio.CancelledError */

/* dispatching.c */
extern PyObject *message_event; /* libws.MessageEvent */

/* awaiting.c */
int awaiting_ready(void); /* once the types are */

/* loop.c */
PyObject *loop_aio(Loop *loop); /* a new reference to asyncio's loop; NULL: it is gone, with an exception */

/* waiter.c */
PyObject *waiter_new(PyObject *aio); /* takes the reference to asyncio's loop */
int waiter_finish(PyObject *waiter, int at_once); /* at_once: the task goes on before this returns; not while a task runs */

/* socket.c */
int is_message(const ws_event *event);         /* whole, or a chunk */
void note_flags(Socket *self, uint32_t flags);
uint32_t message_flags(const ws_event *event); /* a whole one is first and final */
PyObject *message_object(const ws_event *event);
int tell(Socket *self, const ws_event *event); /* an event that is no message: to the method _event */
int timeout_argument(PyObject *const *args, Py_ssize_t count, PyObject *names, double *timeout); /* forever: negative */

typedef struct {
    Py_buffer buffer; /* obj is NULL for a str */
    const char *data;
    Py_ssize_t len;
    int type; /* for ws_send */
} Payload;

int payload_from(PyObject *const *args, Py_ssize_t count, PyObject *names, Payload *payload);
ws_status payload_send(Socket *self, Payload *payload); /* ends the payload */
int too_much_waits(Socket *self, Py_ssize_t sent);      /* after a message of that length */

#endif
