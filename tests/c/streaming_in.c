/* ws_options_set_chunks delivers messages as they arrive, in WS_EVENT_CHUNK, each way to take events. */
#include "check.h"

#define LONG (3u << 20)

/* What has come on a socket. */
typedef struct progress {
    ws_socket *ws;
    int messages;
    int in_message;
    int chunks;
    char text[16];
    size_t len;
} progress;

static ws_options *in_chunks(ws_loop *loop, progress *progress, uint64_t max_message)
{
    ws_options *options = options_on(loop);
    memset(progress, 0, sizeof *progress);
    CHECK_STATUS(ws_options_set_chunks(options, max_message), WS_OK);
    CHECK_STATUS(ws_options_set_user_data(options, progress), WS_OK);
    /* The limits of whole messages do not count. */
    CHECK_STATUS(ws_options_set_max_message_size(options, 1), WS_OK);
    CHECK_STATUS(ws_options_set_max_frame_size(options, 1), WS_OK);
    return options;
}

static void check_byte(size_t place, unsigned char byte)
{
    CHECK_INT(byte, place % 251);
}

/* The server sends a text in two frames, cut inside a character; a long binary message; an empty text. The socket is closed then. */
static void see(const ws_event *event)
{
    progress *seen = event->user_data;
    const unsigned char *bytes = event->data;
    size_t i;
    CHECK_INT(event->type, WS_EVENT_CHUNK);
    CHECK_INT(event->kind, seen->messages == 1 ? WS_BINARY : WS_TEXT);
    CHECK_INT((event->flags & WS_FIRST) != 0, !seen->in_message);
    CHECK_INT(event->flags & ~(uint32_t)(WS_FIRST | WS_FINAL), 0);
    CHECK_INT(bytes[event->len], 0);
    CHECK(event->len > 0 || (event->flags & WS_FINAL));
    CHECK(event->len <= 128 << 10);
    CHECK_INT(event->code, 0);
    if (!seen->in_message)
        seen->len = 0;
    ++seen->chunks;
    if (event->kind == WS_TEXT) {
        /* Never a part of the character. */
        CHECK(event->len == 0 || strcmp(event->data, "a") == 0 || strcmp(event->data, "\xe6\xb0\xb4") == 0);
        CHECK(seen->len + event->len < sizeof seen->text);
        memcpy(seen->text + seen->len, event->data, event->len + 1);
    } else if (event->len > 0) {
        /* Not each byte: Valgrind is slow. */
        for (i = 0; i < event->len; i += 97)
            check_byte(seen->len + i, bytes[i]);
        check_byte(seen->len + event->len - 1, bytes[event->len - 1]);
    }
    seen->len += event->len;
    seen->in_message = !(event->flags & WS_FINAL);
    if (seen->in_message)
        return;
    switch (seen->messages++) {
    case 0: CHECK_TEXT(seen->text, "a\xe6\xb0\xb4"); break;
    case 1: CHECK_INT(seen->len, LONG); break;
    default:
        CHECK_INT(seen->len, 0);
        CHECK_STATUS(ws_close(event->socket, 1000, NULL, 0), WS_OK);
    }
}

static void check_seen(const progress *seen)
{
    CHECK_INT(seen->messages, 3);
    CHECK_INT(seen->in_message, 0);
    CHECK(seen->chunks > 3);
}

static void by_next_event(const char *url, ws_loop *loop, const char *sentence)
{
    progress seen;
    ws_options *options = in_chunks(loop, &seen, LONG);
    ws_socket *ws;
    ws_event event;
    /* Few at a time: the server has to wait for us. */
    CHECK_STATUS(ws_options_set_receive_queue_count(options, 2), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    for (;;) {
        CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_OK);
        CHECK(event.socket == ws);
        if (event.type == WS_EVENT_CLOSE)
            break;
        see(&event);
    }
    check_close(&event, 1000, "", 1);
    check_seen(&seen);
    ws_free(ws);
    ok(sentence);
}

static void by_loop_wait(const char *url)
{
    progress seen;
    ws_loop *loop = new_loop();
    ws_options *options = in_chunks(loop, &seen, LONG);
    ws_socket *ws = open_path(url, "", options);
    ws_event events[8];
    size_t count = 0, i;
    ws_options_free(options);
    do {
        CHECK_STATUS(ws_loop_wait(loop, events, 8, PATIENCE, &count), WS_OK);
        /* The close event comes alone: the server waits for our Close. */
        for (i = 0; i < count && events[i].type != WS_EVENT_CLOSE; i++)
            see(&events[i]);
    } while (i == count);
    check_close(&events[i], 1000, "", 1);
    check_seen(&seen);
    ws_free(ws);
    ws_loop_free(loop);
    ok("own loop, ws_loop_wait: chunks, where they were read");
}

static void on_chunk(ws_socket *ws, const ws_event *event, void *user_data)
{
    CHECK(event->socket == ws && event->user_data == user_data);
    see(event);
}

static void on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    (void)event;
    (void)user_data;
    CHECK(!"a message that should come in chunks");
}

static void by_callback(const char *url)
{
    progress seen;
    ws_loop *loop = new_loop();
    ws_options *options = in_chunks(loop, &seen, LONG);
    ws_socket *ws;
    ws_status status;
    CHECK_STATUS(ws_options_set_on_chunk(options, on_chunk), WS_OK);
    CHECK_STATUS(ws_options_set_callbacks(options, NULL, on_message, NULL, NULL, &seen), WS_OK);
    ws = connect_path(url, "", options);
    ws_options_free(options);
    do
        status = ws_loop_dispatch(loop, PATIENCE);
    while (status == WS_OK);
    CHECK_STATUS(status, WS_DONE);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    check_seen(&seen);
    ws_free(ws);
    ws_loop_free(loop);
    ok("chunks have a callback of their own, which ws_options_set_callbacks leaves alone");
}

static void too_long(const char *url)
{
    progress seen;
    ws_options *options = in_chunks(NULL, &seen, LONG - 1);
    ws_socket *ws = open_path(url, "", options);
    ws_event event;
    ws_options_free(options);
    do
        CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_OK);
    while (event.type == WS_EVENT_CHUNK);
    CHECK_INT(event.type, WS_EVENT_ERROR);
    CHECK(strstr(event.data, "3145728") != NULL);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ok("a message longer than ws_options_set_chunks allows fails the connection");
}

static void arguments(void)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_set_chunks(NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_on_chunk(NULL, on_chunk), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_receive_queue_count(NULL, 100), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_receive_queue_count(options, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_receive_queue_count(options, 1), WS_ERR_INVALID_ARGUMENT);
    CHECK(strstr(ws_last_error(), "of 1: give 2 to ") != NULL);
    CHECK_STATUS(ws_options_set_receive_queue_count(options, UINT32_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_chunks(options, UINT64_MAX), WS_OK);
    CHECK_STATUS(ws_options_set_chunks(options, 0), WS_OK);
    ws_options_free(options);
    ok("arguments are checked");
}

/* 0 takes it back. */
static void whole(const char *url)
{
    progress seen;
    ws_options *options = in_chunks(NULL, &seen, 1);
    ws_socket *ws;
    ws_event event;
    CHECK_STATUS(ws_options_set_chunks(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_max_message_size(options, LONG), WS_OK);
    CHECK_STATUS(ws_options_set_max_frame_size(options, LONG), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    take_text(ws, "a\xe6\xb0\xb4");
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.len, LONG);
    CHECK_INT(event.flags, 0);
    take_text(ws, "");
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    take_close(ws, 1000, "", 1);
    ws_free(ws);
    ok("without chunks the same messages come whole");
}

int main(int argc, char **argv)
{
    const char *url = further_url(argc, argv, 0);
    ws_loop *loop = new_loop();
    by_next_event(url, NULL, "background loop: chunks as they arrive, text between characters");
    by_next_event(url, loop, "own loop: the same");
    by_loop_wait(url);
    by_callback(url);
    whole(url);
    too_long(url);
    arguments();
    ws_loop_free(loop);
    return finish();
}
