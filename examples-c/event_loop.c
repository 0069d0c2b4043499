/* libws inside an event loop of one's own: poll() waits for a socket and for standard input at the same time.
   Made for an echo server: what is read is sent, and when all of it has come back the socket is closed. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <ws.h>

#define EVENTS 16

struct session {
    ws_loop *loop;
    ws_socket *ws;
    int open, input_over, clean;
    size_t sent, received; /* messages */
};

/* What libws has to tell; returns 0 after the close event. */
static int take_events(struct session *session)
{
    ws_event events[EVENTS];
    size_t count = 0;
    ws_status status = ws_loop_wait(session->loop, events, EVENTS, 0, &count); /* 0: never blocks, poll() did */

    for (size_t i = 0; i < count; i++) {
        const ws_event *event = &events[i];
        switch (event->type) {
        case WS_EVENT_OPEN:
            session->open = 1;
            printf("open\n");
            break;
        case WS_EVENT_MESSAGE:
            session->received++;
            printf("message of %zu bytes: %.*s\n", event->len, (int)event->len, (const char *)event->data);
            break;
        case WS_EVENT_ERROR:
            fprintf(stderr, "error: %s\n", (const char *)event->data);
            break;
        case WS_EVENT_CLOSE:
            session->clean = event->was_clean;
            printf("close: %d \"%s\"\n", (int)event->code, (const char *)event->data);
            return 0;
        default:
            break;
        }
    }
    if (status == WS_OK || status == WS_ERR_TIMEOUT || status == WS_ERR_ABORTED)
        return 1;
    fprintf(stderr, "ws_loop_wait: %s\n", ws_last_error());
    return 0;
}

/* Sends what there is to read, as it comes. */
static void send_input(struct session *session)
{
    char bytes[4096];
    ssize_t len = read(STDIN_FILENO, bytes, sizeof bytes);

    if (len < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (len <= 0)
        session->input_over = 1;
    else if (ws_send(session->ws, WS_BINARY, bytes, (size_t)len) == WS_OK)
        session->sent++;
    else
        fprintf(stderr, "send: %s\n", ws_last_error());
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "ws://localhost:9001/";
    struct session session = {NULL, NULL, 0, 0, 0, 0, 0};
    ws_options *options = ws_options_new();
    ws_status status = ws_loop_new(&session.loop);

    if (status == WS_OK) status = ws_options_set_loop(options, session.loop);
    if (status == WS_OK) status = ws_connect(url, options, &session.ws);
    ws_options_free(options);
    if (status != WS_OK) {
        fprintf(stderr, "%s: %s\n", url, ws_last_error());
        ws_loop_free(session.loop);
        return 1;
    }

    while (take_events(&session)) {
        struct pollfd fds[2] = {
            {ws_loop_fd(session.loop), POLLIN, 0},
            {session.open && !session.input_over ? STDIN_FILENO : -1, POLLIN, 0}, /* poll() passes over -1 */
        };
        /* ws_close sends what is queued, but drops what comes later: so not before the echoes are here. */
        if (session.input_over && session.received >= session.sent)
            ws_close(session.ws, 1000, "end of input", WS_NUL_TERMINATED);
        /* ws_loop_timeout is asked before each wait, after all else: what was just done may have set a timer. */
        if (poll(fds, 2, ws_loop_timeout(session.loop)) < 0 && errno != EINTR) {
            perror("poll");
            break;
        }
        if (fds[1].revents != 0)
            send_input(&session);
    }

    ws_free(session.ws);
    ws_loop_free(session.loop);
    return session.clean ? 0 : 1;
}
