/* What a callback, or another thread meanwhile, may do to a socket: close, free, send, free another socket, shut the library down; in
   each callback; with callbacks on a loop of one's own and on the library's thread. After each, nothing is called that should not be,
   and another socket goes on. Use after free is what this is about: it is run under Valgrind. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "check.h"

enum action { CLOSE, FREE, SEND, FREE_OTHER, SHUT_DOWN, ACTIONS };
enum moment { OPEN, MESSAGE, ERROR, CLOSED, MOMENTS };

static const char *const ACTION_NAMES[] = {"close", "free", "send", "free another socket", "shut the library down"};
static const char *const MOMENT_NAMES[] = {"open", "message", "error", "close event"};

/* A run of the matrix: what is done, in which callback, where; and what was seen. */
struct scene {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum action action;
    enum moment moment;
    int by_thread; /* another thread does it, while the callback's events go on */
    int reached, done, over;
    int freed, freed_other, called_after_free;
    ws_socket *ws, *other;
    ws_loop *loop;
};

static void tell(struct scene *scene, int *what)
{
    CHECK_INT(pthread_mutex_lock(&scene->lock), 0);
    *what = 1;
    CHECK_INT(pthread_cond_broadcast(&scene->changed), 0);
    CHECK_INT(pthread_mutex_unlock(&scene->lock), 0);
}

static int asked(struct scene *scene, const int *what)
{
    int answer;
    CHECK_INT(pthread_mutex_lock(&scene->lock), 0);
    answer = *what;
    CHECK_INT(pthread_mutex_unlock(&scene->lock), 0);
    return answer;
}

static void act(struct scene *scene, ws_socket *ws)
{
    static const char BYTES[] = "from the matrix";
    ws_status status;
    switch (scene->action) {
    case CLOSE:
        CHECK_STATUS(ws_close(ws, 1000, "enough", WS_NUL_TERMINATED), WS_OK);
        break;
    case FREE:
        ws_free(ws);
        /* From here on nothing may be called for it. */
        tell(scene, &scene->freed);
        break;
    case SEND:
        /* CONNECTING: refused; CLOSED: counted. */
        status = ws_send(ws, WS_BINARY, BYTES, sizeof BYTES);
        CHECK(status == WS_OK || status == WS_DISCARDED || status == WS_ERR_INVALID_STATE);
        break;
    case FREE_OTHER:
        ws_free(scene->other);
        tell(scene, &scene->freed_other);
        break;
    case SHUT_DOWN:
        /* A callback does not wait, it only begins. */
        CHECK_STATUS(ws_shutdown(PATIENCE), scene->by_thread ? WS_OK : WS_ERR_BUSY);
        break;
    case ACTIONS:
        break;
    }
}

/* Waits until another thread tells it; the loop of one's own, if there is one, works meanwhile. */
static void wait_until(struct scene *scene, const int *what)
{
    struct timespec now, end;
    CHECK_INT(clock_gettime(CLOCK_REALTIME, &end), 0);
    end.tv_sec += PATIENCE / 1000;
    while (scene->loop != NULL && !asked(scene, what)) {
        ws_status status = ws_loop_dispatch(scene->loop, 5);
        CHECK(status == WS_OK || status == WS_ERR_TIMEOUT || status == WS_DONE || status == WS_ERR_BUSY);
        CHECK_INT(clock_gettime(CLOCK_REALTIME, &now), 0);
        CHECK(now.tv_sec < end.tv_sec);
    }
    CHECK_INT(pthread_mutex_lock(&scene->lock), 0);
    while (!*what)
        CHECK_INT(pthread_cond_timedwait(&scene->changed, &scene->lock, &end), 0);
    CHECK_INT(pthread_mutex_unlock(&scene->lock), 0);
}

static void happened(struct scene *scene, ws_socket *ws, enum moment moment)
{
    if (asked(scene, &scene->freed))
        tell(scene, &scene->called_after_free);
    if (moment == scene->moment && !asked(scene, &scene->reached)) {
        tell(scene, &scene->reached);
        if (!scene->by_thread) {
            act(scene, ws);
            tell(scene, &scene->done);
        }
    }
    if (moment == CLOSED)
        tell(scene, &scene->over);
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    /* The first message comes back; the server closes behind it if it was asked to. */
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    happened(user_data, ws, OPEN);
}

static void on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    CHECK(event->len > 0 && ((const char *)event->data)[event->len] == '\0');
    happened(user_data, ws, MESSAGE);
}

static void on_error(ws_socket *ws, const ws_event *event, void *user_data)
{
    CHECK(event->len > 0);
    happened(user_data, ws, ERROR);
}

static void on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    CHECK(event->code >= 1000);
    happened(user_data, ws, CLOSED);
}

static void *other_thread(void *argument)
{
    struct scene *scene = argument;
    struct timespec end;
    CHECK_INT(clock_gettime(CLOCK_REALTIME, &end), 0);
    end.tv_sec += PATIENCE / 1000;
    CHECK_INT(pthread_mutex_lock(&scene->lock), 0);
    while (!scene->reached)
        CHECK_INT(pthread_cond_timedwait(&scene->changed, &scene->lock, &end), 0);
    CHECK_INT(pthread_mutex_unlock(&scene->lock), 0);
    act(scene, scene->ws);
    tell(scene, &scene->done);
    return NULL;
}

static void play(const char *url, enum action action, enum moment moment, int own_loop, int by_thread)
{
    struct scene scene;
    struct scene bystander;
    ws_options *options = new_options();
    ws_socket *third;
    pthread_t thread;
    memset(&scene, 0, sizeof scene);
    CHECK_INT(pthread_mutex_init(&scene.lock, NULL), 0);
    CHECK_INT(pthread_cond_init(&scene.changed, NULL), 0);
    scene.action = action;
    scene.moment = moment;
    scene.by_thread = by_thread;
    bystander = scene;
    bystander.action = ACTIONS;
    bystander.moment = MOMENTS;
    CHECK_INT(pthread_mutex_init(&bystander.lock, NULL), 0);
    CHECK_INT(pthread_cond_init(&bystander.changed, NULL), 0);
    if (own_loop) {
        scene.loop = bystander.loop = new_loop();
        CHECK_STATUS(ws_options_set_loop(options, scene.loop), WS_OK);
    }
    /* One that may be freed by the other, and one that must go on. */
    CHECK_STATUS(ws_options_set_callbacks(options, NULL, NULL, NULL, NULL, &bystander), WS_OK);
    scene.other = connect_path(url, "", options);
    CHECK_STATUS(ws_options_set_callbacks(options, on_open, on_message, on_error, on_close, &bystander), WS_OK);
    third = connect_path(url, "close?code=4000", options);
    if (by_thread)
        CHECK_INT(pthread_create(&thread, NULL, other_thread, &scene), 0);
    CHECK_STATUS(ws_options_set_callbacks(options, on_open, on_message, on_error, on_close, &scene), WS_OK);
    /* The handle is written before a callback on another thread asks for it. */
    CHECK_INT(pthread_mutex_lock(&scene.lock), 0);
    scene.ws = connect_path(url, moment == ERROR ? "status/404" : "close?code=1000", options);
    CHECK_INT(pthread_mutex_unlock(&scene.lock), 0);
    ws_options_free(options);

    wait_until(&scene, &scene.done);
    if (by_thread)
        CHECK_INT(pthread_join(thread, NULL), 0);
    if (!asked(&scene, &scene.freed)) {
        wait_until(&scene, &scene.over);
        ws_free(scene.ws);
    }
    wait_until(&bystander, &bystander.over);
    ws_free(third);
    if (!asked(&scene, &scene.freed_other))
        ws_free(scene.other);
    /* All is gone when this returns: nothing is called any more, and what a late call would use is given back now. */
    CHECK_STATUS(ws_shutdown(PATIENCE), WS_OK);
    CHECK_INT(scene.called_after_free, 0);
    if (own_loop)
        ws_loop_free(scene.loop);
    CHECK_INT(pthread_cond_destroy(&scene.changed), 0);
    CHECK_INT(pthread_mutex_destroy(&scene.lock), 0);
    CHECK_INT(pthread_cond_destroy(&bystander.changed), 0);
    CHECK_INT(pthread_mutex_destroy(&bystander.lock), 0);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    for (enum action action = 0; action < ACTIONS; action++) {
        for (enum moment moment = 0; moment < MOMENTS; moment++) {
            char sentence[128];
            play(url, action, moment, 1, 0);
            play(url, action, moment, 0, 0);
            play(url, action, moment, 1, 1);
            play(url, action, moment, 0, 1);
            snprintf(sentence, sizeof sentence, "%s in the callback of %s, and from another thread", ACTION_NAMES[action], MOMENT_NAMES[moment]);
            ok(sentence);
        }
    }
    return finish();
}
