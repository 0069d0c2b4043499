/* A small message that becomes a huge one is given up at the limit: 1009 on the wire, and memory for no more than the limit. */
#include "check.h"
#include "resident.h"

#define MIB (1ll << 20)

struct bomb {
    long long limit;
    /* How many MiB it becomes: a thousandth of that is sent. */
    const char *size;
    int own_loop;
};

/* Each in a process of its own, as the highest memory is that of the whole process. */
static void explode(const char *url, const struct bomb *bomb)
{
    ws_loop *loop = bomb->own_loop ? new_loop() : NULL;
    ws_options *options = options_on(loop);
    ws_socket *ws;
    ws_event event;
    long long before, grown;

    CHECK_STATUS(ws_options_set_max_message_size(options, (uint64_t)bomb->limit), WS_OK);
    ws = open_path(url, "", options);
    ws_options_free(options);
    CHECK_TEXT(ws_extensions(ws), "permessage-deflate");
    take_text(ws, "this was compressed, too");
    before = resident("VmRSS:");

    CHECK_STATUS(ws_send_text(ws, bomb->size), WS_OK);
    event = take(ws, WS_EVENT_ERROR);
    CHECK(strstr(event.data, "a compressed message that is larger than the maximum of") != NULL);
    take_close(ws, 1006, "", 0);
    grown = resident("VmHWM:") - before;
    printf("%s MiB, %s loop: %lld KiB more at the highest with a limit of %lld KiB\n", bomb->size, bomb->own_loop ? "own" : "background",
           grown / 1024, bomb->limit / 1024);
    CHECK(grown < bomb->limit + MIB || !memory_is_our_own());

    ws_free(ws);
    ws_loop_free(loop);
}

int main(int argc, char **argv)
{
    static const struct bomb bombs[] = {
        {MIB, "10", 0}, {MIB, "1024", 0}, {16 * MIB, "1024", 0}, {MIB, "10", 1}, {MIB, "1024", 1}, {16 * MIB, "1024", 1},
    };
    size_t i;
    for (i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        pid_t pid = new_process();
        if (pid == 0) {
            explode(further_url(argc, argv, 0), &bombs[i]);
            exit(finish());
        }
        check_process(pid);
    }
    ok("a bomb is given up at the limit, with no more memory than that and a MiB");
    return 0;
}
