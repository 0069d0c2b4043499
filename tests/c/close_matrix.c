/* close(code, reason): every class of code and reason, in every state. */
#include "check.h"
#include "directed.h"

#define A121 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
typedef char a121_is_121_bytes[sizeof A121 == 122 ? 1 : -1];
#define U_UMLAUT "\xc3\xbc" /* two bytes */

struct row {
    int32_t code;
    const char *reason; /* NULL: absent */
    ws_status status;
};

static const struct row ROWS[] = {
    /* codes */
    {WS_NO_CODE, NULL, WS_OK},
    {0, NULL, WS_ERR_INVALID_ACCESS},
    {999, NULL, WS_ERR_INVALID_ACCESS},
    {1000, NULL, WS_OK},
    {1001, NULL, WS_ERR_INVALID_ACCESS},
    {1005, NULL, WS_ERR_INVALID_ACCESS},
    {1006, NULL, WS_ERR_INVALID_ACCESS},
    {1015, NULL, WS_ERR_INVALID_ACCESS},
    {2999, NULL, WS_ERR_INVALID_ACCESS},
    {3000, NULL, WS_OK},
    {4999, NULL, WS_OK},
    {5000, NULL, WS_ERR_INVALID_ACCESS},
    {65536, NULL, WS_ERR_INVALID_ACCESS},
    {65536 + 1000, NULL, WS_ERR_INVALID_ACCESS},
    {-2, NULL, WS_ERR_INVALID_ACCESS},
    {INT32_MIN, NULL, WS_ERR_INVALID_ACCESS},
    /* reasons: 123 bytes at most, bytes and not characters */
    {1000, "", WS_OK},
    {1000, "a", WS_OK},
    {1000, A121 "a", WS_OK},
    {1000, A121 "aa", WS_OK},
    {1000, A121 "aaa", WS_ERR_SYNTAX},
    {1000, A121 U_UMLAUT, WS_OK},
    {1000, A121 "a" U_UMLAUT, WS_ERR_SYNTAX},
    {4000, "control \x01\x7f and " U_UMLAUT, WS_OK},
    {1000, "\xff", WS_ERR_INVALID_UTF8},
    {1000, "cut off: \xc3", WS_ERR_INVALID_UTF8},
    {1000, "a surrogate: \xed\xa0\x80", WS_ERR_INVALID_UTF8},
    /* a reason without a code; the code is looked at first */
    {WS_NO_CODE, "why", WS_ERR_INVALID_ACCESS},
    {WS_NO_CODE, "", WS_ERR_INVALID_ACCESS},
    {1001, A121 "aaa", WS_ERR_INVALID_ACCESS},
    {1001, "\xff", WS_ERR_INVALID_ACCESS},
};
#define COUNT (sizeof ROWS / sizeof *ROWS)

/* Both ways of giving a length are the same; a refused close is made with both. */
static ws_status close_with(ws_socket *ws, const struct row *row, int counted)
{
    size_t len = row->reason == NULL ? 0 : counted ? strlen(row->reason) : WS_NUL_TERMINATED;
    return ws_close(ws, row->code, row->reason, len);
}

static void try_refused(ws_socket *ws, int state)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (ROWS[i].status == WS_OK)
            continue;
        for (int counted = 0; counted < 2; counted++) {
            CHECK_STATUS(close_with(ws, &ROWS[i], counted), ROWS[i].status);
            CHECK(ws_last_error()[0] != '\0');
            CHECK_INT(ws_ready_state(ws), state);
        }
    }
}

static void try_all(ws_socket *ws, int state)
{
    try_refused(ws, state);
    for (size_t i = 0; i < COUNT; i++) {
        if (ROWS[i].status == WS_OK)
            CHECK_STATUS(close_with(ws, &ROWS[i], (int)(i % 2)), WS_OK);
        CHECK_INT(ws_ready_state(ws), state);
    }
}

static void when_open(const char *url)
{
    for (size_t i = 0; i < COUNT; i++) {
        const struct row *row = &ROWS[i];
        ws_socket *ws;
        ws_event event;
        if (row->status != WS_OK)
            continue;
        ws = open_path(url, "", NULL);
        CHECK_STATUS(close_with(ws, row, (int)(i % 2)), WS_OK);
        CHECK_INT(ws_ready_state(ws), WS_CLOSING);
        CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
        check_close(&event, row->code == WS_NO_CODE ? 1005 : row->code, row->reason == NULL ? "" : row->reason, 1);
        CHECK_INT(ws_ready_state(ws), WS_CLOSED);
        ws_free(ws);
    }
    ok("OPEN: each good code and reason goes to the server and comes back, clean");
}

static void refused_then_used(const char *url)
{
    ws_socket *ws = open_path(url, "", NULL);
    try_refused(ws, WS_OPEN);
    CHECK_STATUS(ws_send_text(ws, "still there"), WS_OK);
    take_text(ws, "still there");
    ok("OPEN: a bad code or reason is refused and changes nothing");

    CHECK_STATUS(ws_close(ws, 4000, "the first", WS_NUL_TERMINATED), WS_OK);
    try_all(ws, WS_CLOSING);
    take_close(ws, 4000, "the first", 1);
    ok("CLOSING: bad arguments are refused, good ones change nothing");

    try_all(ws, WS_CLOSED);
    ok("CLOSED: bad arguments are refused, good ones change nothing");
    ws_free(ws);
}

static void check_torn_down(ws_socket *ws)
{
    CHECK_INT(ws_ready_state(ws), WS_CLOSING);
    CHECK_STATUS(ws_send_text(ws, "never"), WS_DISCARDED);
    CHECK_INT(ws_buffered_amount(ws), 5);
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
}

/* An attempt whose request the server has read. */
static ws_socket *attempt(ws_socket *director)
{
    char head[4096];
    ws_socket *ws = connect_path(ws_url(director), "", NULL);
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    CHECK_INT(ws_ready_state(ws), WS_CONNECTING);
    return ws;
}

/* The server sees the end of the connection and nothing before it. */
static void close_attempt(ws_socket *director, ws_socket *ws, const struct row *row)
{
    CHECK_STATUS(close_with(ws, row, 1), WS_OK);
    check_torn_down(ws);
    tell(director, "see it end", "gone");
}

static void when_connecting(const char *silent, ws_socket *director)
{
    for (size_t i = 0; i < COUNT; i++) {
        ws_socket *ws;
        if (ROWS[i].status != WS_OK)
            continue;
        ws = connect_path(silent, "", NULL);
        try_refused(ws, WS_CONNECTING);
        CHECK_STATUS(close_with(ws, &ROWS[i], 1), WS_OK);
        check_torn_down(ws);

        close_attempt(director, attempt(director), &ROWS[i]);
    }
    ok("CONNECTING: each good close tears the attempt down at once: error, then 1006, nothing on the wire");

    for (size_t i = 0; i < COUNT; i++) {
        ws_socket *ws;
        if (ROWS[i].status != WS_OK)
            continue;
        ws = attempt(director);
        tell(director, "answer with HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnec", "done");
        tell(director, "wait until it is received", "received");
        CHECK_INT(ws_ready_state(ws), WS_CONNECTING);
        close_attempt(director, ws, &ROWS[i]);
    }
    ok("CONNECTING: half-way through the response it is the same");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_socket *director = open_path(further_url(argc, argv, 1), "", NULL);
    when_connecting(further_url(argc, argv, 0), director);
    close_and_free(director);
    when_open(url);
    refused_then_used(url);
    return finish();
}
