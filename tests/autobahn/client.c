/* Autobahn|Testsuite's client side: runs every case of the fuzzing server, echoing what it is sent.
 *
 *   client LOOP        LOOP: own (ws_loop_wait, batches of events) or background (ws_next_event)
 *
 * The server's URL and the name to be listed under come from AUTOBAHN_URL and AUTOBAHN_AGENT, see run.py.
 * Exit status: 0 all cases were run (the server is the judge of how), 1 libws or the server failed, 2 bad usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ws.h>

#define BATCH 16
#define PATIENCE_MS 60000                       /* no case is silent for longer */
#define NO_LIMIT_IN_THE_WAY ((uint64_t)1 << 30) /* the largest message of the suite has 16 MiB */

static ws_loop *own_loop; /* NULL: the background loop */
static ws_options *options;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "autobahn client: %s: %s\n", what, why);
    exit(1);
}

static void check(ws_status status, const char *what)
{
    if (status < 0) {
        const char *why = ws_last_error();
        fail(what, *why ? why : ws_status_text(status));
    }
}

/* Takes at least one event of the one socket there is. */
static size_t take(ws_socket *ws, ws_event *events, const char *url)
{
    size_t count = 1;
    ws_status status = own_loop ? ws_loop_wait(own_loop, events, BATCH, PATIENCE_MS, &count)
                                : ws_next_event(ws, events, PATIENCE_MS);
    check(status, url);
    if (status != WS_OK) fail(url, "the events ended without a close event");
    return count;
}

/* Connects, gives each message back if `echo`, and returns when the connection is closed. What the last message
 * said as a decimal number goes to `number` if that is not NULL. A case may end in any way: that is the server's
 * to judge. Without `echo` it is not a case, and an error is ours. */
static void run(const char *url, int echo, long *number)
{
    ws_event events[BATCH];
    ws_socket *ws;
    int closed = 0;

    check(ws_connect(url, options, &ws), url);
    while (!closed) {
        size_t count = take(ws, events, url);
        for (size_t i = 0; i < count; i++) {
            const ws_event *event = &events[i];
            if (event->type == WS_EVENT_MESSAGE && echo)
                check(ws_send(ws, event->kind, event->data, event->len), "ws_send");
            else if (event->type == WS_EVENT_MESSAGE && number)
                *number = strtol(event->data, NULL, 10);
            else if (event->type == WS_EVENT_ERROR && !echo)
                fail(url, event->data);
            else if (event->type == WS_EVENT_CLOSE)
                closed = 1;
        }
    }
    ws_free(ws);
}

int main(int argc, char **argv)
{
    const char *base = getenv("AUTOBAHN_URL"), *agent = getenv("AUTOBAHN_AGENT");
    char url[512];
    long cases = 0;

    if (argc != 2 || (strcmp(argv[1], "own") != 0 && strcmp(argv[1], "background") != 0) || !base || !agent) {
        fprintf(stderr, "usage: AUTOBAHN_URL=ws://… AUTOBAHN_AGENT=NAME %s own|background\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "own") == 0) check(ws_loop_new(&own_loop), "ws_loop_new");
    options = ws_options_new();
    if (!options) fail("ws_options_new", ws_last_error());
    check(ws_options_set_loop(options, own_loop), "ws_options_set_loop");
    check(ws_options_set_max_message_size(options, NO_LIMIT_IN_THE_WAY), "ws_options_set_max_message_size");
    check(ws_options_set_max_frame_size(options, NO_LIMIT_IN_THE_WAY), "ws_options_set_max_frame_size");

    snprintf(url, sizeof url, "%s/getCaseCount", base);
    run(url, 0, &cases);
    if (cases <= 0) fail(url, "no number of cases was told");
    for (long i = 1; i <= cases; i++) {
        snprintf(url, sizeof url, "%s/runCase?case=%ld&agent=%s", base, i, agent);
        run(url, 1, NULL);
    }
    snprintf(url, sizeof url, "%s/updateReports?agent=%s", base, agent);
    run(url, 0, NULL);

    ws_options_free(options);
    ws_loop_free(own_loop);
    return 0;
}
