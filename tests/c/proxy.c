/* Proxies from C: each setter and status, what a proxy is told and what it refuses, the environment, and that user name and password are
   nowhere but in the CONNECT request. */
#include "check.h"
#include "directed.h"

static const char TARGET[] = "ws://target.invalid/";
/* alice:hunter2 */
static const char BASIC[] = "\r\nProxy-Authorization: Basic YWxpY2U6aHVudGVyMg==\r\n";
static const char WANTS[] = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"Office\"\r\nContent-Length: 5\r\n\r\n";

static struct {
    char text[65536];
} logged;

static void take_down(int level, const char *text, size_t len, void *user_data)
{
    (void)level;
    (void)user_data;
    CHECK(strlen(logged.text) + len + 2 < sizeof logged.text);
    strcat(strcat(logged.text, text), "\n");
}

static void check_silent(const char *what, const char *text)
{
    if (strstr(text, "hunter2") == NULL && strstr(text, "alice") == NULL && strstr(text, "YWxp") == NULL)
        return;
    fprintf(stderr, "%s:\n%s\n", what, text);
    CHECK(!"a credential is shown");
}

static void check_beginning(const char *text, const char *beginning)
{
    CHECK(strncmp(text, beginning, strlen(beginning)) == 0);
}

/* Where the scripted server listens: its URL without the scheme and the last slash. */
static const char *address_of(const char *url)
{
    static char address[64];
    snprintf(address, sizeof address, "%s", url + strlen("ws://"));
    address[strlen(address) - 1] = '\0';
    return address;
}

static ws_options *through(ws_loop *loop, const char *prefix, const char *server)
{
    char proxy[128];
    ws_options *options = options_on(loop);
    snprintf(proxy, sizeof proxy, "%s%s", prefix, address_of(server));
    CHECK_STATUS(ws_options_set_proxy(options, proxy, WS_NUL_TERMINATED), WS_OK);
    return options;
}

static ws_socket *connect_to(const char *url, const ws_options *options)
{
    ws_socket *ws = NULL;
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    return ws;
}

static void answer(ws_socket *director, const char *bytes)
{
    char told[512];
    snprintf(told, sizeof told, "answer with %s", bytes);
    tell(director, told, "done");
}

/* The server takes the next connection, which must begin with a CONNECT request for the target. */
static void take_connect(ws_socket *director, char *head, size_t capacity)
{
    tell_to_take_the_next(director);
    read_request(director, head, capacity);
    check_beginning(head, "CONNECT target.invalid:80 HTTP/1.1\r\nHost: target.invalid:80\r\n");
}

static ws_failure take_failure(ws_socket *ws)
{
    ws_failure failure;
    ws_event event = take(ws, WS_EVENT_ERROR);
    check_silent("the error event", event.data);
    take_close(ws, 1006, "", 0);
    failure.size = sizeof failure;
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    check_silent("the failure", failure.text);
    return failure;
}

static void end_and_free(ws_socket *director, ws_socket *ws, ws_options *options)
{
    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
    take_failure(ws);
    ws_free(ws);
    ws_options_free(options);
    tell(director, "let it end", "gone");
}

static void refused_url(ws_options *options, const char *url, ws_status status)
{
    CHECK_STATUS(ws_options_set_proxy(options, url, WS_NUL_TERMINATED), status);
    check_beginning(ws_last_error(), "the proxy ");
    check_silent("the last error", ws_last_error());
}

static void setters(void)
{
    static const char *const GOOD[] = {"http://p",   "https://p:1/",  "socks5://p", "socks5h://[::1]:9050", "p",
                                       "p:3128",     "alice@p",       "alice:hunter2@p:1", "http://a%40b:c%3Ad@p"};
    static const char *const BAD[] = {
        "",          "ftp://p",           "socks4://p",       "http://p/path",          "http://alice:hunter2@", "http://alice:hunter2@p:0",
        "http://p:65536", "http://alice:hun/ter2@p", "http://alice:hunter2%0d%0aX@p", "alice%00:hunter2@p", "http://al%3Aice:x@p", "http://p p"};
    char longest[257];
    ws_options *options = new_options(), *freed = new_options();
    ws_socket *ws = NULL;
    ws_failure failure;

    CHECK_STATUS(ws_options_set_proxy_credentials(options, "alice", 5, "hunter2", 7), WS_ERR_INVALID_STATE);
    CHECK(strstr(ws_last_error(), "ws_options_set_proxy") != NULL);
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        CHECK_STATUS(ws_options_set_proxy(options, GOOD[i], WS_NUL_TERMINATED), WS_OK);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        refused_url(options, BAD[i], WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_proxy(options, "p:1 and more", 3), WS_OK);
    CHECK_STATUS(ws_options_set_proxy(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_proxy(options, "p\0", 2), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_proxy(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_proxy(NULL, "p", 1), WS_ERR_NULL_POINTER);
    ok("ws_options_set_proxy takes the URLs of proxies and refuses others, without showing a password");

    memset(longest, 'x', 256);
    longest[256] = '\0';
    CHECK_STATUS(ws_options_set_proxy_credentials(options, longest, 256, longest, 256), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "alice", 5, "hunter2\r\nX: y", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "al\0ice", 6, "hunter2", 7), WS_ERR_SYNTAX);
    check_silent("the last error", ws_last_error());
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "a:b", 3, "", 0), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "alice", 5, NULL, 3), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, NULL, 3, NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, NULL, 0, NULL, 0), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_credentials(NULL, "a", 1, "b", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_proxy(options, "socks5://p", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "a:b", 3, longest, 255), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, longest, 256, "", 0), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_proxy_credentials(options, "", 0, longest, 256), WS_ERR_SYNTAX);
    ok("user name and password may not have line breaks, nor be longer than SOCKS5 carries");

    CHECK_STATUS(ws_options_set_no_proxy(options, "a.example, 10.0.0.0/8 [::1]:80, *x*", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_no_proxy(options, "", 0), WS_OK);
    CHECK_STATUS(ws_options_set_no_proxy(options, NULL, 0), WS_OK);
    CHECK_STATUS(ws_options_set_no_proxy(options, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_no_proxy(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_no_proxy(NULL, "a", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_proxy_from_environment(options, 1), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_from_environment(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_proxy_from_environment(options, 2), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_proxy_from_environment(NULL, 1), WS_ERR_NULL_POINTER);
    ws_options_free(freed);
    CHECK_STATUS(ws_options_set_proxy(freed, "p", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_proxy_credentials(freed, "a", 1, "b", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_no_proxy(freed, "a", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_proxy_from_environment(freed, 1), WS_ERR_BAD_HANDLE);
    ok("the exceptions are any list; the switch takes 0 and 1; freed options are noticed");

    CHECK_STATUS(ws_options_set_proxy(options, "https://alice:hunter2@proxy.invalid", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_system_ca(options, 0), WS_OK);
    ws = connect_to(TARGET, options);
    failure = take_failure(ws);
    CHECK_INT(failure.phase, WS_PHASE_DNS);
    CHECK(strstr(failure.text, "the proxy proxy.invalid:443") != NULL);
    ws_free(ws);
    ws_options_free(options);
    ok("an https proxy is connected to as others are, on the port 443");
}

static void open_through(ws_loop *loop, const char *server, ws_socket *director)
{
    char head[4096];
    ws_options *options = through(loop, "http://alice:hunter2@", server), *copy = ws_options_copy(options);
    ws_socket *ws = connect_to(TARGET, copy);
    ws_failure failure;

    ws_options_free(options);
    take_connect(director, head, sizeof head);
    CHECK(strstr(head, BASIC) != NULL);
    answer(director, "HTTP/1.1 200 OK\r\n\r\n");
    read_request(director, head, sizeof head);
    check_beginning(head, "GET / HTTP/1.1\r\nHost: target.invalid\r\n");
    CHECK(strstr(head, "roxy") == NULL && strstr(head, "Basic") == NULL);
    check_silent("the request", head);
    answer(director, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    failure = take_failure(ws);
    CHECK_INT(failure.phase, WS_PHASE_HANDSHAKE);
    CHECK_INT(failure.http_status, 403);
    ws_free(ws);
    ws_options_free(copy);
    tell(director, "see it end", "gone");
    ok("user name and password are in the CONNECT request and not in the server's");
}

static void refused_by_the_proxy(ws_loop *loop, const char *server, ws_socket *director)
{
    char head[4096], text[512];
    ws_options *options = through(loop, "http://nobody@", server);
    ws_socket *ws;
    ws_failure failure;

    CHECK_STATUS(ws_options_set_proxy_credentials(options, "alice", WS_NUL_TERMINATED, "hunter2", WS_NUL_TERMINATED), WS_OK);
    ws = connect_to(TARGET, options);
    take_connect(director, head, sizeof head);
    CHECK(strstr(head, BASIC) != NULL);
    snprintf(text, sizeof text, "%slogin", WANTS);
    answer(director, text);
    failure = take_failure(ws);
    CHECK_INT(failure.phase, WS_PHASE_PROXY);
    CHECK_INT(failure.http_status, 407);
    CHECK_TEXT(failure.head, WANTS);
    CHECK_INT(failure.body_len, 5);
    CHECK(memcmp(failure.body, "login", 5) == 0);
    snprintf(text, sizeof text,
             "the proxy %s refused CONNECT to target.invalid:80: 407 \"Proxy Authentication Required\": it does not accept user name and "
             "password for \"Office\"",
             address_of(server));
    CHECK_TEXT(failure.text, text);
    ws_free(ws);
    tell(director, "see it end", "gone");
    ok("a 407: the phase, the status, head and body, and in words what is wrong");

    CHECK_STATUS(ws_options_set_proxy_credentials(options, NULL, 0, NULL, 0), WS_OK);
    ws = connect_to(TARGET, options);
    take_connect(director, head, sizeof head);
    CHECK(strstr(head, "Authorization") == NULL);
    end_and_free(director, ws, options);
    ok("without user name and password none are sent; ws_close while the proxy is asked ends it");
}

static void set(const char *name, const char *value)
{
    CHECK(value == NULL ? unsetenv(name) == 0 : setenv(name, value, 1) == 0);
}

/* A connection to the target goes through the scripted server. */
static void goes_through(ws_socket *director, ws_options *options)
{
    char head[4096];
    ws_socket *ws = connect_to(TARGET, options);
    take_connect(director, head, sizeof head);
    CHECK(strstr(head, BASIC) != NULL);
    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
    take_failure(ws);
    ws_free(ws);
    tell(director, "let it end", "gone");
}

/* It does not: the name is looked up here, which fails. */
static void goes_directly(ws_socket *director, ws_options *options)
{
    ws_socket *ws = connect_to(TARGET, options);
    CHECK_INT(take_failure(ws).phase, WS_PHASE_DNS);
    ws_free(ws);
    check_nobody_has_come(director);
}

static void environment(ws_loop *loop, const char *server, const char *echo, ws_socket *director)
{
    static const char *const NAMES[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
    char proxy[128];
    ws_options *options = options_on(loop);
    ws_socket *ws = NULL;

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        set(NAMES[i], NULL);
    snprintf(proxy, sizeof proxy, "http://alice:hunter2@%s", address_of(server));
    set("http_proxy", proxy);
    goes_directly(director, options);
    ok("the environment is not read unless that is asked for");

    CHECK_STATUS(ws_options_set_proxy_from_environment(options, 1), WS_OK);
    goes_through(director, options);
    set("http_proxy", NULL);
    set("HTTP_PROXY", proxy);
    goes_directly(director, options);
    set("ALL_PROXY", proxy);
    goes_through(director, options);
    ok("it is read when ws_connect is called: http_proxy and ALL_PROXY, but not HTTP_PROXY");

    set("NO_PROXY", "example.com, .invalid");
    goes_directly(director, options);
    CHECK_STATUS(ws_options_set_no_proxy(options, "example.com", WS_NUL_TERMINATED), WS_OK);
    goes_through(director, options);
    CHECK_STATUS(ws_options_set_no_proxy(options, "target.invalid:80", WS_NUL_TERMINATED), WS_OK);
    goes_directly(director, options);
    CHECK_STATUS(ws_options_set_no_proxy(options, "", 0), WS_OK);
    ok("NO_PROXY excepts, and ws_options_set_no_proxy goes before it");

    set("ALL_PROXY", "http://127.0.0.1:1");
    close_and_free(open_path(echo, "", options));
    ok("this machine is reached without the environment's proxy");

    set("ALL_PROXY", "http://alice:hunter2@p:port");
    CHECK_STATUS(ws_connect(TARGET, options, &ws), WS_ERR_SYNTAX);
    CHECK(ws == NULL && strstr(ws_last_error(), "ALL_PROXY") != NULL);
    check_silent("the last error", ws_last_error());
    ws_options_free(options);
    options = through(loop, "http://alice:hunter2@", server);
    CHECK_STATUS(ws_options_set_proxy_from_environment(options, 1), WS_OK);
    set("NO_PROXY", NULL);
    goes_through(director, options);
    ws_options_free(options);
    ok("a proxy of the environment that may not be is an error with the variable's name, unless another proxy was set");
}

int main(int argc, char **argv)
{
    ws_loop *loop = new_loop();
    const char *echo = url_argument(argc, argv), *server = further_url(argc, argv, 0);
    ws_options *options = options_on(loop);
    /* On the loop of the sockets that it directs the server for: waiting for its answers runs them, too. */
    ws_socket *director = open_path(server, "", options);

    CHECK_STATUS(ws_set_log(take_down, NULL, WS_LOG_DEBUG), WS_OK);
    setters();
    open_through(loop, server, director);
    refused_by_the_proxy(loop, server, director);
    environment(loop, server, echo, director);
    CHECK(strstr(logged.text, "through the proxy 127.0.0.1:") != NULL && strstr(logged.text, "407") != NULL);
    check_silent("the log", logged.text);
    ok("no line of the log has user name or password, at the debug level");

    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_OFF), WS_OK);
    close_and_free(director);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
