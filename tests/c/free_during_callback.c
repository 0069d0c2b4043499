/* ws_free while a callback of the socket runs on the library's thread: to the callback the socket is what it was, until it returns. */
#include <pthread.h>
#include <sched.h>

#include "check.h"

struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int inside, freeing, returned;
};

static void tell(struct meeting *meeting, int *what)
{
    CHECK_INT(pthread_mutex_lock(&meeting->mutex), 0);
    *what = 1;
    CHECK_INT(pthread_cond_signal(&meeting->changed), 0);
    CHECK_INT(pthread_mutex_unlock(&meeting->mutex), 0);
}

static void wait_for(struct meeting *meeting, const int *what)
{
    CHECK_INT(pthread_mutex_lock(&meeting->mutex), 0);
    while (!*what)
        CHECK_INT(pthread_cond_wait(&meeting->changed, &meeting->mutex), 0);
    CHECK_INT(pthread_mutex_unlock(&meeting->mutex), 0);
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct meeting *meeting = user_data;
    ws_failure failure;
    (void)event;
    tell(meeting, &meeting->inside);
    wait_for(meeting, &meeting->freeing);
    /* The other thread is in ws_free for most of these rounds, wherever the first of them finds it. */
    for (int i = 0; i < 1000; i++) {
        CHECK(*ws_url(ws));
        CHECK_INT(sched_yield(), 0);
    }
    failure.size = sizeof failure;
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    ws_free(ws); /* the other one was first */
    CHECK(*ws_url(ws));
    meeting->returned = 1;
}

int main(int argc, char **argv)
{
    struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
    ws_options *options = new_options();
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_callbacks(options, on_open, NULL, NULL, NULL, &meeting), WS_OK);
    ws = connect_path(url_argument(argc, argv), "", options);
    ws_options_free(options);

    wait_for(&meeting, &meeting.inside);
    tell(&meeting, &meeting.freeing);
    ws_free(ws);
    CHECK_INT(meeting.returned, 1);
    CHECK_TEXT(ws_url(ws), "");
    ok("ws_free waits for a callback on another thread, which may use its socket until it returns");
    return finish();
}
