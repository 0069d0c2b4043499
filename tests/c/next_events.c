/* ws_next_events: many events a call, in order, on the background loop and on a loop of one's own; what it leaves, what it refuses, and
 * the state when it returns. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

#define MESSAGES 100

/* Every socket's user data is its address. */
static int mark;

/* Waits until so many messages have come; nobody takes them. */
static void all_come(ws_socket *ws, ws_loop *loop, uint64_t messages)
{
    ws_stats stats;
    do {
        if (loop != NULL)
            ws_loop_dispatch(loop, 10);
        stats.size = sizeof stats;
        CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    } while (stats.messages_received < messages);
}

static void send_numbers(ws_socket *ws, int from, int to)
{
    char text[32];
    for (int i = from; i < to; i++) {
        snprintf(text, sizeof text, "message %d", i);
        CHECK_STATUS(ws_send_text(ws, text), WS_OK);
    }
}

static void check_number(const ws_socket *ws, const ws_event *event, int number)
{
    char text[32];
    snprintf(text, sizeof text, "message %d", number);
    CHECK_INT(event->type, WS_EVENT_MESSAGE);
    CHECK_INT(event->kind, WS_TEXT);
    CHECK(event->socket == ws);
    CHECK(event->user_data == &mark);
    CHECK_INT(event->len, strlen(text));
    CHECK_TEXT(event->data, text);
}

static void in_order(const char *url, ws_options *options, ws_loop *loop)
{
    ws_event events[MESSAGES + 1], more;
    size_t count = 7;
    ws_socket *ws = connect_path(url, "", options);
    CHECK_STATUS(ws_next_events(ws, events, MESSAGES, PATIENCE, &count), WS_OK);
    CHECK_INT(count, 1);
    CHECK_INT(events[0].type, WS_EVENT_OPEN);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);

    send_numbers(ws, 0, MESSAGES);
    all_come(ws, loop, MESSAGES);
    memset(&events[60], 0x5a, sizeof events[0]);
    CHECK_STATUS(ws_next_events(ws, events, 60, 0, &count), WS_OK);
    CHECK_INT(count, 60);
    CHECK_INT(events[60].type, 0x5a5a5a5a);
    for (int i = 0; i < 60; i++)
        check_number(ws, &events[i], i);
    CHECK_STATUS(ws_next_event(ws, &more, 0), WS_OK);
    check_number(ws, &more, 60);
    CHECK_STATUS(ws_next_events(ws, events, MESSAGES + 1, WS_FOREVER, &count), WS_OK);
    CHECK_INT(count, 39);
    ok("as many as there are and fit, in order, and no wait when there are some; ws_next_event goes on where it was");

    send_numbers(ws, MESSAGES, 2 * MESSAGES);
    if (loop == NULL)
        all_come(ws, NULL, 2 * MESSAGES);
    for (int i = 0; i < 39; i++)
        check_number(ws, &events[i], i + 61);
    for (int next = MESSAGES; next < 2 * MESSAGES; next += (int)count) {
        CHECK_STATUS(ws_next_events(ws, events, 3, PATIENCE, &count), WS_OK);
        CHECK(count >= 1 && count <= 3);
        for (size_t i = 0; i < count; i++)
            check_number(ws, &events[i], next + (int)i);
    }
    count = 7;
    CHECK_STATUS(ws_next_events(ws, events, 3, 0, &count), WS_ERR_TIMEOUT);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_next_events(ws, events, 3, 20, &count), WS_ERR_TIMEOUT);
    ok("their data stay valid until the next call; a timeout takes nothing");

    CHECK_STATUS(ws_close(ws, 1000, "done", 4), WS_OK);
    CHECK_STATUS(ws_next_events(ws, events, MESSAGES, PATIENCE, &count), WS_OK);
    CHECK_INT(count, 1);
    check_close(&events[0], 1000, "done", 1);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    CHECK_STATUS(ws_next_events(ws, events, MESSAGES, PATIENCE, &count), WS_DONE);
    CHECK_INT(count, 0);
    ws_free(ws);
    ok("the close event is the last, then WS_DONE");
}

/* Until the close event; returns how many events there were. What the last one of a call made of the state is checked. */
static int to_the_end(ws_socket *ws, ws_event *close_event)
{
    ws_event events[16];
    int all = 0;
    for (;;) {
        size_t count = 0;
        const ws_event *last;
        int32_t state;
        CHECK_STATUS(ws_next_events(ws, events, 16, PATIENCE, &count), WS_OK);
        all += (int)count;
        last = &events[count - 1];
        state = last->type == WS_EVENT_CLOSE || last->type == WS_EVENT_ERROR ? WS_CLOSED : WS_OPEN;
        CHECK_INT(ws_ready_state(ws), state);
        if (last->type == WS_EVENT_MESSAGE)
            CHECK_STATUS(ws_send_text(ws, "an answer"), WS_OK);
        if (last->type == WS_EVENT_CLOSE) {
            *close_event = *last;
            return all;
        }
    }
}

static void ends(const char *url, ws_options *options)
{
    ws_event event;
    ws_socket *ws = open_path(url, "close?code=4001&reason=bye", options);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    CHECK_INT(to_the_end(ws, &event), 2);
    check_close(&event, 4001, "bye", 1);
    ws_free(ws);
    ok("the server closes behind a message: the state is OPEN when that was taken, and an answer may be sent");

    ws = connect_path(url, "status/503", options);
    CHECK_INT(to_the_end(ws, &event), 2);
    check_close(&event, 1006, "", 0);
    ws_free(ws);
    ok("a refused connection: the error event, then the close event");

    ws = open_path(url, "", options);
    send_numbers(ws, 0, 10);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 9);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    check_close(&event, 1000, "", 1);
    ws_free(ws);
    ok("messages not taken before ws_close are not delivered any more");
}

static void chunks(const char *url, ws_loop *loop)
{
    static char bytes[500000];
    ws_event events[8];
    ws_options *options = options_on(loop);
    ws_socket *ws;
    size_t got = 0;
    CHECK_STATUS(ws_options_set_chunks(options, sizeof bytes), WS_OK);
    CHECK_STATUS(ws_options_set_receive_queue(options, 4096), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i % 251);
    CHECK_STATUS(ws_send(ws, WS_BINARY, bytes, sizeof bytes), WS_OK);
    while (got < sizeof bytes) {
        size_t count = 0;
        CHECK_STATUS(ws_next_events(ws, events, 8, PATIENCE, &count), WS_OK);
        for (size_t i = 0; i < count; i++) {
            CHECK_INT(events[i].type, WS_EVENT_CHUNK);
            CHECK_INT(events[i].flags & WS_FIRST, got == 0 ? WS_FIRST : 0);
            CHECK(memcmp(events[i].data, bytes + got, events[i].len) == 0);
            got += events[i].len;
            CHECK_INT(events[i].flags & WS_FINAL, got == sizeof bytes ? WS_FINAL : 0);
        }
    }
    close_and_free(ws);
    ok("chunks, more than the queue has room for, come as messages do");
}

static void limits_and_pauses(const char *url, ws_loop *loop)
{
    ws_event events[64];
    ws_options *options = options_on(loop);
    ws_socket *ws;
    size_t count;
    CHECK_STATUS(ws_options_set_user_data(options, &mark), WS_OK);
    CHECK_STATUS(ws_options_set_receive_queue_count(options, 16), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    send_numbers(ws, 0, 5000);
    for (int next = 0; next < 5000; next += (int)count) {
        CHECK_STATUS(ws_next_events(ws, events, 64, PATIENCE, &count), WS_OK);
        for (size_t i = 0; i < count; i++)
            check_number(ws, &events[i], next + (int)i);
    }
    ok("a full receive queue gets room again as it is taken from");

    CHECK_STATUS(ws_pause(ws), WS_OK);
    send_numbers(ws, 0, 1);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_next_events(ws, events, 64, 50, &count), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_resume(ws), WS_OK);
    CHECK_STATUS(ws_next_events(ws, events, 64, PATIENCE, &count), WS_OK);
    CHECK_INT(count, 1);
    close_and_free(ws);
    ok("nothing comes while the socket is paused");
}

static void refused(const char *url, ws_options *options, ws_loop *loop)
{
    ws_event events[2];
    size_t count = 7;
    ws_socket *ws = open_path(url, "", options);
    send_numbers(ws, 0, 2);
    all_come(ws, loop, 2);
    CHECK_STATUS(ws_next_events(NULL, events, 2, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_next_events(ws, NULL, 2, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_events(ws, events, 2, 0, NULL), WS_ERR_NULL_POINTER);
    count = 7;
    CHECK_STATUS(ws_next_events(ws, events, 0, 0, &count), WS_ERR_INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    CHECK(strstr(ws_last_error(), "capacity of 0") != NULL);
    count = 7;
    CHECK_STATUS(ws_next_events(ws, events, 2, -2, &count), WS_ERR_INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_next_events(ws, events, 2, 0, &count), WS_OK);
    CHECK_INT(count, 2);
    ok("NULL, no room and a bad timeout are refused, and nothing is taken");

    send_numbers(ws, 2, 3);
    all_come(ws, loop, 3);
    CHECK_STATUS(ws_interrupt(ws), WS_OK);
    CHECK_STATUS(ws_next_events(ws, events, 2, WS_FOREVER, &count), WS_OK);
    check_number(ws, &events[0], 2);
    count = 7;
    CHECK_STATUS(ws_next_events(ws, events, 2, WS_FOREVER, &count), WS_ERR_ABORTED);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_next_events(ws, events, 2, 0, &count), WS_ERR_TIMEOUT);
    ok("ws_interrupt ends the call that would wait, once");
    close_and_free(ws);
    count = 7;
    CHECK_STATUS(ws_next_events(ws, events, 2, 0, &count), WS_ERR_BAD_HANDLE);
    CHECK_INT(count, 0);
}

static void *wait_for_interrupt(void *ws)
{
    ws_event events[2];
    size_t count;
    ws_status status;
    while ((status = ws_next_events(ws, events, 2, WS_FOREVER, &count)) == WS_ERR_BUSY)
        continue;
    CHECK_STATUS(status, WS_ERR_ABORTED);
    return NULL;
}

static void one_thread_at_a_time(const char *url, ws_options *options)
{
    ws_event events[2];
    size_t count;
    ws_status status;
    pthread_t thread;
    ws_socket *ws = open_path(url, "", options);
    CHECK_INT(pthread_create(&thread, NULL, wait_for_interrupt, ws), 0);
    while ((status = ws_next_events(ws, events, 2, 0, &count)) == WS_ERR_TIMEOUT)
        continue;
    CHECK_STATUS(status, WS_ERR_BUSY);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_interrupt(ws), WS_OK);
    CHECK_INT(pthread_join(thread, NULL), 0);
    close_and_free(ws);
    ok("a second thread is told that it is busy");
}

static void nothing(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws, (void)event, (void)user_data;
}

static void with_callbacks(const char *url)
{
    ws_event events[2];
    size_t count = 7;
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_callbacks(options, nothing, nothing, nothing, nothing, NULL), WS_OK);
    ws = connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_next_events(ws, events, 2, 0, &count), WS_ERR_BUSY);
    CHECK_INT(count, 0);
    ws_free(ws);
    ok("nor are a socket's events taken that has callbacks on the library's thread");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loops[] = {NULL, new_loop()};
    for (int i = 0; i < 2; i++) {
        ws_options *options = options_on(loops[i]);
        CHECK_STATUS(ws_options_set_user_data(options, &mark), WS_OK);
        printf("# %s loop\n", i == 0 ? "background" : "own");
        in_order(url, options, loops[i]);
        ends(url, options);
        chunks(url, loops[i]);
        limits_and_pauses(url, loops[i]);
        refused(url, options, loops[i]);
        one_thread_at_a_time(url, options);
        ws_options_free(options);
    }
    with_callbacks(url);
    ws_loop_free(loops[1]);
    return finish();
}
