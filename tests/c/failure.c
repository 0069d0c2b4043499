/* ws_get_failure: the reason of a failure, which a browser does not tell its scripts. */
#include <errno.h>

#include "check.h"

static ws_failure failure_of(const ws_socket *ws)
{
    ws_failure failure;
    memset(&failure, 0x5a, sizeof failure);
    failure.size = sizeof failure;
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK(failure.text != NULL && failure.head != NULL && failure.body != NULL);
    CHECK_INT(strlen(failure.text), failure.text_len);
    CHECK_INT(failure.size, sizeof failure);
    CHECK_INT(failure.tls_alert, -1);
    CHECK_INT(failure.reserved, 0);
    CHECK_INT(strlen(failure.address), failure.address_len);
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
    CHECK_INT(failure.address_len, 0);
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
    CHECK(failure.address_len > 0 && strncmp(url + strlen("ws://"), failure.address, failure.address_len) == 0);
    CHECK_INT(failure.timeout, WS_TIMEOUT_NONE);
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
    CHECK(strncmp(failure.address, "127.0.0.1:", 10) == 0 && strncmp(refusing + strlen("ws://"), failure.address, failure.address_len) == 0);
    CHECK(strstr(strstr(failure.text, failure.address) + 1, failure.address) != NULL);
    ws_free(ws);
    ok("a port where nobody listens: the phase, the errno, and the address, in the text with its own error");
}

static void lost(const char *url)
{
    ws_socket *ws = open_path(url, "drop", NULL);
    ws_failure failure;
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    take_close(ws, 1006, "", 0);
    failure = failure_of(ws);
    CHECK_INT(failure.phase, WS_PHASE_OPEN);
    CHECK(strncmp(url + strlen("ws://"), failure.address, failure.address_len) == 0 && failure.address_len > 0);
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

static void check_late(const ws_socket *ws, int32_t phase, int32_t timeout, const char *text)
{
    ws_failure failure = failure_of(ws);
    CHECK_INT(failure.phase, phase);
    CHECK_INT(failure.timeout, timeout);
    CHECK_INT(failure.os_error, 0);
    CHECK(strstr(failure.text, text) != NULL);
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
    check_late(ws, WS_PHASE_CLOSING, WS_TIMEOUT_CLOSE, "did not answer our Close frame within 50ms (ws_options_set_close_timeout)");
    ws_free(ws);
    ok("a close that is not answered: in the phase closing, and which time was over");
}

static void no_answer_to_the_request(const char *silent)
{
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_handshake_timeout(options, 50), WS_OK);
    ws = connect_path(silent, "", options);
    ws_options_free(options);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    check_late(ws, WS_PHASE_HANDSHAKE, WS_TIMEOUT_HANDSHAKE, "within 50ms (ws_options_set_handshake_timeout)");
    ws_free(ws);
    ok("a handshake that is not answered, too");
}

static void sizes(const char *url)
{
    /* As a program that was compiled with an older header, and with a newer one. */
    struct {
        ws_failure failure;
        uint64_t later[2];
    } place;
    ws_socket *ws = connect_path(url, "status/404", NULL);
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    memset(&place, 0x5a, sizeof place);
    place.failure.size = 16;
    CHECK_STATUS(ws_get_failure(ws, &place.failure), WS_OK);
    CHECK_INT(place.failure.phase, WS_PHASE_HANDSHAKE);
    CHECK_INT(place.failure.http_status, 0x5a5a5a5a);
    place.failure.size = sizeof place;
    CHECK_STATUS(ws_get_failure(ws, &place.failure), WS_OK);
    CHECK_INT(place.failure.http_status, 404);
    CHECK(place.later[0] == 0 && place.later[1] == 0);
    ok("it is filled as far as its size says, and what is not known yet is 0");

    place.failure.size = 0;
    CHECK_STATUS(ws_get_failure(ws, &place.failure), WS_ERR_INVALID_ARGUMENT);
    CHECK(strstr(ws_last_error(), "sizeof(ws_failure)") != NULL);
    CHECK_INT(place.failure.http_status, 404);
    ok("a size that was not set is refused, and nothing is written");
    ws_free(ws);
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
    no_answer_to_the_request(further_url(argc, argv, 1));
    sizes(url);
    return finish();
}
