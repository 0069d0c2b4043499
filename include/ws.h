/* libws: the browser's WebSocket object for every program that can call C.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * THE LIFE OF A SOCKET. ws_connect is `new WebSocket(url)`: it returns at once with a socket that is CONNECTING. What happens then
 * is told by events: OPEN; MESSAGE, as many as come; ERROR, at most once, if the connection was failed; CLOSE, exactly once and
 * last. ws_next_event takes them one by one, ws_next_events many at a time. ws_send sends, ws_close closes, ws_free ends the handle:
 * in any state and at any time.
 * When the server closes, or breaks the protocol, while messages before that wait to be taken, the answer waits for the program to
 * take them, 100 ms at the most: what it sends in reply to them still goes out.
 * The behaviour is that of the WHATWG WebSockets Standard (https://websockets.spec.whatwg.org) over RFC 6455 and RFC 7692; what a
 * program needs and a browser forbids (headers, pings, the reason of a failure) is added beside it.
 *
 * STATUS. Functions that can fail return a ws_status: 0 is WS_OK, positive numbers are remarks, negative ones errors. An error has
 * changed nothing. ws_last_error() says in words what was wrong with the last call on this thread that returned one. A network that
 * misbehaves is never an error of a call: it is an event.
 *
 * OWNERSHIP. ws_socket, ws_options and ws_loop are opaque: each is made by a function of the library and ended by its _free. They
 * are handles, never followed as pointers: one that was freed, is of another type or never was made gets WS_ERR_BAD_HANDLE, from
 * functions that return no status what they return for NULL, and its _free does nothing. What goes in (texts, messages, options) is
 * copied before the call returns, but for ws_send_owned's buffer. What comes out (ws_event.data, ws_url, ws_failure.text) belongs to
 * the library and is valid for as long as its comment says. Texts go in as pointer and length; WS_NUL_TERMINATED as the length means
 * that the text ends at its NUL. Bytes come out with a length and have a NUL past their end, too.
 *
 * WHERE I/O RUNS. By default on one thread of the library, which the first ws_connect starts: pings are answered and closings
 * finished though the program sleeps. With a ws_loop there is no library thread (but for a moment when a host's name is looked
 * up, or the system's certificates are read): I/O runs while the program is in ws_loop_wait (events of many sockets, in place),
 * ws_loop_dispatch (callbacks), or ws_next_event(s) on one socket. ws_loop_fd puts such a loop into another event loop.
 *
 * THREADS. Every function may be called from every thread. One thread at a time takes a socket's events, or runs a loop; a second
 * one gets WS_ERR_BUSY. Options are used by one thread at a time. A handle must not be used while another
 * thread is in its _free.
 *
 * CALLBACKS run in ws_loop_dispatch, or on the library's thread for sockets on the background loop. No lock that a call would wait
 * for is held while one runs; it may call anything, ws_free of its own socket included. What would wait for the loop that it runs on
 * returns WS_ERR_BUSY. A callback must return: no longjmp and no C++ exception may leave it. The library's threads have all signals
 * blocked but those of faults and SIGPROF; a child process that a callback starts on one inherits that.
 *
 * FORK. In a child, calls on the parent's handles return WS_ERR_FORKED and their _free only frees memory; the connections stay the
 * parent's. The child can connect anew.
 *
 * There is no call to set the library up, nothing is told through errno, no signal is raised (SIGPIPE included), and after a bug
 * inside the library a call returns WS_ERR_INTERNAL instead of ending the program.
 */


#ifndef WS_H
#define WS_H

/* Made by cbindgen from the sources in src/ffi: change those, not this file. */

#include <stddef.h>
#include <stdint.h>

/** The version of the header as a text. */
#define WS_VERSION "0.1.0"

/** As a length: the text ends at its NUL. */
#define WS_NUL_TERMINATED SIZE_MAX


/**
 * ws_ready_state: the connection is being made.
 */
#define WS_CONNECTING 0

/**
 * ws_ready_state: messages can be sent.
 */
#define WS_OPEN 1

/**
 * ws_ready_state: the closing handshake has begun.
 */
#define WS_CLOSING 2

/**
 * ws_ready_state: it is over.
 */
#define WS_CLOSED 3



/**
 * As the code of ws_close: the argument is absent.
 */
#define WS_NO_CODE -1

/**
 * As a timeout: for ever.
 */
#define WS_FOREVER -1

/**
 * A text message: UTF-8.
 */
#define WS_TEXT 1

/**
 * A binary message.
 */
#define WS_BINARY 2

/**
 * Or-ed to the type in ws_send: more follows at once, so nothing need be written yet. Ended by a message without it, by ws_flush or
 * by the loop's next turn. In ws_message_begin: the same for each part of the message, until 128 KiB wait.
 */
#define WS_MORE 256

/**
 * Or-ed to the type in ws_send: the message is not compressed, though the server would take it so. For what is compressed already,
 * and for secrets beside text that others choose: the size of a compressed message tells what is alike.
 */
#define WS_NO_COMPRESS 512

/**
 * ws_event.type: no event.
 */
#define WS_EVENT_NONE 0

/**
 * ws_event.type: the connection is open. data: the subprotocol agreed on, or "".
 */
#define WS_EVENT_OPEN 1

/**
 * ws_event.type: a message. kind: WS_TEXT (UTF-8, checked) or WS_BINARY; data: its payload.
 */
#define WS_EVENT_MESSAGE 2

/**
 * ws_event.type: the connection was failed; the close event follows. data: why, in words, as ws_failure.text.
 */
#define WS_EVENT_ERROR 3

/**
 * ws_event.type: the end, always the last event. code, was_clean; data: the server's reason, or "".
 */
#define WS_EVENT_CLOSE 4

/**
 * ws_event.type: the answer to a ws_ping. data: the ping's payload; rtt_us.
 */
#define WS_EVENT_PONG 5

/**
 * ws_event.type: ws_buffered_amount has fallen to the mark of ws_options_set_low_water. data: "".
 */
#define WS_EVENT_DRAIN 6

/**
 * ws_event.type: a part of a message, with ws_options_set_chunks. kind: WS_TEXT (UTF-8 by itself, checked) or WS_BINARY; data: its
 * bytes; flags: WS_FIRST, WS_FINAL.
 */
#define WS_EVENT_CHUNK 7

/**
 * In ws_event.flags: the message begins with this chunk.
 */
#define WS_FIRST 1

/**
 * In ws_event.flags: the message ends with this chunk.
 */
#define WS_FINAL 2

/**
 * ws_failure.phase: nothing failed.
 */
#define WS_PHASE_NONE 0

/**
 * ws_failure.phase: the URL.
 */
#define WS_PHASE_URL 1

/**
 * ws_failure.phase: the look-up of the host's name.
 */
#define WS_PHASE_DNS 2

/**
 * ws_failure.phase: the TCP connection.
 */
#define WS_PHASE_TCP 3

/**
 * ws_failure.phase: the proxy.
 */
#define WS_PHASE_PROXY 4

/**
 * ws_failure.phase: the TLS handshake.
 */
#define WS_PHASE_TLS 5

/**
 * ws_failure.phase: the opening handshake.
 */
#define WS_PHASE_HANDSHAKE 6

/**
 * ws_failure.phase: the open connection.
 */
#define WS_PHASE_OPEN 7

/**
 * ws_failure.phase: the closing handshake.
 */
#define WS_PHASE_CLOSING 8

/**
 * ws_failure.timeout: no time was over.
 */
#define WS_TIMEOUT_NONE 0

/**
 * ws_failure.timeout: that of ws_options_set_connect_timeout.
 */
#define WS_TIMEOUT_CONNECT 1

/**
 * ws_failure.timeout: that of ws_options_set_handshake_timeout.
 */
#define WS_TIMEOUT_HANDSHAKE 2

/**
 * ws_failure.timeout: that of ws_options_set_close_timeout.
 */
#define WS_TIMEOUT_CLOSE 3

/**
 * ws_failure.timeout: that of ws_options_set_ping_timeout.
 */
#define WS_TIMEOUT_PING 4

/**
 * ws_set_log: nothing.
 */
#define WS_LOG_OFF 0

/**
 * ws_set_log: something in libws or the system is wrong.
 */
#define WS_LOG_ERROR 1

/**
 * ws_set_log: connections that failed or were lost, too.
 */
#define WS_LOG_WARN 2

/**
 * ws_set_log: connections that come and go, too.
 */
#define WS_LOG_INFO 3

/**
 * ws_set_log: each step of a connection, too.
 */
#define WS_LOG_DEBUG 4

/**
 * ws_set_log: what is common on an open connection, too: how much was read, pings and pongs.
 */
#define WS_LOG_TRACE 5

/**
 * The version of the header, major number.
 */
#define WS_VERSION_MAJOR 0

/**
 * The version of the header, minor number.
 */
#define WS_VERSION_MINOR 1

/**
 * The version of the header, patch number.
 */
#define WS_VERSION_PATCH 0

/**
 * The version of the header as one number: major * 0x10000 + minor * 0x100 + patch.
 */
#define WS_VERSION_NUMBER 256

/**
 * A loop: the sockets made with it (ws_options_set_loop) do their I/O only while it runs, on the thread that runs it. Made by
 * ws_loop_new, ended by ws_loop_free; every function may be called from every thread, but one thread at a time runs it.
 */
typedef struct ws_loop ws_loop;

/**
 * How to connect. Made by ws_options_new, ended by ws_options_free; ws_connect copies it. To be used by one thread at a time.
 */
typedef struct ws_options ws_options;

/**
 * A WebSocket. Made by ws_connect, ended by ws_free; every function may be called from every thread.
 */
typedef struct ws_socket ws_socket;

/**
 * What a call returns: 0 is success, a positive number a remark on it, a negative number an error. Nothing has changed after an
 * error. Numbers are never given a second meaning.
 */
typedef int ws_status;

/**
 * What is known about the end of a connection. Its texts are valid until ws_free; a NUL follows each; none is NULL. Later versions of
 * the library add fields at the end; `size` says how many the program knows: a program may declare the first of them only.
 */
typedef struct ws_failure {
    /**
     * To be set to sizeof(ws_failure) before the call.
     */
    uint64_t size;
    /**
     * WS_PHASE_...: how far the connection had come; WS_PHASE_NONE: nothing failed.
     */
    int32_t phase;
    /**
     * The operating system's error number (errno); 0: none.
     */
    int32_t os_error;
    /**
     * The status of the server's response, or of an HTTP proxy's refusal; 0: none.
     */
    int32_t http_status;
    /**
     * The TLS alert (RFC 8446 section 6) that the server sent, or that we refused its certificate with; -1: none.
     */
    int32_t tls_alert;
    /**
     * WS_TIMEOUT_...: the time that was over, if that is why; the text says how long it was.
     */
    int32_t timeout;
    /**
     * For later; 0.
     */
    int32_t reserved;
    /**
     * What happened, for people: UTF-8.
     */
    const char *text;
    /**
     * Its bytes, without the NUL.
     */
    size_t text_len;
    /**
     * The head of that response as it came, as far as it came.
     */
    const char *head;
    /**
     * Its bytes, without the NUL.
     */
    size_t head_len;
    /**
     * The first bytes of the response's body as they came, 4096 at most.
     */
    const void *body;
    /**
     * How many.
     */
    size_t body_len;
    /**
     * The address of the connection, or the one that was tried last, such as "192.0.2.1:443" or "[2001:db8::1]:443"; "" if none was.
     * The text has all of them, each with its error.
     */
    const char *address;
    /**
     * Its bytes, without the NUL.
     */
    size_t address_len;
} ws_failure;

/**
 * A logger. level: WS_LOG_...; text: one line of UTF-8, len bytes and a NUL, valid until it returns; user_data: what was given with
 * it. It is called on any thread, on several at a time too, and must not call libws.
 */
typedef void (*ws_log_fn)(int level, const char *text, size_t len, void *user_data);

/**
 * An event. The library fills it; data stays valid until the same socket is next asked for events (ws_next_event, ws_next_events,
 * ws_wait_open, ws_wait_closed), though there may be none; if the socket has a loop of one's own, until that loop next runs: in one of
 * these for any of its sockets, in ws_loop_wait, ws_loop_dispatch, ws_flush or ws_shutdown; and until ws_free of the socket or
 * ws_loop_free of the loop at the longest. In a callback, until the callback returns, whatever it calls. Its size never changes (64
 * bytes where pointers have 64 bits): programs have arrays of it.
 */
typedef struct ws_event {
    /**
     * WS_EVENT_..., which says what the other fields mean.
     */
    int32_t type;
    /**
     * MESSAGE, CHUNK: WS_TEXT or WS_BINARY, else 0.
     */
    int32_t kind;
    /**
     * The socket that it happened to.
     */
    struct ws_socket *socket;
    /**
     * What ws_options_set_user_data or ws_options_set_callbacks was given.
     */
    void *user_data;
    /**
     * The event's bytes; never NULL. A NUL follows them, so that text can be used as a C string.
     */
    const void *data;
    /**
     * How many, without that NUL.
     */
    size_t len;
    /**
     * CLOSE: the server's code; 1005 if its Close frame had none; 1006 if none came.
     */
    int32_t code;
    /**
     * CLOSE: 1 if the closing handshake was completed, else 0.
     */
    int32_t was_clean;
    /**
     * PONG: from the ping to the pong, in microseconds.
     */
    uint64_t rtt_us;
    /**
     * CHUNK: WS_FIRST if the message begins with it, WS_FINAL if it ends with it, both or-ed, or neither. Else 0.
     */
    uint32_t flags;
    /**
     * For later; 0.
     */
    uint32_t reserved;
} ws_event;

/**
 * A callback. ws: the socket; event: what happened, valid until the callback returns; user_data: what was given with it.
 *
 * It runs in ws_loop_dispatch on the caller's thread, or, for sockets on the background loop, on the library's thread. It may call
 * every function, ws_free of its own socket included; those that would wait for its own loop return WS_ERR_BUSY. It must return: no
 * longjmp and no C++ exception may leave it. A binding that has callbacks run on another thread and waits for them there must call
 * ws_free on neither of the two: it would wait for itself.
 */
typedef void (*ws_event_fn)(struct ws_socket *ws, const struct ws_event *event, void *user_data);

/**
 * Frees a buffer that was given to ws_send_owned. data, len: the buffer; arg: what was given with it.
 *
 * It is called on any thread: in a call about the socket, or where its loop runs. No lock that a call would wait for is held then: it
 * may call everything but ws_free and ws_loop_free; what would wait for a loop that its thread runs returns WS_ERR_BUSY. It must
 * return: no longjmp and no C++ exception may leave it.
 */
typedef void (*ws_free_fn)(void *data, size_t len, void *arg);

/**
 * What a connection has done so far. Later versions of the library add fields at the end; `size` says how many the program knows.
 *
 * Bytes of payload are those of messages as the program has them. Bytes on the wire are those of the TCP connection behind the opening
 * handshake, with frame headers and control frames. Of compressed messages, "wire" is what is left of their payloads, without headers:
 * compressed_payload_received / compressed_wire_received is how many times smaller they were made.
 */
typedef struct ws_stats {
    /**
     * To be set to sizeof(ws_stats) before the call.
     */
    uint64_t size;
    /**
     * Messages that ws_send accepted, those included that wait to go out (ws_buffered_amount) or were lost with the connection; one in
     * parts when ws_message_end ends it.
     */
    uint64_t messages_sent;
    /**
     * Whole messages that came before the socket was closed or freed, whether the program has taken them yet or not.
     */
    uint64_t messages_received;
    /**
     * Bytes of payload of messages_sent.
     */
    uint64_t payload_sent;
    /**
     * Bytes of payload of messages_received. Of a message that comes in chunks (ws_options_set_chunks) they count as they come, the
     * message with the last of them.
     */
    uint64_t payload_received;
    /**
     * Bytes on the wire that the operating system took.
     */
    uint64_t wire_sent;
    /**
     * Bytes on the wire that the operating system gave.
     */
    uint64_t wire_received;
    /**
     * Bytes of payload of those of messages_sent that were compressed, before.
     */
    uint64_t compressed_payload_sent;
    /**
     * The same bytes compressed.
     */
    uint64_t compressed_wire_sent;
    /**
     * Bytes of payload of those of messages_received that came compressed, after they were inflated.
     */
    uint64_t compressed_payload_received;
    /**
     * The same bytes as they came.
     */
    uint64_t compressed_wire_received;
    /**
     * Pings of ws_ping and of the keep-alive (ws_options_set_ping_interval), those included that wait to go out.
     */
    uint64_t pings_sent;
    /**
     * Pong frames that came, those that answer no ping included.
     */
    uint64_t pongs_received;
    /**
     * The round trip of the last ping that was answered, of either kind, in microseconds; 0: none was.
     */
    uint64_t rtt_last_us;
    /**
     * The shortest round trip so far, in microseconds; 0: no ping was answered.
     */
    uint64_t rtt_min_us;
    /**
     * How long the look-up of the host's name took, in microseconds (this and the next two: 2^32 - 1 at most), whatever came of
     * it; 0: it is not over, or there was none (an address, localhost).
     */
    uint64_t dns_us;
    /**
     * How long it took to make a TCP connection (to the proxy, if there is one), or to fail to, in microseconds, all addresses that
     * were tried and the turns that were waited for (ws_options_set_one_connecting) included; 0: it is not over or was not reached.
     */
    uint64_t tcp_us;
    /**
     * How long the opening handshake took, in microseconds, from the connection (TCP, a proxy's way behind it, TLS for wss:) to the whole
     * response or the refusal; 0: it is not over or was not reached.
     */
    uint64_t handshake_us;
    /**
     * Bytes of memory that the connection holds now for what it sends and receives: messages that wait to be taken, the buffers (of
     * 512 KiB each) of what waits to be sent, the part of a message that has come, compressor and decompressor. A connection on
     * which nothing happens holds next to nothing.
     */
    uint64_t memory;
    /**
     * How long the TLS handshake took, in microseconds, whatever came of it; 0: it is not over, was not reached, or there was none.
     */
    uint64_t tls_us;
} ws_stats;

/**
 * Success.
 */
#define WS_OK 0

/**
 * A remark: nothing more will come (the close event was taken; no socket lives on the loop).
 */
#define WS_DONE 1

/**
 * A remark: the message is counted in ws_buffered_amount and not sent, because the socket is CLOSING or CLOSED.
 */
#define WS_DISCARDED 2

/**
 * The standard's InvalidStateError: not in this state.
 */
#define WS_ERR_INVALID_STATE -11

/**
 * The standard's SyntaxError: a URL, a subprotocol or a close reason that may not be.
 */
#define WS_ERR_SYNTAX -12

/**
 * The standard's InvalidAccessError: a close code that an application may not send.
 */
#define WS_ERR_INVALID_ACCESS -15

/**
 * The connection could not be made, or was lost while the call waited.
 */
#define WS_ERR_NETWORK -19

/**
 * Another thread interrupted the call (ws_interrupt, ws_loop_wake), or the loop was freed meanwhile.
 */
#define WS_ERR_ABORTED -20

/**
 * A limit of the system or of the options is reached.
 */
#define WS_ERR_QUOTA -22

/**
 * The time given to the call is over.
 */
#define WS_ERR_TIMEOUT -23

/**
 * A pointer that must not be NULL is.
 */
#define WS_ERR_NULL_POINTER -101

/**
 * A number or a combination that has no meaning.
 */
#define WS_ERR_INVALID_ARGUMENT -102

/**
 * Text that is not UTF-8.
 */
#define WS_ERR_INVALID_UTF8 -103

/**
 * Another thread takes events there now, or this one does, further up its stack (a callback).
 */
#define WS_ERR_BUSY -104

/**
 * The handle was made before fork by the parent process.
 */
#define WS_ERR_FORKED -105

/**
 * This build or this system cannot do it.
 */
#define WS_ERR_UNSUPPORTED -106

/**
 * A bug in libws. The socket concerned fails; everything else goes on.
 */
#define WS_ERR_INTERNAL -107

/**
 * A handle that was freed, stands for an object of another type, or never was one. (Not promised for a handle that another thread
 * is freeing at this moment.)
 */
#define WS_ERR_BAD_HANDLE -108

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Why the connection was refused, failed or lost: what a browser shows in its console and hides from scripts.
 *
 * ws: a socket. failure: its field size is set to sizeof(ws_failure) by the caller; the other fields receive what is known, as far as
 * they lie within that size; its texts are valid until ws_free. Fields of a later version that the running library does not know
 * become 0.
 *
 * Returns WS_OK, also if nothing failed (phase WS_PHASE_NONE, empty texts); WS_ERR_INVALID_ARGUMENT: failure->size is 0 or no size
 * that a ws_failure has; WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error writes nothing. It is complete when the error event, or without
 * one the close event, is taken. Does not block; any thread; a callback may call it. WHATWG WebSockets, "feedback from the
 * protocol": the standard forbids to tell scripts.
 */
ws_status ws_get_failure(const struct ws_socket *ws,
                         struct ws_failure *failure);

/**
 * Sets the logger of the process, in place of the one before. Without one nothing is logged.
 *
 * logger: called with each line; NULL: none. user_data: passed on to it. level: how much it gets, WS_LOG_OFF to WS_LOG_TRACE.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another level. Does not block; any thread; a callback may call it. A line that another
 * thread is logging may still reach the logger before.
 *
 * A line about a connection begins with its URL and ": ". At WS_LOG_DEBUG the lines of the request follow with "> " before each, and
 * those of the response with "< ". No line has a message in it, the user name and the password of the URL, or the value of a header
 * whose name has authorization, cookie, token, secret, password, credential, session or api-key in it; the path and the query of the
 * URL and the other headers are shown. What the server sends is escaped, so that a terminal can show it.
 */
ws_status ws_set_log(ws_log_fn logger,
                     void *user_data,
                     int level);

/**
 * Makes a loop.
 *
 * loop: receives the loop, which ws_loop_free must end; set to NULL on an error.
 *
 * Returns WS_OK; WS_ERR_QUOTA: the system gives no file descriptors; WS_ERR_NULL_POINTER. Does not block; any thread; a callback
 * may call it.
 */
ws_status ws_loop_new(struct ws_loop **loop);

/**
 * Gives a loop up. Connections that are left on it are cut: the close event (1006, not clean) of each can be taken by
 * ws_next_event; closings of freed sockets are not finished (ws_shutdown waits for them).
 *
 * loop: the loop, not used afterwards; NULL: nothing happens. Its sockets stay valid until ws_free.
 *
 * Does not block. Any thread: a thread that is running it gets WS_ERR_ABORTED. A callback may call it, for its own loop too.
 */
void ws_loop_free(struct ws_loop *loop);

/**
 * Runs a loop and takes events of all its sockets, many at a time: epoll_wait for WebSockets.
 *
 * loop: a loop. events: room for capacity events, at least 1; their data is read in place and stays valid until the loop next runs,
 * for one of its sockets too (see ws_event). timeout_ms: how long to wait for the first, in milliseconds; 0: not at all; WS_FOREVER.
 * count: receives how many came.
 *
 * Returns WS_OK: at least one. WS_ERR_TIMEOUT: none in time. WS_DONE: no socket lives on the loop, so none can come.
 * WS_ERR_ABORTED: ws_loop_wake, or the loop was freed. WS_ERR_BUSY: another thread runs the loop, or this one further up its stack.
 * WS_ERR_INVALID_ARGUMENT: a capacity of 0 or another negative timeout. WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * Blocks for timeout_ms at most. One thread at a time. A callback may call it for other loops. Sockets with callbacks have their
 * events here too: only ws_loop_dispatch calls callbacks. One call reads so much at the most, and each socket in turn, that a flood
 * on one does not starve the others.
 */
ws_status ws_loop_wait(struct ws_loop *loop,
                       struct ws_event *events,
                       size_t capacity,
                       int32_t timeout_ms,
                       size_t *count);

/**
 * Runs a loop and calls the callbacks of its sockets (ws_options_set_callbacks). Events of sockets without callbacks wait in their
 * queues for ws_next_event.
 *
 * loop: a loop. timeout_ms: how long to wait for the first event, in milliseconds; 0: not at all; WS_FOREVER.
 *
 * Returns WS_OK: there were events. WS_ERR_TIMEOUT, WS_DONE, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_INVALID_ARGUMENT,
 * WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_loop_wait. Blocks and threads as there; the callbacks run on the caller's thread, one
 * after the other, with no lock held that a call would wait for.
 */
ws_status ws_loop_dispatch(struct ws_loop *loop, int32_t timeout_ms);

/**
 * A file descriptor that is readable when the loop has work: to be watched, level-triggered, by another event loop (poll, epoll,
 * libuv, GLib, asyncio), which then calls ws_loop_wait or ws_loop_dispatch with a timeout of 0.
 *
 * loop: a loop. Returns the descriptor, which belongs to the loop and is only to be watched; an error (negative) for NULL or after
 * fork. Does not block; any thread; a callback may call it. From the first call on, work that other threads leave for the loop
 * makes it readable too.
 */
int ws_loop_fd(struct ws_loop *loop);

/**
 * How long another event loop may wait at the most before it runs this one: until a timer is due.
 *
 * loop: a loop. Returns milliseconds, rounded up; 0: there is work now, or the last socket's life has ended and the WS_DONE that
 * says so was not returned yet; -1: no limit, only the descriptor counts. -1 for NULL, after fork and while the loop runs. To be
 * asked anew after each run. Does not block; any thread; a callback may call it.
 */
int32_t ws_loop_timeout(struct ws_loop *loop);

/**
 * Wakes the call that runs the loop (ws_loop_wait, ws_loop_dispatch, or one that waits for a socket of it): it returns
 * WS_ERR_ABORTED. If none runs, the next one that would wait does so.
 *
 * loop: a loop. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it, and a signal
 * handler too.
 */
ws_status ws_loop_wake(struct ws_loop *loop);

/**
 * Makes options with the defaults: what a browser would do, on the background loop.
 *
 * Returns the options, which ws_options_free must end; NULL only after a bug in libws. Does not block; any thread; a callback may
 * call it.
 */
struct ws_options *ws_options_new(void);

/**
 * Copies options, callbacks and loop included.
 *
 * options: what to copy. Returns the copy, which ws_options_free must end; NULL for NULL. Does not block; a callback may call it.
 */
struct ws_options *ws_options_copy(const struct ws_options *options);

/**
 * Ends options. Sockets made with them are not touched.
 *
 * options: not used afterwards; NULL: nothing happens. Does not block; a callback may call it.
 */
void ws_options_free(struct ws_options *options);

/**
 * Asks for a subprotocol, after those added before: the protocols argument of the constructor.
 *
 * options: the options. name: a token of RFC 6455 section 4.1, len bytes or WS_NUL_TERMINATED; copied.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: not a token, or there already; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback
 * may call it. A server that confirms none of the subprotocols asked for is refused. WHATWG WebSockets, constructor steps.
 */
ws_status ws_options_add_protocol(struct ws_options *options, const char *name, size_t len);

/**
 * Sets whether small writes are sent at once (TCP_NODELAY).
 *
 * options: the options. on: 1: at once, the default; 0: the system may hold them back to fill a packet (Nagle's algorithm).
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_no_delay(struct ws_options *options, int on);

/**
 * Sets the loop that a socket's I/O runs on.
 *
 * options: the options. loop: a loop, which the options keep alive; NULL: the background loop, the default.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options; WS_ERR_FORKED: a loop of the parent process. Does not block; a callback may call
 * it.
 */
ws_status ws_options_set_loop(struct ws_options *options, struct ws_loop *loop);

/**
 * Sets the pointer that ws_event.user_data, callbacks and ws_user_data give back.
 *
 * options: the options. user_data: any pointer; libws does not look at what it points to. Default: NULL.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
 */
ws_status ws_options_set_user_data(struct ws_options *options, void *user_data);

/**
 * Sets the callbacks: onopen, onmessage, onerror, onclose. They run in ws_loop_dispatch, or, for sockets on the background loop, on
 * the library's thread.
 *
 * options: the options. on_open, on_message, on_error, on_close: each may be NULL, then its events are dropped; all NULL: events
 * are taken by ws_next_event again. user_data: as ws_options_set_user_data, which it sets.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it. What callbacks may do: see ws_event_fn.
 */
ws_status ws_options_set_callbacks(struct ws_options *options,
                                   ws_event_fn on_open,
                                   ws_event_fn on_message,
                                   ws_event_fn on_error,
                                   ws_event_fn on_close,
                                   void *user_data);

/**
 * Sets the callback for answers to ws_ping. A socket with it has callbacks, as with ws_options_set_callbacks.
 *
 * options: the options. on_pong: NULL: none, the default.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
 */
ws_status ws_options_set_on_pong(struct ws_options *options, ws_event_fn on_pong);

/**
 * Sets the callback for WS_EVENT_DRAIN (ws_options_set_low_water). A socket with it has callbacks, as with ws_options_set_callbacks.
 *
 * options: the options. on_drain: NULL: none, the default.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
 */
ws_status ws_options_set_on_drain(struct ws_options *options,
                                  ws_event_fn on_drain);

/**
 * Gives a host and port addresses of their own: the name is not looked up then.
 *
 * options: the options. host: a name or an address as in a URL, host_len bytes or WS_NUL_TERMINATED. port: 1 to 65535, the one
 * that is connected to. addresses: IPv4 and IPv6 addresses separated by commas, len bytes or WS_NUL_TERMINATED. All copied. Given
 * again for the same host and port, the later ones count.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: not a host; WS_ERR_INVALID_ARGUMENT: another port, or something that is no address;
 * WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. The Host header, the certificate's name and the
 * rules about ports are the URL's as ever. curl's --resolve.
 */
ws_status ws_options_add_resolve(struct ws_options *options,
                                 const char *host,
                                 size_t host_len,
                                 int port,
                                 const char *addresses,
                                 size_t len);

/**
 * Sets which version of IP is used.
 *
 * options: the options. version: 4 or 6: only that; 0: both, the default: they race, IPv6 first (RFC 8305).
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. A host
 * without an address of that version is refused: error, close(1006).
 */
ws_status ws_options_set_ip_version(struct ws_options *options, int version);

/**
 * Sets the local address that connections are made from.
 *
 * options: the options. address: an IPv4 or IPv6 address of this machine, len bytes or WS_NUL_TERMINATED, copied; NULL: the
 * system chooses, the default. Only addresses of the same version are connected to then.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: not an address; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
 * call it. That this machine does not have the address shows when it connects: ws_get_failure says so.
 */
ws_status ws_options_set_bind_address(struct ws_options *options, const char *address, size_t len);

/**
 * Sets the network interface that connections are made over.
 *
 * options: the options. name: the interface's, such as "eth0", len bytes or WS_NUL_TERMINATED, copied; NULL: the system chooses,
 * the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a name that no interface has; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a
 * callback may call it. Linux only (SO_BINDTODEVICE); elsewhere, and where there is no such interface, connecting fails and
 * ws_get_failure says why.
 */
ws_status ws_options_set_bind_interface(struct ws_options *options, const char *name, size_t len);

/**
 * Connects to a Unix domain socket instead of the URL's host and port.
 *
 * options: the options. path: the socket's, len bytes or WS_NUL_TERMINATED, copied; a leading @ stands for Linux's abstract
 * namespace (a file whose name begins so is ./@name); NULL: a TCP connection, the default, also after ws_options_set_socket.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: an empty path or one that is too long (107 bytes on Linux); WS_ERR_NULL_POINTER. Does not
 * block; a callback may call it. The URL stays what it is: its host is in the Host header, wss: still means TLS. No name is looked
 * up and no proxy asked.
 */
ws_status ws_options_set_unix_socket(struct ws_options *options, const char *path, size_t len);

/**
 * Hands over a connection that the program has made itself: the handshake of the URL is done over it.
 *
 * options: the options. fd: a stream socket (TCP, Unix domain, a socketpair) that is connected; with WS_OK it belongs to the
 * library, which makes it non-blocking and closes it, even if it is never used. -1: a TCP connection is made, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: not a stream socket that is connected: it stays the caller's; WS_ERR_NULL_POINTER. Does not
 * block; a callback may call it. It is for one ws_connect: the first with these options, or a copy of them, takes it, and another
 * returns WS_ERR_INVALID_STATE. Options about addresses, TCP and proxies are not looked at then.
 */
ws_status ws_options_set_socket(struct ws_options *options,
                                int fd);

/**
 * Sets TCP's own keep-alive: probes that the other machine's kernel answers, whatever its program does.
 *
 * options: the options. idle: seconds without traffic before the first probe, 1 to 32767; 0: none are sent, the default. interval:
 * seconds between probes, 1 to 32767. count: probes without an answer after which the connection is lost, 1 to 127.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 * ws_options_set_ping_interval asks the program at the other end, and proxies in between pass that on.
 */
ws_status ws_options_set_tcp_keepalive(struct ws_options *options, int idle, int interval, int count);

/**
 * Sets the sizes of the kernel's buffers of a connection.
 *
 * options: the options. send, receive: bytes for what is sent and received, up to 2^30; 0: the system's choice, the default, which
 * grows with the need.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: more; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Systems have limits of
 * their own and take those silently.
 */
ws_status ws_options_set_socket_buffers(struct ws_options *options, size_t send, size_t receive);

/**
 * Sets whether permessage-deflate is offered, so that messages are compressed in both directions if the server agrees; ws_extensions
 * tells.
 *
 * options: the options. on: 1: it is offered, as browsers do, the default; 0: it is not.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. A connection
 * that is idle for two seconds holds little of what compression needs (with the default window some 300 KiB). RFC 7692.
 */
ws_status ws_options_set_deflate(struct ws_options *options,
                                 int on);

/**
 * Sets how hard messages are compressed.
 *
 * options: the options. level: 1, the fastest, to 9, the smallest messages; default 1. memory: how much memory the compressor has
 * beside its window, 1, the least, to 9, each twice as much as the one before; default 8: 128 KiB.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_deflate_effort(struct ws_options *options, int level, int memory);

/**
 * Sets from which size on messages are compressed; shorter ones are sent as they are.
 *
 * options: the options. bytes: the size of the shortest message that is compressed; 0: all are. Default: 64.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it. WS_NO_COMPRESS decides for one message.
 */
ws_status ws_options_set_deflate_threshold(struct ws_options *options, size_t bytes);

/**
 * Sets whether messages are compressed each by itself (no context takeover): less memory, larger messages.
 *
 * options: the options. server: 1: the server is asked to, and refused if it does not agree; client: 1: this side does so. Each
 * 0 by default: a message may refer to those before it.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 7692
 * section 7.1.1.
 */
ws_status ws_options_set_deflate_no_takeover(struct ws_options *options, int server, int client);

/**
 * Sets how far back messages may refer, as a power of two of bytes: the smaller the less memory and the larger messages.
 *
 * options: the options. server: 8 to 15; below 15 the server is asked for it, and refused if it does not agree. client: 8 to 15;
 * a server may ask for less. Default: 15 each, 32 KiB.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 7692
 * section 7.1.2.
 */
ws_status ws_options_set_deflate_window(struct ws_options *options, int server, int client);

/**
 * Sets how many times as long as it was sent a compressed message may become; more fails the connection with 1009. The first MiB of
 * each message is free, it is judged in steps of 4 KiB as sent, and the maximum of ws_options_set_max_message_size holds all the same.
 *
 * options: the options. ratio: 2 to 1100. Default: 1100, which refuses nothing: deflate reaches 1,032.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_max_ratio(struct ws_options *options,
                                   uint32_t ratio);

/**
 * Sets how much may wait to be sent: beyond it ws_send refuses messages with WS_ERR_QUOTA.
 *
 * options: the options. bytes: of payload, as in ws_buffered_amount; 0: no limit, the default, as in a browser.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 *
 * A message of len bytes is refused if, after the system was offered what waits, ws_buffered_amount() > 0 and
 * ws_buffered_amount() + len > bytes. So a message that is longer than the limit alone goes out when nothing waits. A refused message
 * is neither queued nor counted. Pings, pongs and Close frames are not concerned. CLOSING or CLOSED, messages are counted and not
 * sent (WS_DISCARDED), whatever the limit. (A browser closes a connection that it has no room for: WHATWG WebSockets, "send(data)".)
 */
ws_status ws_options_set_max_buffered(struct ws_options *options,
                                      uint64_t bytes);

/**
 * Sets the low-water mark: a WS_EVENT_DRAIN comes when what waits to be sent has become so little.
 *
 * options: the options. bytes: of payload, as in ws_buffered_amount; 0: when the system has taken all; UINT64_MAX: no such event, the
 * default.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 *
 * One event comes when ws_buffered_amount has fallen to the mark or below it after a ws_send had left it above the mark; the next one
 * after another ws_send has left it above. What the system takes at once, in ws_send, makes no event. After a ws_send that returned
 * WS_ERR_QUOTA one comes in any case, but not before there is room for the refused message, too: a program that sends until it is
 * refused and then waits for the event does not wait in vain. None comes while CLOSING or CLOSED: the close event ends the wait then.
 * The event is in order with the others; when it is taken, more may wait again. (A browser has no such event: scripts poll
 * bufferedAmount.)
 */
ws_status ws_options_set_low_water(struct ws_options *options,
                                   uint64_t bytes);

/**
 * Sets how long the name's look-up, the TCP connection, a proxy's answer and, for wss:, the TLS handshake may take together.
 *
 * options: the options. ms: milliseconds, at least 1. Default: 30000. The wait of ws_options_set_one_connecting does not count.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_connect_timeout(struct ws_options *options, int32_t ms);

/**
 * Sets how long the server may take to answer the opening handshake.
 *
 * options: the options. ms: milliseconds, at least 1. Default: 30000.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_handshake_timeout(struct ws_options *options, int32_t ms);

/**
 * Sets how long the server may take to answer our Close frame, counted from the last byte written to it. Then the connection is
 * cut: the close event has 1006, not clean, and no error event comes before it.
 *
 * options: the options. ms: milliseconds, at least 1. Default: 10000 (browsers wait for a minute; a program that ends does not).
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. What
 * the server sends meanwhile does not make it longer. A server that began to close and then takes nothing has as long; the close
 * event then has its code and is not clean. RFC 6455 section 7.1.1.
 */
ws_status ws_options_set_close_timeout(struct ws_options *options, int32_t ms);

/**
 * Sets how often a keep-alive ping is sent, whose pong is no event.
 *
 * options: the options. ms: milliseconds, 0: none. Default: 0.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_ping_interval(struct ws_options *options, int32_t ms);

/**
 * Sets how long after a keep-alive ping something must have come from the server; else the connection counts as lost.
 *
 * options: the options. ms: milliseconds, at least 1. Default: 20000.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_ping_timeout(struct ws_options *options, int32_t ms);

/**
 * Sets the longest message that is received; a longer one fails the connection (Close code 1009). Messages that come in
 * chunks have a limit of their own: ws_options_set_chunks.
 *
 * options: the options. bytes: 1 to 2^40. Default: 64 MiB. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_max_message_size(struct ws_options *options, uint64_t bytes);

/**
 * Sets the longest frame that is received; a longer one fails the connection (Close code 1009). Messages that come in
 * chunks have a limit of their own: ws_options_set_chunks.
 *
 * options: the options. bytes: 1 to 2^40. Default: 64 MiB. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_max_frame_size(struct ws_options *options, uint64_t bytes);

/**
 * Sets the longest head of a response; a longer one fails the handshake.
 *
 * options: the options. bytes: 256 to 2^24. Default: 256 KiB. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_max_head_size(struct ws_options *options, uint32_t bytes);

/**
 * Sets the most lines that the head of a response may have; more fail the handshake.
 *
 * options: the options. lines: 8 to 2^20. Default: 4096. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_max_head_lines(struct ws_options *options, uint32_t lines);

/**
 * Sets the proxy that connections go through.
 *
 * options: the options. url: [scheme://][user[:password]@]host[:port][/], UTF-8, len bytes or WS_NUL_TERMINATED, copied; NULL: no
 * proxy, the default. The scheme says how the proxy is spoken to: http, the one that is meant without a scheme: by CONNECT, for ws:
 * URLs too; https: the same inside TLS, with the options about TLS but for pins, server name and client certificate, which are the
 * server's; socks5: by SOCKS5, names are looked up here and the proxy is asked for one address after the other; socks5h: by SOCKS5, the
 * proxy looks names up. Without a port it is 80, 443 or, for both kinds of SOCKS5, 1080 (curl takes 1080 for http, too). User name
 * and password are percent-encoded; ws_options_set_proxy_credentials takes them as they are.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: another scheme, no host, a path, a control character in user name or password, more than 255 bytes of
 * either with SOCKS5, a colon in the user name with HTTP; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
 * call it.
 *
 * ws_options_add_resolve and the other options about addresses hold for the proxy's host; with socks5 the first and
 * ws_options_set_ip_version for the server's, too. Over a Unix domain socket, or a socket that was handed over, no proxy is asked.
 *
 * The connect timeout holds for the connection to the proxy and its answer together. The proxy is told the User-Agent header, but none
 * that was added. User name and password go to the proxy alone (HTTP: Basic, the only authentication that there is): they are in
 * no request to the server, no log, no text of an error or failure. What the proxy refuses is a failure of the phase WS_PHASE_PROXY
 * with its words; of an HTTP proxy ws_get_failure has status, head and body. RFC 6455 section 4.1, step 3; RFC 9110 section 9.3.6;
 * RFC 1928; RFC 1929.
 */
ws_status ws_options_set_proxy(struct ws_options *options,
                               const char *url,
                               size_t len);

/**
 * Sets user name and password for the proxy of ws_options_set_proxy, which has to be called before, in place of those in its URL.
 *
 * options: the options. user: user_len bytes or WS_NUL_TERMINATED; NULL: neither is given to the proxy. password: password_len bytes or
 * WS_NUL_TERMINATED; NULL: an empty one. Both copied, as they are, not percent-encoded; UTF-8 or not.
 *
 * Returns WS_OK; WS_ERR_INVALID_STATE: there is no proxy; WS_ERR_SYNTAX: as ws_options_set_proxy; WS_ERR_NULL_POINTER. Does not block;
 * a callback may call it. They are not used for a proxy of the environment.
 */
ws_status ws_options_set_proxy_credentials(struct ws_options *options,
                                           const char *user,
                                           size_t user_len,
                                           const char *password,
                                           size_t password_len);

/**
 * Sets what is reached without a proxy.
 *
 * options: the options. list: UTF-8, len bytes or WS_NUL_TERMINATED, copied; "": nothing; NULL, the default: with
 * ws_options_set_proxy_from_environment what the environment's no_proxy says, else nothing.
 *
 * Returns WS_OK; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. It holds for the proxy of
 * ws_options_set_proxy and for one of the environment.
 *
 * The list's elements are separated by commas, spaces or both. An element is
 *  - a name, such as example.com: this host and all below it, www.example.com, not myexample.com. Letters' case, and dots at its
 *    beginning and end, do not matter (with Go .example.com is not example.com itself; with curl it is); *.example.com is the same;
 *  - an address, 192.0.2.1 or 2001:db8::1, in brackets or not: hosts that are written as an address. Names are not looked up for it;
 *  - a block of addresses, 192.0.2.0/24 or 2001:db8::/32;
 *  - each of these with a port, example.com:8080, [2001:db8::1]:8080: this port alone (as Go; curl has no ports). A ws: URL without one
 *    has 80, a wss: URL 443;
 *  - *: everything (as Go: beside other elements, too).
 *
 * What is none of these matches nothing and is no error, as the list of the environment is made for many programs.
 */
ws_status ws_options_set_no_proxy(struct ws_options *options,
                                  const char *list,
                                  size_t len);

/**
 * Sets whether the environment may name a proxy.
 *
 * options: the options. on: 1: ws_connect reads it, with getenv's rule that no other thread changes it meanwhile; 0: it is not read,
 * the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. ws_connect
 * returns WS_ERR_SYNTAX for a proxy of the environment that may not be (ws_options_set_proxy says which), with the variable's name.
 *
 * For wss: URLs the first of https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY that is there and not empty counts; for ws: URLs the
 * first of http_proxy, all_proxy and ALL_PROXY: not HTTP_PROXY, which in a CGI program is a header of the request (CVE-2016-5385). Then
 * no_proxy, else NO_PROXY, says what is reached without it (ws_options_set_no_proxy has the rules); curl reads the same variables in
 * this order. A proxy of ws_options_set_proxy goes before them, and no_proxy holds for it, too. Without being named there, localhost,
 * all names below .localhost, 127.0.0.0/8 and ::1 are never reached through the environment's proxy, as with browsers and Go; through
 * that of ws_options_set_proxy they are.
 */
ws_status ws_options_set_proxy_from_environment(struct ws_options *options,
                                                int on);

/**
 * Sets whether messages come in chunks, as they arrive: WS_EVENT_CHUNK instead of WS_EVENT_MESSAGE. A message of any length takes as
 * much memory as one chunk; those that wait are bounded as messages are (ws_options_set_receive_queue).
 *
 * options: the options. max_message: 0: messages come whole, the default, as in a browser. Another number: they come in chunks; a
 * message of more bytes fails the connection (Close code 1009), and ws_options_set_max_message_size and ws_options_set_max_frame_size
 * are not looked at. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 *
 * Every message comes so, short ones too: as one chunk with WS_FIRST and WS_FINAL, if it arrived at once. A chunk is what one read
 * brought, 128 KiB at most, or up to 64 KiB of what comes out of compressed bytes; its borders have nothing to do with the server's
 * frames. Only the last chunk can be empty. Chunks of two messages never mix. A chunk of text is UTF-8 by itself: a character that was cut
 * comes with the rest of it. A message that the server does not finish, because the connection ends or is failed (by text that is not
 * UTF-8, 1007), never has its WS_FINAL; what came before the fault was delivered. After ws_close no chunk comes, either.
 *
 * Compressed messages are inflated as far as there is room for what comes out. (A browser has no such thing.)
 */
ws_status ws_options_set_chunks(struct ws_options *options,
                                uint64_t max_message);

/**
 * Sets the callback for WS_EVENT_CHUNK (ws_options_set_chunks). A socket with it has callbacks, as with ws_options_set_callbacks.
 *
 * options: the options. on_chunk: NULL: none, the default.
 *
 * Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
 */
ws_status ws_options_set_on_chunk(struct ws_options *options, ws_event_fn on_chunk);

/**
 * Sets how much may wait to be taken (ws_next_event) before the socket is no longer read; the last read, of 128 KiB at most, may go
 * beyond it.
 *
 * options: the options. bytes: 1024 to 2^40. Default: 1 MiB. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 *
 * Half of it may wait behind the events that the program works through, which are no more than the other half. When those are taken,
 * the socket is read again. While it is not, what the server sends waits in the system's buffers, and then at the server; pings in what
 * was read already are answered, the others wait. CLOSING, a socket is read in any case: messages are not wanted any more.
 *
 * ws_loop_wait has no queue: it hands out what it reads, and what it has not read waits in the system's buffers.
 */
ws_status ws_options_set_receive_queue(struct ws_options *options,
                                       uint64_t bytes);

/**
 * Sets how many events may wait to be taken before the socket is no longer read: messages, or chunks of them, beside the bytes of
 * ws_options_set_receive_queue, which says more; the last read may go beyond it.
 *
 * options: the options. count: 2 to 2^30. Default: 65536. There is no "unlimited".
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_receive_queue_count(struct ws_options *options, uint32_t count);

/**
 * Adds a header to the request, after those added before.
 *
 * options: the options. name: a token, name_len bytes or WS_NUL_TERMINATED. value: UTF-8 without control characters, value_len
 * bytes or WS_NUL_TERMINATED. Both copied; letters and order are kept.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: a name or value that may not be in a header; WS_ERR_INVALID_ARGUMENT: a header that the handshake
 * sets itself (Host, too: it is that of the URL), Proxy-Authorization, or a second Authorization; WS_ERR_INVALID_UTF8;
 * WS_ERR_NULL_POINTER. Does not block; a callback may call it. A second Cookie goes on with the first, behind "; ". Logs show no
 * value of a header whose name has authorization, cookie, token, secret, password, credential, session or api-key in it. (A
 * browser lets no script do this.)
 */
ws_status ws_options_add_header(struct ws_options *options, const char *name, size_t name_len, const char *value, size_t value_len);

/**
 * Sets the Origin header of the request.
 *
 * options: the options. value: UTF-8 without control characters, len bytes or WS_NUL_TERMINATED, copied; NULL: no such header.
 * Default: none. Browsers send the origin of the page; some servers check it.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: a control character in it; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
 * call it.
 */
ws_status ws_options_set_origin(struct ws_options *options, const char *value, size_t len);

/**
 * Sets the User-Agent header of the request.
 *
 * options: the options. value: UTF-8 without control characters, len bytes or WS_NUL_TERMINATED, copied; NULL: no such header.
 * Default: "libws/" and the version.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: a control character in it; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
 * call it.
 */
ws_status ws_options_set_user_agent(struct ws_options *options, const char *value, size_t len);

/**
 * Adds a cookie to the request, after those added before: all of them make one Cookie header.
 *
 * options: the options. name: UTF-8 without =, name_len bytes or WS_NUL_TERMINATED. value: UTF-8, value_len bytes or
 * WS_NUL_TERMINATED. Neither may have a ; or a control character in it, or a space at an end. Both copied.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: a name or value that may not be in a cookie; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not
 * block; a callback may call it. Nothing is looked up or kept: there is no cookie store. RFC 6265 section 4.2.
 */
ws_status ws_options_add_cookie(struct ws_options *options, const char *name, size_t name_len, const char *value, size_t value_len);

/**
 * Has the request carry a bearer token: "Authorization: Bearer ...", in place of any Authorization header before.
 *
 * options: the options. token: visible ASCII without spaces, len bytes or WS_NUL_TERMINATED, copied; NULL: no Authorization header.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: an empty token, or another character in it; WS_ERR_NULL_POINTER. Does not block; a callback may
 * call it. On a ws: connection everybody on the way can read it. RFC 6750 section 2.1.
 */
ws_status ws_options_set_bearer(struct ws_options *options, const char *token, size_t len);

/**
 * Has the request carry a user name and a password: "Authorization: Basic ...", in place of any Authorization header before.
 *
 * options: the options. user: UTF-8 without a colon, user_len bytes or WS_NUL_TERMINATED; NULL: no Authorization header, whatever
 * the password. password: UTF-8, password_len bytes or WS_NUL_TERMINATED; NULL: an empty one. Neither may have a control character
 * in it. Both copied.
 *
 * Returns WS_OK; WS_ERR_SYNTAX: a colon in the user name, or a control character; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not
 * block; a callback may call it. On a ws: connection everybody on the way can read them. RFC 7617.
 */
ws_status ws_options_set_basic_auth(struct ws_options *options,
                                    const char *user,
                                    size_t user_len,
                                    const char *password,
                                    size_t password_len);

/**
 * Sets whether the user name and the password of the URL are sent with the request, as Basic authentication.
 *
 * options: the options. on: 1: they are, percent-decoded, unless an Authorization header is set; 0: they are only kept in ws_url, the
 * default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. With 1,
 * ws_connect returns WS_ERR_SYNTAX for a user name with a colon (%3A) in it, or control characters. (A browser sends them only after
 * a 401, on a second connection.)
 */
ws_status ws_options_set_url_credentials(struct ws_options *options,
                                         int on);

/**
 * Sets whether the ports that browsers block are refused: those where servers of other protocols listen, such as 22, 25 or 6000.
 *
 * options: the options. on: 1: they are refused, the default; 0: every port but 0 is allowed.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. With a
 * blocked port ws_connect returns a CONNECTING socket as ever; nothing is looked up, nothing connected; an error event and a close
 * event (1006, not clean) follow, and ws_get_failure has the phase WS_PHASE_URL. Fetch, "port blocking", which has the list.
 */
ws_status ws_options_set_block_ports(struct ws_options *options, int on);

/**
 * Sets whether a socket waits until no other one is CONNECTING to the same IP address and port.
 *
 * options: the options. on: 1: of all sockets of the process with this option, on any loop, one at a time is between the start of
 * its TCP connection to an address and the end of its opening handshake, opened, refused or given up; the others wait in the order
 * in which they came to that address. 0: all connect at once, the default: a program that opens many connections to one server
 * (a pool, a load test) would wait a round trip or more for each.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 *
 * The wait does not count for the connect timeout of the one that waits: it is bounded by the timeouts of those before it. The
 * turn of a socket whose loop is not run ends after its connect and handshake timeouts, so that it does not hold up the others.
 * ws_close and ws_free end the wait at once. A name with several addresses waits at each one that is tried. Where a proxy looks
 * names up, each name and port counts as an address of its own. RFC 6455 section 4.1, step 2, which binds clients; browsers do it.
 */
ws_status ws_options_set_one_connecting(struct ws_options *options, int on);

/**
 * Trusts the certificate authorities in a file, beside the system's; without the system's with ws_options_set_system_ca(options, 0).
 *
 * options: the options. path: the file, one or several certificates as PEM or one as DER, len bytes or WS_NUL_TERMINATED; read now.
 * It takes the place of what this and ws_options_set_ca set before; NULL: the system's alone, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: the file cannot be read or has something else in it (ws_last_error says in which line);
 * WS_ERR_NULL_POINTER: no options. Blocks while the file is read; a callback may call it.
 */
ws_status ws_options_set_ca_file(struct ws_options *options,
                                 const char *path,
                                 size_t len);

/**
 * Trusts certificate authorities, beside the system's; without the system's with ws_options_set_system_ca(options, 0).
 *
 * options: the options. data: one or several certificates as PEM or one as DER, len bytes; copied. It takes the place of what this and
 * ws_options_set_ca_file set before; a len of 0: the system's alone, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: there is something else in it (ws_last_error says in which line); WS_ERR_NULL_POINTER: no
 * options, or a len without data. Does not block; a callback may call it.
 */
ws_status ws_options_set_ca(struct ws_options *options,
                            const void *data,
                            size_t len);

/**
 * Sets whether the certificate authorities of the system are trusted.
 *
 * options: the options. on: 1: they are, the default; 0: only those of ws_options_set_ca_file and ws_options_set_ca.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. They are read
 * once a process, on a thread, when the first connection needs them; on Linux the environment variables SSL_CERT_FILE and
 * SSL_CERT_DIR, if set, say where they are.
 */
ws_status ws_options_set_system_ca(struct ws_options *options,
                                   int on);

/**
 * Shows a certificate to servers that ask for one.
 *
 * options: the options. certificate: a file with the client's certificate and those that lead from it to its authority, PEM, or the
 * one as DER, a path of certificate_len bytes or WS_NUL_TERMINATED; NULL: none, the default. key: a file with its private key, not
 * encrypted, PEM or DER (PKCS#8, PKCS#1, SEC1), a path of key_len bytes or WS_NUL_TERMINATED; NULL: it is in the same file. Both are read
 * now.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a file cannot be read or has something else in it, the key is encrypted, of a kind that is
 * not supported or not the certificate's (ws_last_error says what); WS_ERR_NULL_POINTER: no options. Blocks while the files are read;
 * a callback may call it.
 */
ws_status ws_options_set_client_cert_file(struct ws_options *options,
                                          const char *certificate,
                                          size_t certificate_len,
                                          const char *key,
                                          size_t key_len);

/**
 * Shows a certificate to servers that ask for one.
 *
 * options: the options. certificate: the client's certificate and those that lead from it to its authority, PEM, or the one as DER;
 * certificate_len bytes; 0: none, the default. key: its private key, not encrypted, PEM or DER (PKCS#8, PKCS#1, SEC1), key_len bytes;
 * 0: it is with the certificates. Both are copied.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: there is something else in them, the key is encrypted, of a kind that is not supported or not
 * the certificate's (ws_last_error says what); WS_ERR_NULL_POINTER: no options, or a len without data. Does not block; a callback may
 * call it.
 */
ws_status ws_options_set_client_cert(struct ws_options *options,
                                     const void *certificate,
                                     size_t certificate_len,
                                     const void *key,
                                     size_t key_len);

/**
 * Pins a key: beside all other checks, a certificate on the way from the server's own to its authority must have a pinned key.
 *
 * options: the options. pin: "sha256/" and the Base64 of the SHA-256 of a public key (SubjectPublicKeyInfo), as browsers and curl write
 * it; len bytes or WS_NUL_TERMINATED. Each call adds one: any of them will do. A certificate that the server sends along and that has
 * signed nothing on that way does not count.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: no pin; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Where
 * certificates are not verified (ws_options_set_dangerous_no_verification) it is the server's own that must have the key. To make one:
 * openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
 */
ws_status ws_options_add_pin(struct ws_options *options,
                             const char *pin,
                             size_t len);

/**
 * Sets the server's name for TLS, in place of the URL's host: it is asked for (SNI) and the certificate must be for it.
 *
 * options: the options. name: a host's name or an IP address, len bytes or WS_NUL_TERMINATED; NULL: the URL's host, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: no such name; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER: no options. Does not block; a callback
 * may call it. The request's Host header stays the URL's.
 */
ws_status ws_options_set_server_name(struct ws_options *options,
                                     const char *name,
                                     size_t len);

/**
 * Sets the lowest version of TLS that is spoken.
 *
 * options: the options. version: 12: TLS 1.2, the default; 13: TLS 1.3. What is older is never spoken.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
 */
ws_status ws_options_set_min_tls(struct ws_options *options, int version);

/**
 * Sets whether TLS sessions are resumed: a later connection with the same options to the same host then saves a part of the handshake.
 *
 * options: the options. on: 1: yes, the default; 0: each handshake is a whole one.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 8446 section
 * 2.2, RFC 5077.
 */
ws_status ws_options_set_session_resumption(struct ws_options *options,
                                            int on);

/**
 * Appends the secrets of the connections to a file, with which tools like Wireshark decrypt their traffic. Who can read it reads all.
 *
 * options: the options. path: the file, in NSS's format, len bytes or WS_NUL_TERMINATED; opened now, made readable by its owner only if
 * it is new; NULL: none, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: the file cannot be opened; WS_ERR_NULL_POINTER: no options. Blocks while the file is opened; a
 * callback may call it.
 */
ws_status ws_options_set_key_log_file(struct ws_options *options,
                                      const char *path,
                                      size_t len);

/**
 * Appends the secrets of the connections to the file that the environment variable SSLKEYLOGFILE names, as browsers do; without this
 * call it is not looked at.
 *
 * options: the options.
 *
 * Returns WS_OK, also if the variable is not set or empty: nothing changes then; WS_ERR_INVALID_ARGUMENT: the file cannot be opened;
 * WS_ERR_NULL_POINTER. Blocks while the file is opened; a callback may call it. See ws_options_set_key_log_file.
 */
ws_status ws_options_set_key_log_from_environment(struct ws_options *options);

/**
 * DANGEROUS. Sets whether certificates are taken without a check: then anybody on the way can read and change everything. For tests.
 *
 * options: the options. on: 1: no certificate is verified; 0: all are, the default.
 *
 * Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Pins
 * (ws_options_add_pin) hold all the same. For a server with a certificate of its own give that with ws_options_set_ca_file instead.
 */
ws_status ws_options_set_dangerous_no_verification(struct ws_options *options,
                                                   int on);

/**
 * Sends a message as ws_send does, out of a buffer that is handed over, so that it need not be copied to wait.
 *
 * ws: a socket. type: as in ws_send. data: the payload, len bytes; the library's from now on, which also writes to it (masking); may be
 * NULL if len is 0. free_fn: called exactly once when the buffer is no longer needed, whatever this call returns, an error too: at the
 * earliest before this call returns, at the latest when the connection is gone, also after ws_free; NULL is an error, and only then
 * is the buffer still the caller's. arg: given to free_fn.
 *
 * Returns what ws_send does; WS_ERR_NULL_POINTER: also without free_fn.
 *
 * Never blocks, and goes out in its turn among the messages of ws_send. A buffer of 64 KiB or more of which the system does not take all
 * at once is kept, and counted in ws_buffered_amount, until it has: what waits does so in the buffer. A smaller one, and one that is
 * compressed, is freed at once. Any thread; a callback may call it. In a child after fork, free_fn is called at most once for a buffer
 * of the parent's. WHATWG WebSockets, "send(data)".
 */
ws_status ws_send_owned(struct ws_socket *ws,
                        int type,
                        void *data,
                        size_t len,
                        ws_free_fn free_fn,
                        void *arg);

/**
 * A header of the server's response, by its name.
 *
 * ws: a socket. name: the header's name in any case, len bytes or WS_NUL_TERMINATED. index: which of those with this name, in the order
 * in which they came; 0 is the first.
 *
 * Returns the value, NUL-terminated UTF-8 (bytes that are none are replaced by U+FFFD), without the spaces around it, valid until
 * ws_free; NULL if there is none, before the open event was taken, for NULL and after fork. After a refusal it is a header of the
 * response that refused (WWW-Authenticate, Retry-After, Location), from the error event on; ws_get_failure has the whole head. Does
 * not block; any thread; a callback may call it. (A browser shows no script the response.)
 */
const char *ws_response_header(const struct ws_socket *ws,
                               const char *name,
                               size_t len,
                               size_t index);

/**
 * A header of the server's response, by its place: with index from 0 up, all of them.
 *
 * ws: a socket. index: which header, in the order in which they came; 0 is the first. name, value: receive the header's name, in the
 * letters in which it came, and its value, as ws_response_header; both "" if there is none.
 *
 * Returns WS_OK; WS_DONE: there are no more, or none before the open event or, after a refusal, the error event was taken;
 * WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
 */
ws_status ws_response_header_at(const struct ws_socket *ws,
                                size_t index,
                                const char **name,
                                const char **value);

/**
 * Closes every socket of the process with the code 1001 and waits until all connections are gone, those of freed sockets too. Then
 * the library's thread has ended; a later ws_connect starts it again. To be called before the library is unloaded.
 *
 * timeout_ms: how long it may take, in milliseconds; 0: no waiting; WS_FOREVER.
 *
 * Returns WS_OK; WS_ERR_TIMEOUT: some connections were not gone in time; those on the background loop are cut. WS_ERR_BUSY: called
 * in a callback: the closing was started and is not waited for. WS_ERR_INVALID_ARGUMENT: another negative number.
 *
 * Blocks for timeout_ms at most. Any thread. Loops of one's own that no thread is running are run meanwhile (without callbacks).
 * Handles stay valid: their events can be taken, and ws_free must end them. WHATWG WebSockets, "make disappear".
 */
ws_status ws_shutdown(int32_t timeout_ms);

/**
 * Makes a WebSocket and starts to connect: new WebSocket(url, protocols).
 *
 * url: UTF-8, NUL-terminated; ws:, wss:, http: (as ws:) or https: (as wss:), without a fragment; only read during the call.
 * options: how to connect, copied; NULL: the defaults, on the background loop.
 * ws: receives the socket, which ws_free must end; set to NULL on an error.
 *
 * Returns WS_OK with the socket CONNECTING; WS_ERR_SYNTAX: the URL, a subprotocol or a proxy of the environment may not be;
 * WS_ERR_INVALID_UTF8: the URL is not UTF-8; WS_ERR_INVALID_STATE: the loop of the options was freed, or their connection was used
 * (ws_options_set_socket); WS_ERR_QUOTA: the system gives no thread or no file descriptors; WS_ERR_NULL_POINTER. Whether the
 * connection is made is said by events, never here: a port that browsers block is such a refusal, too
 * (ws_options_set_block_ports).
 *
 * Redirects are never followed, as in a browser, and no option changes that: a response with a status of 3xx refuses the
 * connection, and ws_get_failure has its head with the Location.
 *
 * Does not block. Any thread. A callback may call it. WHATWG WebSockets, "The WebSocket(url, protocols) constructor steps".
 */
ws_status ws_connect(const char *url, const struct ws_options *options, struct ws_socket **ws);

/**
 * Gives a socket up. An open one is closed in the background: what was sent goes out first, then a Close frame without a code;
 * one that is CONNECTING is failed.
 *
 * ws: the socket, not used afterwards; NULL: nothing happens.
 *
 * Does not block, but for a callback of this socket that runs on another thread: it waits until that one returns, which may use the
 * socket as before (so do not hold a lock that the callback takes, and let no two callbacks on two threads free each other's
 * sockets). No callback of the socket runs after it returned, but for the one that it was called from. Any thread; not while another
 * call with this socket is running; a second time nothing happens. A callback may call it, for its own socket too. On a loop of one's
 * own the closing goes on while that loop runs. WHATWG WebSockets, "Garbage collection".
 */
void ws_free(struct ws_socket *ws);

/**
 * The standard's readyState.
 *
 * ws: a socket. Returns WS_CONNECTING, WS_OPEN, WS_CLOSING or WS_CLOSED; an error (negative) for NULL or after fork. It moves when
 * an event is taken (in a callback: before the callback) or when ws_close is called, never by itself. Does not block; any thread;
 * a callback may call it. WHATWG WebSockets, "readyState".
 */
int ws_ready_state(const struct ws_socket *ws);

/**
 * The standard's bufferedAmount: bytes of messages that were accepted and are not yet given to the operating system.
 *
 * ws: a socket. Returns bytes of payload, without frame headers; those of messages sent while CLOSING or CLOSED are counted too and
 * stay for ever. 0 for NULL and after fork. Does not block; any thread; a callback may call it. WHATWG WebSockets,
 * "bufferedAmount".
 */
uint64_t ws_buffered_amount(const struct ws_socket *ws);

/**
 * The URL as the standard serialises it.
 *
 * ws: a socket. Returns a text that is valid until ws_free; "" for NULL and after fork; never NULL. Does not block; any thread; a
 * callback may call it. WHATWG WebSockets, "url".
 */
const char *ws_url(const struct ws_socket *ws);

/**
 * The subprotocol that the server chose among those of ws_options_add_protocol.
 *
 * ws: a socket. Returns a text that is valid until ws_free; "" if none was chosen, before the open event was taken, for NULL and
 * after fork; never NULL. Does not block; any thread; a callback may call it. WHATWG WebSockets, "protocol".
 */
const char *ws_protocol(const struct ws_socket *ws);

/**
 * The extensions that were agreed on.
 *
 * ws: a socket. Returns a text that is valid until ws_free, such as "permessage-deflate; server_max_window_bits=12"; "" if there are
 * none, before the open event was taken, for NULL and after fork; never NULL. Does not block; any thread; a callback may call it.
 * WHATWG WebSockets, "extensions".
 */
const char *ws_extensions(const struct ws_socket *ws);

/**
 * What ws_options_set_user_data or ws_options_set_callbacks was given for this socket.
 *
 * ws: a socket. Returns the pointer; NULL for NULL. Does not block; any thread; a callback may call it.
 */
void *ws_user_data(const struct ws_socket *ws);

/**
 * Sends a message: send(). All of it or nothing.
 *
 * ws: a socket. type: WS_TEXT or WS_BINARY, with WS_MORE or-ed in if more follows at once, and WS_NO_COMPRESS if it is not to be
 * compressed. data: the payload, len bytes; UTF-8 for WS_TEXT; copied; may be NULL if len is 0.
 *
 * Returns WS_OK: accepted; it goes out before any later Close frame. WS_DISCARDED: the socket is CLOSING or CLOSED, or will be
 * when the events that wait are taken, because the server has closed or the connection is lost; the message is counted in
 * ws_buffered_amount and not sent. WS_ERR_INVALID_STATE: CONNECTING (the open event was not taken);
 * WS_ERR_INVALID_UTF8: text that is none; WS_ERR_QUOTA: too much waits (ws_options_set_max_buffered); WS_ERR_INVALID_ARGUMENT:
 * another type or flag, a length above SSIZE_MAX; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * Never blocks: what the system does not take is kept and counted in ws_buffered_amount, however much it is unless
 * ws_options_set_max_buffered sets a limit. The first message after a quiet moment is written at once; those that follow it closely
 * go out together: at the next turn of a loop of one's own, within a millisecond on the background loop, or when 128 KiB wait.
 * ws_flush makes sure. While another message is sent in parts (ws_message_begin), it goes out after that one's end, in the order in
 * which such messages were accepted. Any thread; a callback may call it. WHATWG WebSockets, "send(data)".
 */
ws_status ws_send(struct ws_socket *ws, int type, const void *data, size_t len);

/**
 * Sends a text message that ends at its NUL: ws_send with WS_TEXT.
 *
 * ws: a socket. text: UTF-8, NUL-terminated; copied. Returns, blocks and may be called as ws_send.
 */
ws_status ws_send_text(struct ws_socket *ws, const char *text);

/**
 * Closes the connection: close(code, reason).
 *
 * ws: a socket. code: 1000 or 3000 to 4999; WS_NO_CODE: the argument is absent. reason: UTF-8, at most 123 bytes, reason_len bytes
 * or WS_NUL_TERMINATED; NULL: the argument is absent; copied. Both absent: a Close frame without a body.
 *
 * Returns WS_OK, also if the socket is CLOSING or CLOSED already (then nothing happens). In every state, before anything else and
 * in this order: WS_ERR_INVALID_ACCESS: another code, or a reason without a code; WS_ERR_SYNTAX: a longer reason;
 * WS_ERR_INVALID_UTF8: a reason that is not UTF-8. WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error changes nothing.
 *
 * CONNECTING: the attempt is failed at once; an error event and a close event (1006, not clean) follow. OPEN: the state is CLOSING
 * at once; messages accepted before go out first, however many, then the Close frame; messages not taken yet are not delivered any
 * more. A message that was begun with ws_message_begin and not ended stays unfinished (see there). The close event comes when the
 * server has answered and the TCP connection has ended, with the server's code and reason; if no answer comes within the close timeout,
 * with 1006, not clean. It comes exactly once and is the last event.
 *
 * Never blocks. Any thread; a callback may call it. WHATWG WebSockets, "close(code, reason)".
 */
ws_status ws_close(struct ws_socket *ws,
                   int32_t code,
                   const char *reason,
                   size_t reason_len);

/**
 * Sends a ping; a WS_EVENT_PONG with the round-trip time follows when the server answers.
 *
 * ws: a socket. payload: len bytes, 125 at most, which come back with the pong; copied; may be NULL if len is 0.
 *
 * Returns WS_OK; WS_DISCARDED: CLOSING or CLOSED, not sent; WS_ERR_INVALID_STATE: CONNECTING; WS_ERR_SYNTAX: more than 125 bytes;
 * WS_ERR_QUOTA: some 64 wait to be sent because the server takes nothing; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * It goes out before messages that wait. Pongs of the last 64 pings are recognised. Never blocks; any thread; a callback may call
 * it. RFC 6455 section 5.5.2.
 */
ws_status ws_ping(struct ws_socket *ws, const void *payload, size_t len);

/**
 * Stops reading from the network, so that the server is slowed down in the end. Messages that were read already are still
 * delivered. While it lasts, pings are not answered and the end of the connection is not seen, unless the socket is CLOSING.
 *
 * ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
 */
ws_status ws_pause(struct ws_socket *ws);

/**
 * Starts reading from the network again after ws_pause.
 *
 * ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
 */
ws_status ws_resume(struct ws_socket *ws);

/**
 * Takes the next event of a socket.
 *
 * ws: a socket without callbacks, or on a loop of one's own. event: receives the event; its data stays valid until the socket is
 * next asked for one, though there may be none (see ws_event); WS_EVENT_NONE if none was taken. timeout_ms: how long to wait, in
 * milliseconds; 0: not at all; WS_FOREVER.
 *
 * Returns WS_OK: an event was taken. WS_DONE: the close event was taken before, nothing more will come. WS_ERR_TIMEOUT: none came
 * in time, and none was taken. WS_ERR_ABORTED: ws_interrupt, or ws_loop_wake on its loop. WS_ERR_BUSY: another thread takes this
 * socket's events, or runs its loop; or the library's thread does, because the socket has callbacks. WS_ERR_INVALID_ARGUMENT:
 * another negative timeout. WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * Blocks for timeout_ms at most; on a loop of one's own it runs the loop meanwhile, for all its sockets, whose events wait in
 * queues. One thread at a time. A callback may call it for sockets of other loops.
 */
ws_status ws_next_event(struct ws_socket *ws, struct ws_event *event, int32_t timeout_ms);

/**
 * Takes the events of a socket that are at hand, many at a time: ws_next_event for a program in a hurry.
 *
 * ws: as for ws_next_event. events: room for capacity events, at least 1; their data stays valid until the socket is next asked for
 * events, though there may be none (see ws_event). timeout_ms: how long to wait for the first, in milliseconds; 0: not at all;
 * WS_FOREVER. count: receives how many came; 0 with every status but WS_OK.
 *
 * Returns WS_OK: at least one. WS_DONE: the close event was taken before, nothing more will come. WS_ERR_TIMEOUT: none came in time,
 * and none was taken. WS_ERR_INVALID_ARGUMENT: a capacity of 0 or another negative timeout. WS_ERR_ABORTED, WS_ERR_BUSY,
 * WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event.
 *
 * They come in order, and the close event is the last. Fewer than capacity does not say that there are no more: those that have come
 * since wait for the next call. All of them are taken when it returns: ws_ready_state is what the last one made it, and room in the
 * receive queue (ws_options_set_receive_queue) is given back, as by ws_next_event, when the next call has no more at hand.
 *
 * Blocks, threads and callbacks as ws_next_event.
 */
ws_status ws_next_events(struct ws_socket *ws,
                         struct ws_event *events,
                         size_t capacity,
                         int32_t timeout_ms,
                         size_t *count);

/**
 * Waits until the connection is open, and takes the open event.
 *
 * ws: as for ws_next_event. timeout_ms: how long to wait, in milliseconds; 0: not at all; WS_FOREVER.
 *
 * Returns WS_OK: OPEN. WS_ERR_NETWORK: it was not made; the error and close events can be taken, ws_get_failure says more.
 * WS_ERR_INVALID_STATE: CLOSING or CLOSED already. WS_ERR_TIMEOUT, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_INVALID_ARGUMENT,
 * WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event. Blocks, threads and callbacks as there.
 */
ws_status ws_wait_open(struct ws_socket *ws, int32_t timeout_ms);

/**
 * Waits until the connection is closed: takes all events up to the close event, and drops those before it.
 *
 * ws: as for ws_next_event. close_event: receives the close event; NULL if it is not of interest. timeout_ms: how long to wait, in
 * milliseconds; 0: not at all; WS_FOREVER.
 *
 * Returns WS_OK: the close event was taken. WS_DONE: it was taken before. WS_ERR_TIMEOUT, WS_ERR_ABORTED, WS_ERR_BUSY,
 * WS_ERR_INVALID_ARGUMENT, WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event. Blocks, threads and callbacks as there. It does
 * not close: without ws_close it waits for the server to do so.
 */
ws_status ws_wait_closed(struct ws_socket *ws, struct ws_event *close_event, int32_t timeout_ms);

/**
 * Writes what waits, and waits until all messages accepted before are with the operating system: of one in parts (ws_message_begin)
 * what was appended, but not those behind it.
 *
 * ws: a socket. timeout_ms: how long to wait, in milliseconds; 0: not at all; WS_FOREVER.
 *
 * Returns WS_OK; WS_ERR_TIMEOUT: some are not there yet; WS_ERR_NETWORK: the connection was lost before; WS_ERR_INVALID_STATE:
 * CONNECTING; WS_ERR_ABORTED: ws_interrupt, or ws_loop_wake on its loop; WS_ERR_BUSY: it would have to wait, but is called in a
 * callback of the same loop, or another thread runs a loop of one's own; WS_ERR_INVALID_ARGUMENT: another negative timeout;
 * WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * Blocks for timeout_ms at most; on a loop of one's own it runs the loop meanwhile. Any thread. A callback may call it with a
 * timeout of 0 to write what gathers.
 */
ws_status ws_flush(struct ws_socket *ws, int32_t timeout_ms);

/**
 * Wakes the call that waits for this socket (ws_next_event, ws_next_events, ws_wait_open, ws_wait_closed, ws_flush): it returns
 * WS_ERR_ABORTED. If none waits, the next one that would does so.
 *
 * ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
 */
ws_status ws_interrupt(struct ws_socket *ws);

/**
 * What a connection has done so far: messages, bytes, pings, times, memory.
 *
 * ws: a socket. stats: its field size is set to sizeof(ws_stats) by the caller; the other fields are filled, as far as they lie within
 * that size. Fields of a later version that the running library does not know become 0.
 *
 * Returns WS_OK, in every state: while CONNECTING what is known by then, and when the connection is gone what it was, until ws_free;
 * WS_ERR_INVALID_ARGUMENT: stats->size is 0 or no size that a ws_stats has; WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error writes
 * nothing.
 *
 * Each field is exact when nothing happens on the connection, and a message is counted when an event or a callback shows it. While
 * messages come and go the fields are not of the same instant, and memory is as of the loop's last turn. Does not block; any thread;
 * a callback may call it. The standard has nothing like it.
 */
ws_status ws_get_stats(const struct ws_socket *ws,
                       struct ws_stats *stats);

/**
 * The name of a status: the standard's exception where it is one ("InvalidAccessError"), else the constant's.
 *
 * status: any number. Returns a text that is valid for ever, "unknown" for other numbers; never NULL. Does not block; any thread; a
 * callback may call it.
 */
const char *ws_status_name(ws_status status);

/**
 * What a status means, in a few words. ws_last_error says more about the case at hand.
 *
 * status: any number. Returns a text that is valid for ever, "unknown status" for other numbers; never NULL. Does not block; any
 * thread; a callback may call it.
 */
const char *ws_status_text(ws_status status);

/**
 * Why the last call on this thread that returned an error did so: with the value it refused and what to do.
 *
 * Returns a text that is valid until the next call on this thread that returns an error; "" if there was none; never NULL. Does not
 * block; each thread of the system has its own (a language with threads of another kind asks on the one that made the call); a
 * callback may call it.
 */
const char *ws_last_error(void);

/**
 * Begins a message that is sent in parts, of a length that need not be known: ws_message_append sends the parts, ws_message_end ends it.
 * The server gets one message, in fragments.
 *
 * ws: a socket. type: as in ws_send; with WS_MORE or-ed in its parts gather until 128 KiB wait or the loop's next turn; with
 * WS_NO_COMPRESS it is not compressed.
 *
 * Returns WS_OK. WS_DISCARDED: the socket is CLOSING or CLOSED, or will be when the events that wait are taken, because the server has
 * closed or the connection is lost. WS_ERR_INVALID_STATE: CONNECTING (the open event was not taken), or another message was begun and
 * not ended; WS_ERR_INVALID_ARGUMENT: another type or flag; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * One message at a time can be sent in parts. Until it ends, messages of ws_send and ws_send_owned are accepted as ever, from any
 * thread, and go out behind it, in the order in which they were accepted; they are counted in ws_buffered_amount, and ws_flush does not
 * wait for them. Pings and pongs pass between the fragments. When the connection is closed before ws_message_end, by ws_close, ws_free,
 * ws_shutdown or the server, what was appended goes out, then the Close frame: the server sees that the message is not finished. The
 * messages behind it, which cannot go out, are discarded then and stay counted in ws_buffered_amount: so end it first.
 *
 * Never blocks. Any thread; a callback may call it. RFC 6455 section 5.4.
 */
ws_status ws_message_begin(struct ws_socket *ws,
                           int type);

/**
 * Sends the next part of the message that ws_message_begin has begun. All of it or nothing.
 *
 * ws: a socket. data: the part, len bytes; copied; may be NULL if len is 0. Of a WS_TEXT message all parts together are UTF-8: a
 * character may begin in one and end in the next.
 *
 * Returns WS_OK: accepted. WS_DISCARDED: as ws_message_begin; the part is counted in ws_buffered_amount and not sent.
 * WS_ERR_INVALID_STATE: CONNECTING, or no message was begun; WS_ERR_INVALID_UTF8: with this part it would not be UTF-8; WS_ERR_QUOTA:
 * too much waits (ws_options_set_max_buffered; the messages behind this one do not count here, nor for WS_EVENT_DRAIN);
 * WS_ERR_INVALID_ARGUMENT: a length above SSIZE_MAX; WS_ERR_NULL_POINTER; WS_ERR_FORKED. After an error the message can be gone on
 * with, with another part.
 *
 * Never blocks. It is written when a message of ws_send would be: at once after a quiet moment, else together with what follows it
 * closely; small parts do not become small frames. A message takes no more memory than what of it waits for the network: with
 * ws_options_set_max_buffered and ws_options_set_low_water it can be of any length. With permessage-deflate it is compressed as it goes.
 * Any thread, in the order of the calls; a callback may call it. RFC 6455 section 5.4.
 */
ws_status ws_message_append(struct ws_socket *ws,
                            const void *data,
                            size_t len);

/**
 * Ends the message that ws_message_begin has begun; the messages that waited behind it go out.
 *
 * ws: a socket. Returns WS_OK: the server will get it whole. WS_DISCARDED: as ws_message_begin; the server does not get it whole.
 * WS_ERR_INVALID_STATE: CONNECTING, or no message was begun; WS_ERR_INVALID_UTF8: a WS_TEXT message would end inside a character:
 * it can be gone on with; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
 *
 * Never blocks. Any thread; a callback may call it. RFC 6455 section 5.4.
 */
ws_status ws_message_end(struct ws_socket *ws);

/**
 * The version of the library that is running, as a text such as "0.1.0".
 *
 * Returns a text that is valid for ever. Does not block; any thread; a callback may call it.
 */
const char *ws_version(void);

/**
 * The version of the library that is running, as a number like WS_VERSION_NUMBER, to compare with.
 *
 * Returns major * 0x10000 + minor * 0x100 + patch. Does not block; any thread; a callback may call it.
 */
uint32_t ws_version_number(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WS_H */
