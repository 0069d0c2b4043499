/* Callbacks without a loop of one's own: they run on the library's thread, in order, the last one frees. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "check.h"

#define MESSAGES 20

struct story {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t main_thread, callback_thread;
    int opened, received, errors, closed;
};

static void enter(struct story *story)
{
    CHECK_INT(pthread_mutex_lock(&story->mutex), 0);
    CHECK(!pthread_equal(pthread_self(), story->main_thread));
    if (!story->opened && !story->errors)
        story->callback_thread = pthread_self();
    CHECK(pthread_equal(pthread_self(), story->callback_thread));
    CHECK_INT(story->closed, 0);
}

static void leave(struct story *story)
{
    CHECK_INT(pthread_cond_signal(&story->changed), 0);
    CHECK_INT(pthread_mutex_unlock(&story->mutex), 0);
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    char text[32];
    (void)event;
    enter(story);
    story->opened++;
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "message %d", i);
        CHECK_STATUS(ws_send_text(ws, text), WS_OK);
    }
    leave(story);
}

static void on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    char text[32];
    enter(story);
    snprintf(text, sizeof text, "message %d", story->received++);
    CHECK_TEXT(event->data, text);
    if (story->received == MESSAGES)
        CHECK_STATUS(ws_close(ws, 1000, "all", WS_NUL_TERMINATED), WS_OK);
    leave(story);
}

static void on_error(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    (void)ws;
    enter(story);
    CHECK(event->len > 0);
    story->errors++;
    leave(story);
}

static void on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct story *story = user_data;
    enter(story);
    if (story->errors == 0)
        check_close(event, 1000, "all", 1);
    else
        check_close(event, 1006, "", 0);
    ws_free(ws);
    story->closed = 1;
    leave(story);
}

static void run(struct story *story, const char *url, const char *path)
{
    struct timespec deadline;
    ws_options *options = new_options();
    story->opened = story->received = story->errors = story->closed = 0;
    CHECK_STATUS(ws_options_set_callbacks(options, on_open, on_message, on_error, on_close, story), WS_OK);
    connect_path(url, path, options);
    ws_options_free(options);

    CHECK_INT(clock_gettime(CLOCK_REALTIME, &deadline), 0);
    deadline.tv_sec += PATIENCE / 1000;
    CHECK_INT(pthread_mutex_lock(&story->mutex), 0);
    while (!story->closed)
        CHECK_INT(pthread_cond_timedwait(&story->changed, &story->mutex, &deadline), 0);
    CHECK_INT(pthread_mutex_unlock(&story->mutex), 0);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    struct story story;
    int status;
    memset(&story, 0, sizeof story);
    CHECK_INT(pthread_mutex_init(&story.mutex, NULL), 0);
    CHECK_INT(pthread_cond_init(&story.changed, NULL), 0);
    story.main_thread = pthread_self();

    run(&story, url, "");
    CHECK_INT(story.opened, 1);
    CHECK_INT(story.received, MESSAGES);
    CHECK_INT(story.errors, 0);
    ok("all callbacks run on one thread of the library, in order, and ws_free in the last one is fine");

    run(&story, url, "status/404");
    CHECK_INT(story.opened, 0);
    CHECK_INT(story.errors, 1);
    ok("a refused handshake calls the error and the close callback");

    status = finish();
    CHECK_INT(pthread_cond_destroy(&story.changed), 0);
    CHECK_INT(pthread_mutex_destroy(&story.mutex), 0);
    return status;
}
