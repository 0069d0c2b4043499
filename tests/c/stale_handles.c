/* Handles that were freed, are of another type or never were: a status from every function, never a crash and never another object. */
#include "check.h"

static void nothing(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    (void)event;
    (void)user_data;
}

static void no_socket(ws_socket *ws)
{
    ws_event event;
    ws_failure failure = {.size = sizeof failure};
    ws_stats stats;
    size_t count;
    CHECK_INT(ws_ready_state(ws), WS_ERR_BAD_HANDLE);
    CHECK_INT(ws_buffered_amount(ws), 0);
    CHECK_TEXT(ws_url(ws), "");
    CHECK_TEXT(ws_protocol(ws), "");
    CHECK_TEXT(ws_extensions(ws), "");
    CHECK(ws_user_data(ws) == NULL);
    CHECK_STATUS(ws_send(ws, WS_TEXT, "x", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_send_text(ws, "x"), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_message_begin(ws, WS_TEXT), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_message_append(ws, "x", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_message_end(ws), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_close(ws, 1000, NULL, 0), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_next_event(ws, &event, WS_FOREVER), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_next_events(ws, &event, 1, WS_FOREVER, &count), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_wait_open(ws, WS_FOREVER), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_wait_closed(ws, &event, WS_FOREVER), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_flush(ws, WS_FOREVER), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_pause(ws), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_resume(ws), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_interrupt(ws), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_ping(ws, "x", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_ERR_BAD_HANDLE);
    stats.size = sizeof stats;
    CHECK_STATUS(ws_get_stats(ws, &stats), WS_ERR_BAD_HANDLE);
    ws_free(ws);
    CHECK(strstr(ws_last_error(), "ws_connect") != NULL);
}

static void no_loop(ws_loop *loop)
{
    ws_options *options = new_options();
    ws_event event;
    size_t count;
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, WS_FOREVER, &count), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_loop_dispatch(loop, WS_FOREVER), WS_ERR_BAD_HANDLE);
    CHECK_INT(ws_loop_fd(loop), WS_ERR_BAD_HANDLE);
    CHECK_INT(ws_loop_timeout(loop), -1);
    CHECK_STATUS(ws_loop_wake(loop), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_loop(options, loop), WS_ERR_BAD_HANDLE);
    ws_loop_free(loop);
    CHECK(strstr(ws_last_error(), "ws_loop_new") != NULL);
    ws_options_free(options);
}

static void no_options(const char *url, ws_options *o)
{
    ws_socket *ws = NULL;
    CHECK_STATUS(ws_options_add_protocol(o, "a", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_add_header(o, "A", 1, "b", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_origin(o, "a", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_user_agent(o, "a", 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_connect_timeout(o, 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_max_message_size(o, 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_no_delay(o, 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_loop(o, NULL), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_user_data(o, NULL), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_callbacks(o, nothing, nothing, nothing, nothing, NULL), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_on_pong(o, nothing), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_on_drain(o, nothing), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_max_buffered(o, 1), WS_ERR_BAD_HANDLE);
    CHECK_STATUS(ws_options_set_low_water(o, 1), WS_ERR_BAD_HANDLE);
    CHECK(ws_options_copy(o) == NULL);
    CHECK_STATUS(ws_connect(url, o, &ws), WS_ERR_BAD_HANDLE);
    CHECK(ws == NULL);
    ws_options_free(o);
    CHECK(strstr(ws_last_error(), "ws_options_new") != NULL);
}

/* Frees its own socket, which has no handle from then on. */
static void free_and_go_on(ws_socket *ws, const ws_event *event, void *user_data)
{
    CHECK(event->socket == ws);
    ws_free(ws);
    no_socket(ws);
    *(int *)user_data = 1;
}

static void freed_in_a_callback(const char *url)
{
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    int called = 0;
    CHECK_STATUS(ws_options_set_callbacks(options, free_and_go_on, nothing, nothing, nothing, &called), WS_OK);
    connect_path(url, "", options);
    ws_options_free(options);
    while (!called)
        CHECK_STATUS(ws_loop_dispatch(loop, PATIENCE), WS_OK);
    CHECK_STATUS(ws_loop_dispatch(loop, PATIENCE), WS_DONE);
    ws_loop_free(loop);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_socket *freed = open_path(url, "", NULL), *other;
    ws_loop *loop = new_loop();
    ws_options *options = new_options();
    uint64_t word = 1;
    long n;

    ws_free(freed);
    no_socket(freed);
    ws_loop_free(loop);
    no_loop(loop);
    ws_options_free(options);
    no_options(url, options);
    ok("a freed handle is refused by every function, by its _free too");

    /* They all use the place of the one that was freed last. */
    for (n = 0; n < 1L << 20; n++) {
        ws_options *again = ws_options_new();
        if (again == NULL || again == options || (void *)again == (void *)freed || (void *)again == (void *)loop)
            break;
        ws_options_free(again);
    }
    CHECK_INT(n, 1L << 20);
    no_socket(freed);
    no_loop(loop);
    no_options(url, options);
    ok("and stays so when its place was used a million times");

    other = open_path(url, "", NULL);
    loop = new_loop();
    options = new_options();
    no_socket((ws_socket *)loop);
    no_socket((ws_socket *)options);
    no_loop((ws_loop *)other);
    no_loop((ws_loop *)options);
    no_options(url, (ws_options *)other);
    no_options(url, (ws_options *)loop);
    ws_loop_free(loop);
    ws_options_free(options);
    ok("a handle of another type is refused");

    for (n = 0; n < 1000; n++) {
        word = word * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        no_socket((ws_socket *)(uintptr_t)word);
        no_loop((ws_loop *)(uintptr_t)(word >> 17));
        no_options(url, (ws_options *)(uintptr_t)(n + 1));
    }
    ok("any other number is refused");

    CHECK_STATUS(ws_send_text(other, "still here"), WS_OK);
    take_text(other, "still here");
    close_and_free(other);
    ok("nothing has happened to the others");

    freed_in_a_callback(url);
    ok("a callback that frees its own socket gets the status too");
    return finish();
}
