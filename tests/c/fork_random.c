/* After fork nobody's random numbers repeat: the parent's next connection, that which it had before, and those of two children have
   four different keys and masks. The server tells them: `telling` in tests/c_programs/servers.rs. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 4
#define FRAMES 3

/* What a connection's client chose at random: the key of its request and the masks of its frames, one after the other in hexadecimal. */
struct record {
    char key[25];
    char masks[FRAMES * 8 + 1];
};

/* Sends a message, which comes back behind its connection's key and its frame's mask, and takes those down. */
static void say(ws_socket *ws, const char *text, struct record *record)
{
    char key[25], mask[9], back[16];
    ws_event event;
    CHECK_STATUS(ws_send_text(ws, text), WS_OK);
    event = take(ws, WS_EVENT_MESSAGE);
    CHECK_INT(sscanf(event.data, "%24s %8s %15s", key, mask, back), 3);
    CHECK_TEXT(back, text);
    CHECK_INT(strlen(key), 24);
    CHECK_INT(strlen(mask), 8);
    CHECK(strlen(record->masks) + 8 < sizeof record->masks);
    strcpy(record->key, key);
    strcat(record->masks, mask);
}

static struct record connect_and_talk(const char *url)
{
    struct record record = {"", ""};
    ws_socket *ws = open_path(url, "", NULL);
    for (int i = 0; i < FRAMES; i++)
        say(ws, "hello", &record);
    close_and_free(ws);
    return record;
}

/* The record of a child that connects. */
static struct record of_a_child(const char *url)
{
    struct record record;
    int status = -1, ends[2];
    pid_t pid;
    CHECK_INT(pipe(ends), 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        record = connect_and_talk(url);
        CHECK_INT(write(ends[1], &record, sizeof record), sizeof record);
        /* As in fork.c: what the parent's thread held is nobody's here, and a leak check makes no sense. */
        if (finish() == 0)
            execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_INT(read(ends[0], &record, sizeof record), sizeof record);
    close(ends[0]);
    close(ends[1]);
    return record;
}

int main(int argc, char **argv)
{
    struct record records[CONNECTIONS] = {{"", ""}};
    const char *url = further_url(argc, argv, 0);
    ws_socket *ws = open_path(url, "", NULL);

    say(ws, "before", &records[0]);
    records[1] = of_a_child(url);
    records[2] = of_a_child(url);
    say(ws, "after", &records[0]);
    say(ws, "fork", &records[0]);
    records[3] = connect_and_talk(url);
    close_and_free(ws);

    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK_INT(strlen(records[i].masks), FRAMES * 8);
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(records[i].key, records[j].key) != 0);
            /* All masks of one are those of another with a chance of 1 in 2^96; two neighbours, as a copied generator gives: 1 in 2^61. */
            for (int a = 0; a + 1 < FRAMES; a++) {
                for (int b = 0; b + 1 < FRAMES; b++)
                    CHECK(memcmp(records[i].masks + 8 * a, records[j].masks + 8 * b, 16) != 0);
            }
        }
    }
    ok("the parent before and after fork and two children: four keys, and masks that have nothing in common");
    return finish();
}
