/* ws_loop_fd and ws_loop_timeout are all that another event loop needs: here poll(), which never waits in vain. */
#include "check.h"
#include "directed.h"

#include <poll.h>

#define MESSAGES 100

/* Waits as an event loop would; a descriptor that stays silent although there is work is a failure. */
static void poll_once(ws_loop *loop)
{
    struct pollfd fd = {ws_loop_fd(loop), POLLIN, 0};
    int32_t timeout = ws_loop_timeout(loop);
    int own = timeout >= 0 && timeout < PATIENCE;
    int ready;
    CHECK(fd.fd >= 0);
    CHECK(timeout >= -1);
    ready = poll(&fd, 1, own ? timeout : PATIENCE);
    CHECK(ready >= 0);
    CHECK(ready == 1 || own);
}

/* Polls until events come. */
static size_t take_batch(ws_loop *loop, ws_event *events, size_t capacity)
{
    for (;;) {
        size_t count = 0;
        ws_status status;
        poll_once(loop);
        status = ws_loop_wait(loop, events, capacity, 0, &count);
        if (status == WS_OK)
            return count;
        CHECK_STATUS(status, WS_ERR_TIMEOUT);
        CHECK_INT(count, 0);
    }
}

/* `capacity` smaller than what is there: the rest must be announced again. */
static void echo(const char *url, size_t capacity)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *ws = connect_path(url, "", options);
    ws_event events[16];
    int received = 0, closed = 0;
    char text[32];
    ws_options_free(options);

    while (!closed) {
        size_t count = take_batch(loop, events, capacity);
        for (size_t i = 0; i < count; i++) {
            if (events[i].type == WS_EVENT_OPEN) {
                for (int n = 0; n < MESSAGES; n++) {
                    snprintf(text, sizeof text, "message %d", n);
                    CHECK_STATUS(ws_send_text(ws, text), WS_OK);
                }
            } else if (events[i].type == WS_EVENT_MESSAGE) {
                snprintf(text, sizeof text, "message %d", received++);
                CHECK_TEXT(events[i].data, text);
                if (received == MESSAGES)
                    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
            } else {
                check_close(&events[i], 1000, "", 1);
                closed = 1;
            }
        }
    }
    CHECK_INT(received, MESSAGES);
    ws_free(ws);
    ws_loop_free(loop);
}

static void timers(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *ws;
    ws_event event;
    CHECK_INT(ws_loop_timeout(loop), -1);
    CHECK_STATUS(ws_options_set_close_timeout(options, 100), WS_OK);
    ws = open_path(url, "hold", options);
    ws_options_free(options);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_INT(take_batch(loop, &event, 1), 1);
    check_close(&event, 1006, "", 0);
    ws_free(ws);
    ws_loop_free(loop);
}

static void wake(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *ws = open_path(url, "", options);
    struct pollfd fd = {ws_loop_fd(loop), POLLIN, 0};
    ws_event event;
    size_t count = 0;
    ws_options_free(options);
    CHECK_STATUS(ws_loop_wake(loop), WS_OK);
    CHECK_INT(poll(&fd, 1, PATIENCE), 1);
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, 0, &count), WS_ERR_ABORTED);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, 0, &count), WS_ERR_TIMEOUT);
    close_and_free(ws);
    ws_loop_free(loop);
}

/* Runs the loop as long as it wants to be run; no socket lives on it. Says how often it was told so. */
static int runs_until_quiet(ws_loop *loop)
{
    struct pollfd fd = {ws_loop_fd(loop), POLLIN, 0};
    int told = 0;
    for (int runs = 0;; runs++) {
        ws_event event;
        size_t count;
        int32_t timeout = ws_loop_timeout(loop);
        if (poll(&fd, 1, timeout < 0 ? 0 : timeout) == 0 && timeout < 0)
            return told;
        CHECK(runs < 10);
        CHECK_STATUS(ws_loop_wait(loop, &event, 1, 0, &count), WS_DONE);
        told++;
    }
}

static void told_of_the_end(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_event event;
    CHECK_INT(runs_until_quiet(loop), 0);
    ok("a loop that never had a socket wants nothing");

    for (int round = 0; round < 2; round++) {
        ws_socket *ws = open_path(url, "", options);
        CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
        CHECK_INT(take_batch(loop, &event, 1), 1);
        check_close(&event, 1000, "", 1);
        CHECK_INT(ws_loop_timeout(loop), 0);
        CHECK_INT(runs_until_quiet(loop), 1);
        if (round == 1)
            CHECK_STATUS(ws_loop_dispatch(loop, 0), WS_DONE);
        ws_free(ws);
        CHECK_INT(runs_until_quiet(loop), 0);
    }
    ok("after the last close event it wants to be run for WS_DONE, once; and again when it had another socket");

    ws_free(open_path(url, "", options));
    for (;;) {
        size_t count;
        ws_status status;
        poll_once(loop);
        status = ws_loop_wait(loop, &event, 1, 0, &count);
        if (status == WS_DONE)
            break;
        CHECK_STATUS(status, WS_ERR_TIMEOUT);
    }
    CHECK_INT(runs_until_quiet(loop), 0);
    ok("also when the last socket was freed before it had closed");

    CHECK_STATUS(ws_loop_wake(loop), WS_OK);
    CHECK_STATUS(ws_loop_dispatch(loop, 0), WS_ERR_ABORTED);
    CHECK_INT(runs_until_quiet(loop), 0);
    ok("ws_loop_wake on a loop without sockets does not leave its descriptor readable");
    ws_options_free(options);
    ws_loop_free(loop);
}

/* A connection that was failed, and that the server does not end. */
static void failed_connection(const char *directed)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *director = open_path(directed, "", NULL);
    ws_socket *ws = connect_path(directed, "", options);
    ws_event event;
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(director, "take the next"), WS_OK);
    CHECK_STATUS(ws_send_text(director, "accept with "), WS_OK);
    CHECK_INT(take_batch(loop, &event, 1), 1);
    CHECK_INT(event.type, WS_EVENT_OPEN);
    take_text(director, "taken");
    take_text(director, "open");
    tell(director, "answer with CC", "done"); /* no such opcode */
    CHECK_INT(take_batch(loop, &event, 1), 1);
    CHECK_INT(event.type, WS_EVENT_ERROR);
    CHECK_INT(take_batch(loop, &event, 1), 1);
    check_close(&event, 1006, "", 0);
    CHECK(runs_until_quiet(loop) >= 1);
    ws_free(ws);
    ws_loop_free(loop);
    close_and_free(director);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    echo(url, 16);
    ok("a poll() loop sees every event");
    echo(url, 1);
    ok("also when it takes one event at a time");
    timers(url);
    ok("ws_loop_timeout brings it back in time for the library's own timers");
    wake(url);
    ok("ws_loop_wake makes the descriptor readable, once");
    told_of_the_end(url);
    failed_connection(further_url(argc, argv, 0));
    ok("a failed connection that the server leaves open does not keep the loop running");
    return finish();
}
