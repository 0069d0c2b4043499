/* Several threads send on one socket while another takes its events; a second taker is told that it is busy. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "check.h"

#define SENDERS 4
#define MESSAGES 250

struct sender {
    pthread_t thread;
    ws_socket *ws;
    int index;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;
    char text[32];
    for (int i = 0; i < MESSAGES; i++) {
        int len = snprintf(text, sizeof text, "%d %d", sender->index, i);
        CHECK_STATUS(ws_send(sender->ws, WS_TEXT, text, (size_t)len), WS_OK);
    }
    return NULL;
}

static void many_senders(const char *url, ws_options *options, const char *sentence)
{
    struct sender senders[SENDERS];
    int next[SENDERS] = {0};
    ws_socket *ws = open_path(url, "", options);
    for (int i = 0; i < SENDERS; i++) {
        senders[i].ws = ws;
        senders[i].index = i;
        CHECK_INT(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    for (int i = 0; i < SENDERS * MESSAGES; i++) {
        ws_event event = take(ws, WS_EVENT_MESSAGE);
        int from = -1, number = -1;
        CHECK_INT(sscanf(event.data, "%d %d", &from, &number), 2);
        CHECK(from >= 0 && from < SENDERS);
        CHECK_INT(number, next[from]);
        next[from]++;
    }
    for (int i = 0; i < SENDERS; i++)
        CHECK_INT(pthread_join(senders[i].thread, NULL), 0);
    close_and_free(ws);
    ok(sentence);
}

/* Takes events until it is interrupted. Busy means that main is asking in that moment. */
static void *take_until_interrupted(void *ws)
{
    ws_event event;
    ws_status status;
    while ((status = ws_next_event(ws, &event, PATIENCE)) == WS_ERR_BUSY)
        sched_yield();
    CHECK_STATUS(status, WS_ERR_ABORTED);
    return NULL;
}

static void second_taker(const char *url)
{
    ws_socket *ws = open_path(url, "", NULL);
    pthread_t thread;
    ws_event event;
    ws_status status;
    time_t start = time(NULL);
    CHECK_INT(pthread_create(&thread, NULL, take_until_interrupted, ws), 0);
    while ((status = ws_next_event(ws, &event, 0)) == WS_ERR_TIMEOUT) {
        CHECK(time(NULL) - start < PATIENCE / 1000);
        sched_yield();
    }
    CHECK_STATUS(status, WS_ERR_BUSY);
    CHECK(ws_last_error()[0] != '\0');
    CHECK_STATUS(ws_interrupt(ws), WS_OK);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_STATUS(ws_send_text(ws, "free again"), WS_OK);
    take_text(ws, "free again");
    close_and_free(ws);
    ok("a second taker gets WS_ERR_BUSY, and the first is not disturbed");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    many_senders(url, NULL, "background loop: four threads send, each one's messages stay in order, none is lost");
    many_senders(url, options, "own loop: the same");
    second_taker(url);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
