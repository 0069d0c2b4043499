/* wscat: standard input to a WebSocket server, line by line, and what it answers to standard output. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <ws.h>

#include "wscat_arguments.h"
#include "wscat_input.h"
#include "wscat_verbose.h"

#define EVENTS 64
#define FULL (1024 * 1024) /* bytes queued above which standard input is not read */
#define ANSWERS_MS 1000    /* how long answers may take after end of input, unless -w or -n says otherwise */
#define SHOWN 16           /* bytes of a binary message that are shown */

struct session {
    struct arguments arguments;
    struct input input;
    ws_loop *loop;
    ws_socket *ws;
    int open, closing, closed;
    int output_over;           /* nobody reads what we print */
    int status;                /* of the process */
    uint64_t line, sent, received;
    int64_t wait_until;        /* when answers are too late; -1: the input is not over or still on its way */
    int64_t next_ping;
};

static int signal_pipe[2];
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    int saved = errno;
    (void)number;
    if (interrupted++ > 0)
        _exit(1); /* the second: at once, whatever is under way */
    if (write(signal_pipe[1], "", 1) < 0) {
        /* The pipe is full: poll() wakes anyway. */
    }
    errno = saved;
}

static int catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (pipe(signal_pipe) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK) < 0 || fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC) < 0)
            return -1;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = on_signal;
    if (sigaction(SIGINT, &action, NULL) < 0 || sigaction(SIGTERM, &action, NULL) < 0)
        return -1;
    action.sa_handler = SIG_IGN; /* a reader that goes away is seen at the write, and the connection still closed properly */
    return sigaction(SIGPIPE, &action, NULL);
}

/* Started with standard input or output closed, the first descriptors opened here would be taken for them. */
static int hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd < 0 ? -1 : close(fd);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Text from the other side on a terminal: control characters are shown, not obeyed. */
static void print_safely(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7f)
            fprintf(stderr, "\\x%02x", byte);
        else
            fputc(byte, stderr);
    }
}

static void begin_close(struct session *session, int32_t code, const char *reason)
{
    ws_status status;
    if (session->closing)
        return;
    session->closing = 1;
    status = ws_close(session->ws, code, reason, reason == NULL ? 0 : WS_NUL_TERMINATED);
    if (status < 0) {
        fprintf(stderr, "wscat: close: %s: %s\n", ws_status_name(status), ws_last_error());
        session->status = 2;
        status = ws_close(session->ws, WS_NO_CODE, NULL, 0); /* a refused close changes nothing: this one closes without a code */
    }
    if (status < 0) {
        fprintf(stderr, "wscat: close: %s\n", ws_last_error());
        session->status = 1;
        session->closed = 1;
    }
}

static void close_as_asked(struct session *session)
{
    begin_close(session, session->arguments.close_code, session->arguments.close_reason);
}

/* Whether the message counts as sent. */
static int send_message(struct session *session, int type, const char *data, size_t len)
{
    ws_status status = ws_send(session->ws, type, data, len);
    if (status == WS_OK) {
        session->sent++;
        return 1;
    }
    if (status == WS_DISCARDED) /* the server closes meanwhile: the close event will tell */
        return 0;
    if (type == WS_TEXT)
        fprintf(stderr, "wscat: line %llu is not sent: %s\n", (unsigned long long)session->line, ws_last_error());
    else
        fprintf(stderr, "wscat: %s is not sent: %s\n", session->arguments.binary_file, ws_last_error());
    session->status = 2;
    return 0;
}

static void take_line(const char *line, size_t len, void *context)
{
    struct session *session = context;
    session->line++;
    send_message(session, WS_TEXT, line, len);
}

static void read_input(struct session *session)
{
    int error = input_read(&session->input, STDIN_FILENO, take_line, session);
    if (error != 0) {
        fprintf(stderr, "wscat: standard input: %s\n", strerror(error));
        session->input.over = 1;
        session->status = 2;
    }
}

static void print_message(struct session *session, const ws_event *event)
{
    const unsigned char *bytes = event->data;
    if (session->output_over)
        return;
    if (event->kind == WS_TEXT || session->arguments.raw) {
        fwrite(bytes, 1, event->len, stdout);
        if (event->kind == WS_TEXT)
            putchar('\n');
    } else {
        printf("(binary, %zu bytes:", event->len);
        for (size_t i = 0; i < event->len && i < SHOWN; i++)
            printf(" %02x", bytes[i]);
        puts(event->len > SHOWN ? " ...)" : ")");
    }
    if (fflush(stdout) == 0)
        return;
    session->output_over = 1;
    if (errno != EPIPE) { /* whoever reads us may go when he has enough; a full disk is another matter */
        fprintf(stderr, "wscat: standard output: %s\n", strerror(errno));
        session->status = 2;
    }
    begin_close(session, 1000, NULL);
}

/* The rest of the line that tells of the end, and with -v the body of what the server said, whose head was told before. */
static void print_failure(const struct session *session)
{
    ws_failure failure = {.size = sizeof failure};
    if (ws_get_failure(session->ws, &failure) != WS_OK || failure.phase == WS_PHASE_NONE) {
        fputc('\n', stderr);
        return;
    }
    fputs(": ", stderr);
    print_safely(failure.text, failure.text_len);
    if (failure.http_status != 0)
        fprintf(stderr, " (HTTP status %d)", (int)failure.http_status);
    fputc('\n', stderr);
    if (session->arguments.verbose && failure.body_len > 0)
        fwrite(failure.body, 1, failure.body_len, stderr);
}

static void on_open(struct session *session)
{
    session->open = 1;
    session->next_ping = now_ms() + session->arguments.ping_ms;
    if (session->arguments.binary_file != NULL) {
        send_message(session, WS_BINARY, session->input.bytes, session->input.len);
        input_free(&session->input);
        session->input.over = 1;
    }
}

static void on_close(struct session *session, const ws_event *event)
{
    session->closed = 1;
    if (!event->was_clean && session->status == 0)
        session->status = 1;
    if (session->arguments.quiet && event->was_clean)
        return;
    fprintf(stderr, "wscat: %s: %d \"", session->open ? "closed" : "not connected", (int)event->code);
    print_safely(event->data, event->len);
    fputs(event->was_clean ? "\", clean\n" : "\", not clean", stderr);
    if (!event->was_clean)
        print_failure(session);
}

static void on_event(struct session *session, const ws_event *event)
{
    switch (event->type) {
    case WS_EVENT_OPEN:
        on_open(session);
        break;
    case WS_EVENT_MESSAGE:
        if (session->closing)
            break; /* taken together with the one after which we closed */
        session->received++;
        print_message(session, event);
        if (session->received == session->arguments.count)
            close_as_asked(session);
        break;
    case WS_EVENT_PONG:
        if (session->arguments.verbose)
            fprintf(stderr, "wscat: pong after %.3f ms\n", (double)event->rtt_us / 1000);
        break;
    case WS_EVENT_CLOSE:
        on_close(session, event);
        break;
    default: /* WS_EVENT_ERROR: the close event that follows says the same and more */
        break;
    }
}

/* Does what is due and returns when to look again, in ms since the clock's beginning; -1: nothing is due. */
static int64_t handle_time(struct session *session)
{
    const struct arguments *arguments = &session->arguments;
    int64_t now = now_ms(), next = -1;
    if (session->closing || ws_ready_state(session->ws) != WS_OPEN)
        return -1;

    if (arguments->ping_ms > 0) {
        if (now >= session->next_ping) {
            ws_status status = ws_ping(session->ws, "", 0);
            if (status < 0)
                fprintf(stderr, "wscat: ping: %s\n", ws_last_error());
            else if (arguments->verbose)
                fputs("wscat: ping\n", stderr);
            session->next_ping = now + arguments->ping_ms;
        }
        next = session->next_ping;
    }

    if (!session->input.over || ws_buffered_amount(session->ws) > 0)
        return next;
    if (session->wait_until < 0) {
        int64_t wait = arguments->wait_ms;
        if (wait == WSCAT_BY_ANSWERS)
            wait = arguments->count > 0 ? WSCAT_ENDLESS : ANSWERS_MS;
        session->wait_until = wait == WSCAT_ENDLESS ? WSCAT_ENDLESS : now + wait;
    }
    int all_answered = arguments->wait_ms == WSCAT_BY_ANSWERS && arguments->count == 0 && session->received >= session->sent;
    if (all_answered || now >= session->wait_until) {
        close_as_asked(session);
        return -1;
    }
    if (session->wait_until != WSCAT_ENDLESS && (next < 0 || session->wait_until < next))
        next = session->wait_until;
    return next;
}

/* Waits until a descriptor or a timer is ready, and handles the descriptors; the loop is the caller's. */
static void wait_and_read(struct session *session, int64_t until)
{
    int reads = session->open && !session->closing && !session->input.over && ws_buffered_amount(session->ws) <= FULL;
    struct pollfd fds[3] = {
        {signal_pipe[0], POLLIN, 0},
        {ws_loop_fd(session->loop), POLLIN, 0},
        {reads ? STDIN_FILENO : -1, POLLIN, 0},
    };
    int timeout = ws_loop_timeout(session->loop);
    if (until >= 0) {
        int64_t left = until - now_ms();
        if (left < 0)
            left = 0;
        if (timeout < 0 || left < timeout)
            timeout = left > INT32_MAX ? INT32_MAX : (int)left;
    }
    if (poll(fds, 3, timeout) < 0) {
        if (errno == EINTR)
            return; /* the signal is in the pipe, for the next turn */
        fprintf(stderr, "wscat: poll: %s\n", strerror(errno));
        session->status = 1;
        session->closed = 1;
        return;
    }
    if (fds[0].revents != 0) {
        char byte;
        while (read(signal_pipe[0], &byte, 1) > 0) {
        }
        begin_close(session, 1000, NULL);
    }
    if (fds[2].revents != 0 && !session->closing)
        read_input(session);
}

static void run(struct session *session)
{
    ws_event events[EVENTS];
    while (!session->closed) {
        size_t count = 0;
        wait_and_read(session, handle_time(session));
        ws_status status = ws_loop_wait(session->loop, events, EVENTS, 0, &count);
        for (size_t i = 0; i < count; i++)
            on_event(session, &events[i]);
        if (status != WS_OK && status != WS_ERR_TIMEOUT && status != WS_ERR_ABORTED && !session->closed) {
            fprintf(stderr, "wscat: ws_loop_wait: %s: %s\n", ws_status_name(status), ws_last_error());
            session->status = 1;
            session->closed = 1;
        }
    }
}

/* 0, or the exit status. */
static int set_up(struct session *session)
{
    const struct arguments *arguments = &session->arguments;
    ws_status status;
    if (hold_standard_descriptors() < 0) {
        fprintf(stderr, "wscat: /dev/null: %s\n", strerror(errno));
        return 1;
    }
    if (arguments->binary_file != NULL) {
        int error = input_read_file(&session->input, arguments->binary_file);
        if (error != 0) {
            fprintf(stderr, "wscat: --binary %s: %s\n", arguments->binary_file, strerror(error));
            return 2;
        }
        session->input.over = 0; /* the file is read, but not sent */
    }
    if (arguments->verbose > 0)
        tell_steps(arguments->verbose);
    if (catch_signals() < 0) {
        fprintf(stderr, "wscat: signals cannot be caught: %s\n", strerror(errno));
        return 1;
    }
    status = ws_loop_new(&session->loop);
    if (status == WS_OK)
        status = ws_options_set_loop(arguments->options, session->loop);
    if (status != WS_OK) {
        fprintf(stderr, "wscat: %s\n", ws_last_error());
        return 1;
    }
    status = ws_connect(arguments->url, arguments->options, &session->ws);
    if (status != WS_OK) {
        fprintf(stderr, "wscat: %s: %s: %s\n", arguments->url, ws_status_name(status), ws_last_error());
        return 2;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct session session;
    int status;
    memset(&session, 0, sizeof session);
    session.wait_until = -1;

    status = parse_arguments(argc, argv, &session.arguments);
    if (status < 0) {
        status = set_up(&session);
        if (status == 0) {
            run(&session);
            status = session.status;
        }
    }
    ws_free(session.ws);
    ws_loop_free(session.loop);
    ws_options_free(session.arguments.options);
    input_free(&session.input);
    return status;
}
