/* ws_get_failure: the reason of a failure, which a browser does not tell its scripts. */
#include <errno.h>

#include "check.h"

static ws_failure failure_of(const ws_socket *ws)
{
    ws_failure failure;
    memset(&failure, 0x5a, sizeof failure);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK(failure.text != NULL && failure.head != NULL && failure.body != NULL);
    CHECK_INT(strlen(failure.text), failure.text_len);
    CHECK_INT(failure.tls_alert, -1);
    return failure;
}

static void none(const char *url)
{
    ws_socket *ws = open_path(url, "", NULL);
    ws_failure failure = failure_of(ws);
    ws_event event;
    CHECK_INT(failure.phase, WS_PHASE_NONE);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    failure = failure_of(ws);
    CHECK_INT(failure.phase, WS_PHASE_NONE);
    CHECK_INT(failure.text_len, 0);
    CHECK_INT(failure.os_error, 0);
    CHECK_INT(failure.http_status, 0);
    ws_free(ws);
    ok("a connection that is open, or closed cleanly, has no failure");
}

static void refused_by_the_server(const char *url)
{
    static const char START[] = "HTTP/1.1 404 ";
    static const char BODY[] = "refused with 404\n";
    ws_socket *ws = connect_path(url, "status/404", NULL);
    ws_failure failure;
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    failure = failure_of(ws);
    CHECK_INT(failure.phase, WS_PHASE_HANDSHAKE);
    CHECK_INT(failure.http_status, 404);
    CHECK_INT(failure.os_error, 0);
    CHECK(strstr(failure.text, "404") != NULL);
    CHECK(failure.head_len > strlen(START) && memcmp(failure.head, START, strlen(START)) == 0);
    CHECK_INT(failure.body_len, strlen(BODY));
    CHECK(memcmp(failure.body, BODY, strlen(BODY)) == 0);
    ws_free(ws);
    ok("a refused handshake: its status, head and body");
}

static void refused_by_the_host(const char *refusing)
{
    ws_socket *ws = connect_path(refusing, "", NULL);
    ws_failure failure;
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    failure = failure_of(ws);
    CHECK_INT(failure.phase, WS_PHASE_TCP);
    CHECK_INT(failure.os_error, ECONNREFUSED);
    CHECK_INT(failure.http_status, 0);
    CHECK_INT(failure.head_len, 0);
    CHECK_INT(failure.body_len, 0);
    CHECK(strstr(failure.text, "127.0.0.1") != NULL);
    ws_free(ws);
    ok("a port where nobody listens: the phase, the errno, and the address in the text");
}

static void lost(const char *url)
{
    ws_socket *ws = open_path(url, "drop", NULL);
    ws_failure failure;
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    take_close(ws, 1006, "", 0);
    failure = failure_of(ws);
    CHECK_INT(failure.phase, WS_PHASE_OPEN);
    CHECK(failure.text_len > 0);
    ws_free(ws);
    ok("a connection that is lost: in the phase open");
}

static void closed_while_connecting(const char *silent)
{
    ws_socket *ws = connect_path(silent, "", NULL);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    CHECK(failure_of(ws).text_len > 0);
    ws_free(ws);
    ok("closed while CONNECTING: the text says so");
}

static void no_answer_to_close(const char *url)
{
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_close_timeout(options, 50), WS_OK);
    ws = open_path(url, "hold", options);
    ws_options_free(options);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    take_close(ws, 1006, "", 0);
    CHECK_INT(failure_of(ws).phase, WS_PHASE_CLOSING);
    ws_free(ws);
    ok("a close that is not answered: in the phase closing");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    none(url);
    refused_by_the_server(url);
    refused_by_the_host(further_url(argc, argv, 0));
    lost(url);
    closed_while_connecting(further_url(argc, argv, 1));
    no_answer_to_close(url);
    return finish();
}
