/* After fork the child's calls on the parent's handles are refused, a socket of its own works, and the parent goes on. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static int child(const char *url, ws_socket *inherited, ws_loop *inherited_loop, ws_options *inherited_options)
{
    ws_event event;
    ws_failure failure = {.size = sizeof failure};
    ws_stats stats;
    size_t count = 0;
    ws_loop *loop;
    ws_options *options;
    ws_socket *ws;
    CHECK_STATUS(ws_send_text(inherited, "from the child"), WS_ERR_FORKED);
    CHECK_STATUS(ws_next_event(inherited, &event, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_next_events(inherited, &event, 1, 0, &count), WS_ERR_FORKED);
    CHECK_STATUS(ws_close(inherited, 1000, NULL, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_ping(inherited, "", 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_flush(inherited, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_send(inherited, WS_BINARY, "x", 1), WS_ERR_FORKED);
    CHECK_STATUS(ws_message_begin(inherited, WS_TEXT), WS_ERR_FORKED);
    CHECK_STATUS(ws_message_append(inherited, "x", 1), WS_ERR_FORKED);
    CHECK_STATUS(ws_message_end(inherited), WS_ERR_FORKED);
    CHECK_STATUS(ws_wait_open(inherited, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_wait_closed(inherited, &event, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_pause(inherited), WS_ERR_FORKED);
    CHECK_STATUS(ws_resume(inherited), WS_ERR_FORKED);
    CHECK_STATUS(ws_interrupt(inherited), WS_ERR_FORKED);
    CHECK_STATUS(ws_get_failure(inherited, &failure), WS_ERR_FORKED);
    stats.size = sizeof stats;
    CHECK_STATUS(ws_get_stats(inherited, &stats), WS_ERR_FORKED);
    CHECK_STATUS(ws_ready_state(inherited), WS_ERR_FORKED);
    CHECK_INT(ws_buffered_amount(inherited), 0);
    CHECK_STATUS(ws_loop_wait(inherited_loop, &event, 1, 0, &count), WS_ERR_FORKED);
    CHECK_STATUS(ws_loop_dispatch(inherited_loop, 0), WS_ERR_FORKED);
    CHECK_STATUS(ws_loop_wake(inherited_loop), WS_ERR_FORKED);
    CHECK(ws_loop_fd(inherited_loop) < 0);
    CHECK_INT(ws_loop_timeout(inherited_loop), -1);
    options = new_options();
    CHECK_STATUS(ws_options_set_loop(options, inherited_loop), WS_ERR_FORKED);
    ws_options_free(options);
    CHECK_STATUS(ws_connect(url, inherited_options, &ws), WS_ERR_FORKED);
    CHECK(ws == NULL);
    ws_options_free(inherited_options);
    ws_free(inherited);
    ws_loop_free(inherited_loop);
    ok("in the child: the parent's handles are refused, and may be freed");

    ws = open_path(url, "", NULL);
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    take_text(ws, "hello");
    close_and_free(ws);
    ok("in the child: a new socket on the child's own background loop works");

    loop = new_loop();
    options = options_on(loop);
    ws = open_path(url, "", options);
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    take_text(ws, "hello");
    close_and_free(ws);
    ws_options_free(options);
    ws_loop_free(loop);
    ok("in the child: so does one on a new loop");
    return finish();
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_socket *ws = open_path(url, "", NULL);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    pid_t pid;
    int status = -1;

    CHECK_STATUS(ws_send_text(ws, "before"), WS_OK);
    take_text(ws, "before");
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int result = child(url, ws, loop, options);
        /* What the parent's background thread held is in the child's memory, too, and nobody's: a leak check there makes no sense,
           and none is made when another program takes the child's place. */
        if (result == 0)
            execlp("true", "true", (char *)NULL);
        return 1;
    }

    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_STATUS(ws_send_text(ws, "after"), WS_OK);
    take_text(ws, "after");
    close_and_free(ws);
    ws_options_free(options);
    ws_loop_free(loop);
    ok("in the parent: the connection is untouched by what the child did");
    return finish();
}
