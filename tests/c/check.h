/* What every test program needs: checks that say where and with what value they failed, and the steps all have in common. */
#ifndef CHECK_H
#define CHECK_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ws.h>

/* The longest that anything may take, in ms; reaching it is a failure. Long, because Valgrind is slow. */
#define PATIENCE 20000

static inline void failed(const char *file, int line)
{
    fprintf(stderr, "\n    at %s:%d; ws_last_error: \"%s\"\n", file, line, ws_last_error());
    exit(1);
}

static inline void check_int(long long actual, long long expected, const char *what, const char *file, int line)
{
    if (actual == expected)
        return;
    fprintf(stderr, "not ok - %s is %lld, not %lld", what, actual, expected);
    failed(file, line);
}

static inline void check_status(ws_status actual, ws_status expected, const char *what, const char *file, int line)
{
    if (actual == expected)
        return;
    fprintf(stderr, "not ok - %s is %d (%s), not %d (%s)", what, actual, ws_status_name(actual), expected, ws_status_name(expected));
    failed(file, line);
}

static inline void check_text(const char *actual, const char *expected, const char *what, const char *file, int line)
{
    if (actual != NULL && strcmp(actual, expected) == 0)
        return;
    fprintf(stderr, "not ok - %s is \"%s\", not \"%s\"", what, actual == NULL ? "(NULL)" : actual, expected);
    failed(file, line);
}

/* A condition; an integer; a ws_status; a NUL-terminated text. */
#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) {                                        \
            fprintf(stderr, "not ok - this is false: " #condition); \
            failed(__FILE__, __LINE__);                            \
        }                                                          \
    } while (0)
#define CHECK_INT(actual, expected) check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_STATUS(actual, expected) check_status((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)

static inline void ok(const char *sentence)
{
    printf("ok - %s\n", sentence);
    fflush(stdout);
}

static inline const char *url_argument(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s URL-OF-THE-ECHO-SERVER\n", argv[0]);
        exit(2);
    }
    return argv[1];
}

/* The URL of a further server, the first being 0: tests/c_programs/main.rs says which a program gets. */
static inline const char *further_url(int argc, char **argv, int index)
{
    if (argc < index + 3) {
        fprintf(stderr, "%s: the URL of further server %d is missing: see tests/c_programs/main.rs\n", argv[0], index);
        exit(2);
    }
    return argv[index + 2];
}

/* A socket to a path of the server, whose URL ends in "/"; `path` has no leading slash. */
static inline ws_socket *connect_path(const char *url, const char *path, const ws_options *options)
{
    char whole[512];
    ws_socket *ws = NULL;
    int len = snprintf(whole, sizeof whole, "%s%s", url, path);
    CHECK(len > 0 && (size_t)len < sizeof whole);
    CHECK_STATUS(ws_connect(whole, options, &ws), WS_OK);
    CHECK(ws != NULL);
    return ws;
}

/* The same, OPEN. */
static inline ws_socket *open_path(const char *url, const char *path, const ws_options *options)
{
    ws_socket *ws = connect_path(url, path, options);
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_OPEN);
    return ws;
}

static inline ws_options *new_options(void)
{
    ws_options *options = ws_options_new();
    CHECK(options != NULL);
    return options;
}

static inline ws_loop *new_loop(void)
{
    ws_loop *loop = NULL;
    CHECK_STATUS(ws_loop_new(&loop), WS_OK);
    CHECK(loop != NULL);
    return loop;
}

/* Options with nothing said but the loop. */
static inline ws_options *options_on(ws_loop *loop)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_set_loop(options, loop), WS_OK);
    return options;
}

/* The next event, which must be of this type. */
static inline ws_event take(ws_socket *ws, int32_t type)
{
    ws_event event;
    memset(&event, 0, sizeof event);
    CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_OK);
    CHECK_INT(event.type, type);
    CHECK(event.socket == ws);
    CHECK(event.data != NULL);
    CHECK_INT(((const char *)event.data)[event.len], 0);
    return event;
}

static inline void take_text(ws_socket *ws, const char *text)
{
    ws_event event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(event.kind, WS_TEXT);
    CHECK_INT(event.len, strlen(text));
    CHECK_TEXT(event.data, text);
}

static inline void check_close(const ws_event *event, int32_t code, const char *reason, int was_clean)
{
    CHECK_INT(event->type, WS_EVENT_CLOSE);
    CHECK_INT(event->code, code);
    CHECK_TEXT(event->data, reason);
    CHECK_INT(event->len, strlen(reason));
    CHECK_INT(event->was_clean, was_clean);
}

/* The close event comes next and is the last. */
static inline void take_close(ws_socket *ws, int32_t code, const char *reason, int was_clean)
{
    ws_event event = take(ws, WS_EVENT_CLOSE);
    check_close(&event, code, reason, was_clean);
    CHECK_INT(ws_ready_state(ws), WS_CLOSED);
    CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_DONE);
}

/* Closes an OPEN socket without arguments and frees it when that is done. */
static inline void close_and_free(ws_socket *ws)
{
    ws_event event;
    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
    CHECK_STATUS(ws_wait_closed(ws, &event, PATIENCE), WS_OK);
    check_close(&event, 1005, "", 1);
    ws_free(ws);
}

/* The last step of every program: nothing of the library is under way any more. */
static inline int finish(void)
{
    CHECK_STATUS(ws_shutdown(2000), WS_OK);
    return 0;
}

#endif
