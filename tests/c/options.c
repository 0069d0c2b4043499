/* Every setter: a good value is taken, a bad one and a NULL refused, and what they say reaches the server. */
#include "check.h"

/* The head of the request as the server saw it, header names in lower case. */
static void request_head(const char *url, const ws_options *options, char *head, size_t capacity)
{
    ws_socket *ws = open_path(url, "headers", options);
    ws_event event = take(ws, WS_EVENT_MESSAGE);
    CHECK(event.len < capacity);
    memcpy(head, event.data, event.len + 1);
    close_and_free(ws);
}

/* A bad subprotocol or header is refused by the setter, or by ws_connect: both check what the constructor checks. */
static void check_refused(ws_status set, const ws_options *options, ws_status expected)
{
    ws_socket *ws = NULL;
    if (set == WS_OK)
        set = ws_connect("ws://127.0.0.1:1/", options, &ws);
    CHECK_STATUS(set, expected);
    CHECK(ws == NULL);
    CHECK(ws_last_error()[0] != '\0');
}

static void headers(const char *url)
{
    char head[4096], agent[64];
    ws_options *options = new_options();

    request_head(url, options, head, sizeof head);
    CHECK(strstr(head, "\norigin:") == NULL);
    snprintf(agent, sizeof agent, "\nuser-agent: libws/%s\n", ws_version());
    CHECK(strstr(head, agent) != NULL);
    ok("nothing said: no Origin, and libws as the User-Agent");

    CHECK_STATUS(ws_options_add_header(options, "X-One", WS_NUL_TERMINATED, "1", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_add_header(options, "X-Two and more", 5, "2 and more", 1), WS_OK);
    CHECK_STATUS(ws_options_set_origin(options, "http://example.org", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_user_agent(options, "check/1", WS_NUL_TERMINATED), WS_OK);
    request_head(url, options, head, sizeof head);
    CHECK(strstr(head, "\nx-one: 1\n") != NULL);
    CHECK(strstr(head, "\nx-two: 2\n") != NULL);
    CHECK(strstr(head, "\norigin: http://example.org\n") != NULL);
    CHECK(strstr(head, "\nuser-agent: check/1\n") != NULL);
    ok("headers, Origin and User-Agent reach the server");

    CHECK_STATUS(ws_options_set_origin(options, NULL, 0), WS_OK);
    CHECK_STATUS(ws_options_set_user_agent(options, NULL, 0), WS_OK);
    request_head(url, options, head, sizeof head);
    CHECK(strstr(head, "\norigin:") == NULL);
    CHECK(strstr(head, "\nuser-agent:") == NULL);
    ok("NULL takes the Origin and the User-Agent back");

    CHECK_STATUS(ws_options_add_header(options, "X-Bad\r\nX-Evil", WS_NUL_TERMINATED, "1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "", 0, "1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "X Bad", WS_NUL_TERMINATED, "1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "X-Bad", WS_NUL_TERMINATED, "1\r\nX-Evil: 1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "X-Bad", WS_NUL_TERMINATED, "1\n2", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "X-Bad", WS_NUL_TERMINATED, "1\0002", 3), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_origin(options, "http://a\r\nX-Evil: 1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_user_agent(options, "a\r\nX-Evil: 1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "Host", WS_NUL_TERMINATED, "evil", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_header(options, "sec-websocket-key", WS_NUL_TERMINATED, "evil", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_header(options, "X-Bad", WS_NUL_TERMINATED, "\xff", WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
    request_head(url, options, head, sizeof head);
    CHECK(strstr(head, "vil") == NULL && strstr(head, "bad") == NULL);
    ok("CR, LF, NUL and the handshake's own headers are refused and never reach the server");
    ws_options_free(options);
}

static void protocols(const char *url)
{
    static const char *const BAD[] = {"", "a b", "a,b", "a\tb", "caf\xc3\xa9", "a\x7f", "a\"b", "a/b"};
    ws_options *options;
    ws_options *copy;
    ws_socket *ws;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        options = new_options();
        check_refused(ws_options_add_protocol(options, BAD[i], WS_NUL_TERMINATED), options, WS_ERR_SYNTAX);
        ws_options_free(options);
    }
    options = new_options();
    CHECK_STATUS(ws_options_add_protocol(options, "chat", WS_NUL_TERMINATED), WS_OK);
    check_refused(ws_options_add_protocol(options, "chat", WS_NUL_TERMINATED), options, WS_ERR_SYNTAX);
    ws_options_free(options);
    ok("a subprotocol that is no token, or there already, is a SyntaxError");

    options = new_options();
    CHECK_STATUS(ws_options_add_protocol(options, "chat and more", 4), WS_OK);
    CHECK_STATUS(ws_options_add_protocol(options, "CHAT", WS_NUL_TERMINATED), WS_OK);
    copy = ws_options_copy(options);
    CHECK(copy != NULL);
    CHECK_STATUS(ws_options_add_protocol(options, "later", WS_NUL_TERMINATED), WS_OK);
    ws_options_free(options);
    ws = open_path(url, "", copy);
    ws_options_free(copy);
    CHECK_TEXT(ws_protocol(ws), "chat");
    close_and_free(ws);
    ok("the server chooses among the subprotocols; a copy lives without its original");
}

static void timeouts(void)
{
    ws_status (*const setters[])(ws_options *, int32_t) = {
        ws_options_set_connect_timeout, ws_options_set_handshake_timeout, ws_options_set_close_timeout,
        ws_options_set_ping_interval,   ws_options_set_ping_timeout,
    };
    ws_options *options = new_options();
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++) {
        CHECK_STATUS(setters[i](options, 1500), WS_OK);
        CHECK_STATUS(setters[i](options, -1), WS_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(setters[i](options, INT32_MIN), WS_ERR_INVALID_ARGUMENT);
        CHECK(ws_last_error()[0] != '\0');
        CHECK_STATUS(setters[i](NULL, 1500), WS_ERR_NULL_POINTER);
    }
    CHECK_STATUS(ws_options_set_ping_interval(options, 0), WS_OK);
    ws_options_free(options);
    ok("each timeout takes a number of milliseconds and refuses negative ones");
}

static void limits(const char *url)
{
    char protocol[300];
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_max_message_size(options, 1000), WS_OK);
    CHECK_STATUS(ws_options_set_max_frame_size(options, 1000), WS_OK);
    CHECK_STATUS(ws_options_set_max_head_size(options, 4096), WS_OK);
    CHECK_STATUS(ws_options_set_max_head_lines(options, 50), WS_OK);
    CHECK_STATUS(ws_options_set_receive_queue(options, 65536), WS_OK);
    CHECK_STATUS(ws_options_set_max_message_size(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_message_size(options, UINT64_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_frame_size(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_frame_size(options, UINT64_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_head_size(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_head_size(options, UINT32_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_head_lines(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_head_lines(options, UINT32_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_receive_queue(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_receive_queue(options, UINT64_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_message_size(NULL, 1000), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_max_frame_size(NULL, 1000), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_max_head_size(NULL, 4096), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_max_head_lines(NULL, 50), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_receive_queue(NULL, 65536), WS_ERR_NULL_POINTER);

    ws = open_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send(ws, WS_BINARY, (char[1000]){0}, 1000), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 1000);
    CHECK_STATUS(ws_send(ws, WS_BINARY, (char[1001]){0}, 1001), WS_OK);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a message of the maximum size comes, one that is a byte larger fails the connection");

    /* The response names the subprotocol, and is too long with this one. */
    memset(protocol, 'p', sizeof protocol);
    options = new_options();
    CHECK_STATUS(ws_options_set_max_head_size(options, 256), WS_OK);
    CHECK_STATUS(ws_options_add_protocol(options, protocol, sizeof protocol), WS_OK);
    ws = connect_path(url, "", options);
    ws_options_free(options);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a response head that is longer than allowed is refused");
}

static void switches(void)
{
    ws_status (*const setters[])(ws_options *, int) = {
        ws_options_set_no_delay,
        ws_options_set_block_ports,
        ws_options_set_one_connecting,
        ws_options_set_url_credentials,
    };
    ws_options *options = new_options();
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++) {
        CHECK_STATUS(setters[i](options, 0), WS_OK);
        CHECK_STATUS(setters[i](options, 1), WS_OK);
        CHECK_STATUS(setters[i](options, 2), WS_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(setters[i](options, -1), WS_ERR_INVALID_ARGUMENT);
        CHECK(strstr(ws_last_error(), "-1: give 0 or 1") != NULL);
        CHECK_STATUS(setters[i](NULL, 1), WS_ERR_NULL_POINTER);
    }
    ws_options_free(options);
    ok("each switch takes 0 and 1 and refuses other numbers");
}

static void urls(void)
{
    static const char *const BAD[] = {
        "",           "localhost",          "ftp://localhost/", "ws://",           "ws://local host/",
        "ws://a/#x",  "ws://a/#",           "ws://a:65536/",    "ws://[::1/",      "ws://[fe80::1%25eth0]/",
        "/relative",  "mailto:a@localhost",
    };
    ws_socket *ws = NULL;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        CHECK_STATUS(ws_connect(BAD[i], NULL, &ws), WS_ERR_SYNTAX);
        CHECK(ws == NULL);
    }
    ok("a URL that the constructor refuses is a SyntaxError, and there is no socket");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    headers(url);
    protocols(url);
    timeouts();
    switches();
    limits(url);
    urls();
    return finish();
}
