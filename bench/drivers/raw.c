/* The floor: plain blocking TCP that reads and writes the bytes a WebSocket client would, and does nothing with them.
 *
 * The opening handshake is written by hand, its answer not checked. Streams in are read() into one buffer. Streams out
 * are write() of frames prepared beforehand: batches of about 64 KiB of small ones, one a call of large ones.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define READ_BUFFER (128 << 10)
#define WRITE_BATCH (64 << 10)

static bench_args args;
static unsigned char buffer[READ_BUFFER];

static void fail(const char *what)
{
    bench_fail(what, strerror(errno));
}

static void write_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(fd, at, length);
        if (written < 0) fail("write");
        at += written;
        length -= (size_t)written;
    }
}

/* Reads and drops `length` bytes. */
static void read_all(int fd, size_t length)
{
    while (length > 0) {
        ssize_t got = read(fd, buffer, length < READ_BUFFER ? length : READ_BUFFER);
        if (got <= 0) fail("read");
        length -= (size_t)got;
    }
}

/* A connection after its opening handshake, with `extra` bytes after the response read too. */
static int open_connection(size_t extra)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)args.port)};
    struct timeval patience = {.tv_sec = PATIENCE};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char head[512];
    size_t got = 0;
    const char *end = NULL;

    if (inet_pton(AF_INET, args.host, &address.sin_addr) != 1) bench_fail(args.host, "is not an IPv4 address");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int length = snprintf(head, sizeof head,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          args.target, args.host, args.port);
    write_all(fd, head, (size_t)length);
    while (!end || got < (size_t)(end - head) + 4 + extra) {
        ssize_t count = read(fd, head + got, sizeof head - 1 - got);
        if (count <= 0) fail("handshake");
        got += (size_t)count;
        head[got] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    return fd;
}

static size_t header_size(size_t payload, int masked)
{
    return (payload < 126 ? 2 : payload < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

/* `count` equal masked frames; the mask is 0, which changes nothing for a server. */
static unsigned char *frames(int opcode, const void *payload, size_t size, size_t count)
{
    size_t header = header_size(size, 1);
    unsigned char *all = calloc(count, header + size), *at = all;
    for (size_t i = 0; i < count; i++, at += header + size) {
        at[0] = (unsigned char)(0x80 | opcode);
        at[1] = (unsigned char)(0x80 | (size < 126 ? size : size < 65536 ? 126 : 127));
        for (size_t byte = 0; byte < header - 6; byte++) at[header - 5 - byte] = (unsigned char)(size >> (8 * byte));
        memcpy(at + header, payload, size);
    }
    return all;
}

static void echo(void)
{
    size_t sent = header_size(args.size, 1) + args.size, back = header_size(args.size, 0) + args.size;
    unsigned char *frame = frames(args.text ? 1 : 2, bench_payload(&args), args.size, 1);
    bench_trips trips = bench_trips_new(&args);
    int fd = open_connection(0);
    do {
        bench_trip_begins(&trips);
        write_all(fd, frame, sent);
        read_all(fd, back);
    } while (!bench_trip_ends(&trips, &args, args.size));
    close(fd);
}

static void stream_in(void)
{
    int fd = open_connection(0);
    bench_clocks start = bench_read();
    write_all(fd, frames(1, "go", 2, 1), header_size(2, 1) + 2);
    read_all(fd, (header_size(args.size, 0) + args.size) * (size_t)args.n);
    bench_print(&args, start);
    close(fd);
}

static void stream_out(void)
{
    size_t frame = header_size(args.size, 1) + args.size, left = (size_t)args.n;
    size_t batch = frame < WRITE_BATCH ? WRITE_BATCH / frame : 1;
    unsigned char *all = frames(args.text ? 1 : 2, bench_payload(&args), args.size, batch);
    char answer[64];
    int fd = open_connection(0);

    bench_clocks start = bench_read();
    while (left > 0) {
        size_t count = left < batch ? left : batch;
        write_all(fd, all, count * frame);
        left -= count;
    }
    ssize_t got = read(fd, answer, sizeof answer);
    if (got < 2) fail("read");
    bench_check_done(&args, answer + 2, (size_t)got - 2);
    bench_print(&args, start);
    close(fd);
}

static void stream(void)
{
    int fd = open_connection(0);
    bench_clocks start = bench_read();
    write_all(fd, frames(1, "go", 2, 1), header_size(2, 1) + 2);
    read_all(fd, header_size(args.size, 0) + args.size);
    bench_print(&args, start);
    close(fd);
}

static void connect_and_close(void)
{
    static const unsigned char code[] = {0x03, 0xe8}; /* 1000 */
    unsigned char *frame = frames(8, code, sizeof code, 1);
    bench_clocks start = bench_read();
    for (long i = 0; i < args.n; i++) {
        int fd = open_connection(0);
        write_all(fd, frame, header_size(sizeof code, 1) + sizeof code);
        read_all(fd, header_size(sizeof code, 0) + sizeof code);
        if (read(fd, buffer, 1) != 0) fail("close");
        close(fd);
    }
    bench_print(&args, start);
}

static void stay_open(void)
{
    bench_crowd crowd = {0};
    do
        open_connection(header_size(HELLO_SIZE, 0) + HELLO_SIZE);
    while (!bench_crowd_grows(&crowd, &args));
}

int main(int argc, char **argv)
{
    args = bench_arguments(argc - 1, argv + 1, "");
    if (args.deflate || args.tls) bench_fail(args.workload, "nothing is compressed or encrypted");
    if (bench_is(&args, "echo")) echo();
    else if (bench_is(&args, "in")) stream_in();
    else if (bench_is(&args, "out")) stream_out();
    else if (bench_is(&args, "connect")) connect_and_close();
    else if (bench_is(&args, "open")) stay_open();
    else if (bench_is(&args, "stream")) stream();
    else bench_fail(args.workload, "is no workload");
    return 0;
}
