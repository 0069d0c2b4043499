/* permessage-deflate: what its options take and refuse, what is offered and agreed on, and which messages are compressed. */
#include "check.h"

static void numbers(void)
{
    static const struct {
        int one, two;
        ws_status effort, window, takeover;
    } PAIRS[] = {
        {1, 1, WS_OK, WS_ERR_INVALID_ARGUMENT, WS_OK},
        {9, 9, WS_OK, WS_OK, WS_ERR_INVALID_ARGUMENT},
        {8, 8, WS_OK, WS_OK, WS_ERR_INVALID_ARGUMENT},
        {15, 15, WS_ERR_INVALID_ARGUMENT, WS_OK, WS_ERR_INVALID_ARGUMENT},
        {0, 0, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_OK},
        {0, 1, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_OK},
        {10, 9, WS_ERR_INVALID_ARGUMENT, WS_OK, WS_ERR_INVALID_ARGUMENT},
        {9, 10, WS_ERR_INVALID_ARGUMENT, WS_OK, WS_ERR_INVALID_ARGUMENT},
        {7, 15, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT},
        {15, 16, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT},
        {-1, 9, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT},
        {9, INT32_MIN, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT},
        {264, 264, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_ARGUMENT},
    };
    ws_options *options = new_options();
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        int one = PAIRS[i].one, two = PAIRS[i].two;
        CHECK_STATUS(ws_options_set_deflate_effort(options, one, two), PAIRS[i].effort);
        CHECK_STATUS(ws_options_set_deflate_window(options, one, two), PAIRS[i].window);
        CHECK_STATUS(ws_options_set_deflate_no_takeover(options, one, two), PAIRS[i].takeover);
    }
    CHECK_STATUS(ws_options_set_deflate_window(options, 15, 16), WS_ERR_INVALID_ARGUMENT);
    CHECK(strstr(ws_last_error(), "16: give 8 to 15") != NULL);
    CHECK_STATUS(ws_options_set_deflate(options, 1), WS_OK);
    CHECK_STATUS(ws_options_set_deflate(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_deflate(options, 2), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_deflate(options, -1), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_deflate_threshold(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_deflate_threshold(options, SIZE_MAX), WS_OK);
    CHECK_STATUS(ws_options_set_max_ratio(options, 2), WS_OK);
    CHECK_STATUS(ws_options_set_max_ratio(options, 1100), WS_OK);
    CHECK_STATUS(ws_options_set_max_ratio(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_ratio(options, 1), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_ratio(options, 1101), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_max_ratio(options, UINT32_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK(ws_last_error()[0] != '\0');
    ws_options_free(options);

    CHECK_STATUS(ws_options_set_deflate(NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_deflate_effort(NULL, 6, 8), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_deflate_window(NULL, 15, 15), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_deflate_no_takeover(NULL, 0, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_deflate_threshold(NULL, 64), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_max_ratio(NULL, 20), WS_ERR_NULL_POINTER);
    ok("each option takes its numbers and refuses others");
}

/* Whether the request's head, which the echo server sends back, has a text; the server accepts no extension. */
static int request_has(const char *url, const ws_options *options, const char *text)
{
    ws_socket *ws = open_path(url, "headers", options);
    ws_event event = take(ws, WS_EVENT_MESSAGE);
    int has = strstr(event.data, text) != NULL;
    CHECK_TEXT(ws_extensions(ws), "");
    close_and_free(ws);
    return has;
}

static void offers(const char *url)
{
    ws_options *options = new_options();
    CHECK(request_has(url, options, "\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\n"));
    CHECK_STATUS(ws_options_set_deflate(options, 0), WS_OK);
    CHECK(!request_has(url, options, "sec-websocket-extensions"));
    ws_options_free(options);
    ok("compression is offered unless it is switched off, and a server need not accept it");
}

/* A message that comes back, behind a text that says how the server got it. */
static void echo(ws_socket *ws, int type, const char *data, size_t len, const char *how)
{
    ws_event event;
    CHECK_STATUS(ws_send(ws, type, data, len), WS_OK);
    take_text(ws, how);
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.kind, type & (WS_TEXT | WS_BINARY));
    CHECK_INT(event.len, len);
    CHECK(memcmp(event.data, data, len) == 0);
}

static void conversation(ws_socket *ws, size_t threshold)
{
    char data[5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = "{\"name\":\"value\"}, "[i % 18];
    for (int kind = WS_TEXT; kind <= WS_BINARY; kind++) {
        echo(ws, kind, data, sizeof data, "compressed");
        echo(ws, kind | WS_NO_COMPRESS, data, sizeof data, "as it is");
        echo(ws, kind, data, threshold, "compressed");
        if (threshold > 0)
            echo(ws, kind, data, threshold - 1, "as it is");
        echo(ws, kind | WS_NO_COMPRESS, data, 0, "as it is");
    }
    CHECK_INT(ws_buffered_amount(ws), 0);
    close_and_free(ws);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    const char *deflating = further_url(argc, argv, 0);
    ws_options *options;
    ws_socket *ws;
    numbers();
    offers(url);

    ws = open_path(deflating, "", NULL);
    CHECK_TEXT(ws_extensions(ws), "permessage-deflate");
    conversation(ws, 64);
    ok("messages of 64 bytes and more are compressed, but for those that are not to be");

    options = new_options();
    CHECK_STATUS(ws_options_set_deflate_threshold(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_deflate_effort(options, 1, 9), WS_OK);
    CHECK_STATUS(ws_options_set_deflate_no_takeover(options, 1, 1), WS_OK);
    CHECK_STATUS(ws_options_set_deflate_window(options, 9, 10), WS_OK);
    CHECK_STATUS(ws_options_set_max_ratio(options, 20), WS_OK);
    ws = open_path(deflating, "", options);
    ws_options_free(options);
    CHECK_TEXT(ws_extensions(ws), "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                                  "server_max_window_bits=9; client_max_window_bits=10");
    conversation(ws, 0);
    ok("what the options ask for is agreed on and kept");
    return finish();
}
