/* Pings: the pong event with its payload and round trip, and the keep-alive that notices a dead server. */
#include "check.h"

static void round_trip(const char *url)
{
    char longest[125 + 1];
    ws_event event;
    ws_socket *ws = connect_path(url, "", NULL);
    memset(longest, 'p', sizeof longest);
    CHECK_STATUS(ws_ping(ws, "early", 5), WS_ERR_INVALID_STATE);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    ok("a ping while CONNECTING is an InvalidStateError");

    CHECK_STATUS(ws_ping(ws, "abc\0def", 7), WS_OK);
    event = take(ws, WS_EVENT_PONG);
    CHECK_INT(event.len, 7);
    CHECK(memcmp(event.data, "abc\0def", 8) == 0);
    CHECK(event.rtt_us > 0 && event.rtt_us < (uint64_t)PATIENCE * 1000);
    CHECK_STATUS(ws_ping(ws, longest, 125), WS_OK);
    event = take(ws, WS_EVENT_PONG);
    CHECK_INT(event.len, 125);
    CHECK(memcmp(event.data, longest, 125) == 0);
    CHECK_STATUS(ws_ping(ws, NULL, 0), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_PONG).len, 0);
    ok("a pong brings the payload back, of 0 to 125 bytes, and the round trip");

    CHECK_STATUS(ws_ping(ws, longest, 126), WS_ERR_SYNTAX);
    CHECK(ws_last_error()[0] != '\0');
    CHECK_STATUS(ws_send_text(ws, "still there"), WS_OK);
    take_text(ws, "still there");
    close_and_free(ws);
    ok("126 bytes are refused, and nothing changes");
}

static void ping_on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    CHECK_STATUS(ws_ping(ws, "called back", 11), WS_OK);
}

static void count_pong(ws_socket *ws, const ws_event *event, void *user_data)
{
    int *pongs = user_data;
    CHECK_INT(event->type, WS_EVENT_PONG);
    CHECK_TEXT(event->data, "called back");
    ++*pongs;
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
}

static void free_on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)user_data;
    check_close(event, 1000, "", 1);
    ws_free(ws);
}

static void callback(const char *url)
{
    int pongs = 0;
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_status status;
    CHECK_STATUS(ws_options_set_callbacks(options, ping_on_open, NULL, NULL, free_on_close, &pongs), WS_OK);
    CHECK_STATUS(ws_options_set_on_pong(options, count_pong), WS_OK);
    connect_path(url, "", options);
    ws_options_free(options);
    do
        status = ws_loop_dispatch(loop, PATIENCE);
    while (status == WS_OK);
    CHECK_STATUS(status, WS_DONE);
    CHECK_INT(pongs, 1);
    ws_loop_free(loop);
    ok("a pong has a callback, too");
}

static void keep_alive(const char *url)
{
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_ping_interval(options, 20), WS_OK);
    CHECK_STATUS(ws_options_set_ping_timeout(options, 50), WS_OK);
    ws = open_path(url, "hold", options);
    ws_options_free(options);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a server that answers no ping is lost: 1006, not clean, no error event");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    round_trip(url);
    callback(url);
    keep_alive(url);
    return finish();
}
