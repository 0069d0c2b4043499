/* A loop that is given up while it runs, when nothing else holds on to it: its sockets are freed, too. */
#include <pthread.h>
#include <sched.h>

#include "check.h"

static ws_loop *the_loop;

static void free_all(ws_socket *ws, const ws_event *event, void *user_data)
{
    ws_free(ws);
    ws_loop_free(the_loop);
    CHECK_TEXT(event->data, ""); /* valid until the callback returns, whatever it did */
    ++*(int *)user_data;
}

static void in_its_own_callback(const char *url)
{
    ws_options *options;
    int calls = 0;
    the_loop = new_loop();
    options = options_on(the_loop);
    CHECK_STATUS(ws_options_set_callbacks(options, free_all, NULL, NULL, NULL, &calls), WS_OK);
    (void)connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_loop_dispatch(the_loop, PATIENCE), WS_ERR_ABORTED);
    CHECK_INT(calls, 1);
    CHECK_STATUS(ws_loop_dispatch(the_loop, 0), WS_ERR_BAD_HANDLE);
    ok("a callback frees its socket and its loop");
}

static void *run(void *loop)
{
    ws_event event;
    ws_status status;
    size_t count;
    do /* the other thread may be in there for a moment, to see whether this one is */
        status = ws_loop_wait(loop, &event, 1, WS_FOREVER, &count);
    while (status == WS_ERR_BUSY);
    CHECK_STATUS(status, WS_ERR_ABORTED);
    CHECK_INT(count, 0);
    return NULL;
}

static void on_another_thread(const char *url)
{
    ws_socket *control = open_path(url, "", NULL), *ws;
    ws_options *options;
    pthread_t thread;

    the_loop = new_loop();
    options = options_on(the_loop);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    ws_free(ws); /* nobody answers its Close frame: the loop has something to wait for */
    CHECK_INT(pthread_create(&thread, NULL, run, the_loop), 0);
    while (ws_loop_timeout(the_loop) != -1) /* until the Close frame's answer is late; but -1 while the loop runs */
        CHECK_INT(sched_yield(), 0);
    ws_loop_free(the_loop);
    CHECK_INT(pthread_join(thread, NULL), 0);
    close_and_free(control);
    ok("a thread frees the loop that another one waits in");
}

int main(int argc, char **argv)
{
    in_its_own_callback(url_argument(argc, argv));
    on_another_thread(further_url(argc, argv, 0));
    return finish();
}
