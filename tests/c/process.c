/* What libws does to the process around it: nothing. No signal, no descriptor that a child inherits or that stays, no trouble with
   signals that interrupt. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#define DESCRIPTORS 256

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

/* How many descriptors are open; those not in `before` must be close-on-exec. */
static int open_descriptors(const char *before, char *now)
{
    int count = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        int flags = fcntl(fd, F_GETFD);
        now[fd] = flags >= 0;
        count += now[fd];
        if (now[fd] && before != NULL && !before[fd])
            CHECK((flags & FD_CLOEXEC) != 0);
    }
    return count;
}

/* The server ends TCP after the first message; SIGPIPE has its default action, which would end this process. */
static void writing_to_a_dead_connection(const char *url, const ws_options *options, const char *sentence)
{
    ws_event event;
    ws_socket *ws = open_path(url, "drop", options);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    for (;;) {
        ws_status status = ws_send_text(ws, "more");
        CHECK(status == WS_OK || status == WS_DISCARDED);
        if (ws_next_event(ws, &event, 1) == WS_OK && event.type == WS_EVENT_CLOSE)
            break;
    }
    check_close(&event, 1006, "", 0);
    ws_free(ws);
    ok(sentence);
}

static void interrupted_all_the_time(const char *url, const ws_options *options, const char *sentence)
{
    struct sigaction action;
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    ws_socket *ws;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal; /* without SA_RESTART: calls are interrupted */
    CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
    signals = 0;
    CHECK_INT(setitimer(ITIMER_REAL, &often, NULL), 0);
    ws = open_path(url, "", options);
    while (signals < 20) {
        CHECK_STATUS(ws_send_text(ws, "again"), WS_OK);
        take_text(ws, "again");
    }
    close_and_free(ws);
    CHECK_INT(setitimer(ITIMER_REAL, &never, NULL), 0);
    ok(sentence);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    char before[DESCRIPTORS], now[DESCRIPTORS];
    int count = open_descriptors(NULL, before);
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);

    ws_socket *background = open_path(url, "", NULL), *own = open_path(url, "", options);
    CHECK(open_descriptors(before, now) > count);
    close_and_free(background);
    close_and_free(own);
    ok("every descriptor is close-on-exec");

    writing_to_a_dead_connection(url, NULL, "background loop: a write to a dead connection is no signal");
    writing_to_a_dead_connection(url, options, "own loop: the same");
    interrupted_all_the_time(url, NULL, "background loop: signals interrupt nothing");
    interrupted_all_the_time(url, options, "own loop: the same");

    ws_options_free(options);
    ws_loop_free(loop);
    finish();
    CHECK_INT(open_descriptors(before, now), count);
    ok("no descriptor stays open");
    return 0;
}
