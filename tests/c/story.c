/* ws_set_log at the debug level: the whole story of a connection, of a refusal, of an address where nobody is. Secrets are not in it. */
#include "check.h"
#include "directed.h"

#define NUL WS_NUL_TERMINATED

static struct {
    char url[128]; /* of the socket that is watched */
    char text[8192];
} story;

/* Puts `with` in place of what stands between `before` and `behind`. */
static void replace(char *line, const char *before, const char *behind, const char *with)
{
    char rest[1024];
    char *start = strstr(line, before), *end;
    if (start == NULL)
        return;
    start += strlen(before);
    end = *behind == '\0' ? start + strlen(start) : strstr(start, behind);
    if (end == NULL)
        return;
    snprintf(rest, sizeof rest, "%s", end);
    strcpy(start, with);
    strcat(start, rest);
}

/* What differs from run to run is replaced; lines about other sockets are left out. */
static void take_down(int level, const char *text, size_t len, void *user_data)
{
    char line[1024], address[128];
    (void)user_data;
    CHECK(level <= WS_LOG_DEBUG && len < sizeof line);
    if (strncmp(text, story.url, strlen(story.url)) != 0 || strncmp(text + strlen(story.url), ": ", 2) != 0)
        return;
    snprintf(line, sizeof line, "%s", text + strlen(story.url) + 2);
    snprintf(address, sizeof address, "%.*s", (int)strcspn(story.url + strlen("ws://"), "/"), story.url + strlen("ws://"));
    for (char *found; (found = strstr(line, address)) != NULL;) {
        memmove(found + 4, found + strlen(address), strlen(found + strlen(address)) + 1);
        memcpy(found, "HOST", 4);
    }
    replace(line, " from ", " after ", "US");
    replace(line, " after ", " ms", "N");
    replace(line, "Sec-WebSocket-Key: ", "", "KEY");
    replace(line, "Sec-WebSocket-Accept: ", "", "ACCEPT");
    replace(line, "User-Agent: libws/", "", "VERSION");
    CHECK(strlen(story.text) + strlen(line) + 2 < sizeof story.text);
    strcat(strcat(story.text, line), "\n");
}

static ws_socket *begin(const char *server, const char *user, const char *path, const ws_options *options)
{
    char url[256];
    ws_socket *ws = NULL;
    snprintf(story.url, sizeof story.url, "%s%s", server, path);
    story.text[0] = '\0';
    snprintf(url, sizeof url, "ws://%s%s", user, story.url + strlen("ws://"));
    CHECK_STATUS(ws_connect(url, options, &ws), WS_OK);
    return ws;
}

static void check_story(const char *expected)
{
    if (strcmp(story.text, expected) != 0)
        fprintf(stderr, "not ok - the story is\n%s", story.text);
    CHECK(strcmp(story.text, expected) == 0);
}

#define REQUEST(path, more)                                                    \
    "connecting\n"                                                             \
    "trying HOST\n"                                                            \
    "connected to HOST from US after N ms\n"                                   \
    "> GET /" path " HTTP/1.1\n"                                               \
    "> Host: HOST\n"                                                           \
    "> Connection: Upgrade\n"                                                  \
    "> Pragma: no-cache\n"                                                     \
    "> Cache-Control: no-cache\n"                                              \
    "> User-Agent: libws/VERSION\n"                                            \
    "> Upgrade: websocket\n"                                                   \
    "> Sec-WebSocket-Version: 13\n" more                                       \
    "> Sec-WebSocket-Key: KEY\n"                                               \
    "> Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\n"

#define RESPONSE                              \
    "< HTTP/1.1 101 Switching Protocols\n"    \
    "< Upgrade: websocket\n"                  \
    "< Connection: Upgrade\n"                 \
    "< Sec-WebSocket-Accept: ACCEPT\n"

static void of_a_connection(ws_loop *loop, ws_socket *director)
{
    ws_options *options = options_on(loop);
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_bearer(options, "hunter2", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_header(options, "X-Colour", NUL, "deep \"blue\"", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_cookie(options, "id", NUL, "hunter2", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_header(options, "X-Api-Key", NUL, "hunter2", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_protocol(options, "chat", NUL), WS_OK);
    ws = begin(ws_url(director), "alice:hunter2@", "chat?x=1", options);
    tell_to_take_the_next(director);
    tell(director,
         "accept with Sec-WebSocket-Protocol: chat\r\nSet-Cookie: id=hunter2\r\n folded=hunter2\r\nX-Bell: \x1b[2J\r\n"
         "Sec-WebSocket-Extensions: permessage-deflate\r\n",
         "open");
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    CHECK_STATUS(ws_close(ws, 3000, "done", NUL), WS_OK);
    tell(director, "answer its close", "gone");
    take_close(ws, 3000, "done", 1);
    check_story(REQUEST("chat?x=1",
                        "> Authorization: Bearer ***\n"
                        "> X-Colour: deep \"blue\"\n"
                        "> Cookie: ***\n"
                        "> X-Api-Key: ***\n")
                "> Sec-WebSocket-Protocol: chat\n"
                RESPONSE
                "< Sec-WebSocket-Protocol: chat\n"
                "< Set-Cookie: ***\n"
                "<  ***\n"
                "< X-Bell: \\u{1b}[2J\n"
                "< Sec-WebSocket-Extensions: permessage-deflate\n"
                "the subprotocol agreed on: chat\n"
                "the extensions agreed on: permessage-deflate\n"
                "open after N ms\n"
                "closing with 3000 \"done\"\n"
                "the server closes with 3000 \"done\"\n"
                "closed cleanly with 3000\n");
    ws_free(ws);
    ws_options_free(options);
    ok("of a connection: each step, the request and the response, and no secret");
}

static void of_a_breach(ws_loop *loop, ws_socket *director)
{
    ws_options *options = options_on(loop);
    ws_socket *ws = begin(ws_url(director), "", "", options);
    tell_to_take_the_next(director);
    tell(director, "accept with ", "open");
    CHECK_STATUS(ws_wait_open(ws, PATIENCE), WS_OK);
    tell(director, "answer with \x01\x01!\x01\x01!", "done");
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    check_story(REQUEST("", "") RESPONSE
                "open after N ms\n"
                "closing with 1002: the server broke the protocol\n"
                "the server began a message before the fragmented one before it was complete\n"
                "closed not cleanly with 1006\n");
    ws_free(ws);
    tell(director, "let it end", "gone");
    ws_options_free(options);
    ok("of a breach of the protocol");
}

static void of_a_refusal(ws_loop *loop, ws_socket *director)
{
    ws_options *options = options_on(loop);
    ws_socket *ws = begin(ws_url(director), "", "secret", options);
    char head[4096];
    tell_to_take_the_next(director);
    read_request(director, head, sizeof head);
    tell(director, "answer with HTTP/1.1 401 Who are you\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", "done");
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    check_story(REQUEST("secret", "")
                "< HTTP/1.1 401 Who are you\n"
                "< WWW-Authenticate: Basic realm=\"x\"\n"
                "< Content-Length: 0\n"
                "the server answered with the HTTP status 401 \"Who are you\"; 101 was expected\n"
                "closed not cleanly with 1006\n");
    ws_free(ws);
    tell(director, "end it", "gone");
    ws_options_free(options);
    ok("of a refusal");
}

static void of_nobody(ws_loop *loop, const char *refusing)
{
    ws_options *options = options_on(loop);
    ws_socket *ws = begin(refusing, "alice:hunter2@", "", options);
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    check_story("connecting\n"
                "trying HOST\n"
                "HOST: Connection refused (os error 111)\n"
                "could not connect to HOST: HOST: Connection refused (os error 111)\n"
                "closed not cleanly with 1006\n");
    ws_free(ws);
    ws_options_free(options);
    ok("of an address where nobody listens");
}

static void of_a_name(ws_loop *loop)
{
    ws_options *options = options_on(loop);
    ws_socket *ws;
    CHECK_STATUS(ws_options_set_connect_timeout(options, 1000), WS_OK);
    /* RFC 6761 section 6.4: it exists nowhere. */
    ws = begin("ws://nonexistent.invalid/", "", "", options);
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    CHECK(strstr(story.text, "connecting\nlooking up HOST\n") == story.text);
    CHECK(strstr(story.text, "could not look up the host of HOST") != NULL);
    ws_free(ws);
    ws_options_free(options);
    ok("of a name that does not exist");
}

int main(int argc, char **argv)
{
    /* On the loop of the sockets that it directs the server for: waiting for its answers runs them, too. */
    ws_loop *loop = new_loop();
    ws_options *options = options_on(loop);
    ws_socket *director = open_path(further_url(argc, argv, 0), "", options);
    CHECK_STATUS(ws_set_log(take_down, NULL, WS_LOG_DEBUG), WS_OK);
    of_a_connection(loop, director);
    of_a_breach(loop, director);
    of_a_refusal(loop, director);
    of_nobody(loop, further_url(argc, argv, 1));
    of_a_name(loop);
    CHECK_STATUS(ws_set_log(NULL, NULL, WS_LOG_OFF), WS_OK);
    close_and_free(director);
    ws_options_free(options);
    ws_loop_free(loop);
    return finish();
}
