/* NULL for every pointer of every function: a status, never a crash. */
#include "check.h"

static void nothing(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    (void)event;
    (void)user_data;
}

static void sockets(const char *url)
{
    ws_socket *ws = NULL;
    ws_event event;
    ws_failure failure = {.size = sizeof failure};
    ws_stats stats;
    const char *text;
    size_t count;
    CHECK_STATUS(ws_connect(NULL, NULL, &ws), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_connect(url, NULL, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_connect(NULL, NULL, NULL), WS_ERR_NULL_POINTER);
    CHECK(ws == NULL);
    CHECK(ws_last_error()[0] != '\0');

    ws_free(NULL);
    CHECK_INT(ws_buffered_amount(NULL), 0);
    CHECK_TEXT(ws_url(NULL), "");
    CHECK_TEXT(ws_protocol(NULL), "");
    CHECK_TEXT(ws_extensions(NULL), "");
    CHECK(ws_user_data(NULL) == NULL);
    CHECK(ws_response_header(NULL, "Upgrade", 7, 0) == NULL);
    CHECK_STATUS(ws_response_header_at(NULL, 0, &text, &text), WS_ERR_NULL_POINTER);
    CHECK(ws_ready_state(NULL) != WS_CONNECTING && ws_ready_state(NULL) != WS_OPEN);
    CHECK_STATUS(ws_send(NULL, WS_TEXT, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_send_text(NULL, "x"), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_close(NULL, 1000, NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_event(NULL, &event, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_events(NULL, &event, 1, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_wait_open(NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_wait_closed(NULL, &event, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_flush(NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_pause(NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_resume(NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_interrupt(NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_ping(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_get_failure(NULL, &failure), WS_ERR_NULL_POINTER);
    stats.size = sizeof stats;
    CHECK_STATUS(ws_get_stats(NULL, &stats), WS_ERR_NULL_POINTER);
    ok("no socket");

    ws = open_path(url, "", NULL);
    CHECK_STATUS(ws_send(ws, WS_TEXT, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_send_text(ws, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_event(ws, NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_events(ws, NULL, 1, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_next_events(ws, &event, 1, 0, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_ping(ws, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_get_failure(ws, NULL), WS_ERR_NULL_POINTER);
    CHECK(ws_response_header(ws, NULL, 0, 0) == NULL);
    CHECK_STATUS(ws_response_header_at(ws, 0, NULL, &text), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_response_header_at(ws, 0, &text, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_get_stats(ws, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_send(ws, WS_BINARY, NULL, 0), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 0);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    close_and_free(ws);
    ok("no data: refused, but for no data of no length");
}

static void options(void)
{
    ws_options *o = new_options();
    ws_options_free(NULL);
    CHECK_STATUS(ws_options_add_protocol(NULL, "a", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_protocol(o, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_header(NULL, "a", 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_header(o, NULL, 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_header(o, "a", 1, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_origin(NULL, "a", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_user_agent(NULL, "a", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_cookie(NULL, "a", 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_cookie(o, NULL, 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_cookie(o, "a", 1, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bearer(NULL, "a", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bearer(o, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_basic_auth(NULL, "a", 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_basic_auth(o, NULL, 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_basic_auth(o, "a", 1, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_loop(NULL, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_loop(o, NULL), WS_OK);
    CHECK_STATUS(ws_options_set_user_data(NULL, o), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_user_data(o, NULL), WS_OK);
    CHECK_STATUS(ws_options_set_callbacks(NULL, nothing, nothing, nothing, nothing, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_callbacks(o, NULL, NULL, NULL, NULL, NULL), WS_OK);
    CHECK_STATUS(ws_options_set_on_pong(NULL, nothing), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_on_pong(o, NULL), WS_OK);
    CHECK_STATUS(ws_options_set_on_drain(NULL, nothing), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_on_drain(o, NULL), WS_OK);
    CHECK_STATUS(ws_options_set_max_buffered(NULL, 1000), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_low_water(NULL, 1000), WS_ERR_NULL_POINTER);
    CHECK(ws_options_copy(NULL) == NULL);
    ws_options_free(o);
    ok("no options, and options without a value");
}

static void loops(void)
{
    ws_loop *loop = new_loop();
    ws_event event;
    size_t count = 0;
    ws_loop_free(NULL);
    CHECK_STATUS(ws_loop_new(NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_loop_wait(NULL, &event, 1, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_loop_wait(loop, NULL, 1, 0, &count), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, 0, NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_loop_dispatch(NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_loop_wake(NULL), WS_ERR_NULL_POINTER);
    CHECK(ws_loop_fd(NULL) < 0);
    CHECK(ws_loop_timeout(NULL) < 0);
    ws_loop_free(loop);
    ok("no loop");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    sockets(url);
    options();
    loops();
    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_OFF), WS_OK);
    CHECK(ws_status_name(12345) != NULL && ws_status_text(12345) != NULL);
    CHECK(ws_status_name(WS_OK)[0] != '\0' && ws_status_text(WS_ERR_INTERNAL)[0] != '\0');
    ok("no log; an unknown status has a name too");
    return finish();
}
