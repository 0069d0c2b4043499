/* User name and password in a URL: kept in ws_url, as in a browser, and nowhere else: not sent, not logged, in no failure's text. So
   is what a header holds. */
#include "check.h"
#include "directed.h"

static struct {
    char text[32768];
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
    if (strstr(text, "hunter2") == NULL && strstr(text, "alice") == NULL && strstr(text, "token") == NULL)
        return;
    fprintf(stderr, "%s:\n%s\n", what, text);
    CHECK(!"a credential is shown");
}

static ws_options *options_with_token(ws_loop *loop)
{
    ws_options *options = options_on(loop);
    CHECK_STATUS(ws_options_add_header(options, "Authorization", WS_NUL_TERMINATED, "Bearer token", WS_NUL_TERMINATED), WS_OK);
    return options;
}

/* The server answers the request (NULL: ends the connection), then nothing more comes, here or on another connection. */
static void have_answered(ws_socket *director, const char *answer)
{
    char head[4096], told[512];
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    CHECK(strstr(head, "alice") == NULL && strstr(head, "hunter2") == NULL && strstr(head, "Basic") == NULL);
    CHECK(strstr(head, "Bearer token") != NULL);
    if (answer != NULL) {
        snprintf(told, sizeof told, "answer with %s", answer);
        tell(director, told, "done");
    }
    tell(director, "end it", "gone");
    check_nobody_has_come(director);
}

/* Connects to a server that answers, or, without a director, to one that refuses; then shows what the program is told. */
static void talk(ws_loop *loop, const char *server, ws_socket *director, const char *answer)
{
    char url[128];
    ws_options *options = options_with_token(loop);
    ws_socket *ws = NULL;
    ws_event event;
    ws_failure failure = {.size = sizeof failure};
    snprintf(url, sizeof url, "ws://alice:hunter2@%sx@y?z", server + strlen("ws://"));
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    CHECK_TEXT(ws_url(ws), url);
    if (director != NULL)
        have_answered(director, answer);
    event = take(ws, WS_EVENT_ERROR);
    check_silent("the error event", event.data);
    take_close(ws, 1006, "", 0);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    check_silent("the failure", failure.text);
    check_silent("the last error", ws_last_error());
    ws_free(ws);
    ws_options_free(options);
}

/* The same where they are sent, because the program wants it. */
static void sent(ws_loop *loop, const char *server, ws_socket *director)
{
    char url[128], head[4096];
    ws_options *options = options_on(loop);
    ws_socket *ws = NULL;
    ws_failure failure = {.size = sizeof failure};
    CHECK_STATUS(ws_options_set_url_credentials(options, 1), WS_OK);
    CHECK_STATUS(ws_options_add_cookie(options, "id", WS_NUL_TERMINATED, "token", WS_NUL_TERMINATED), WS_OK);
    snprintf(url, sizeof url, "ws://alice:hunter2@%s", server + strlen("ws://"));
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    CHECK(strstr(head, "\r\nAuthorization: Basic YWxpY2U6aHVudGVyMg==\r\n") != NULL);
    CHECK(strstr(head, "\r\nCookie: id=token\r\n") != NULL);
    tell(director, "answer with HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "done");
    tell(director, "end it", "gone");
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    check_silent("the failure", failure.text);
    CHECK(strstr(logged.text, ": > Authorization: Basic ***\n") != NULL);
    CHECK(strstr(logged.text, "YWxp") == NULL);
    ws_free(ws);
    ws_options_free(options);
}

static void refused_url(const char *url)
{
    ws_socket *ws = NULL;
    CHECK(ws_connect(url, NULL, &ws) < 0);
    CHECK(ws == NULL);
    check_silent("the last error", ws_last_error());
}

int main(int argc, char **argv)
{
    ws_loop *loop = new_loop();
    const char *url = url_argument(argc, argv), *server = further_url(argc, argv, 0), *nobody = further_url(argc, argv, 1);
    char with[256];
    ws_options *options = options_with_token(loop), *directors_options = options_on(loop);
    /* On the loop of the sockets that it directs the server for: waiting for its answers runs them, too. */
    ws_socket *ws = NULL, *director = open_path(server, "", directors_options);

    CHECK_STATUS(ws_set_log(take_down, NULL, WS_LOG_DEBUG), WS_OK);
    talk(loop, server, director, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    talk(loop, server, director, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    talk(loop, server, director, "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
    talk(loop, server, director, "HTTP/1.1 101 x\r\n\r\n");
    talk(loop, server, director, "SSH-2.0\r\n");
    talk(loop, server, director, NULL);
    ok("they are not sent, though the server asks for them, and no failure's text has them");

    sent(loop, server, director);
    ok("those of the URL are sent when the program wants it, and shown no more than before");

    close_and_free(director);
    talk(loop, nobody, NULL, NULL);
    ok("nor has that of a connection that is refused");

    snprintf(with, sizeof with, "ws://alice:hunter2@%s", url + strlen("ws://"));
    CHECK_STATUS(ws_connect(with, options, &ws), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    close_and_free(ws);
    CHECK_STATUS(ws_connect(with, options, &ws), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    CHECK(strstr(logged.text, ": open after ") != NULL && strstr(logged.text, ": connecting\n") != NULL && strstr(logged.text, "401") != NULL);
    check_silent("the log", logged.text);
    ok("no line of the log has them, at the debug level");

    refused_url("ws://alice:hunter2@h/#fragment");
    refused_url("ws://alice:hunter2@h:99999/");
    refused_url("ftp://alice:hunter2@h/");
    refused_url("ws://alice:hun#hunter2@h/");
    refused_url("wss://alice:hunter2@h:99999/");
    ok("no error of a URL that may not be has them");

    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_OFF), WS_OK);
    ws_options_free(options);
    ws_options_free(directors_options);
    ws_loop_free(loop);
    return finish();
}
