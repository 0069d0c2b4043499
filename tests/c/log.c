/* ws_set_log: what a program is told of its connections, up to the level that it asked for. */
#include "check.h"

/* Lines come on the library's thread too, but each is there before the event that it belongs to is taken. */
static struct {
    int count, highest;
    char text[8192];
} told;

static void tell(int level, const char *text, size_t len, void *user_data)
{
    CHECK(user_data == &told);
    CHECK_INT(text[len], 0);
    CHECK_INT(strlen(text), len);
    told.count++;
    if (level > told.highest)
        told.highest = level;
    CHECK(strlen(told.text) + len + 2 < sizeof told.text);
    strcat(strcat(told.text, text), "\n");
}

static void listen_up_to(int level)
{
    memset(&told, 0, sizeof told);
    CHECK_STATUS(ws_set_log(tell, &told, level), WS_OK);
}

static void talk(const char *url, const char *path, const ws_options *options)
{
    ws_event event;
    ws_socket *ws = connect_path(url, path, options);
    while (ws_next_event(ws, &event, PATIENCE) == WS_OK) {
        if (event.type == WS_EVENT_OPEN)
            CHECK_STATUS(ws_ping(ws, "hi", 2), WS_OK);
        if (event.type == WS_EVENT_PONG)
            CHECK_STATUS(ws_close(ws, 1000, "", 0), WS_OK);
    }
    ws_free(ws);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);

    listen_up_to(WS_LOG_DEBUG);
    talk(url, "some/path", options);
    CHECK_INT(told.highest, WS_LOG_DEBUG);
    CHECK(strstr(told.text, "some/path: connecting\n") != NULL);
    CHECK(strstr(told.text, "some/path: trying 127.0.0.1:") != NULL);
    CHECK(strstr(told.text, "some/path: open after ") != NULL);
    CHECK(strstr(told.text, "bytes came") == NULL);
    CHECK(strstr(told.text, "some/path: closed cleanly with 1000\n") != NULL);
    ok("at the debug level it tells each step");

    listen_up_to(WS_LOG_TRACE);
    talk(url, "some/path", options);
    CHECK_INT(told.highest, WS_LOG_TRACE);
    CHECK(strstr(told.text, "some/path: a pong of 2 bytes came\n") != NULL);
    CHECK(strstr(told.text, " bytes came\n") != NULL);
    ok("at the trace level what is common, too");

    listen_up_to(WS_LOG_WARN);
    talk(url, "", options);
    CHECK_INT(told.count, 0);
    talk(url, "status/404", options);
    CHECK_INT(told.count, 1);
    CHECK_INT(told.highest, WS_LOG_WARN);
    CHECK(strstr(told.text, "404") != NULL);
    ok("at the warning level it tells only what went wrong");

    listen_up_to(WS_LOG_OFF);
    talk(url, "status/404", options);
    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_DEBUG), WS_OK);
    talk(url, "status/404", options);
    CHECK_INT(told.count, 0);
    ok("switched off, or without a logger, it tells nothing");

    CHECK_STATUS(ws_set_log(tell, &told, WS_LOG_TRACE + 1), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_set_log(tell, &told, -1), WS_ERR_INVALID_ARGUMENT);
    ok("a level that is none is refused");

    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
