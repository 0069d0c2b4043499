/* ws_pause stops reading, so that the kernel and in the end the server wait; ws_resume goes on where it was. */
#include "check.h"

#define LARGE 100000

static void pause_and_resume(const char *url, ws_options *options, const char *sentence)
{
    char *bytes = malloc(LARGE);
    ws_event event;
    ws_socket *ws = open_path(url, "", options);
    CHECK(bytes != NULL);
    memset(bytes, 'b', LARGE);

    CHECK_STATUS(ws_pause(ws), WS_OK);
    CHECK_STATUS(ws_pause(ws), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    CHECK_STATUS(ws_send(ws, WS_BINARY, bytes, LARGE), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_next_event(ws, &event, 100), WS_ERR_TIMEOUT);

    CHECK_STATUS(ws_resume(ws), WS_OK);
    take_text(ws, "one");
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.kind, WS_BINARY);
    CHECK_INT(event.len, LARGE);
    CHECK(memcmp(event.data, bytes, LARGE) == 0);
    CHECK_STATUS(ws_resume(ws), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "two"), WS_OK);
    take_text(ws, "two");
    close_and_free(ws);
    free(bytes);
    ok(sentence);
}

/* Nothing is taken while 200 × 100,000 bytes come back: far more than the queue may hold, and yet all arrives. */
static void back_pressure(const char *url)
{
    char *bytes = malloc(LARGE);
    ws_options *options = new_options();
    ws_socket *ws;
    ws_event event;
    CHECK(bytes != NULL);
    CHECK_STATUS(ws_options_set_receive_queue(options, 65536), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    for (int i = 0; i < 200; i++) {
        memset(bytes, i, LARGE);
        CHECK_STATUS(ws_send(ws, WS_BINARY, bytes, LARGE), WS_OK);
    }
    for (int i = 0; i < 200; i++) {
        event = take(ws, WS_EVENT_MESSAGE);
        memset(bytes, i, LARGE);
        CHECK_INT(event.len, LARGE);
        CHECK(memcmp(event.data, bytes, LARGE) == 0);
    }
    CHECK_INT(ws_buffered_amount(ws), 0);
    close_and_free(ws);
    free(bytes);
    ok("a receive queue smaller than a message loses nothing and stops nothing");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    pause_and_resume(url, NULL, "background loop: nothing comes while paused, everything after");
    pause_and_resume(url, options, "own loop: the same");
    back_pressure(url);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
