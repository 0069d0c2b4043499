/* After fork nobody's random numbers repeat: the parent's next connection, that which it had before, and those of two children have
   four different keys and masks. They are taken down between client and server. */
#include "check.h"
#include "raw_server.h"

#include <poll.h>
#include <sys/wait.h>

#define CONNECTIONS 4
#define FRAMES 3

/* What a connection's client chose at random. */
struct record {
    char key[25];
    unsigned char masks[FRAMES][4];
};

/* Reads key and masks out of all that a client sent: a request and small frames. */
static struct record taken_down(const unsigned char *bytes, size_t len)
{
    struct record record;
    const char *key = strstr((const char *)bytes, "\r\nSec-WebSocket-Key: ");
    const char *end = strstr((const char *)bytes, "\r\n\r\n");
    const unsigned char *frame;
    CHECK(key != NULL && end != NULL);
    memset(&record, 0, sizeof record);
    memcpy(record.key, key + strlen("\r\nSec-WebSocket-Key: "), 24);
    frame = (const unsigned char *)end + 4;
    for (int i = 0; i < FRAMES; i++) {
        CHECK(frame + 6 <= bytes + len && (frame[1] & 0x80) != 0 && (frame[1] & 0x7f) < 126);
        memcpy(record.masks[i], frame + 2, 4);
        frame += 6 + (frame[1] & 0x7f);
    }
    return record;
}

/* Passes everything on between a client and the echo server until one of them ends; then writes the record to `out`. */
static void pass_on(int client, int port, int out)
{
    static unsigned char bytes[16384];
    struct sockaddr_in address;
    struct record record;
    size_t len = 0;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)port);
    CHECK_INT(connect(server, (struct sockaddr *)&address, sizeof address), 0);
    for (;;) {
        unsigned char back[4096];
        struct pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        ssize_t count;
        CHECK(poll(fds, 2, PATIENCE) > 0);
        if (fds[0].revents != 0) {
            CHECK(len + 1 < sizeof bytes);
            count = recv(client, bytes + len, sizeof bytes - 1 - len, 0);
            if (count <= 0)
                break;
            CHECK_INT(send(server, bytes + len, (size_t)count, MSG_NOSIGNAL), count);
            len += (size_t)count;
        }
        if (fds[1].revents != 0) {
            count = recv(server, back, sizeof back, 0);
            if (count <= 0)
                break;
            CHECK_INT(send(client, back, (size_t)count, MSG_NOSIGNAL), count);
        }
    }
    close(client);
    close(server);
    record = taken_down(bytes, len);
    CHECK_INT(write(out, &record, sizeof record), sizeof record);
}

/* A process between the clients and the echo server, which ends when all have connected. */
static void start_between(const struct raw_server *between, int port, int out)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid > 0)
        return;
    for (int i = 0; i < CONNECTIONS; i++) {
        int client = raw_accept(between);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            pass_on(client, port, out);
            _exit(0);
        }
        close(client);
    }
    _exit(0);
}

static void say(ws_socket *ws, const char *text)
{
    CHECK_STATUS(ws_send_text(ws, text), WS_OK);
    take_text(ws, text);
}

static void connect_and_talk(const char *url)
{
    ws_socket *ws = open_path(url, "", NULL);
    for (int i = 0; i < FRAMES; i++)
        say(ws, "hello");
    close_and_free(ws);
}

int main(int argc, char **argv)
{
    struct raw_server between = raw_bind(1);
    struct record records[CONNECTIONS];
    const char *url = url_argument(argc, argv);
    int port = 0, ends[2];
    ws_socket *ws;

    CHECK_INT(sscanf(url, "ws://127.0.0.1:%d/", &port), 1);
    CHECK_INT(pipe(ends), 0);
    start_between(&between, port, ends[1]);

    ws = open_path(between.url, "", NULL);
    say(ws, "before");
    for (int i = 0; i < 2; i++) {
        int status = -1;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            connect_and_talk(between.url);
            /* As in fork.c: what the parent's thread held is nobody's here, and a leak check makes no sense. */
            if (finish() == 0)
                execlp("true", "true", (char *)NULL);
            _exit(1);
        }
        CHECK_INT(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    say(ws, "after");
    say(ws, "fork");
    connect_and_talk(between.url);
    close_and_free(ws);

    for (int i = 0; i < CONNECTIONS; i++)
        CHECK_INT(read(ends[0], &records[i], sizeof records[i]), sizeof records[i]);
    for (int i = 0; i < CONNECTIONS; i++) {
        for (int j = 0; j < i; j++) {
            CHECK(memcmp(records[i].key, records[j].key, sizeof records[i].key) != 0);
            /* All masks of one are those of another with a chance of 1 in 2^96; two neighbours, as a copied generator gives: 1 in 2^61. */
            for (int a = 0; a + 1 < FRAMES; a++) {
                for (int b = 0; b + 1 < FRAMES; b++)
                    CHECK(memcmp(records[i].masks[a], records[j].masks[b], 8) != 0);
            }
        }
    }
    close(ends[0]);
    close(ends[1]);
    close(between.listener);
    ok("the parent before and after fork and two children: four keys, and masks that have nothing in common");
    return finish();
}
