/* Many connections on one loop and one thread, with figures: N connections, M echoes on each. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <ws.h>

#define EVENTS 256    /* taken from the loop at a time */
#define CONNECTING 64 /* attempts under way at a time: a server's listen queue is short */
#define PAYLOAD 32    /* bytes of a message */

struct connection {
    ws_socket *ws;
    unsigned long left; /* echoes still to come */
};

struct run {
    ws_loop *loop;
    ws_options *options;
    const char *url;
    struct connection *connections;
    unsigned long count, echoes;          /* N, M */
    unsigned long started, opened, ended; /* connections */
    unsigned long finished;               /* connections with all their echoes */
    unsigned long failed;
    double first_message, last_message;   /* when */
    long memory_before, memory_open;      /* pages */
};

static const char TEXT[PAYLOAD + 1] = "0123456789abcdef0123456789abcdef";

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The process's resident memory in pages; -1 where /proc does not tell. */
static long resident_pages(void)
{
    long total, resident = -1;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL)
        return -1;
    if (fscanf(statm, "%ld %ld", &total, &resident) != 2)
        resident = -1;
    fclose(statm);
    return resident;
}

static void check(ws_status status, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, ws_status_name(status), ws_last_error());
    exit(1);
}

static void start_connections(struct run *run)
{
    while (run->started < run->count && run->started - run->opened - run->failed < CONNECTING) {
        struct connection *connection = &run->connections[run->started++];
        connection->left = run->echoes;
        check(ws_options_set_user_data(run->options, connection), "user data");
        check(ws_connect(run->url, run->options, &connection->ws), run->url);
    }
}

static void start_messages(struct run *run)
{
    run->memory_open = resident_pages();
    run->first_message = run->last_message = seconds();
    for (unsigned long i = 0; i < run->count; i++)
        check(ws_send(run->connections[i].ws, WS_TEXT, TEXT, PAYLOAD), "send");
}

static void handle(struct run *run, const ws_event *event)
{
    struct connection *connection = event->user_data;
    switch (event->type) {
    case WS_EVENT_OPEN:
        run->opened++;
        break;
    case WS_EVENT_MESSAGE:
        if (event->len != PAYLOAD || memcmp(event->data, TEXT, PAYLOAD) != 0) {
            fprintf(stderr, "an echo is not what was sent\n");
            exit(1);
        }
        if (--connection->left > 0) {
            check(ws_send(event->socket, WS_TEXT, TEXT, PAYLOAD), "send");
        } else if (++run->finished == run->count) {
            run->last_message = seconds();
            for (unsigned long i = 0; i < run->count; i++)
                check(ws_close(run->connections[i].ws, 1000, NULL, 0), "close");
        }
        break;
    case WS_EVENT_ERROR:
        fprintf(stderr, "error: %s\n", (const char *)event->data);
        break;
    case WS_EVENT_CLOSE:
        run->ended++;
        run->failed += !event->was_clean;
        break;
    default:
        break;
    }
}

/* One turn of the loop; exits if a connection is lost, because the figures would mean nothing. */
static void turn(struct run *run)
{
    ws_event events[EVENTS];
    size_t count = 0;
    ws_status status = ws_loop_wait(run->loop, events, EVENTS, 30000, &count);
    check(status == WS_DONE ? WS_ERR_NETWORK : status, "ws_loop_wait"); /* done: every socket is closed, too early */
    for (size_t i = 0; i < count; i++)
        handle(run, &events[i]);
    if (run->failed > 0) {
        fprintf(stderr, "%lu of %lu connections failed\n", run->failed, run->started);
        exit(1);
    }
}

static void print_memory(const struct run *run)
{
    if (run->memory_before < 0 || run->memory_open < 0) {
        printf("memory         not known: there is no /proc/self/statm here\n");
        return;
    }
    double bytes = (double)(run->memory_open - run->memory_before) * (double)sysconf(_SC_PAGESIZE);
    printf("memory         %.2f KiB resident per open connection\n", bytes / 1024 / (double)run->count);
}

static void measure(struct run *run)
{
    double start = seconds();
    while (run->opened < run->count) {
        start_connections(run);
        turn(run);
    }
    double connected = seconds() - start;
    start_messages(run);
    while (run->ended < run->count)
        turn(run);
    double echoed = run->last_message - run->first_message;
    double messages = (double)run->count * (double)run->echoes;

    printf("connections    %lu in %.3f s: %.0f/s\n", run->count, connected, (double)run->count / connected);
    printf("messages       %.0f echoes of %d bytes in %.3f s: %.0f/s\n", messages, PAYLOAD, echoed, messages / echoed);
    print_memory(run);
}

/* A connection is a file descriptor: as many as the system lets us have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static unsigned long number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value == 0 || value > 1000000) {
        fprintf(stderr, "%s: not a number from 1 to 1000000\nusage: many [URL [CONNECTIONS [ECHOES]]]\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct run run;
    memset(&run, 0, sizeof run);
    run.url = argc > 1 ? argv[1] : "ws://localhost:9001/";
    run.count = argc > 2 ? number(argv[2]) : 1000;
    run.echoes = argc > 3 ? number(argv[3]) : 100;

    raise_descriptor_limit();
    run.options = ws_options_new();
    run.connections = calloc(run.count, sizeof *run.connections);
    if (run.options == NULL || run.connections == NULL) {
        fprintf(stderr, "no memory for %lu connections\n", run.count);
        return 1;
    }
    check(ws_loop_new(&run.loop), "ws_loop_new");
    check(ws_options_set_loop(run.options, run.loop), "ws_options_set_loop");
    run.memory_before = resident_pages();

    measure(&run);

    for (unsigned long i = 0; i < run.count; i++)
        ws_free(run.connections[i].ws);
    ws_options_free(run.options);
    ws_loop_free(run.loop);
    free(run.connections);
    return 0;
}
