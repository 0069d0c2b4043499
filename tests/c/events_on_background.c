/* The events of a socket on the background loop: their order, their fields, and the state that moves with them. */
#include "check.h"

#define MESSAGES 100

static void from_open_to_close(const char *url)
{
    int mark = 7;
    ws_event event;
    ws_socket *ws;
    ws_options *options = new_options();
    char text[32];
    CHECK_STATUS(ws_options_set_user_data(options, &mark), WS_OK);
    CHECK_STATUS(ws_options_add_protocol(options, "chat.v2", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_add_protocol(options, "chat.v1", 7), WS_OK);
    ws = connect_path(url, "chat", options);
    ws_options_free(options);

    CHECK_INT(ws_ready_state(ws), WS_CONNECTING);
    CHECK_STATUS(ws_send_text(ws, "too early"), WS_ERR_INVALID_STATE);
    CHECK_INT(ws_buffered_amount(ws), 0);
    CHECK_TEXT(ws_protocol(ws), "");
    CHECK_TEXT(ws_extensions(ws), "");
    CHECK(ws_user_data(ws) == &mark);
    ok("a new socket is CONNECTING, and sending is an InvalidStateError");

    event = take(ws, WS_EVENT_OPEN);
    CHECK(event.user_data == &mark);
    CHECK_TEXT(event.data, "chat.v2");
    CHECK_INT(event.len, 7);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    CHECK_TEXT(ws_protocol(ws), "chat.v2");
    CHECK_TEXT(ws_extensions(ws), "");
    CHECK(strncmp(ws_url(ws), url, strlen(url)) == 0);
    CHECK_TEXT(ws_url(ws) + strlen(url), "chat");
    ok("the open event comes first, with the subprotocol");

    for (int i = 0; i < MESSAGES; i++) {
        int len = snprintf(text, sizeof text, "message %d", i);
        CHECK_STATUS(ws_send(ws, i % 2 == 0 ? WS_TEXT : WS_BINARY, text, (size_t)len), WS_OK);
    }
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "message %d", i);
        event = take(ws, WS_EVENT_MESSAGE);
        CHECK_INT(event.kind, i % 2 == 0 ? WS_TEXT : WS_BINARY);
        CHECK(event.user_data == &mark);
        CHECK_INT(event.len, strlen(text));
        CHECK_TEXT(event.data, text);
    }
    ok("messages come in order, text as text and binary as binary, a NUL behind each");

    CHECK_STATUS(ws_send_text(ws, ""), WS_OK);
    take_text(ws, "");
    CHECK_STATUS(ws_send(ws, WS_BINARY, "a\0b", 3), WS_OK);
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.len, 3);
    CHECK(memcmp(event.data, "a\0b", 4) == 0);
    ok("an empty message and one with a NUL inside come whole");

    CHECK_STATUS(ws_send_text(ws, "not UTF-8: \xff"), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_send(ws, 77, "x", 1), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_send_text(ws, "fine"), WS_OK);
    take_text(ws, "fine");
    ok("a message that may not be sent is refused and the next one is sent");

    CHECK_STATUS(ws_close(ws, 1000, "done", 4), WS_OK);
    take_close(ws, 1000, "done", 1);
    CHECK_STATUS(ws_next_event(ws, &event, 0), WS_DONE);
    ok("the close event is the last");
    ws_free(ws);
}

static void from_the_server(const char *url)
{
    ws_socket *ws = open_path(url, "close?code=4001&reason=bye%2C+%c3%bc", NULL);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    take_text(ws, "one");
    take_close(ws, 4001, "bye,+\xc3\xbc", 1);
    ws_free(ws);

    ws = open_path(url, "close", NULL);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    take_text(ws, "one");
    take_close(ws, 1005, "", 1);
    ws_free(ws);
    ok("a close that the server starts comes after its messages, with its code and reason");

    ws = open_path(url, "drop", NULL);
    CHECK_STATUS(ws_send_text(ws, "one"), WS_OK);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a connection that is lost is 1006, not clean, without an error event");
}

static void dropped_after_close(const char *url)
{
    ws_socket *ws = open_path(url, "", NULL);
    CHECK_STATUS(ws_send_text(ws, "an echo nobody will see"), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    take_close(ws, 1000, "", 1);
    ws_free(ws);
    ok("messages not taken before ws_close are not delivered any more");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    from_open_to_close(url);
    from_the_server(url);
    dropped_after_close(url);
    return finish();
}
