/* The library's threads take no signal that the program waits for, and leave alone what it blocks in its own. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static sigset_t mask(void)
{
    sigset_t set;
    CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    return set;
}

/* SIGTERM has no handler: if another thread took it, it would end this process. */
static void wait_for(const sigset_t *terminate)
{
    int number = 0;
    CHECK_INT(sigwait(terminate, &number), 0);
    CHECK_INT(number, SIGTERM);
}

static int same(const sigset_t *one, const sigset_t *other)
{
    for (int number = 1; number < 32; number++)
        if (sigismember(one, number) != sigismember(other, number))
            return 0;
    return 1;
}

static void on_open(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)event;
    *(sigset_t *)user_data = mask();
    CHECK_STATUS(ws_close(ws, WS_NO_CODE, NULL, 0), WS_OK);
}

static void on_close(ws_socket *ws, const ws_event *event, void *user_data)
{
    (void)user_data;
    check_close(event, 1005, "", 1);
    CHECK_INT(kill(getpid(), SIGTERM), 0);
    ws_free(ws);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF};
    const int blocked[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGCHLD, SIGUSR1, SIGPIPE};
    sigset_t before = mask(), after, in_callback, terminate;
    ws_options *options = new_options();
    ws_socket *ws;

    ws = open_path(url, "", NULL);
    after = mask();
    CHECK(same(&before, &after));
    ok("ws_connect, which starts the library's thread, changes nothing about the signals of the thread that calls it");

    /* Only now, when that thread is there. */
    CHECK_INT(sigemptyset(&terminate), 0);
    CHECK_INT(sigaddset(&terminate, SIGTERM), 0);
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &terminate, NULL), 0);
    CHECK_INT(kill(getpid(), SIGTERM), 0);
    wait_for(&terminate);
    close_and_free(ws);
    ok("a signal that is blocked after ws_connect is there for sigwait");

    CHECK_INT(sigemptyset(&in_callback), 0);
    CHECK_STATUS(ws_options_set_callbacks(options, on_open, NULL, NULL, on_close, &in_callback), WS_OK);
    connect_path(url, "", options);
    wait_for(&terminate);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        CHECK_INT(sigismember(&in_callback, kept[i]), 0);
    for (size_t i = 0; i < sizeof blocked / sizeof blocked[0]; i++)
        CHECK_INT(sigismember(&in_callback, blocked[i]), 1);
    ws_options_free(options);
    ok("a callback on the background loop has all blocked but the signals of faults and of profilers");
    return finish();
}
