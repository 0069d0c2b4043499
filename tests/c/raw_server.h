/* A TCP server without a protocol, for handshakes that never end. Include check.h first. */
#ifndef RAW_SERVER_H
#define RAW_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct raw_server {
    int listener;
    char url[64];
};

/* Bound to a port of 127.0.0.1 that the system chose; it listens if asked to, else its port refuses connections. */
static inline struct raw_server raw_bind(int listening)
{
    struct raw_server server;
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(server.listener >= 0);
    CHECK_INT(bind(server.listener, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    if (listening)
        CHECK_INT(listen(server.listener, 16), 0);
    snprintf(server.url, sizeof server.url, "ws://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));
    return server;
}

/* The next connection; reads from it give up after PATIENCE. */
static inline int raw_accept(const struct raw_server *server)
{
    struct timeval patience = {PATIENCE / 1000, 0};
    int connection;
    CHECK_INT(setsockopt(server->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    connection = accept(server->listener, NULL, NULL);
    CHECK(connection >= 0);
    CHECK_INT(setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    return connection;
}

/* Reads the request up to its empty line and nothing after it; 0 if the connection ends before. */
static inline int raw_read_head(int connection, char *head, size_t capacity)
{
    size_t len = 0;
    head[0] = '\0';
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        ssize_t count;
        CHECK(len + 1 < capacity);
        count = recv(connection, head + len, 1, 0);
        if (count == 0 || (count < 0 && errno == ECONNRESET))
            return 0;
        CHECK_INT(count, 1);
        head[++len] = '\0';
    }
    return 1;
}

/* The client has ended the connection, with FIN or RST, and sent nothing before. */
static inline void raw_check_gone(int connection)
{
    char byte;
    ssize_t len = recv(connection, &byte, 1, 0);
    CHECK(len == 0 || (len < 0 && errno == ECONNRESET));
}

#endif
