/* ws_response_header and ws_response_header_at: what the server's response said, opened or refused. */
#include "check.h"
#include "directed.h"

#define NUL WS_NUL_TERMINATED

static void check_header(ws_socket *ws, const char *name, size_t index, const char *value)
{
    const char *found = ws_response_header(ws, name, NUL, index);
    if (value == NULL)
        CHECK(found == NULL);
    else
        CHECK_TEXT(found, value);
}

static void check_none(ws_socket *ws)
{
    const char *name, *value;
    check_header(ws, "Upgrade", 0, NULL);
    CHECK_STATUS(ws_response_header_at(ws, 0, &name, &value), WS_DONE);
    CHECK_TEXT(name, "");
    CHECK_TEXT(value, "");
}

static void opened(ws_loop *loop, ws_socket *director)
{
    static const char *const ALL[][2] = {
        {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", NULL}, {"Set-Cookie", "a=1"},
        {"x-EMPTY", ""},          {"SET-COOKIE", "b=2; c"},  {"X-Bytes", "\xef\xbf\xbd"},
    };
    ws_options *options = options_on(loop);
    ws_socket *ws = connect_path(ws_url(director), "", options);
    const char *name, *value, *kept;
    size_t count = 0;
    check_none(ws);
    tell_to_take_the_next(director);
    tell(director, "accept with Set-Cookie: a=1\r\nx-EMPTY:\r\nSET-COOKIE:  b=2;\r\n c\r\nno header\r\nX-Bytes: \xef\xbf\xbd\r\n", "open");
    check_none(ws);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    ok("before the open event was taken there is none");

    check_header(ws, "upgrade", 0, "websocket");
    check_header(ws, "Set-Cookie", 0, "a=1");
    check_header(ws, "set-cookie", 1, "b=2; c");
    check_header(ws, "set-cookie", 2, NULL);
    check_header(ws, "set-cookie", SIZE_MAX, NULL);
    check_header(ws, "X-Empty", 0, "");
    check_header(ws, "X-Empt", 0, NULL);
    check_header(ws, "", 0, NULL);
    CHECK_TEXT(ws_response_header(ws, "Set-Cookie and more", 10, 0), "a=1");
    ok("by name, whatever the case, and by index where there are several");

    for (; ws_response_header_at(ws, count, &name, &value) == WS_OK; count++) {
        CHECK(count < sizeof ALL / sizeof *ALL);
        CHECK_TEXT(name, ALL[count][0]);
        if (ALL[count][1] != NULL)
            CHECK_TEXT(value, ALL[count][1]);
        else
            CHECK_INT(strlen(value), 28);
    }
    CHECK_INT(count, sizeof ALL / sizeof *ALL);
    CHECK_STATUS(ws_response_header_at(ws, SIZE_MAX, &name, &value), WS_DONE);
    CHECK_STATUS(ws_response_header_at(ws, 0, &name, &name), WS_OK);
    CHECK_TEXT(name, "websocket");
    ok("all of them, as they came");

    kept = ws_response_header(ws, "Set-Cookie", NUL, 0);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    tell(director, "answer its close", "gone");
    take_close(ws, 1000, "", 1);
    CHECK(kept == ws_response_header(ws, "Set-Cookie", NUL, 0));
    CHECK_TEXT(kept, "a=1");
    ws_free(ws);
    CHECK(ws_response_header(ws, "Set-Cookie", NUL, 0) == NULL);
    CHECK_STATUS(ws_response_header_at(ws, 0, &name, &value), WS_ERR_BAD_HANDLE);
    ws_options_free(options);
    ok("they stay until ws_free");
}

static void refused(ws_loop *loop, ws_socket *director)
{
    char head[4096];
    ws_options *options = options_on(loop);
    ws_socket *ws = connect_path(ws_url(director), "", options);
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    tell(director, "answer with HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "done");
    take(ws, WS_EVENT_ERROR);
    check_header(ws, "retry-after", 0, "7");
    check_header(ws, "Content-Length", 0, "0");
    check_header(ws, "Upgrade", 0, NULL);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    tell(director, "end it", "gone");
    ok("those of a response that refuses");

    ws = connect_path(ws_url(director), "", options);
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    tell(director, "answer with HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\n", "done");
    tell(director, "end it", "gone");
    take(ws, WS_EVENT_ERROR);
    check_none(ws);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ws_options_free(options);
    ok("but not of one that was cut off");
}

int main(int argc, char **argv)
{
    /* On the loop of the sockets that it directs the server for: waiting for its answers runs them, too. */
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *director = open_path(further_url(argc, argv, 0), "", options);
    opened(loop, director);
    refused(loop, director);
    close_and_free(director);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
