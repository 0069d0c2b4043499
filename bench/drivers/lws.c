/* libwebsockets' driver: its callback and its own event loop, one lws_write a message as its API asks for.
 *
 * It masks in place, so that each message is copied into its send buffer first.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <libwebsockets.h>

static bench_args args;
static struct lws_context *context;
static unsigned char *payload, *send_buffer;
static bench_trips trips;
static bench_crowd crowd;
static bench_clocks start;
static long sent, received, closed;
static size_t message; /* bytes of the current one so far */
static int finished;

static void dial(void)
{
    struct lws_client_connect_info info;
    memset(&info, 0, sizeof info);
    info.context = context;
    info.address = info.host = info.origin = args.host;
    info.port = args.port;
    if (args.tls) {
        info.ssl_connection = LCCSCF_USE_SSL;
        info.host = "localhost"; /* it compares names only */
    }
    info.path = args.target;
    info.local_protocol_name = "bench";
    if (!lws_client_connect_via_info(&info)) bench_fail("lws_client_connect_via_info", "failed");
}

static void write_message(struct lws *wsi, const void *bytes, size_t size, int text)
{
    memcpy(send_buffer + LWS_PRE, bytes, size);
    if (lws_write(wsi, send_buffer + LWS_PRE, size, text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY) < (int)size) bench_fail("lws_write", "failed");
}

static void on_open(struct lws *wsi)
{
    if (args.deflate) {
        /* Its level and memory level are what it begins with; its buffers of 1 KiB would have each message go in pieces. */
        static const struct {
            const char *name;
            int value;
        } options[] = {{"compression_level", DEFLATE_LEVEL}, {"mem_level", DEFLATE_MEMORY}, {"rx_buf_size", 15}, {"tx_buf_size", 15}};
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            char value[16];
            snprintf(value, sizeof value, "%d", options[i].value);
            if (lws_set_extension_option(wsi, "permessage-deflate", options[i].name, value) != 0) bench_fail(options[i].name, "was not set");
        }
    }
    if (bench_is(&args, "in") || bench_is(&args, "out") || bench_is(&args, "stream")) start = bench_read();
    if (!bench_is(&args, "open")) lws_callback_on_writable(wsi);
}

/* Returns -1 to close the connection. */
static int on_writable(struct lws *wsi)
{
    if (bench_is(&args, "connect")) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return -1;
    }
    if (bench_is(&args, "echo")) {
        bench_trip_begins(&trips);
        write_message(wsi, payload, args.size, args.text);
    } else if ((bench_is(&args, "in") || bench_is(&args, "stream")) && sent++ == 0) {
        write_message(wsi, "go", 2, 1);
    } else if (bench_is(&args, "out")) {
        while (sent < args.n) {
            write_message(wsi, bench_message(&args, payload, sent), args.size, args.text);
            sent++;
            if (lws_send_pipe_choked(wsi)) {
                lws_callback_on_writable(wsi);
                break;
            }
        }
    }
    return 0;
}

static void on_message(struct lws *wsi, const void *bytes)
{
    received++;
    if (bench_is(&args, "echo")) {
        finished = bench_trip_ends(&trips, &args, message);
        if (!finished) lws_callback_on_writable(wsi);
    } else if (bench_is(&args, "in") || bench_is(&args, "stream")) {
        if (message != args.size) bench_fail(args.workload, "a message has another length");
        finished = received == args.n;
        if (finished) bench_print(&args, start);
    } else if (bench_is(&args, "out")) {
        bench_check_done(&args, bytes, message);
        bench_print(&args, start);
        /* Not by way of lws_service: 4.1.6 would show a message that is not compressed, where others are, for ever. */
        fflush(stdout);
        _exit(0);
    } else if (bench_is(&args, "open")) {
        finished = bench_crowd_grows(&crowd, &args);
        if (!finished) dial();
    }
}

static void on_closed(void)
{
    if (!bench_is(&args, "connect")) bench_fail(args.workload, "the connection was closed");
    if (closed++ == 0) start = bench_read(); /* what only the first one needs is not counted */
    finished = closed > args.n;
    if (finished) bench_print(&args, start);
    else dial();
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: bench_fail("connect", in ? in : "?"); break;
    case LWS_CALLBACK_CLIENT_ESTABLISHED: on_open(wsi); break;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return on_writable(wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        message += length;
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            on_message(wsi, in);
            message = 0;
        }
        break;
    case LWS_CALLBACK_CLIENT_CLOSED: on_closed(); break;
    default: break;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct lws_context_creation_info info;
    args = bench_arguments(argc - 1, argv + 1, lws_get_library_version());
    int open = bench_is(&args, "open");
    static const struct lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"}, {NULL, NULL, NULL}};
    const struct lws_protocols protocols[] = {{"bench", callback, 0, open ? 1024 : 128 << 10, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};

    if (!bench_is(&args, "stream")) payload = bench_payload(&args); /* or it would be the most memory */
    send_buffer = malloc(LWS_PRE + args.size + 64);
    trips = bench_trips_new(&args);
    lws_set_log_level(LLL_ERR, NULL);
    memset(&info, 0, sizeof info);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    if (args.deflate) info.extensions = extensions;
    info.gid = info.uid = -1;
    info.pt_serv_buf_size = open ? 4096 : 128 << 10;
    info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
    if (args.tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.client_ssl_ca_filepath = args.ca;
    }
    context = lws_create_context(&info);
    if (!context) bench_fail("lws_create_context", "failed");
    dial();
    while (!finished && lws_service(context, 0) >= 0) {}
    if (!finished) bench_fail("lws_service", "failed");
    _exit(0); /* closing is measured in connect only */
}
