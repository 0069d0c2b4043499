/* ws_free is legal in every state, with events not taken and messages not sent, before and after its loop's last turn. */
#include "check.h"

struct servers {
    const char *echo, *refusing, *silent;
};

static void each_state(const struct servers *servers, ws_options *options, const char *sentence)
{
    const char *url = servers->echo;
    ws_socket *ws;
    ws_event event;

    ws_free(connect_path(servers->silent, "", options)); /* CONNECTING, nobody answers */
    ws_free(connect_path(servers->refusing, "", options)); /* CONNECTING, refused before or after */
    ws_free(connect_path(url, "", options)); /* CONNECTING, perhaps with an open event to take */

    ws_free(open_path(url, "", options)); /* OPEN */

    ws = open_path(url, "", options); /* OPEN, with a message to come and messages to go */
    for (int i = 0; i < 1000; i++)
        CHECK_STATUS(ws_send_text(ws, "one of a thousand"), WS_OK);
    take_text(ws, "one of a thousand");
    ws_free(ws);

    ws = open_path(url, "", options); /* CLOSING */
    CHECK_STATUS(ws_close(ws, 1000, "bye", WS_NUL_TERMINATED), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    ws_free(ws);

    ws = connect_path(servers->silent, "", options); /* CLOSING out of CONNECTING, error and close not taken */
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    ws_free(ws);

    ws = connect_path(url, "status/404", options); /* CLOSED for the network, the close event not taken */
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    ws_free(ws);

    ws = open_path(url, "", options); /* CLOSED */
    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    ws_free(ws);
    ok(sentence);
}

int main(int argc, char **argv)
{
    const struct servers servers = {url_argument(argc, argv), further_url(argc, argv, 0), further_url(argc, argv, 1)};
    ws_loop *loop;
    ws_options *options;
    ws_status status;

    each_state(&servers, NULL, "background loop: CONNECTING, OPEN, CLOSING, CLOSED");

    loop = new_loop();
    options = options_on(loop);
    each_state(&servers, options, "own loop: CONNECTING, OPEN, CLOSING, CLOSED");
    do
        status = ws_loop_dispatch(loop, PATIENCE);
    while (status == WS_OK);
    CHECK_STATUS(status, WS_DONE);
    ws_loop_free(loop);
    ws_options_free(options);
    ok("own loop: it can be run to the end of what ws_free left in the background");

    loop = new_loop();
    options = options_on(loop);
    each_state(&servers, options, "own loop: the same again");
    ws_options_free(options);
    ws_loop_free(loop);
    ok("own loop: it can be freed at once");
    return finish();
}
