/* Whatever ws_send accepted before ws_close reaches the server before the Close frame. */
#include "check.h"

#define SMALL 10000
#define LARGE ((size_t)64 << 20)

static void send_and_close(ws_socket *ws)
{
    char told[64];
    ws_event event;
    unsigned long long bytes = 0;
    char *large = malloc(LARGE);
    CHECK(large != NULL);
    memset(large, 'x', LARGE);

    for (int i = 0; i < SMALL; i++) {
        char text[32];
        int len = snprintf(text, sizeof text, "message %d", i);
        CHECK_STATUS(ws_send(ws, i % 2 == 0 ? WS_TEXT : WS_BINARY, text, (size_t)len), WS_OK);
        bytes += (unsigned long long)len;
    }
    CHECK_STATUS(ws_send(ws, WS_BINARY, large, LARGE), WS_OK);
    bytes += LARGE;
    CHECK_STATUS(ws_close(ws, 3000, "mine", WS_NUL_TERMINATED), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    free(large); /* ws_send has taken what it needs */

    snprintf(told, sizeof told, "%d messages, %llu bytes", SMALL + 1, bytes);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE * 3), WS_OK);
    check_close(&event, 1000, told, 1);
    CHECK_INT(ws_buffered_amount(ws), 0);

    CHECK_STATUS(ws_send_text(ws, "late!"), WS_DISCARDED);
    CHECK_INT(ws_buffered_amount(ws), 5);
    CHECK_STATUS(ws_send(ws, WS_BINARY, "again", 5), WS_DISCARDED);
    CHECK_INT(ws_buffered_amount(ws), 10);
    ws_free(ws);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop;
    ws_options *options;

    send_and_close(open_path(url, "count", NULL));
    ok("background loop: 10,000 small messages and one of 64 MiB are all there before the Close frame");

    loop = new_loop();
    options = options_on(loop);
    send_and_close(open_path(url, "count", options));
    ok("own loop: the same");
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
