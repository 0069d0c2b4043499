/* ws_send_owned takes a buffer and frees it exactly once, whatever becomes of the message. */
#include <pthread.h>

#include "check.h"

/* More than the system takes: as long as the server reads nothing, most of it waits. */
#define MUCH ((size_t)16 << 20)

/* The first connection to the slow server, which is told on it what to do with the others. */
static ws_socket *control;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int count;
    size_t bytes;
    pthread_t by;
    ws_socket *asked;
} freed = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, NULL};

static void free_and_count(void *data, size_t len, void *arg)
{
    CHECK(arg == &freed);
    free(data);
    /* No lock of the library is held. */
    if (freed.asked != NULL) {
        CHECK(ws_ping(freed.asked, "freed", 5) >= 0);
        CHECK(ws_send_text(freed.asked, "freed") >= 0);
        CHECK(ws_flush(freed.asked, 0) != WS_ERR_INTERNAL);
    }
    pthread_mutex_lock(&freed.mutex);
    freed.count++;
    freed.bytes = len;
    freed.by = pthread_self();
    pthread_cond_signal(&freed.changed);
    pthread_mutex_unlock(&freed.mutex);
}

/* How many were freed since this was last asked. */
static int frees(void)
{
    int count;
    pthread_mutex_lock(&freed.mutex);
    count = freed.count;
    freed.count = 0;
    pthread_mutex_unlock(&freed.mutex);
    return count;
}

static void wait_for_a_free(void)
{
    pthread_mutex_lock(&freed.mutex);
    while (freed.count == 0)
        pthread_cond_wait(&freed.changed, &freed.mutex);
    freed.count--;
    pthread_mutex_unlock(&freed.mutex);
}

static ws_status send_filled(ws_socket *ws, int type, int byte, size_t len)
{
    char *data = malloc(len + 1);
    CHECK(data != NULL);
    memset(data, byte, len);
    return ws_send_owned(ws, type, data, len, free_and_count, &freed);
}

static void every_status(const char *url)
{
    char kept[] = "kept";
    ws_socket *ws = connect_path(url, "", NULL);
    CHECK_STATUS(send_filled(ws, WS_TEXT, 'x', 3), WS_ERR_INVALID_STATE);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_STATUS(send_filled(ws, WS_TEXT, 0xff, 3), WS_ERR_INVALID_UTF8);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(send_filled(ws, 5, 'x', 3), WS_ERR_INVALID_ARGUMENT);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(send_filled(NULL, WS_TEXT, 'x', 3), WS_ERR_NULL_POINTER);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(ws_send_owned(ws, WS_TEXT, NULL, 3, free_and_count, &freed), WS_ERR_NULL_POINTER);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(ws_send_owned(ws, WS_TEXT, NULL, SIZE_MAX, free_and_count, &freed), WS_ERR_NULL_POINTER);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(ws_send_owned(ws, WS_TEXT, kept, 4, NULL, NULL), WS_ERR_NULL_POINTER);
    CHECK(strstr(ws_last_error(), "free_fn") != NULL);
    CHECK_TEXT(kept, "kept");
    CHECK_INT(frees(), 0);
    ok("after an error, too; without a function to free it nothing happens");

    CHECK_STATUS(send_filled(ws, WS_TEXT, 'y', 3), WS_OK);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(ws_send_owned(ws, WS_BINARY, NULL, 0, free_and_count, &freed), WS_OK);
    CHECK_INT(frees(), 1);
    take_text(ws, "yyy");
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 0);
    /* Behind a message in parts it waits. */
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_OK);
    CHECK_STATUS(send_filled(ws, WS_TEXT | WS_MORE, 'z', 2), WS_OK);
    CHECK_INT(frees(), 0);
    CHECK_STATUS(ws_message_end(ws), WS_OK);
    CHECK_INT(frees(), 1);
    take_text(ws, "");
    take_text(ws, "zz");
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_OK);
    CHECK_STATUS(send_filled(ws, WS_TEXT, 'z', 2), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_INT(frees(), 1);
    CHECK_STATUS(send_filled(ws, WS_TEXT, 'x', 5), WS_DISCARDED);
    CHECK_INT(frees(), 1);
    CHECK_INT(ws_buffered_amount(ws), 2 + 5);
    take_close(ws, 1000, "", 1);
    CHECK_STATUS(send_filled(ws, WS_TEXT | WS_NO_COMPRESS, 'x', 5), WS_DISCARDED);
    CHECK_INT(frees(), 1);
    ws_free(ws);
    CHECK_STATUS(send_filled(ws, WS_TEXT, 'x', 5), WS_ERR_BAD_HANDLE);
    CHECK_INT(frees(), 1);
    ok("sent, discarded, or waiting behind a message in parts");
}

/* All bytes of large buffers arrive as they were, though the library has changed the buffers. */
static void echoed(const char *url, ws_loop *loop, const char *sentence)
{
    static const size_t SIZES[] = {65535, 65536, 65537, 600000, 3000001};
    ws_options *options = options_on(loop);
    ws_socket *ws = open_path(url, "", options);
    ws_options_free(options);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        ws_event event;
        unsigned char *data = malloc(SIZES[i]);
        CHECK(data != NULL);
        for (size_t at = 0; at < SIZES[i]; at++)
            data[at] = (unsigned char)(at * 7 + at / 251);
        CHECK_STATUS(ws_send_owned(ws, WS_BINARY, data, SIZES[i], free_and_count, &freed), WS_OK);
        event = take(ws, WS_EVENT_MESSAGE);
        CHECK_INT(event.len, SIZES[i]);
        for (size_t at = 0; at < SIZES[i]; at++)
            if (((const unsigned char *)event.data)[at] != (unsigned char)(at * 7 + at / 251))
                CHECK_INT(at, -1);
        wait_for_a_free();
    }
    CHECK_INT(frees(), 0);
    close_and_free(ws);
    ok(sentence);
}

static ws_socket *open_slow(const char *url, ws_loop *loop)
{
    ws_options *options = options_on(loop);
    ws_socket *ws = connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    return ws;
}

static void kept_until_the_server_reads(const char *url, ws_loop *loop, const char *sentence)
{
    ws_socket *ws = open_slow(url, loop);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'a', MUCH), WS_OK);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'b', 100000), WS_OK);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'c', 1000), WS_OK);
    CHECK_INT(frees(), 1); /* the small one */
    CHECK(ws_buffered_amount(ws) > 100000 + 1000);
    freed.asked = ws;
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    wait_for_a_free();
    wait_for_a_free();
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK); /* what was sent meanwhile */
    CHECK_INT(pthread_equal(freed.by, pthread_self()) != 0, loop != NULL);
    freed.asked = NULL;
    CHECK_INT(ws_buffered_amount(ws), 0);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, NULL, PATIENCE), WS_OK);
    ws_free(ws);
    CHECK_INT(frees(), 0);
    ok(sentence);
}

static void kept_after_ws_free(const char *url)
{
    ws_socket *ws = open_slow(url, NULL);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'a', MUCH), WS_OK);
    ws_free(ws);
    CHECK_INT(frees(), 0);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    wait_for_a_free();
    CHECK_INT(freed.bytes, MUCH);
    CHECK_INT(frees(), 0);
    ok("ws_free: the message goes out first");
}

static void freed_with_the_loop(const char *url)
{
    ws_loop *loop = new_loop();
    ws_socket *ws = open_slow(url, loop);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'a', MUCH), WS_OK);
    freed.asked = ws;
    ws_loop_free(loop);
    freed.asked = NULL;
    CHECK_INT(frees(), 1);
    CHECK_STATUS(send_filled(ws, WS_BINARY, 'a', MUCH), WS_DISCARDED);
    CHECK_INT(frees(), 1);
    ws_free(ws);
    CHECK_INT(frees(), 0);
    ok("ws_loop_free: nothing can go out any more, all is freed");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv), *slow = further_url(argc, argv, 0);
    ws_loop *loop = new_loop();
    every_status(url);
    echoed(url, NULL, "background loop: large buffers arrive whole");
    echoed(url, loop, "own loop: the same");
    control = open_path(slow, "", NULL);
    kept_until_the_server_reads(slow, NULL, "background loop: a large buffer is kept until the server has read, a small one is not");
    kept_until_the_server_reads(slow, loop, "own loop: the same, and it is freed on the thread that runs the loop");
    kept_after_ws_free(slow);
    freed_with_the_loop(slow);
    ws_free(control);
    ws_loop_free(loop);
    return finish();
}
