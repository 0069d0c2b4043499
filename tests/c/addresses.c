/* Where a connection is made to and how: each setter takes good values and refuses bad ones, and what they say happens. */
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int port_of(const char *url)
{
    return atoi(strrchr(url, ':') + 1);
}

/* A connection of our own to the echo server. */
static int connected(const char *url)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port_of(url));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void echo_over(const char *url, const ws_options *options)
{
    ws_socket *ws = open_path(url, "", options);
    CHECK_STATUS(ws_send_text(ws, "hello"), WS_OK);
    take_text(ws, "hello");
    close_and_free(ws);
}

static void refused_in_phase(const char *url, const ws_options *options, int phase, const char *part)
{
    ws_failure failure = {.size = sizeof failure};
    ws_socket *ws = connect_path(url, "", options);
    take(ws, WS_EVENT_ERROR);
    take_close(ws, 1006, "", 0);
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK_INT(failure.phase, phase);
    if (strstr(failure.text, part) == NULL)
        CHECK_TEXT(failure.text, part);
    ws_free(ws);
}

static void resolving(const char *url)
{
    char named[64];
    ws_options *options = new_options();
    snprintf(named, sizeof named, "ws://Server.Example:%d/", port_of(url));
    CHECK_STATUS(ws_options_add_resolve(options, "server.example", WS_NUL_TERMINATED, port_of(url), "192.0.2.1", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_add_resolve(options, "SERVER.example:", 14, port_of(url), "127.0.0.1,::1", WS_NUL_TERMINATED), WS_OK);
    echo_over(named, options);
    ok("a host with addresses of its own is not looked up; the later ones count");

    CHECK_STATUS(ws_options_add_resolve(options, "a b", 3, 80, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_resolve(options, "a\xff", 2, 80, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_add_resolve(options, "a", 1, 0, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_resolve(options, "a", 1, 65536, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_resolve(options, "a", 1, 80, "localhost", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_resolve(options, "a", 1, 80, "", 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_resolve(options, NULL, 0, 80, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_resolve(options, "a", 1, 80, NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_resolve(NULL, "a", 1, 80, "127.0.0.1", WS_NUL_TERMINATED), WS_ERR_NULL_POINTER);
    ok("a host, port or address that is none is refused");
    ws_options_free(options);
}

static void versions_and_binding(const char *url)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_set_ip_version(options, 6), WS_OK);
    refused_in_phase(url, options, WS_PHASE_TCP, "ws_options_set_ip_version");
    CHECK_STATUS(ws_options_set_ip_version(options, 5), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_ip_version(NULL, 4), WS_ERR_NULL_POINTER);
    refused_in_phase(url, options, WS_PHASE_TCP, "ws_options_set_ip_version");
    CHECK_STATUS(ws_options_set_ip_version(options, 4), WS_OK);
    echo_over(url, options);
    CHECK_STATUS(ws_options_set_ip_version(options, 0), WS_OK);
    ok("an IP version: 4, 6 or both");

    CHECK_STATUS(ws_options_set_bind_address(options, "127.0.0.8 and more", 9), WS_OK);
    echo_over(url, options);
    CHECK_STATUS(ws_options_set_bind_address(options, "192.0.2.8", WS_NUL_TERMINATED), WS_OK);
    refused_in_phase(url, options, WS_PHASE_TCP, "could not bind to 192.0.2.8");
    CHECK_STATUS(ws_options_set_bind_address(options, "example.org", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_bind_address(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_bind_address(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bind_address(NULL, "127.0.0.8", WS_NUL_TERMINATED), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bind_address(options, NULL, 0), WS_OK);
    echo_over(url, options);
    ok("a local address");

    CHECK_STATUS(ws_options_set_bind_interface(options, "lo", WS_NUL_TERMINATED), WS_OK);
    echo_over(url, options);
    CHECK_STATUS(ws_options_set_bind_interface(options, "nonexistent0", WS_NUL_TERMINATED), WS_OK);
    refused_in_phase(url, options, WS_PHASE_TCP, "interface nonexistent0");
    CHECK_STATUS(ws_options_set_bind_interface(options, "sixteen-bytes-xx", WS_NUL_TERMINATED), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_bind_interface(options, "", 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_bind_interface(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_bind_interface(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bind_interface(NULL, "lo", WS_NUL_TERMINATED), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_bind_interface(options, NULL, 0), WS_OK);
    echo_over(url, options);
    ok("a network interface");
    ws_options_free(options);
}

static void tcp(const char *url)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, 60, 5, 4), WS_OK);
    echo_over(url, options);
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, -1, 5, 4), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, 32768, 5, 4), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, 60, 0, 4), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, 60, 5, 128), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_tcp_keepalive(NULL, 60, 5, 4), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_tcp_keepalive(options, 0, 0, 0), WS_OK);
    ok("TCP's keep-alive");

    CHECK_STATUS(ws_options_set_socket_buffers(options, 65536, 65536), WS_OK);
    echo_over(url, options);
    CHECK_STATUS(ws_options_set_socket_buffers(options, ((size_t)1 << 30) + 1, 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket_buffers(options, 0, SIZE_MAX), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket_buffers(NULL, 0, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_socket_buffers(options, 0, 0), WS_OK);
    echo_over(url, options);
    ok("the kernel's buffers");
    ws_options_free(options);
}

static void unix_domain(const char *url)
{
    char path[200];
    ws_options *options = new_options();
    memset(path, 'x', sizeof path);
    CHECK_STATUS(ws_options_set_unix_socket(options, "/nonexistent/socket", WS_NUL_TERMINATED), WS_OK);
    refused_in_phase(url, options, WS_PHASE_TCP, "the Unix domain socket /nonexistent/socket");
    CHECK_STATUS(ws_options_set_unix_socket(options, "@nonexistent", WS_NUL_TERMINATED), WS_OK);
    refused_in_phase(url, options, WS_PHASE_TCP, "the Unix domain socket @nonexistent");
    CHECK_STATUS(ws_options_set_unix_socket(options, path, sizeof path), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_unix_socket(options, "", 0), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_unix_socket(options, "a\0b", 3), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_unix_socket(options, NULL, 5), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_unix_socket(NULL, "/socket", WS_NUL_TERMINATED), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_unix_socket(options, NULL, 0), WS_OK);
    echo_over(url, options);
    ok("a Unix domain socket; NULL is TCP again");
    ws_options_free(options);
}

static void handed_over(const char *url)
{
    ws_socket *ws = NULL;
    ws_options *options = new_options(), *copy;
    int fd = connected(url), lonely = socket(AF_INET, SOCK_STREAM, 0), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_STATUS(ws_options_set_socket(options, fd), WS_OK);
    copy = ws_options_copy(options);
    echo_over("ws://server.example/", options);
    CHECK_STATUS(ws_shutdown(PATIENCE), WS_OK);
    CHECK_INT(fcntl(fd, F_GETFD), -1);
    CHECK_STATUS(ws_connect("ws://server.example/", copy, &ws), WS_ERR_INVALID_STATE);
    ok("a connection that was handed over is used once, and closed");

    fd = connected(url);
    CHECK_STATUS(ws_options_set_socket(options, fd), WS_OK);
    CHECK_STATUS(ws_connect("not a URL", options, &ws), WS_ERR_SYNTAX);
    CHECK(fcntl(fd, F_GETFD) >= 0);
    CHECK_STATUS(ws_options_set_socket(options, -1), WS_OK);
    CHECK_INT(fcntl(fd, F_GETFD), -1);
    echo_over(url, options);
    ok("one that is never used is closed with the options, or when they get another");

    CHECK_STATUS(ws_options_set_socket(options, lonely), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket(options, datagram), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket(options, 1000000), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket(options, -2), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_set_socket(NULL, lonely), WS_ERR_NULL_POINTER);
    CHECK_INT(close(lonely), 0);
    CHECK_INT(close(datagram), 0);
    ok("what is no connection stays the caller's");
    ws_options_free(copy);
    ws_options_free(options);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    resolving(url);
    versions_and_binding(url);
    tcp(url);
    unix_domain(url);
    handed_over(url);
    return finish();
}
