/* The blocking helpers: what they take, what a timeout leaves alone, and how another thread ends them. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

static void wait_open(const char *url)
{
    ws_event event;
    ws_socket *ws = connect_path(url, "", NULL);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    CHECK_STATUS(ws_next_event(ws, &event, 0), WS_ERR_TIMEOUT);
    close_and_free(ws);
    ok("ws_wait_open takes the open event");

    ws = connect_path(url, "status/503", NULL);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_ERR_NETWORK);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a refused handshake is WS_ERR_NETWORK, and the error and close events are still there");
}

static void open_times_out(const char *silent)
{
    ws_socket *ws = connect_path(silent, "", NULL);
    CHECK_STATUS(ws_wait_open(ws, 0), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_wait_open(ws, 30), WS_ERR_TIMEOUT);
    CHECK_INT(ws_ready_state(ws), WS_CONNECTING);
    ws_free(ws);
    ok("a server that does not answer: ws_wait_open times out, the socket is still CONNECTING");
}

static void handshake_times_out(const char *silent)
{
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_handshake_timeout(options, 50), WS_OK);
    ws = connect_path(silent, "", options);
    ws_options_free(options);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("after the handshake timeout the attempt fails by itself");
}

static void next_event_times_out(const char *url)
{
    ws_event event;
    ws_socket *ws = open_path(url, "", NULL);
    memset(&event, 0x5a, sizeof event);
    CHECK_STATUS(ws_next_event(ws, &event, 0), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_next_event(ws, &event, 20), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "two"), WS_OK);
    take_text(ws, "one");
    take_text(ws, "two");
    CHECK_STATUS(ws_wait_closed(ws, &event, 20), WS_ERR_TIMEOUT);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    close_and_free(ws);
    ok("a timeout takes nothing and changes nothing");
}

static void wait_closed(const char *url)
{
    ws_event event;
    ws_socket *ws = open_path(url, "close?code=4002&reason=over", NULL);
    CHECK_STATUS(ws_send_text(ws, "echoed, then dropped by the wait"), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    check_close(&event, 4002, "over", 1);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_DONE);
    ws_free(ws);

    ws = open_path(url, "", NULL);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, NULL, PATIENCE), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    ws_free(ws);
    ok("ws_wait_closed drops what comes before the close event, and can do without that too");
}

static void flush(const char *url)
{
    const size_t large = (size_t)32 << 20;
    char *bytes = calloc(1, large);
    ws_options *options = new_options();
    ws_socket *ws = open_path(url, "", NULL);
    ws_event event;
    CHECK(bytes != NULL);
    CHECK_STATUS(ws_flush(ws, 0), WS_OK);
    CHECK_STATUS(ws_send(ws, WS_BINARY | WS_MORE, bytes, 1000), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_INT(ws_buffered_amount(ws), 0);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 1000);
    close_and_free(ws);
    ok("after ws_flush nothing is buffered, not even what WS_MORE held back");

    CHECK_STATUS(ws_options_set_close_timeout(options, 100), WS_OK);
    ws = open_path(url, "hold", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send(ws, WS_BINARY, bytes, large), WS_OK);
    CHECK_STATUS(ws_flush(ws, 50), WS_ERR_TIMEOUT);
    CHECK(ws_buffered_amount(ws) > 0 && ws_buffered_amount(ws) <= large);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    ok("a server that does not read: ws_flush times out");

    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    check_close(&event, 1006, "", 0);
    ws_free(ws);
    free(bytes);
    ok("nor does it answer a close: 1006 after the close timeout, with all of that still queued");
}

static void *interrupt(void *ws)
{
    CHECK_STATUS(ws_interrupt(ws), WS_OK);
    return NULL;
}

static void *wake(void *loop)
{
    CHECK_STATUS(ws_loop_wake(loop), WS_OK);
    return NULL;
}

/* Whether the other thread is before or after our call does not matter: "the call that blocks now, or the next". */
static void interrupted(const char *url, ws_loop *loop, const char *sentence)
{
    pthread_t thread;
    ws_event event;
    ws_options *options = options_on(loop);
    ws_socket *ws = open_path(url, "", options);
    ws_options_free(options);

    CHECK_INT(pthread_create(&thread, NULL, interrupt, ws), 0);
    CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_ERR_ABORTED);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(pthread_create(&thread, NULL, interrupt, ws), 0);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_ERR_ABORTED);
    CHECK_INT(pthread_join(thread, NULL), 0);

    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    CHECK_STATUS(ws_send_text(ws, "as before"), WS_OK);
    take_text(ws, "as before");
    ok(sentence);

    if (loop != NULL) {
        size_t count = 7;
        CHECK_INT(pthread_create(&thread, NULL, wake, loop), 0);
        CHECK_STATUS(ws_loop_wait(loop, &event, 1, PATIENCE, &count), WS_ERR_ABORTED);
        CHECK_INT(count, 0);
        CHECK_INT(pthread_join(thread, NULL), 0);
        CHECK_INT(pthread_create(&thread, NULL, wake, loop), 0);
        CHECK_STATUS(ws_loop_dispatch(loop, PATIENCE), WS_ERR_ABORTED);
        CHECK_INT(pthread_join(thread, NULL), 0);
        ok("ws_loop_wake ends ws_loop_wait and ws_loop_dispatch");
    }
    close_and_free(ws);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    const char *silent = further_url(argc, argv, 0);
    ws_loop *loop = new_loop();
    wait_open(url);
    open_times_out(silent);
    handshake_times_out(silent);
    next_event_times_out(url);
    wait_closed(url);
    flush(url);
    interrupted(url, NULL, "background loop: ws_interrupt ends a blocked call and changes nothing else");
    interrupted(url, loop, "own loop: the same");
    ws_loop_free(loop);
    return finish();
}
