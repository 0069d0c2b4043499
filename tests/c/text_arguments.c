/* Texts and bytes that cannot be right: a length without a pointer, more than memory holds, an embedded NUL, no UTF-8, one place for
   two results. A status for each, and the socket is as it was. */
#include "check.h"

static void lengths(const char *url)
{
    static const size_t IMPOSSIBLE[] = {SIZE_MAX - 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 2};
    ws_options *options = new_options();
    ws_socket *ws = open_path(url, "", NULL);
    for (size_t i = 0; i < sizeof IMPOSSIBLE / sizeof *IMPOSSIBLE; i++) {
        size_t len = IMPOSSIBLE[i];
        CHECK_STATUS(ws_send(ws, WS_BINARY, "x", len), WS_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(ws_send(ws, WS_TEXT, "x", len), WS_ERR_INVALID_ARGUMENT);
        CHECK(ws_ping(ws, "x", len) < 0);
        CHECK(ws_close(ws, 1000, "x", len) < 0);
        CHECK(ws_options_add_protocol(options, "x", len) < 0);
        CHECK(ws_options_add_header(options, "x", len, "y", 1) < 0);
        CHECK(ws_options_add_header(options, "x", 1, "y", len) < 0);
        CHECK(ws_options_add_cookie(options, "x", len, "y", 1) < 0);
        CHECK(ws_options_add_cookie(options, "x", 1, "y", len) < 0);
        CHECK(ws_options_set_bearer(options, "x", len) < 0);
        CHECK(ws_options_set_basic_auth(options, "x", len, "y", 1) < 0);
        CHECK(ws_options_set_basic_auth(options, "x", 1, "y", len) < 0);
        CHECK(ws_response_header(ws, "x", len, 0) == NULL);
        CHECK(ws_options_set_origin(options, "x", len) < 0);
        CHECK(ws_options_set_user_agent(options, "x", len) < 0);
        CHECK(ws_last_error()[0] != '\0');
    }
    ok("a length that no memory has is refused before a byte is looked at");

    CHECK_STATUS(ws_send(ws, WS_BINARY, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_send(ws, WS_TEXT, NULL, SIZE_MAX - 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_ping(ws, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_protocol(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_header(options, NULL, 5, "y", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_header(options, "x", 1, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_cookie(options, NULL, 5, "y", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_cookie(options, "x", 1, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bearer(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_basic_auth(options, NULL, 5, "y", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_basic_auth(options, "x", 1, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_origin(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_user_agent(options, NULL, 5), WS_ERR_NULL_POINTER);
    ok("so is a length without a pointer");

    CHECK_STATUS(ws_send(ws, WS_BINARY, NULL, 0), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 0);
    CHECK_STATUS(ws_send(ws, WS_TEXT, (const char *)16, 0), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 0);
    ok("of a length of 0 the pointer is not looked at");
    ws_options_free(options);
    close_and_free(ws);
}

static void nuls(const char *url)
{
    ws_options *options = new_options();
    ws_socket *ws;
    ws_event event;
    CHECK_STATUS(ws_options_add_protocol(options, "a\0b", 3), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "a\0b", 3, "c", 1), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "a", 1, "c\0d", 3), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_origin(options, "http://a\0b", 10), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_user_agent(options, "a\0b", 3), WS_ERR_SYNTAX);
    ok("a NUL inside a text that goes into the request is a SyntaxError");

    ws = open_path(url, "", options);
    CHECK_STATUS(ws_send(ws, WS_TEXT, "a\0b", 3), WS_OK);
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.len, 3);
    CHECK(memcmp(event.data, "a\0b", 4) == 0);
    CHECK_STATUS(ws_close(ws, 1000, "a\0b", 3), WS_OK);
    event = take(ws, WS_EVENT_CLOSE);
    CHECK_INT(event.len, 3);
    CHECK(memcmp(event.data, "a\0b", 4) == 0);
    ws_free(ws);
    ws_options_free(options);
    ok("in a message and in a reason it is a character like others");
}

static void encodings(const char *url)
{
    /* A byte alone; overlong; a surrogate; beyond U+10FFFF; cut. */
    static const char *const BAD[] = {"\xff", "\x80", "\xc0\x80", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82"};
    ws_options *options = new_options();
    ws_socket *ws = open_path(url, "", NULL);
    ws_socket *none = ws;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char whole[64];
        snprintf(whole, sizeof whole, "ws://127.0.0.1:1/%s", BAD[i]);
        CHECK_STATUS(ws_connect(whole, NULL, &none), WS_ERR_INVALID_UTF8);
        CHECK(none == NULL);
        CHECK_STATUS(ws_send_text(ws, BAD[i]), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_send(ws, WS_TEXT, BAD[i], strlen(BAD[i])), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_close(ws, 1000, BAD[i], WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_options_add_protocol(options, BAD[i], WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_options_add_header(options, "a", 1, BAD[i], WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_options_set_origin(options, BAD[i], WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
        CHECK_STATUS(ws_options_set_user_agent(options, BAD[i], WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
    }
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    CHECK_STATUS(ws_send_text(ws, "still open"), WS_OK);
    take_text(ws, "still open");
    close_and_free(ws);
    ws_options_free(options);
    ok("what is not UTF-8 is refused, and nothing of it is sent");
}

/* The caller gives one piece of memory for two purposes: nonsense comes out, but nothing breaks. */
static void one_place_for_two(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *ws = connect_path(url, "", options);
    union {
        size_t count;
        ws_event event;
    } place;
    memset(&place, 0, sizeof place);
    CHECK_STATUS(ws_loop_wait(loop, &place.event, 1, PATIENCE, &place.count), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    CHECK_STATUS(ws_send(ws, WS_BINARY, &ws, sizeof ws), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, sizeof ws);
    close_and_free(ws);
    ws_options_free(options);
    ws_loop_free(loop);
    ok("one place for two results does not hurt the socket");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    lengths(url);
    nuls(url);
    encodings(url);
    one_place_for_two(url);
    return finish();
}
