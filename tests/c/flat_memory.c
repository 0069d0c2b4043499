/* Memory stays flat while the server sends faster than the program takes, and while the server takes slower than the program sends.
 *
 * For SOAK_SECONDS of the environment, else for a few; the four cases at once, each in a process of its own. */
#include "check.h"
#include "resident.h"

#include <time.h>

#define SAMPLE_EVERY 0.02
/* Memory may grow by so much over the highest of the first third of the time. */
#define GROWTH (2ll << 20)
#define MAX_BUFFERED (1 << 20)
#define LOW_WATER (256 << 10)
#define LONGEST 20000

static double begun, seconds, sampled;
static long long before, most, held;
static char text[LONGEST];

static double now(void)
{
    struct timespec time;
    CHECK_INT(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void nap(long milliseconds)
{
    struct timespec time;
    time.tv_sec = 0;
    time.tv_nsec = milliseconds * 1000000;
    nanosleep(&time, NULL);
}

static ws_stats stats_of(ws_socket *ws)
{
    ws_stats stats;
    stats.size = sizeof stats;
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    return stats;
}

static void look(ws_socket *ws, double time)
{
    long long rss = resident("VmRSS:"), memory = (long long)stats_of(ws).memory;
    sampled = time;
    most = rss > most ? rss : most;
    held = memory > held ? memory : held;
    if (time - begun < seconds / 3)
        before = most;
}

/* Looks at the memory now and then. Returns whether there is time left. */
static int goes_on(ws_socket *ws)
{
    double time = now();
    if (time - sampled >= SAMPLE_EVERY)
        look(ws, time);
    return time - begun < seconds;
}

static void show(ws_socket *ws, const char *what)
{
    ws_stats stats = stats_of(ws);
    printf("%s: %.0f s, %llu messages and %llu MB out, %llu and %llu MB in; resident %lld KiB, then %lld KiB more at the most; held by the "
           "connection %lld KiB at the most\n",
           what, now() - begun, (unsigned long long)stats.messages_sent, (unsigned long long)stats.payload_sent / 1000000,
           (unsigned long long)stats.messages_received, (unsigned long long)stats.payload_received / 1000000, before / 1024,
           (most - before) / 1024, held / 1024);
    CHECK(most - before < GROWTH || !memory_is_our_own());
}

static void take_one(ws_socket *ws)
{
    ws_event event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.kind, WS_TEXT);
    CHECK(event.len > 0 && ((const char *)event.data)[0] == '{');
}

/* The server floods; messages are taken one in a millisecond for a while, then many at once, then none. */
static void read_slowly(ws_socket *ws, const char *what)
{
    while (goes_on(ws)) {
        int i;
        CHECK_STATUS(ws_send_text(ws, "more"), WS_OK);
        for (i = 0; i < 100 && goes_on(ws); i++) {
            take_one(ws);
            nap(1);
        }
        for (i = 0; i < 500 && goes_on(ws); i++)
            take_one(ws);
        nap(50);
    }
    show(ws, what);
}

/* The server reads slowly; messages, which can be compressed by half, are sent as fast as they are accepted. */
static void send_fast(ws_socket *ws, const char *what)
{
    unsigned refused = 0, count = 0;
    uint32_t random = 1;
    size_t i;
    text[0] = '{';
    for (i = 1; i < LONGEST; i++) {
        random = random * 1664525u + 1013904223u;
        text[i] = "0123456789abcdef"[random >> 28];
    }
    while (goes_on(ws)) {
        ws_status status = ws_send(ws, WS_TEXT, text, 100 + count++ * 7919 % (LONGEST - 100));
        if (status == WS_ERR_QUOTA) {
            look(ws, now());
            take(ws, WS_EVENT_DRAIN);
            refused++;
        } else {
            CHECK_STATUS(status, WS_OK);
            CHECK(ws_buffered_amount(ws) <= MAX_BUFFERED);
        }
    }
    show(ws, what);
    CHECK(refused > 0 || !memory_is_our_own());
}

int main(int argc, char **argv)
{
    static const struct {
        const char *what;
        void (*work)(ws_socket *, const char *);
        int compressed;
    } cases[] = {
        {"slow reader", read_slowly, 0},
        {"slow reader, compressed", read_slowly, 1},
        {"slow server", send_fast, 0},
        {"slow server, compressed", send_fast, 1},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    const char *asked = getenv("SOAK_SECONDS");
    pid_t pids[CASES];
    int i;

    seconds = asked != NULL ? atof(asked) : memory_is_our_own() ? 4 : 1;
    CHECK(seconds > 0);
    for (i = 0; i < CASES; i++) {
        pids[i] = new_process();
        if (pids[i] == 0) {
            ws_options *options = new_options();
            ws_socket *ws;
            CHECK_STATUS(ws_options_set_max_buffered(options, MAX_BUFFERED), WS_OK);
            CHECK_STATUS(ws_options_set_low_water(options, LOW_WATER), WS_OK);
            ws = open_path(further_url(argc, argv, i), "", options);
            ws_options_free(options);
            CHECK_TEXT(ws_extensions(ws), cases[i].compressed ? "permessage-deflate" : "");
            begun = now();
            cases[i].work(ws, cases[i].what);
            CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
            CHECK_STATUS(ws_wait_closed(ws, NULL, PATIENCE), WS_OK);
            ws_free(ws);
            exit(finish());
        }
    }
    for (i = 0; i < CASES; i++)
        check_process(pids[i]);
    ok("memory stays flat, whoever is slow, compressed or not");
    return 0;
}
