/* Ports that browsers block: an error event and a close event for each, and nothing reaches the network. Only the last step connects,
   to the echo server: a trace of the system calls has that one connection and no other. */
#include "check.h"

/* The Fetch standard's bad ports. */
static const int BAD[] = {
    0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,
    53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,
    123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,
    532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049,
    3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
};

static void refused(const char *host, int port, const ws_options *options)
{
    char url[64], part[32];
    ws_socket *ws = NULL;
    ws_failure failure = {.size = sizeof failure};
    snprintf(url, sizeof url, "ws://%s:%d/", host, port);
    snprintf(part, sizeof part, "port %d ", port);
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    CHECK_INT(ws_ready_state(ws), WS_CONNECTING);
    CHECK(strstr(take(ws, WS_EVENT_ERROR).data, part) != NULL);
    take_close(ws, 1006, "", 0);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK_INT(failure.phase, WS_PHASE_URL);
    CHECK_INT(failure.os_error, 0);
    CHECK(port == 0 || strstr(failure.text, "ws_options_set_block_ports") != NULL);
    ws_free(ws);
}

static void each_is_refused(const ws_options *options, const char *sentence)
{
    static const char *const HOSTS[] = {"127.0.0.1", "[::1]", "localhost", "nonexistent.invalid"};
    for (size_t port = 0; port < sizeof BAD / sizeof *BAD; port++)
        for (size_t host = 0; host < sizeof HOSTS / sizeof *HOSTS; host++)
            refused(HOSTS[host], BAD[port], options);
    ok(sentence);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    ws_loop *loop = new_loop();
    ws_options *own = options_on(loop), *allowed = new_options();

    each_is_refused(NULL, "background loop: each blocked port is an error event and a close event with 1006, not clean");
    each_is_refused(own, "own loop: the same");
    CHECK_STATUS(ws_options_set_block_ports(allowed, 0), WS_OK);
    refused("127.0.0.1", 0, allowed);
    ok("port 0 is refused though every port is allowed");
    close_and_free(open_path(url, "", allowed));
    ok("other ports are not touched by the option");

    ws_options_free(own);
    ws_options_free(allowed);
    ws_loop_free(loop);
    return finish();
}
