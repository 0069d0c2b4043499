/* Conversations whose system calls may fail (tests/c_programs/faults.rs has them do so): each comes to its end, well or with words that say
 * what failed, a failure does no harm to the next one, and no descriptor is left behind. With a third argument, "background" or "own",
 * only those conversations are held, and some may fail. */
#include "check.h"
#include <dirent.h>

/* No way to end takes longer than this, in ms; less than PATIENCE, which is the guard. */
#define TIMEOUT 3000
#define CONVERSATIONS 4

/* Conversations that ended well. */
static int good;

static int descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* What a call returned that may fail: with words. */
static int went_well(ws_status status, const char *call)
{
    if (status >= 0)
        return 1;
    CHECK(status == WS_ERR_QUOTA || status == WS_ERR_NETWORK || status == WS_ERR_INVALID_STATE);
    CHECK(*ws_last_error() != 0);
    printf("%s: %s\n", call, ws_last_error());
    return 0;
}

/* Takes events up to the close event; whether all was as it should be. */
static int converse(ws_socket *ws)
{
    int opened = 0, errors = 0, messages = 0, pongs = 0;
    ws_event event;
    for (;;) {
        CHECK_STATUS(ws_next_event(ws, &event, PATIENCE), WS_OK);
        CHECK(errors == 0 || event.type == WS_EVENT_CLOSE);
        switch (event.type) {
        case WS_EVENT_OPEN:
            opened++;
            went_well(ws_ping(ws, "p", 1), "ws_ping");
            went_well(ws_send_text(ws, "hello"), "ws_send_text");
            break;
        case WS_EVENT_MESSAGE:
            CHECK_TEXT(event.data, "hello");
            messages++;
            CHECK_STATUS(ws_close(ws, 1000, "done", WS_NUL_TERMINATED), WS_OK);
            break;
        case WS_EVENT_PONG:
            pongs++;
            break;
        case WS_EVENT_ERROR:
            CHECK(*(const char *)event.data != 0);
            errors++;
            break;
        default: {
            ws_failure failure = {.size = sizeof failure};
            CHECK_INT(event.type, WS_EVENT_CLOSE);
            CHECK_INT(ws_ready_state(ws), WS_CLOSED);
            CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
            if (event.was_clean) {
                CHECK_INT(event.code, 1000);
                CHECK_INT(opened, 1);
                CHECK_INT(messages, 1);
                CHECK_INT(errors, 0);
                return 1;
            }
            CHECK(opened || errors);
            /* Both have closed, and then the connection was reset: nothing is lost. */
            if (event.code == 1000)
                return 0;
            CHECK_INT(event.code, 1006);
            CHECK(failure.phase != WS_PHASE_NONE && failure.text_len > 0);
            /* What fails is noticed when it fails, not when a time is over. */
            CHECK_INT(failure.timeout, WS_TIMEOUT_NONE);
            printf("phase %d, error %d: %s\n", failure.phase, failure.os_error, failure.text);
            return 0;
        }
        }
    }
}

static void one(const char *url, const ws_options *options)
{
    ws_socket *ws;
    ws_event event;
    if (!went_well(ws_connect(url, options, &ws), "ws_connect")) {
        CHECK(ws == NULL);
        return;
    }
    good += converse(ws);
    CHECK_STATUS(ws_next_event(ws, &event, 0), WS_DONE);
    ws_free(ws);
}

static void conversations(const char *url, int own)
{
    ws_options *options = ws_options_new();
    ws_loop *loop = NULL;
    int i;
    CHECK_STATUS(ws_options_set_connect_timeout(options, TIMEOUT), WS_OK);
    CHECK_STATUS(ws_options_set_handshake_timeout(options, TIMEOUT), WS_OK);
    CHECK_STATUS(ws_options_set_close_timeout(options, TIMEOUT), WS_OK);
    good = 0;
    for (i = 0; i < CONVERSATIONS; i++) {
        if (own && loop == NULL && went_well(ws_loop_new(&loop), "ws_loop_new"))
            CHECK_STATUS(ws_options_set_loop(options, loop), WS_OK);
        if (!own || loop != NULL)
            one(url, options);
    }
    ws_options_free(options);
    ws_loop_free(loop);
    CHECK_STATUS(ws_shutdown(PATIENCE), WS_OK);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    const char *mode = argc > 2 ? argv[2] : NULL;
    int before = descriptors();

    if (mode == NULL || strcmp(mode, "background") == 0) {
        conversations(url, 0);
        CHECK(mode != NULL || good == CONVERSATIONS);
        CHECK(good >= CONVERSATIONS / 2);
    }
    if (mode == NULL || strcmp(mode, "own") == 0) {
        conversations(url, 1);
        CHECK(mode != NULL || good == CONVERSATIONS);
        CHECK(good >= CONVERSATIONS / 2);
    }
    CHECK_INT(descriptors(), before);
    ok("every conversation comes to its end, and leaves no descriptor behind");
    return 0;
}
