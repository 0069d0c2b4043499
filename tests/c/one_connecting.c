/* With ws_options_set_one_connecting one socket at a time connects to an address: from C, over fork, and when a loop is freed. */
#include "check.h"
#include "directed.h"

#include <sys/wait.h>
#include <unistd.h>

static ws_options *polite_options(ws_loop *loop)
{
    ws_options *options = options_on(loop);
    CHECK_STATUS(ws_options_set_one_connecting(options, 1), WS_OK);
    return options;
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

static void one_after_the_other(ws_socket *director)
{
    ws_loop *loop = new_loop(), *other_loop = new_loop();
    ws_options *options = polite_options(loop), *other_options = polite_options(other_loop);
    ws_socket *first = connect_path(ws_url(director), "", options), *second = connect_path(ws_url(director), "", other_options);

    run(first);
    tell_to_take_the_next(director);
    run(second);
    check_nobody_has_come(director);
    ok("the second does not connect while the first is CONNECTING");

    CHECK_STATUS(ws_close(first, WS_NO_CODE, NULL, 0), WS_OK);
    run(second);
    tell(director, "wait for one", "one has come");
    take_end(first);
    tell(director, "let it end", "gone"); /* before it comes the request, as far as it was sent */
    ok("it does so when the first is closed");

    tell_to_take_the_next(director);
    CHECK_STATUS(ws_close(second, WS_NO_CODE, NULL, 0), WS_OK);
    take_end(second);
    ws_free(first);
    ws_free(second);
    ws_options_free(options);
    ws_options_free(other_options);
    ws_loop_free(loop);
    ws_loop_free(other_loop);
}

/* Each that is cut calls the next one, which is on the same loop: nothing may be left of that. */
static void a_loop_is_freed(ws_socket *director)
{
    ws_loop *loop = new_loop(), *other_loop = new_loop();
    ws_options *options = polite_options(loop), *other_options = polite_options(other_loop);
    ws_socket *sockets[5], *other;
    size_t i;

    for (i = 0; i < 5; i++)
        sockets[i] = connect_path(ws_url(director), "", options);
    run(sockets[0]);
    tell_to_take_the_next(director);
    other = connect_path(ws_url(director), "", other_options);
    run(other);
    check_nobody_has_come(director);
    ws_loop_free(loop);
    run(other);
    tell_to_take_the_next(director);
    check_nobody_has_come(director);
    for (i = 0; i < 5; i++) {
        take_close(sockets[i], 1006, "", 0);
        ws_free(sockets[i]);
    }
    ws_free(other);
    ws_options_free(options);
    ws_options_free(other_options);
    ws_loop_free(other_loop);
    ok("a loop that is freed takes its sockets out of the line");
}

/* Connects and is refused. */
static void be_the_child(const char *url, ws_socket *first, ws_socket *second)
{
    ws_options *own = polite_options(new_loop());
    ws_socket *child = connect_path(url, "", own);
    take_end(child);
    CHECK_STATUS(ws_close(second, WS_NO_CODE, NULL, 0), WS_ERR_FORKED);
    ws_free(first);
    ws_free(second);
    ws_free(child);
    /* As in fork.c: a leak check makes no sense in the child. */
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

static void over_fork(const char *url, ws_socket *director)
{
    ws_loop *loop = new_loop();
    ws_options *options = polite_options(loop);
    ws_socket *first = connect_path(url, "", options), *second = connect_path(url, "", options);
    int status = -1;
    pid_t pid;

    run(first);
    tell_to_take_the_next(director);
    check_nobody_has_come(director);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        be_the_child(url, first, second);
    tell_to_take_the_next(director);
    tell(director, "answer with HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "done");
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    ok("in a child the line is empty: it does not wait for the parent's sockets");

    check_nobody_has_come(director);
    ws_free(first);
    run(second);
    tell_to_take_the_next(director);
    ws_free(second);
    ws_options_free(options);
    ws_loop_free(loop);
    ok("in the parent it is as it was");
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv), *directed = further_url(argc, argv, 0);
    /* On a loop of its own: no other one runs when it is waited for. */
    ws_loop *directors_loop = new_loop();
    ws_options *options = new_options(), *directors_options = options_on(directors_loop);
    ws_socket *sockets[20], *director = open_path(directed, "", directors_options);
    size_t i;

    one_after_the_other(director);
    a_loop_is_freed(director);
    over_fork(directed, director);
    close_and_free(director);
    ws_options_free(directors_options);
    ws_loop_free(directors_loop);

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
