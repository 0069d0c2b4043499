/* ws_shutdown: every socket goes away with 1001, freed ones too, within the time that it is given. */
#include "check.h"

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_socket *first = open_path(url, "", NULL);
    ws_socket *second = open_path(url, "", NULL);
    ws_socket *stubborn, *ws;
    ws_event event;

    CHECK_STATUS(ws_send_text(second, "not taken"), WS_OK);
    ws_free(open_path(url, "", NULL));
    CHECK_STATUS(ws_shutdown(PATIENCE), WS_OK);
    take_close(first, 1001, "", 1);
    do
        CHECK_STATUS(ws_next_event(second, &event, PATIENCE), WS_OK);
    while (event.type == WS_EVENT_MESSAGE);
    check_close(&event, 1001, "", 1);
    ws_free(first);
    ws_free(second);
    ok("every socket is closed with 1001, cleanly, and their close events are there to take");

    CHECK_STATUS(ws_shutdown(0), WS_OK);
    ok("with nothing under way it returns at once");

    stubborn = open_path(url, "hold", NULL);
    CHECK_STATUS(ws_shutdown(50), WS_ERR_TIMEOUT);
    take_close(stubborn, 1006, "", 0);
    ws_free(stubborn);
    ok("a server that does not answer: the time given is over, and the connection is cut");

    ws = open_path(url, "", NULL);
    CHECK_STATUS(ws_send_text(ws, "as before"), WS_OK);
    take_text(ws, "as before");
    close_and_free(ws);
    ok("afterwards new sockets work as before");
    return finish();
}
