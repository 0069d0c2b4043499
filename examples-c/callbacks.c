/* Callbacks instead of events: handlers are set once, ws_loop_dispatch calls them on this thread. */
#include <stdio.h>
#include <ws.h>

#define MESSAGES 3

struct chat {
    int sent;
    int received;
    int clean;
};

static void say(ws_socket *ws, struct chat *chat)
{
    char text[32];
    int len = snprintf(text, sizeof text, "message %d", ++chat->sent);
    if (ws_send(ws, WS_TEXT, text, (size_t)len) < 0)
        fprintf(stderr, "send: %s\n", ws_last_error());
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    printf("open: %s\n", ws_url(ws));
    say(ws, user_data);
}

static void on_message(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct chat *chat = user_data;
    printf("message: %.*s\n", (int)event->len, (const char *)event->data);
    if (++chat->received < MESSAGES)
        say(ws, chat);
    else if (ws_close(ws, 1000, "enough", WS_NUL_TERMINATED) != WS_OK)
        fprintf(stderr, "close: %s\n", ws_last_error());
}

static void on_error(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)ws;
    (void)user_data;
    fprintf(stderr, "error: %s\n", (const char *)event->data);
}

static void on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    struct chat *chat = user_data;
    chat->clean = event->was_clean;
    printf("close: %d \"%s\", %s\n", (int)event->code, (const char *)event->data, event->was_clean ? "clean" : "not clean");
    ws_free(ws); /* the last event: the socket may go, here as well as anywhere */
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "ws://localhost:9001/";
    struct chat chat = {0, 0, 0};
    ws_loop *loop = NULL;
    ws_options *options = ws_options_new();
    ws_socket *ws;
    ws_status status = ws_loop_new(&loop);

    /* Without set_loop the callbacks would run on the library's background thread, and this one would be free. */
    if (status == WS_OK) status = ws_options_set_loop(options, loop);
    if (status == WS_OK) status = ws_options_set_callbacks(options, on_open, on_message, on_error, on_close, &chat);
    if (status == WS_OK) status = ws_connect(url, options, &ws);
    if (status != WS_OK) fprintf(stderr, "%s: %s\n", url, ws_last_error());
    ws_options_free(options); /* ws_connect has copied them */

    while (status == WS_OK)
        status = ws_loop_dispatch(loop, WS_FOREVER);

    ws_loop_free(loop);
    return status == WS_DONE && chat.clean ? 0 : 1;
}
