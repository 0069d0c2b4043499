/* libws' driver.
 *
 *   libws LOOP WORKLOAD HOST:PORT SIZE N TEXT      LOOP: own (ws_loop_wait) or background (ws_next_events)
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ws.h>

#define STREAM_BATCH 256
#define ECHO_BATCH 8
#define PATIENCE_MS (PATIENCE * 1000)
#define HIGH_WATER (1 << 20)  /* more than this not yet given to the kernel: wait until it is */
#define LOOK_EVERY (64 << 10) /* bytes sent between two looks at it */

static bench_args args;
static char url[256];
static ws_loop *own_loop; /* NULL: the background loop */
static ws_options *options;

static void check(ws_status status, const char *what)
{
    if (status != WS_OK) bench_fail(what, *ws_last_error() ? ws_last_error() : ws_status_text(status));
}

static ws_socket *start_connection(void)
{
    ws_socket *ws;
    check(ws_connect(url, options, &ws), url);
    return ws;
}

static ws_socket *open_connection(void)
{
    ws_socket *ws = start_connection();
    check(ws_wait_open(ws, PATIENCE_MS), "ws_wait_open");
    return ws;
}

/* Takes 1 to `capacity` events: of all sockets on an own loop, else of this one. */
static size_t take(ws_socket *ws, ws_event *events, size_t capacity)
{
    size_t count;
    if (own_loop) check(ws_loop_wait(own_loop, events, capacity, PATIENCE_MS, &count), "ws_loop_wait");
    else check(ws_next_events(ws, events, capacity, PATIENCE_MS, &count), "ws_next_events");
    return count;
}

static void must_be_message(const ws_event *event)
{
    if (event->type != WS_EVENT_MESSAGE) bench_fail("not a message", event->data);
}

static void echo(void)
{
    unsigned char *payload = bench_payload(&args);
    bench_trips trips = bench_trips_new(&args);
    ws_event events[ECHO_BATCH];
    ws_socket *ws = open_connection();
    do {
        bench_trip_begins(&trips);
        check(ws_send(ws, args.text ? WS_TEXT : WS_BINARY, payload, args.size), "ws_send");
        if (take(ws, events, ECHO_BATCH) != 1) bench_fail("echo", "more than one event");
        must_be_message(&events[0]);
    } while (!bench_trip_ends(&trips, &args, events[0].len));
    ws_free(ws);
}

static void stream_in(void)
{
    ws_event events[STREAM_BATCH];
    ws_socket *ws = open_connection();
    bench_clocks start = bench_read();
    check(ws_send_text(ws, "go"), "ws_send_text");
    for (long got = 0; got < args.n;) {
        size_t count = take(ws, events, STREAM_BATCH);
        for (size_t i = 0; i < count; i++) {
            must_be_message(&events[i]);
            if (events[i].len != args.size) bench_fail("in", "a message has another length");
        }
        got += (long)count;
    }
    bench_print(&args, start);
    ws_free(ws);
}

static void stream_out(void)
{
    unsigned char *payload = bench_payload(&args);
    int type = args.text ? WS_TEXT : WS_BINARY;
    size_t unlooked = 0;
    ws_event answer;
    ws_socket *ws = open_connection();

    bench_clocks start = bench_read();
    for (long i = 0; i < args.n; i++) {
        check(ws_send(ws, type, bench_message(&args, payload, i), args.size), "ws_send");
        unlooked += args.size;
        if (unlooked >= LOOK_EVERY) {
            unlooked = 0;
            if (ws_buffered_amount(ws) > HIGH_WATER) check(ws_flush(ws, PATIENCE_MS), "ws_flush");
        }
    }
    take(ws, &answer, 1);
    must_be_message(&answer);
    bench_check_done(&args, answer.data, answer.len);
    bench_print(&args, start);
    ws_free(ws);
}

/* In chunks. */
static void stream(void)
{
    ws_event events[STREAM_BATCH];
    check(ws_options_set_chunks(options, args.size), "ws_options_set_chunks");
    ws_socket *ws = open_connection();
    bench_clocks start = bench_read();
    check(ws_send_text(ws, "go"), "ws_send_text");
    for (size_t got = 0; got < args.size;) {
        size_t count = take(ws, events, STREAM_BATCH);
        for (size_t i = 0; i < count; i++) {
            if (events[i].type != WS_EVENT_CHUNK) bench_fail("not a part of the message", events[i].data);
            got += events[i].len;
        }
        if (got > args.size) bench_fail("stream", "the message has another length");
    }
    bench_print(&args, start);
    ws_free(ws);
}

static void connect_and_close(void)
{
    ws_event closed;
    bench_clocks start = bench_read();
    for (long i = -1; i < args.n; i++) {
        if (i == 0) start = bench_read(); /* the first one, not counted, starts the library's thread if there is one */
        ws_socket *ws = open_connection();
        check(ws_close(ws, 1000, NULL, 0), "ws_close");
        check(ws_wait_closed(ws, &closed, PATIENCE_MS), "ws_wait_closed");
        if (!closed.was_clean || closed.code != 1000) bench_fail("connect", "not closed cleanly");
        ws_free(ws);
    }
    bench_print(&args, start);
}

static void stay_open(void)
{
    bench_crowd crowd = {0};
    ws_event event;
    do {
        ws_socket *ws = start_connection();
        take(ws, &event, 1);
        if (event.type != WS_EVENT_OPEN) bench_fail("not open", event.data);
        take(ws, &event, 1);
        must_be_message(&event);
    } while (!bench_crowd_grows(&crowd, &args));
    exit(0); /* closing them is not measured: they end with the process */
}

int main(int argc, char **argv)
{
    if (argc < 2 || (strcmp(argv[1], "own") != 0 && strcmp(argv[1], "background") != 0)) bench_fail(argv[0], "LOOP is own or background");
    args = bench_arguments(argc - 2, argv + 2, ws_version());
    snprintf(url, sizeof url, "%s://%s:%d%s", args.tls ? "wss" : "ws", args.host, args.port, args.target);
    if (strcmp(argv[1], "own") == 0) check(ws_loop_new(&own_loop), "ws_loop_new");
    options = ws_options_new();
    if (!options) bench_fail("ws_options_new", ws_last_error());
    check(ws_options_set_loop(options, own_loop), "ws_options_set_loop");
    if (args.tls) {
        check(ws_options_set_ca_file(options, args.ca, WS_NUL_TERMINATED), args.ca);
        check(ws_options_set_system_ca(options, 0), "ws_options_set_system_ca");
        check(ws_options_set_session_resumption(options, args.resumed), "ws_options_set_session_resumption");
    }
    check(ws_options_set_deflate(options, args.deflate), "ws_options_set_deflate");
    check(ws_options_set_deflate_effort(options, DEFLATE_LEVEL, DEFLATE_MEMORY), "ws_options_set_deflate_effort");

    if (bench_is(&args, "echo")) echo();
    else if (bench_is(&args, "in")) stream_in();
    else if (bench_is(&args, "out")) stream_out();
    else if (bench_is(&args, "connect")) connect_and_close();
    else if (bench_is(&args, "open")) stay_open();
    else if (bench_is(&args, "stream")) stream();
    else bench_fail(args.workload, "is no workload");
    ws_options_free(options);
    ws_loop_free(own_loop);
    return 0;
}
