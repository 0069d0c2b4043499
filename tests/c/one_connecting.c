/* With ws_options_set_one_connecting one socket at a time connects to an address: from C, over fork, and when a loop is freed. */
#include "check.h"
#include "raw_server.h"

#include <poll.h>
#include <sys/wait.h>

static ws_options *polite_options(ws_loop *loop)
{
    ws_options *options = options_on(loop);
    CHECK_STATUS(ws_options_set_one_connecting(options, 1), WS_OK);
    return options;
}

/* A connection waits to be accepted. */
static int has_come(const struct raw_server *server)
{
    struct pollfd listener = {server->listener, POLLIN, 0};
    return poll(&listener, 1, 0) == 1;
}

/* Lets a loop do what it can do now: no event comes of it. */
static void run(ws_socket *ws)
{
    ws_event event;
    CHECK_STATUS(ws_next_event(ws, &event, 0), WS_ERR_TIMEOUT);
}

static void take_end(ws_socket *ws)
{
    CHECK(take(ws, WS_EVENT_ERROR).len > 0);
    take_close(ws, 1006, "", 0);
}

static void one_after_the_other(void)
{
    struct raw_server server = raw_bind(1);
    ws_loop *loop = new_loop(), *other_loop = new_loop();
    ws_options *options = polite_options(loop), *other_options = polite_options(other_loop);
    ws_socket *first = connect_path(server.url, "", options), *second = connect_path(server.url, "", other_options);
    char byte;
    int connection;

    run(first);
    connection = raw_accept(&server);
    run(second);
    CHECK(!has_come(&server));
    ok("the second does not connect while the first is CONNECTING");

    CHECK_STATUS(ws_close(first, WS_NO_CODE, NULL, 0), WS_OK);
    run(second);
    CHECK(has_come(&server));
    take_end(first);
    while (recv(connection, &byte, 1, 0) == 1)
        continue; /* the request, as far as it was sent */
    raw_check_gone(connection);
    ok("it does so when the first is closed");

    CHECK_STATUS(ws_close(second, WS_NO_CODE, NULL, 0), WS_OK);
    take_end(second);
    ws_free(first);
    ws_free(second);
    close(connection);
    close(server.listener);
    ws_options_free(options);
    ws_options_free(other_options);
    ws_loop_free(loop);
    ws_loop_free(other_loop);
}

/* Each that is cut calls the next one, which is on the same loop: nothing may be left of that. */
static void a_loop_is_freed(void)
{
    struct raw_server server = raw_bind(1);
    ws_loop *loop = new_loop(), *other_loop = new_loop();
    ws_options *options = polite_options(loop), *other_options = polite_options(other_loop);
    ws_socket *sockets[5], *other;
    size_t i;

    for (i = 0; i < 5; i++)
        sockets[i] = connect_path(server.url, "", options);
    run(sockets[0]);
    CHECK(has_come(&server));
    close(raw_accept(&server));
    other = connect_path(server.url, "", other_options);
    run(other);
    CHECK(!has_come(&server));
    ws_loop_free(loop);
    run(other);
    CHECK(has_come(&server));
    for (i = 0; i < 5; i++) {
        take_close(sockets[i], 1006, "", 0);
        ws_free(sockets[i]);
    }
    ws_free(other);
    ws_options_free(options);
    ws_options_free(other_options);
    ws_loop_free(other_loop);
    close(server.listener);
    ok("a loop that is freed takes its sockets out of the line");
}

static void over_fork(void)
{
    struct raw_server server = raw_bind(1);
    ws_loop *loop = new_loop();
    ws_options *options = polite_options(loop);
    ws_socket *first = connect_path(server.url, "", options), *second = connect_path(server.url, "", options);
    int status = -1;
    pid_t pid;

    run(first);
    close(raw_accept(&server));
    CHECK(!has_come(&server));
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        ws_loop *own_loop = new_loop();
        ws_options *own = polite_options(own_loop);
        ws_socket *child = connect_path(server.url, "", own);
        run(child);
        CHECK(has_come(&server));
        CHECK_STATUS(ws_close(second, WS_NO_CODE, NULL, 0), WS_ERR_FORKED);
        ws_free(first);
        ws_free(second);
        ws_free(child);
        /* As in fork.c: a leak check makes no sense in the child. */
        execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    ok("in a child the line is empty: it does not wait for the parent's sockets");

    close(raw_accept(&server));
    CHECK(!has_come(&server));
    ws_free(first);
    run(second);
    CHECK(has_come(&server));
    ws_free(second);
    ws_options_free(options);
    ws_loop_free(loop);
    close(server.listener);
    ok("in the parent it is as it was");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_options *options = new_options();
    ws_socket *sockets[20];
    size_t i;

    one_after_the_other();
    a_loop_is_freed();
    over_fork();

    CHECK_STATUS(ws_options_set_one_connecting(options, 1), WS_OK);
    for (i = 0; i < 20; i++)
        sockets[i] = connect_path(url, "", options);
    for (i = 0; i < 20; i++)
        CHECK_STATUS(ws_wait_open(sockets[i], PATIENCE), WS_OK);
    for (i = 0; i < 20; i++)
        close_and_free(sockets[i]);
    ws_options_free(options);
    ok("many sockets on the background loop all come to their turn");
    return finish();
}
