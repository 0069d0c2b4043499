/* Line breaks, NULs and separators in whatever goes into the request: refused before a byte is sent, or harmless. */
#include "check.h"
#include "directed.h"

static void refused(ws_socket *director)
{
    static const char *const NASTY[] = {"a\rb", "a\nb", "a\r\nEvil: 1", "a\r\n\r\nGET / HTTP/1.1\r\n", "\r\n", "\n", "a\x01", "a\x7f"};
    static const char *const HOSTS[] = {"ws://ev il/",   "ws://ev%0d%0ail/", "ws://ev%00il/", "ws://[::1]%0a/", "ws://a:80%0d/",
                                        "ws://ev<il/",   "ws://ev^il/",      "ws://u:p@/",    "ws://%0d%0a/",   "ws://a\x7f/"};
    ws_socket *ws = NULL;
    for (size_t i = 0; i < sizeof NASTY / sizeof *NASTY; i++) {
        ws_options *options = new_options();
        ws_status status = ws_options_add_protocol(options, NASTY[i], WS_NUL_TERMINATED);
        CHECK_STATUS(status, WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_add_header(options, NASTY[i], WS_NUL_TERMINATED, "x", 1), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_add_header(options, "X", 1, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_add_cookie(options, NASTY[i], WS_NUL_TERMINATED, "x", 1), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_add_cookie(options, "a", 1, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_set_bearer(options, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_set_basic_auth(options, NASTY[i], WS_NUL_TERMINATED, "x", 1), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_set_basic_auth(options, "a", 1, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_set_origin(options, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_set_user_agent(options, NASTY[i], WS_NUL_TERMINATED), WS_ERR_SYNTAX);
        ws_options_free(options);
    }
    for (int separator = 0; separator < 128; separator++) {
        char name[3] = {'a', (char)separator, 'b'};
        if (separator > ' ' && separator < 127 && strchr("()<>@,;:\\\"/[]?={}", separator) == NULL)
            continue;
        ws_options *options = new_options();
        CHECK_STATUS(ws_options_add_protocol(options, name, sizeof name), WS_ERR_SYNTAX);
        CHECK_STATUS(ws_options_add_header(options, name, sizeof name, "x", 1), WS_ERR_SYNTAX);
        ws_options_free(options);
    }
    for (size_t i = 0; i < sizeof HOSTS / sizeof *HOSTS; i++) {
        CHECK_STATUS(ws_connect(HOSTS[i], NULL, &ws), WS_ERR_SYNTAX);
        CHECK(ws == NULL);
    }
    check_nobody_has_come(director);
    ok("in a host, a subprotocol, a header's name or value they are a SyntaxError, and nothing is sent");
}

/* What the URL standard removes or escapes: the request has one line for the target, and one blank line at its end. */
static void harmless(ws_loop *loop, ws_socket *director)
{
    static const char *const ENDS[] = {
        "a\r\nEvil: 1", "a\nEvil: 1", "a\tEvil: 1", "a?b\r\nEvil: 1", "a?\r\n\r\nEvil", "%0d%0aEvil: 1", "a b", "\x01\x1f\x7f", "a\\..\\b",
        "?%0d%0a%0d%0a",
    };
    ws_options *options = options_on(loop);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        char head[4096], *end, *space;
        ws_socket *ws = connect_path(ws_url(director), ENDS[i], options);
        tell_to_take_the_next(director);
        read_request(director, head, sizeof head);
        CHECK(strstr(head, "\nEvil") == NULL);
        CHECK(strstr(head, "\r\n\r\n") == head + strlen(head) - 4);
        /* GET target HTTP/1.1, with nothing but visible ASCII in the target. */
        CHECK(strncmp(head, "GET /", 5) == 0);
        space = strchr(head + 4, ' ');
        end = strstr(head, "\r\n");
        CHECK(space != NULL && strncmp(space, " HTTP/1.1\r\n", 11) == 0 && space + 9 == end);
        for (const char *c = head + 4; c < space; c++)
            CHECK(*c > ' ' && *c < 0x7f);
        ws_free(ws);
        tell(director, "see it end", "gone");
    }
    ws_options_free(options);
    ok("in path and query they are removed or escaped, as the URL standard says");
}

int main(int argc, char **argv)
{
    /* On the loop of the sockets that it directs the server for: waiting for its answers runs them, too. */
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *director = open_path(further_url(argc, argv, 0), "", options);
    refused(director);
    harmless(loop, director);
    close_and_free(director);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
