/* ws_message_begin, ws_message_append and ws_message_end send one message in parts; every status of theirs, and what waits behind. */
#include "check.h"

/* More than the system takes: as long as the server reads nothing, most of it waits. */
#define MUCH (16u << 20)
#define LIMIT 100000

static char *much;
/* The first connection to the slow server, which is told on it what to do with the others. */
static ws_socket *control;

/* A message in three parts that cut characters, and two others that come meanwhile. */
static void in_parts(const char *url, ws_loop *loop, int flags, const char *sentence)
{
    ws_options *options = options_on(loop);
    ws_socket *ws = open_path(url, "", options);
    ws_stats stats;
    stats.size = sizeof stats;
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT | flags), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "one \xe2\x82", 6), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "second"), WS_OK);
    CHECK_INT(ws_buffered_amount(ws) >= 6, 1);
    CHECK_STATUS(ws_message_append(ws, NULL, 0), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "\xac", 1), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_INT(ws_buffered_amount(ws), 6);
    CHECK_STATUS(ws_send(ws, WS_TEXT | WS_MORE, "third", 5), WS_OK);
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    CHECK_INT(stats.messages_sent, 2);
    CHECK_STATUS(ws_message_append(ws, " end", 4), WS_OK);
    CHECK_STATUS(ws_message_end(ws), WS_OK);
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_OK);
    CHECK_INT(stats.messages_sent, 3);
    CHECK_INT(stats.payload_sent, 11 + 6 + 5);
    take_text(ws, "one \xe2\x82\xac end");
    take_text(ws, "second");
    take_text(ws, "third");
    /* Another one, as WS_BINARY and without parts. */
    CHECK_STATUS(ws_message_begin(ws, WS_BINARY), WS_OK);
    CHECK_STATUS(ws_message_end(ws), WS_OK);
    CHECK_INT(take(ws, WS_EVENT_MESSAGE).kind, WS_BINARY);
    CHECK_INT(ws_buffered_amount(ws), 0);
    close_and_free(ws);
    ws_options_free(options);
    ok(sentence);
}

static void every_status(const char *url)
{
    ws_socket *ws = connect_path(url, "", NULL);
    uint64_t counted;
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_ERR_INVALID_STATE);
    CHECK_STATUS(ws_message_append(ws, "x", 1), WS_ERR_INVALID_STATE);
    CHECK_STATUS(ws_message_end(ws), WS_ERR_INVALID_STATE);
    CHECK(strstr(ws_last_error(), "CONNECTING") != NULL);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "x", 1), WS_ERR_INVALID_STATE);
    CHECK(strstr(ws_last_error(), "ws_message_append without ws_message_begin") != NULL);
    CHECK_STATUS(ws_message_end(ws), WS_ERR_INVALID_STATE);
    CHECK(strstr(ws_last_error(), "ws_message_end without ws_message_begin") != NULL);
    CHECK_STATUS(ws_message_begin(ws, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT | WS_BINARY), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT | 0x400), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_message_begin(NULL, WS_TEXT), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_message_append(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_message_end(NULL), WS_ERR_NULL_POINTER);

    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_OK);
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_ERR_INVALID_STATE);
    CHECK(strstr(ws_last_error(), "one message at a time") != NULL);
    CHECK_STATUS(ws_message_append(ws, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_message_append(ws, "ab\xff", 3), WS_ERR_INVALID_UTF8);
    CHECK(strstr(ws_last_error(), "offset 2") != NULL);
    CHECK_STATUS(ws_message_append(ws, "a\xc3", 2), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "b", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_message_end(ws), WS_ERR_INVALID_UTF8);
    CHECK(strstr(ws_last_error(), "inside a character") != NULL);
    CHECK_STATUS(ws_message_append(ws, "\xa9", 1), WS_OK);
    CHECK_STATUS(ws_message_end(ws), WS_OK);
    take_text(ws, "a\xc3\xa9");
    ok("every misuse has a status and a text, and the message can be gone on with");

    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "never whole", 11), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "behind"), WS_OK);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_message_append(ws, "1234", 4), WS_DISCARDED);
    CHECK_STATUS(ws_message_end(ws), WS_DISCARDED);
    CHECK_STATUS(ws_message_begin(ws, WS_BINARY), WS_DISCARDED);
    CHECK_STATUS(ws_message_append(ws, "\xff", 1), WS_DISCARDED);
    CHECK_STATUS(ws_message_begin(ws, 7), WS_ERR_INVALID_ARGUMENT);
    take_close(ws, 1000, "", 1);
    counted = ws_buffered_amount(ws);
    CHECK_INT(counted, 6 + 4 + 1);
    CHECK_STATUS(ws_message_append(ws, "56", 2), WS_DISCARDED);
    CHECK_INT(ws_buffered_amount(ws), counted + 2);
    CHECK_STATUS(ws_message_end(ws), WS_DISCARDED);
    ws_free(ws);
    ok("closed before its end: what waited behind it and what came later is discarded and counted");
}

static void limits(const char *url, ws_loop *loop, const char *sentence)
{
    ws_options *options = options_on(loop);
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_max_buffered(options, LIMIT), WS_OK);
    CHECK_STATUS(ws_options_set_low_water(options, 0), WS_OK);
    ws = connect_path(url, "", options);
    ws_options_free(options);
    CHECK_STATUS(ws_send_text(control, "accept"), WS_OK);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);

    CHECK_STATUS(ws_message_begin(ws, WS_BINARY), WS_OK);
    CHECK_STATUS(ws_message_append(ws, much, MUCH), WS_OK);
    CHECK(ws_buffered_amount(ws) > LIMIT);
    CHECK_STATUS(ws_message_append(ws, "refused", 7), WS_ERR_QUOTA);
    CHECK(strstr(ws_last_error(), "a part of 7 bytes") != NULL);
    CHECK_STATUS(ws_send_text(ws, "refused"), WS_ERR_QUOTA);
    CHECK_STATUS(ws_send_text(control, "read"), WS_OK);
    take(ws, WS_EVENT_DRAIN);
    CHECK_INT(ws_buffered_amount(ws), 0);
    /* What waits behind the message counts for those that send, and not for its parts. */
    CHECK_STATUS(ws_send(ws, WS_BINARY, much, LIMIT), WS_OK);
    CHECK_STATUS(ws_send_text(ws, "refused"), WS_ERR_QUOTA);
    CHECK_STATUS(ws_message_append(ws, "accepted", 8), WS_OK);
    CHECK_STATUS(ws_message_end(ws), WS_OK);
    CHECK_STATUS(ws_flush(ws, PATIENCE), WS_OK);
    CHECK_INT(ws_buffered_amount(ws), 0);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, NULL, PATIENCE), WS_OK);
    ws_free(ws);
    ok(sentence);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv), *slow = further_url(argc, argv, 0);
    ws_loop *loop = new_loop();
    much = calloc(1, MUCH);
    CHECK(much != NULL);
    in_parts(url, NULL, 0, "background loop: the server gets one message, then those that came meanwhile");
    in_parts(url, loop, 0, "own loop: the same");
    in_parts(url, loop, WS_MORE | WS_NO_COMPRESS, "own loop: the same with parts that gather");
    every_status(url);
    control = open_path(slow, "", NULL);
    limits(slow, NULL, "background loop: ws_options_set_max_buffered and WS_EVENT_DRAIN are for parts, too");
    limits(slow, loop, "own loop: the same");
    close_and_free(control);
    ws_loop_free(loop);
    free(much);
    return finish();
}
