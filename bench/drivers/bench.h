/* What all drivers of the benchmark share: their arguments, the clocks, the scales and the line of result.
 *
 *   driver WORKLOAD HOST:PORT SIZE N TEXT     prints one line of JSON
 *   driver version                            prints the version of the library
 *
 *   echo      N round trips of SIZE bytes after N / 10 to warm up      /echo
 *   in        the server sends N messages of SIZE bytes                /source
 *   out       the client sends N messages of SIZE bytes                /sink
 *   connect   N times: open, close with 1000, wait for the end         /echo
 *   open      N connections and one more, each of which got one message, stay open  /hello
 *   stream    the server sends one message of SIZE bytes, taken in pieces if the client can  /stream
 *
 * in-deflate and out-deflate are in and out with different messages of JSON-like text, compressed with context takeover.
 *
 * in-tls, out-tls and connect-tls are the same over TLS, each connection with a whole handshake; connect-resumed resumes sessions. The
 * authority to trust is the file that BENCH_CA names in the environment; the certificate is for 127.0.0.1 and localhost.
 *
 * TEXT: 1 the messages are text, 0 binary. A driver checks what it gets and exits with 1 if that is not right, or
 * if it has to wait for more than PATIENCE seconds.
 */
#ifndef BENCH_H
#define BENCH_H

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 30
#define HELLO_SIZE 16 /* bytes of the message of /hello */
#define RING 1024 /* different messages of out-deflate */
/* How hard every client compresses: zlib's level and memory level. Windows are the largest. */
#define DEFLATE_LEVEL 1
#define DEFLATE_MEMORY 8

typedef struct {
    const char *workload;
    char host[64];
    int port;
    size_t size;
    long n;
    int text, deflate, tls, resumed;
    const char *ca; /* with tls: the authority's file */
    unsigned long long wire; /* bytes of payload that the server got, as they were sent */
    char target[128]; /* path and query */
} bench_args;

static inline void bench_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline int bench_is(const bench_args *args, const char *workload)
{
    return strcmp(args->workload, workload) == 0;
}

/* Takes the five arguments from argv[0] on, or the one "version", which prints that of the library under test. */
static inline bench_args bench_arguments(int argc, char **argv, const char *version)
{
    bench_args args;
    if (argc == 1 && strcmp(argv[0], "version") == 0) {
        puts(version);
        exit(0);
    }
    memset(&args, 0, sizeof args);
    if (argc != 5 || sscanf(argv[1], "%63[^:]:%d", args.host, &args.port) != 2) {
        fprintf(stderr, "arguments: echo|in|out|connect|open|stream|in-deflate|out-deflate|in-tls|out-tls|connect-tls|connect-resumed HOST:PORT SIZE N TEXT\n");
        exit(2);
    }
    args.workload = argv[0];
    args.size = strtoul(argv[2], NULL, 10);
    args.n = atol(argv[3]);
    args.text = atoi(argv[4]);
    char *deflate = strstr(argv[0], "-deflate");
    if (deflate) {
        *deflate = '\0';
        args.deflate = args.text = 1;
    }
    char *tls = strstr(argv[0], "-tls"), *resumed = strstr(argv[0], "-resumed");
    args.tls = tls || resumed;
    args.resumed = resumed != NULL;
    if (args.tls) {
        *(tls ? tls : resumed) = '\0';
        args.ca = getenv("BENCH_CA");
        if (!args.ca) bench_fail("BENCH_CA", "names no file");
    }
    if (bench_is(&args, "in"))
        snprintf(args.target, sizeof args.target, "/source?size=%zu&count=%ld&text=%d&deflate=%d", args.size, args.n, args.text, args.deflate);
    else if (bench_is(&args, "out"))
        snprintf(args.target, sizeof args.target, "/sink?count=%ld&deflate=%d", args.n, args.deflate);
    else if (bench_is(&args, "stream"))
        snprintf(args.target, sizeof args.target, "/stream?size=%zu", args.size);
    else
        snprintf(args.target, sizeof args.target, bench_is(&args, "open") ? "/hello" : "/echo");
    /* One arena, so that mallinfo2 counts what every thread has allocated. */
    if (bench_is(&args, "open")) mallopt(M_ARENA_MAX, 1);
    return args;
}

static inline unsigned bench_number(unsigned *random, unsigned below)
{
    *random = *random * 1664525u + 1013904223u;
    return (*random >> 8) % below;
}

/* RING messages of text, one behind the other. The server makes the same. */
static inline unsigned char *bench_ring(size_t size)
{
    static const char *const symbols[] = {"BTC-USD", "ETH-USD", "SOL-EUR", "XRP-USD"}, *const sides[] = {"buy", "sell"};
    unsigned char *ring = (unsigned char *)malloc(RING * size + 1);
    unsigned random = 1;
    for (size_t message = 0; message < RING; message++)
        for (size_t at = 0; at < size;) {
            char one[128];
            unsigned id = bench_number(&random, 1000000), symbol = bench_number(&random, 4), price = bench_number(&random, 100000);
            unsigned amount = bench_number(&random, 1000), side = bench_number(&random, 2);
            size_t length = (size_t)snprintf(one, sizeof one, "{\"id\":%u,\"symbol\":\"%s\",\"price\":%u.%02u,\"amount\":%u,\"side\":\"%s\"},", id,
                                             symbols[symbol], price / 100, price % 100, amount, sides[side]);
            if (length > size - at) length = size - at;
            memcpy(ring + message * size + at, one, length);
            at += length;
        }
    return ring;
}

/* What is sent: bench_message chooses from it. */
static inline unsigned char *bench_payload(const bench_args *args)
{
    static const char text[] = "{\"symbol\":\"BTC-USD\",\"price\":27123.45,\"side\":\"buy\"},";
    if (args->deflate) return bench_ring(args->size);
    unsigned char *payload = (unsigned char *)malloc(args->size + 1);
    unsigned long long random = 88172645463325252ull;
    for (size_t i = 0; i < args->size; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        payload[i] = args->text ? (unsigned char)text[i % (sizeof text - 1)] : (unsigned char)random;
    }
    return payload;
}

static inline unsigned char *bench_message(const bench_args *args, unsigned char *payload, long number)
{
    return args->deflate ? payload + (size_t)(number % RING) * args->size : payload;
}

/* Checks the answer of /sink. */
static inline void bench_check_done(bench_args *args, const void *answer, size_t length)
{
    char text[32] = "";
    memcpy(text, answer, length < sizeof text ? length : sizeof text - 1);
    if (sscanf(text, "done:%llu", &args->wire) != 1 || (!args->deflate && args->wire != args->size * (unsigned long long)args->n))
        bench_fail("out", "the server did not get every byte");
}

typedef struct {
    double wall, cpu; /* seconds; cpu: of all threads, in the program and in the kernel */
} bench_clocks;

static inline double bench_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline double bench_now(void)
{
    return bench_seconds(CLOCK_MONOTONIC);
}

static inline bench_clocks bench_read(void)
{
    bench_clocks clocks;
    clocks.cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    clocks.wall = bench_now();
    return clocks;
}

typedef struct {
    double heap, rss; /* bytes: allocated with malloc, resident */
} bench_memory;

static inline bench_memory bench_weigh(void)
{
    bench_memory memory;
    struct mallinfo2 heap = mallinfo2();
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%*s %ld", &pages) != 1) bench_fail("/proc/self/statm", "cannot be read");
    fclose(statm);
    memory.heap = (double)(heap.uordblks + heap.hblkhd);
    memory.rss = (double)pages * (double)sysconf(_SC_PAGESIZE);
    return memory;
}

/* The most that was ever resident, in bytes. */
static inline double bench_peak(void)
{
    char line[256];
    double kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %lf", &kib) != 1) {}
    if (!status || kib <= 0) bench_fail("/proc/self/status", "cannot be read");
    fclose(status);
    return kib * 1024;
}

/* Prints the result of in, out, connect and stream: what was used since `start`. */
static inline void bench_print(const bench_args *args, bench_clocks start)
{
    bench_clocks end = bench_read();
    printf("{\"n\": %ld, \"wall\": %.9f, \"cpu\": %.9f, \"wire\": %llu, \"peak\": %.0f}\n", args->n, end.wall - start.wall, end.cpu - start.cpu,
           args->wire, bench_peak());
    fflush(stdout);
}

/* The connections of open. What only the first one needs is not counted: N more follow it. */
typedef struct {
    long opened;
    bench_clocks start;
    bench_memory before;
} bench_crowd;

/* After a connection has got its message. Prints and returns 1 after the last. */
static inline int bench_crowd_grows(bench_crowd *crowd, const bench_args *args)
{
    if (crowd->opened++ == 0) {
        crowd->before = bench_weigh();
        crowd->start = bench_read();
    }
    if (crowd->opened <= args->n) return 0;
    bench_clocks end = bench_read();
    bench_memory after = bench_weigh();
    printf("{\"n\": %ld, \"wall\": %.9f, \"cpu\": %.9f, \"heap\": %.0f, \"rss\": %.0f}\n", args->n, end.wall - crowd->start.wall,
           end.cpu - crowd->start.cpu, after.heap - crowd->before.heap, after.rss - crowd->before.rss);
    fflush(stdout);
    return 1;
}

static inline int bench_compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* The round trips of echo: how long each took, and the clocks at the end of the warm-up. */
typedef struct {
    long done, warm_up;
    double sent_at;
    double *seconds;
    bench_clocks start;
} bench_trips;

static inline bench_trips bench_trips_new(const bench_args *args)
{
    bench_trips trips;
    memset(&trips, 0, sizeof trips);
    trips.warm_up = args->n / 10;
    trips.seconds = (double *)malloc(sizeof *trips.seconds * (size_t)(args->n + 1));
    return trips;
}

/* Before a message is sent. */
static inline void bench_trip_begins(bench_trips *trips)
{
    if (trips->done == trips->warm_up) trips->start = bench_read();
    trips->sent_at = bench_now();
}

/* After it is back. Prints and returns 1 after the last. */
static inline int bench_trip_ends(bench_trips *trips, const bench_args *args, size_t length)
{
    double took = bench_now() - trips->sent_at;
    if (length != args->size) bench_fail("echo", "another length came back");
    long i = trips->done++ - trips->warm_up;
    if (i < 0) return 0;
    trips->seconds[i] = took;
    if (i + 1 < args->n) return 0;
    bench_clocks end = bench_read();
    qsort(trips->seconds, (size_t)args->n, sizeof *trips->seconds, bench_compare);
    printf("{\"n\": %ld, \"wall\": %.9f, \"cpu\": %.9f, \"p50\": %.9f, \"p99\": %.9f}\n", args->n, end.wall - trips->start.wall,
           end.cpu - trips->start.cpu, trips->seconds[args->n / 2], trips->seconds[args->n * 99 / 100]);
    fflush(stdout);
    return 1;
}

#endif
