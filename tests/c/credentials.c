/* User name and password in a URL: kept in ws_url, as in a browser, and nowhere else: not sent, not logged, in no failure's text. So
   is what a header holds. */
#include "check.h"
#include "raw_server.h"

static struct {
    char text[32768];
} told;

static void tell(int level, const char *text, size_t len, void *user_data)
{
    (void)level;
    (void)user_data;
    CHECK(strlen(told.text) + len + 2 < sizeof told.text);
    strcat(strcat(told.text, text), "\n");
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

/* Connects, has the server answer (NULL: cut the connection) and shows what the program is told. */
static void talk(ws_loop *loop, const struct raw_server *server, const char *answer)
{
    char url[128], head[4096];
    ws_options *options = options_with_token(loop);
    ws_socket *ws = NULL;
    ws_event event;
    ws_failure failure;
    int connection;
    snprintf(url, sizeof url, "ws://alice:hunter2@%sx@y?z", server->url + strlen("ws://"));
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    CHECK_TEXT(ws_url(ws), url);
    if (server->listener >= 0) {
        CHECK_STATUS(ws_next_event(ws, &event, 0), WS_ERR_TIMEOUT);
        connection = raw_accept(server);
        while (recv(connection, head, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            CHECK_STATUS(ws_next_event(ws, &event, 5), WS_ERR_TIMEOUT);
        CHECK(raw_read_head(connection, head, sizeof head));
        CHECK(strstr(head, "alice") == NULL && strstr(head, "hunter2") == NULL && strstr(head, "Basic") == NULL);
        CHECK(strstr(head, "Bearer token") != NULL);
        if (answer != NULL)
            CHECK_INT(send(connection, answer, strlen(answer), 0), strlen(answer));
        close(connection);
    }
    event = take(ws, WS_EVENT_ERROR);
    check_silent("the error event", event.data);
    take_close(ws, 1006, "", 0);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    check_silent("the failure", failure.text);
    check_silent("the last error", ws_last_error());
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
    struct raw_server server = raw_bind(1), nobody = raw_bind(0);
    ws_loop *loop = new_loop();
    const char *url = url_argument(argc, argv);
    char with[256];
    ws_options *options = options_with_token(loop);
    ws_socket *ws = NULL;

    CHECK_STATUS(ws_set_log(tell, NULL, WS_LOG_DEBUG), WS_OK);
    talk(loop, &server, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    talk(loop, &server, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    talk(loop, &server, "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
    talk(loop, &server, "HTTP/1.1 101 x\r\n\r\n");
    talk(loop, &server, "SSH-2.0\r\n");
    talk(loop, &server, NULL);
    ok("they are not sent, though the server asks for them, and no failure's text has them");

    close(nobody.listener);
    nobody.listener = -1;
    talk(loop, &nobody, NULL);
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
    CHECK(strstr(told.text, ": open\n") != NULL && strstr(told.text, ": connecting\n") != NULL && strstr(told.text, "401") != NULL);
    check_silent("the log", told.text);
    ok("no line of the log has them, at the debug level");

    refused_url("ws://alice:hunter2@h/#fragment");
    refused_url("ws://alice:hunter2@h:99999/");
    refused_url("ftp://alice:hunter2@h/");
    refused_url("ws://alice:hun#hunter2@h/");
    refused_url("wss://alice:hunter2@h/");
    ok("no error of a URL that may not be has them");

    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_OFF), WS_OK);
    ws_options_free(options);
    ws_loop_free(loop);
    close(server.listener);
    return finish();
}
