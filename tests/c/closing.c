/* The closing handshake that goes otherwise: both sides begin at once, or the server never answers. */
#include "check.h"

/* The server starts its own close when it has the message, which comes before our Close frame: each sends one unasked. */
static void both_at_once(const char *url, const ws_options *options, const char *sentence)
{
    ws_socket *ws = open_path(url, "close?code=4001&reason=theirs", options);
    CHECK_STATUS(ws_send_text(ws, "go on, close"), WS_OK);
    CHECK_STATUS(ws_close(ws, 4000, "ours", WS_NUL_TERMINATED), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    take_close(ws, 4001, "theirs", 1);
    ws_free(ws);
    ok(sentence);
}

static void never_answered(const char *url, ws_options *options, const char *sentence)
{
    ws_failure failure = {.size = sizeof failure};
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_close_timeout(options, 50), WS_OK);
    ws = open_path(url, "hold", options);
    CHECK_STATUS(ws_close(ws, 1000, "anybody?", WS_NUL_TERMINATED), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    take_close(ws, 1006, "", 0); /* and no error event before it */
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK_INT(failure.phase, WS_PHASE_CLOSING);
    CHECK(strstr(failure.text, "50ms") != NULL);
    ws_free(ws);
    ok(sentence);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *background = new_options(), *own = options_on(loop);

    both_at_once(url, background, "background loop: when both sides close at once the event has the server's code and reason");
    both_at_once(url, own, "own loop: the same");
    never_answered(url, background, "background loop: a server that never answers our Close frame is 1006, not clean, without an error event");
    never_answered(url, own, "own loop: the same");

    ws_options_free(background);
    ws_options_free(own);
    ws_loop_free(loop);
    return finish();
}
