/* ws_get_stats: what a connection has done so far, in a struct that later versions may make longer. */
#include "check.h"

/* A ws_stats of a later version, and bytes behind it that are not the library's to write. */
typedef struct {
    ws_stats known;
    uint64_t later[3];
    unsigned char behind[8];
} later_stats;

static ws_stats stats_of(const ws_socket *ws)
{
    ws_stats stats;
    memset(&stats, 0x5a, sizeof stats);
    stats.size = sizeof stats;
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    CHECK_INT(stats.size, sizeof stats);
    return stats;
}

static int all_are(const void *bytes, size_t len, unsigned char value)
{
    const unsigned char *byte = bytes;
    while (len > 0 && *byte == value) {
        byte++;
        len--;
    }
    return len == 0;
}

static void counted(const char *url)
{
    ws_socket *ws = connect_path(url, "", NULL);
    ws_stats stats = stats_of(ws), after;
    CHECK_INT(stats.messages_sent, 0);
    CHECK_INT(stats.wire_received, 0);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    stats = stats_of(ws);
    CHECK(stats.tcp_us > 0 && stats.handshake_us > 0);
    CHECK_INT(stats.rtt_min_us, 0);

    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    take_text(ws, "hello");
    CHECK_STATUS(ws_send(ws, WS_BINARY, "\1\2\3", 3), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).len, 3);
    CHECK_STATUS(ws_ping(ws, "p", 1), WS_OK);
    take(ws, WS_EVENT_PONG);
    stats = stats_of(ws);
    CHECK_INT(stats.messages_sent, 2);
    CHECK_INT(stats.messages_received, 2);
    CHECK_INT(stats.payload_sent, 8);
    CHECK_INT(stats.payload_received, 8);
    CHECK_INT(stats.wire_sent, 6 + 5 + 6 + 3 + 6 + 1);
    CHECK_INT(stats.wire_received, 2 + 5 + 2 + 3 + 2 + 1);
    CHECK_INT(stats.compressed_payload_sent, 0);
    CHECK_INT(stats.compressed_wire_sent, 0);
    CHECK_INT(stats.pings_sent, 1);
    CHECK_INT(stats.pongs_received, 1);
    CHECK(stats.rtt_min_us > 0 && stats.rtt_min_us == stats.rtt_last_us);
    ok("messages, bytes and pings are counted, and the round trip and the connecting are timed");

    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, NULL, PATIENCE), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "too late"), WS_DISCARDED);
    after = stats_of(ws);
    CHECK_INT(after.messages_sent, 2);
    CHECK_INT(after.payload_sent, 8);
    CHECK_INT(after.wire_sent, stats.wire_sent + 6);
    CHECK_INT(after.wire_received, stats.wire_received + 2);
    CHECK_INT(after.rtt_last_us, stats.rtt_last_us);
    CHECK_INT(after.tcp_us, stats.tcp_us);
    CHECK_INT(after.handshake_us, stats.handshake_us);
    ws_free(ws);
    ok("after the end they are what they were");
}

static void sizes(const char *url)
{
    static const uint64_t WRONG[] = {0, 8, 20, sizeof(ws_stats) + 4, 1u << 20, UINT64_MAX};
    ws_socket *ws = open_path(url, "", NULL);
    later_stats later;
    ws_stats stats;
    size_t i;
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    take_text(ws, "hello");

    for (i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        memset(&stats, 0x5a, sizeof stats);
        stats.size = WRONG[i];
        CHECK_STATUS(ws_get_stats(ws, &stats), WS_ERR_INVALID_ARGUMENT);
        CHECK(strstr(ws_last_error(), "sizeof(ws_stats)") != NULL);
        CHECK(stats.size == WRONG[i] && all_are(&stats.messages_sent, sizeof stats - sizeof stats.size, 0x5a));
    }
    ok("a size that no ws_stats has is refused, and nothing is written");

    memset(&stats, 0x5a, sizeof stats);
    stats.size = 2 * sizeof(uint64_t);
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    CHECK_INT(stats.size, 2 * sizeof(uint64_t));
    CHECK_INT(stats.messages_sent, 1);
    CHECK(all_are(&stats.messages_received, sizeof stats - 2 * sizeof(uint64_t), 0x5a));
    ok("a program that knows fewer fields gets those");

    memset(&later, 0x5a, sizeof later);
    later.known.size = sizeof later.known + sizeof later.later;
    CHECK_STATUS(ws_get_stats(ws, &later.known), WS_OK);
    CHECK_INT(later.known.messages_sent, 1);
    CHECK_INT(later.known.payload_received, 5);
    CHECK(all_are(later.later, sizeof later.later, 0));
    CHECK(all_are(later.behind, sizeof later.behind, 0x5a));
    close_and_free(ws);
    ok("fields that the library does not know are 0");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    counted(url);
    sizes(url);
    return finish();
}
