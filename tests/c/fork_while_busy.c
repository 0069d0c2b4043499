/* fork while other threads are inside the library: the child finds none of its locks held by threads that it does not have. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define CHILDREN 50
#define THREADS 3

static volatile sig_atomic_t is_over;

static void hear(int level, const char *text, size_t len, void *user_data)
{
    (void)level;
    (void)text;
    (void)len;
    (void)user_data;
}

/* Makes sockets whose connection is refused before anything is done for it, logs and frees, all the time. */
static void *keep_busy(void *unused)
{
    (void)unused;
    while (!is_over) {
        ws_socket *ws;
        CHECK_STATUS(ws_connect("ws://127.0.0.1:1/", NULL, &ws), WS_OK);
        ws_free(ws);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    pthread_t threads[THREADS];
    CHECK_STATUS(ws_set_log(hear, NULL, WS_LOG_TRACE), WS_OK);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, keep_busy, NULL), 0);
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            ws_free(connect_path(url, "", NULL));
            execlp("true", "true", (char *)NULL);
            _exit(1);
        }
        CHECK_INT(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    is_over = 1;
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    ok("each child can connect, log and free");
    return finish();
}
