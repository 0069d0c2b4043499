/* Callbacks from ws_loop_dispatch: on this thread, free to close, free and connect from inside. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

struct story {
    const char *url;
    ws_loop *loop;
    pthread_t thread;
    char told[32]; /* a letter for each callback */
    int dispatched_inside;
    ws_socket *other;
};

static void tell(struct story *story, char letter)
{
    size_t len = strlen(story->told);
    CHECK(pthread_equal(pthread_self(), story->thread));
    CHECK(len + 1 < sizeof story->told);
    story->told[len] = letter;
    story->told[len + 1] = '\0';
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    tell(story, 'o');
    CHECK_INT(event->type, WS_EVENT_OPEN);
    CHECK(event->socket == ws && event->user_data == user_data && ws_user_data(ws) == user_data);
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
}

static void close_on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    tell(story, 'm');
    CHECK_TEXT(event->data, "hello");
    story->dispatched_inside = ws_loop_dispatch(story->loop, 0);
    CHECK_STATUS(ws_close(ws, 1000, "inside", WS_NUL_TERMINATED), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    CHECK_TEXT(event->data, "hello"); /* valid until the callback returns, whatever it did */
}

static void free_on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    tell(user_data, 'm');
    ws_free(ws); /* no callback after this */
}

static void free_on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    tell(user_data, 'c');
    check_close(event, 1000, "inside", 1);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    ws_free(ws);
}

static void must_not_come(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    (void)user_data;
    CHECK_INT(event->type, WS_EVENT_NONE);
}

static void dispatch_to_the_end(ws_loop *loop)
{
    ws_status status;
    do
        status = ws_loop_dispatch(loop, PATIENCE);
    while (status == WS_OK);
    CHECK_STATUS(status, WS_DONE);
}

static void start(struct story *story, const char *path, ws_event_fn open, ws_event_fn message, ws_event_fn error, ws_event_fn close)
{
    ws_options *options = options_on(story->loop);
    CHECK_STATUS(ws_options_set_callbacks(options, open, message, error, close, story), WS_OK);
    story->told[0] = '\0';
    connect_path(story->url, path, options);
    ws_options_free(options);
}

static void free_on_refusal(ws_socket *ws, const ws_event *event, void *user_data)
{
    tell(user_data, 'c');
    check_close(event, 1006, "", 0);
    ws_free(ws);
}

static void on_error(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    tell(user_data, 'e');
    CHECK_INT(event->type, WS_EVENT_ERROR);
    CHECK(event->len > 0);
}

static void connect_again_on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    char told[sizeof story->told];
    free_on_close(ws, event, user_data);
    memcpy(told, story->told, sizeof told);
    start(story, "", on_open, close_on_message, must_not_come, free_on_close);
    memcpy(story->told, told, sizeof told);
}

int main(int argc, char **argv)
{
    struct story story;
    memset(&story, 0, sizeof story);
    story.url = url_argument(argc, argv);
    story.loop = new_loop();
    story.thread = pthread_self();

    CHECK_STATUS(ws_loop_dispatch(story.loop, PATIENCE), WS_DONE);
    ok("a loop without sockets is done");

    start(&story, "", on_open, close_on_message, must_not_come, free_on_close);
    CHECK_TEXT(story.told, "");
    dispatch_to_the_end(story.loop);
    CHECK_TEXT(story.told, "omc");
    ok("open, message, close, each once, on the thread that dispatches; ws_close and ws_free inside are fine");
    CHECK_STATUS(story.dispatched_inside, WS_ERR_BUSY);
    ok("dispatching inside a callback is refused as busy");

    start(&story, "", on_open, free_on_message, must_not_come, must_not_come);
    dispatch_to_the_end(story.loop);
    CHECK_TEXT(story.told, "om");
    ok("ws_free in its own message callback: no callback after it, and the loop ends");

    start(&story, "status/404", must_not_come, must_not_come, on_error, free_on_refusal);
    dispatch_to_the_end(story.loop);
    CHECK_TEXT(story.told, "ec");
    ok("a refused handshake calls the error and the close callback");

    start(&story, "", on_open, close_on_message, must_not_come, connect_again_on_close);
    dispatch_to_the_end(story.loop);
    CHECK_TEXT(story.told, "omcomc");
    ok("a callback may connect anew on the same loop");

    ws_loop_free(story.loop);
    return finish();
}
