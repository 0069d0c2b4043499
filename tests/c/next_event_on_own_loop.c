/* ws_next_event on one socket runs its loop, and loses nothing of the loop's other sockets. */
#include "check.h"

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *first = connect_path(url, "", options);
    ws_socket *second = connect_path(url, "", options);
    ws_event event;
    size_t count;
    ws_options_free(options);

    CHECK_INT(take(first, WS_EVENT_OPEN).len, 0);
    CHECK_INT(ws_ready_state(second), WS_CONNECTING);
    CHECK_INT(take(second, WS_EVENT_OPEN).len, 0);
    ok("each socket's open event is taken by itself, and moves its state alone");

    CHECK_STATUS(ws_send_text(second, "for the second"), WS_OK);
    CHECK_STATUS(ws_send_text(first, "for the first"), WS_OK);
    take_text(first, "for the first");
    take_text(second, "for the second");
    CHECK_STATUS(ws_next_event(first, &event, 0), WS_ERR_TIMEOUT);
    CHECK_STATUS(ws_next_event(second, &event, 0), WS_ERR_TIMEOUT);
    ok("waiting for one socket does I/O for both");

    CHECK_STATUS(ws_send_text(second, "left for the loop"), WS_OK);
    CHECK_STATUS(ws_send_text(first, "taken by the socket"), WS_OK);
    take_text(first, "taken by the socket");
    count = 0;
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, PATIENCE, &count), WS_OK);
    CHECK_INT(count, 1);
    CHECK(event.socket == second);
    CHECK_TEXT(event.data, "left for the loop");
    ok("what one socket left, ws_loop_wait delivers");

    CHECK_STATUS(ws_close(first, 1000, "one", 3), WS_OK);
    take_close(first, 1000, "one", 1);
    CHECK_INT(ws_ready_state(second), WS_OPEN);
    close_and_free(second);
    ws_free(first);
    ok("one socket's end is not the other's");
    ws_loop_free(loop);
    return finish();
}
