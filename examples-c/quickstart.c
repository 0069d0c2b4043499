/* The shortest program: open, one message, close. The browser's handlers are the cases of one switch. */
#include <stdio.h>
#include <ws.h>

int main(int argc, char **argv)
{
    ws_socket *ws;
    if (ws_connect(argc > 1 ? argv[1] : "ws://localhost:9001/chat", NULL, &ws) != WS_OK) return 1;   /* new WebSocket(url): returns at once */

    ws_event ev;
    while (ws_next_event(ws, &ev, WS_FOREVER) == WS_OK) {
        switch (ev.type) {
        case WS_EVENT_OPEN:    ws_send_text(ws, "hello");                                  break;  /* onopen    */
        case WS_EVENT_MESSAGE: printf("%.*s\n", (int)ev.len, (const char *)ev.data);
                               ws_close(ws, 1000, "done", WS_NUL_TERMINATED);              break;  /* onmessage */
        case WS_EVENT_ERROR:   fprintf(stderr, "%s\n", (const char *)ev.data);             break;  /* onerror   */
        case WS_EVENT_CLOSE:   printf("closed %d clean=%d\n", ev.code, ev.was_clean);      break;  /* onclose   */
        default: break;
        }
    }
    ws_free(ws);
    return 0;
}
