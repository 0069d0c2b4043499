/* The program's side of the server that does what it is told: `directed` in tests/c_programs/servers.rs says what that is. Its director
 * is a socket, the first that connects to it. Include check.h first. */
#ifndef DIRECTED_H
#define DIRECTED_H

/* Tells the server to do something; `answer` comes when that is done. */
static inline void tell(ws_socket *director, const char *told, const char *answer)
{
    CHECK_STATUS(ws_send_text(director, told), WS_OK);
    take_text(director, answer);
}

/* The server takes the connection that comes next. */
static inline void tell_to_take_the_next(ws_socket *director)
{
    tell(director, "take the next", "taken");
}

/* Nobody waits to be taken. */
static inline void check_nobody_has_come(ws_socket *director)
{
    tell(director, "has one come", "no");
}

/* The request of the connection that was taken last, up to its blank line. */
static inline void read_request(ws_socket *director, char *head, size_t capacity)
{
    ws_event event;
    CHECK_STATUS(ws_send_text(director, "read the request"), WS_OK);
    event = take(director, WS_EVENT_MESSAGE);
    CHECK(event.len < capacity);
    CHECK_INT(strlen(event.data), event.len);
    memcpy(head, event.data, event.len + 1);
}

#endif
