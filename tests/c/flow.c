/* ws_options_set_max_buffered refuses messages beyond a limit, and WS_EVENT_DRAIN says when there is room again. */
#include "check.h"

/* More than the system takes: as long as the server reads nothing, most of it waits. */
#define MUCH (16u << 20)
#define LIMIT 100000

static char *much;
/* The first connection to the server, which is told on it what to do with the others. */
static ws_socket *control;

static ws_options *marks(ws_loop *loop)
{
    ws_options *options = options_on(loop);
    CHECK_STATUS(ws_options_set_max_buffered(options, LIMIT), WS_OK);
    CHECK_STATUS(ws_options_set_low_water(options, 0), WS_OK);
    return options;
}

/* A long message alone is accepted, and nothing beside it. */
static void fill(ws_socket *ws)
{
    uint64_t waiting;
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, MUCH), WS_OK);
    waiting = ws_buffered_amount(ws);
    CHECK(waiting > LIMIT);
    CHECK_STATUS(ws_send_text(ws, "refused"), WS_ERR_QUOTA);
    CHECK(strstr(ws_last_error(), "ws_options_set_max_buffered") != NULL);
    CHECK_STATUS(ws_send(ws, WS_BINARY | WS_MORE, NULL, 0), WS_ERR_QUOTA);
    CHECK(ws_buffered_amount(ws) <= waiting);
}

static void check_drain(const ws_event *event)
{
    CHECK_INT(event->type, WS_EVENT_DRAIN);
    CHECK_INT(event->kind, 0);
    CHECK_INT(event->len, 0);
    CHECK_TEXT(event->data, "");
    CHECK_INT(event->code, 0);
    CHECK_INT(event->rtt_us, 0);
    CHECK_INT(ws_buffered_amount(event->socket), 0);
}

static void by_next_event(const char *url, ws_loop *loop, const char *sentence)
{
    ws_options *options = marks(loop);
    ws_socket *ws = connect_path(url, "", options);
    ws_event event;
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    fill(ws);
    CHECK_STATUS(ws_next_event(ws, &event, 50), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    event = take(ws, WS_EVENT_DRAIN);
    check_drain(&event);
    CHECK_STATUS(ws_send_text(ws, "accepted"), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, MUCH), WS_DISCARDED);
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, MUCH), WS_DISCARDED);
    take_close(ws, 1000, "", 1);
    ws_free(ws);
    ok(sentence);
}

static void by_loop_wait(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = marks(loop);
    ws_socket *ws = connect_path(url, "", options);
    ws_event events[4];
    size_t count;
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    fill(ws);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    CHECK_STATUS(ws_loop_wait(loop, events, 4, PATIENCE, &count), WS_OK);
    CHECK_INT(count, 1);
    CHECK(events[0].socket == ws);
    check_drain(&events[0]);
    close_and_free(ws);
    ws_loop_free(loop);
    ok("own loop: ws_loop_wait brings it, too");
}

static void fill_on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    fill(ws);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
}

static void close_on_drain(ws_socket *ws, const ws_event *event, void *user_data)
{
    int *drains = user_data;
    CHECK(event->socket == ws);
    check_drain(event);
    ++*drains;
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
}

static void free_on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)user_data;
    check_close(event, 1000, "", 1);
    ws_free(ws);
}

static void by_callback(const char *url)
{
    int drains = 0;
    ws_loop *loop = new_loop();
    ws_options *options = marks(loop);
    ws_status status;
    CHECK_STATUS(ws_options_set_on_drain(options, close_on_drain), WS_OK);
    CHECK_STATUS(ws_options_set_callbacks(options, fill_on_open, NULL, NULL, free_on_close, &drains), WS_OK);
    connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    do
        status = ws_loop_dispatch(loop, PATIENCE);
    while (status == WS_OK);
    CHECK_STATUS(status, WS_DONE);
    CHECK_INT(drains, 1);
    ws_loop_free(loop);
    ok("the event has a callback, which ws_options_set_callbacks leaves alone");
}

/* Both can be taken back: then it is as in a browser. */
static void by_nobody(const char *url)
{
    ws_options *options = marks(NULL);
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_max_buffered(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_low_water(options, UINT64_MAX), WS_OK);
    ws = connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, MUCH), WS_OK);
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, MUCH), WS_OK);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    take_close(ws, 1000, "", 1);
    ws_free(ws);
    ok("without marks nothing is refused and no event comes");
}

int main(int argc, char **argv)
{
    const char *url = further_url(argc, argv, 0);
    ws_loop *loop = new_loop();
    much = calloc(1, MUCH);
    CHECK(much != NULL);
    control = open_path(url, "", NULL);
    by_next_event(url, NULL, "background loop: refused beyond the limit, one event when the server has read, accepted again");
    by_next_event(url, loop, "own loop: the same");
    by_loop_wait(url);
    by_callback(url);
    by_nobody(url);
    close_and_free(control);
    ws_loop_free(loop);
    free(much);
    return finish();
}
