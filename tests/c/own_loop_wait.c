/* Many sockets on one loop of one's own: events in batches, payloads in place, nothing lost, nothing twice. */
#include "check.h"

#define SOCKETS 8
#define MESSAGES 50

struct peer {
    ws_socket *ws;
    int index, opened, received, closed;
};

static void on_event(struct peer *peer, const ws_event *event)
{
    char text[32];
    CHECK(event->socket == peer->ws);
    CHECK(event->data != NULL);
    CHECK_INT(((const char *)event->data)[event->len], 0);
    CHECK_INT(peer->closed, 0);
    switch (event->type) {
    case WS_EVENT_OPEN:
        CHECK_INT(peer->opened++, 0);
        for (int i = 0; i < MESSAGES; i++) {
            int len = snprintf(text, sizeof text, "%d of %d", i, peer->index);
            /* Each burst is given to the kernel with its last message. */
            int type = i + 1 < MESSAGES ? WS_TEXT | WS_MORE : WS_TEXT;
            CHECK_STATUS(ws_send(peer->ws, type, text, (size_t)len), WS_OK);
        }
        break;
    case WS_EVENT_MESSAGE:
        snprintf(text, sizeof text, "%d of %d", peer->received++, peer->index);
        CHECK_INT(event->kind, WS_TEXT);
        CHECK_TEXT(event->data, text);
        if (peer->received == MESSAGES)
            CHECK_STATUS(ws_close(peer->ws, 4000, "enough", WS_NUL_TERMINATED), WS_OK);
        break;
    case WS_EVENT_CLOSE:
        check_close(event, 4000, "enough", 1);
        CHECK_INT(peer->received, MESSAGES);
        peer->closed = 1;
        break;
    default:
        CHECK_INT(event->type, WS_EVENT_NONE);
    }
}

/* Runs all sockets to their end, at most `capacity` events at a time. */
static void run(const char *url, ws_loop *loop, size_t capacity)
{
    struct peer peers[SOCKETS];
    ws_event events[32];
    ws_options *options = options_on(loop);
    ws_status status;
    size_t count;
    for (int i = 0; i < SOCKETS; i++) {
        memset(&peers[i], 0, sizeof peers[i]);
        peers[i].index = i;
        CHECK_STATUS(ws_options_set_user_data(options, &peers[i]), WS_OK);
        peers[i].ws = connect_path(url, "", options);
    }
    ws_options_free(options);

    for (;;) {
        ws_event copies[32];
        char *payloads[32];
        count = 0;
        status = ws_loop_wait(loop, events, capacity, PATIENCE, &count);
        if (status != WS_OK)
            break;
        CHECK(count >= 1 && count <= capacity);
        /* All of a batch is valid at the same time: it is copied whole before anything is done with it. */
        for (size_t i = 0; i < count; i++) {
            copies[i] = events[i];
            payloads[i] = malloc(events[i].len + 1);
            CHECK(payloads[i] != NULL);
            memcpy(payloads[i], events[i].data, events[i].len + 1);
        }
        for (size_t i = 0; i < count; i++) {
            on_event(events[i].user_data, &events[i]);
            /* What one handler does, a close included, leaves the other events of the batch alone. */
            CHECK(memcmp(&copies[i], &events[i], sizeof copies[i]) == 0);
            CHECK(memcmp(payloads[i], events[i].data, events[i].len + 1) == 0);
            free(payloads[i]);
        }
    }
    CHECK_STATUS(status, WS_DONE);
    CHECK_INT(count, 0);
    for (int i = 0; i < SOCKETS; i++) {
        CHECK_INT(peers[i].closed, 1);
        ws_free(peers[i].ws);
    }
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_event event;
    size_t count = 7;
    ws_options *options;
    ws_socket *ws;

    CHECK_STATUS(ws_loop_wait(loop, &event, 1, PATIENCE, &count), WS_DONE);
    CHECK_INT(count, 0);
    ok("a loop without sockets is done");

    run(url, loop, 32);
    ok("eight sockets get all their events in batches, payloads in place");
    run(url, loop, 1);
    ok("with room for one event at a time they get the same");

    options = options_on(loop);
    ws = open_path(url, "", options);
    count = 7;
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, 0, &count), WS_ERR_TIMEOUT);
    CHECK_INT(count, 0);
    CHECK_STATUS(ws_loop_wait(loop, &event, 0, 0, &count), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_loop_wait(loop, &event, 1, -2, &count), WS_ERR_INVALID_ARGUMENT);
    ok("with nothing to tell it times out with no event; no room and a negative time are refused");
    close_and_free(ws);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
