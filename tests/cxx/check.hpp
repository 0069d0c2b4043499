// What every C++ program needs: checks that say where and with what value they failed, and the steps all have in common.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <ws.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

// The longest that anything may take; reaching it is a failure.
inline constexpr ws::milliseconds patience{20000};

[[noreturn]] inline void failed(const std::string &what, const char *file, int line)
{
    std::fprintf(stderr, "not ok - %s\n    at %s:%d; last_error: \"%s\"\n", what.c_str(), file, line, ws_last_error());
    std::exit(1);
}

inline void check_int(long long actual, long long expected, const std::string &what, const char *file, int line)
{
    if (actual != expected) failed(what + " is " + std::to_string(actual) + ", not " + std::to_string(expected), file, line);
}

inline void check_status(ws::status actual, ws::status expected, const std::string &what, const char *file, int line)
{
    if (actual != expected) failed(what + " is " + std::string(ws::name(actual)) + ", not " + std::string(ws::name(expected)), file, line);
}

inline void check_view(std::string_view actual, std::string_view expected, const std::string &what, const char *file, int line)
{
    if (actual != expected) failed(what + " is \"" + std::string(actual) + "\", not \"" + std::string(expected) + "\"", file, line);
}

// A condition; an integer or an enumeration; a ws::result's status; a text.
#define CHECK(...) ((__VA_ARGS__) ? (void)0 : failed("this is false: " #__VA_ARGS__, __FILE__, __LINE__))
#define CHECK_SAME(actual, expected) \
    check_int(static_cast<long long>(actual), static_cast<long long>(expected), #actual, __FILE__, __LINE__)
#define CHECK_RESULT(actual, expected) check_status((actual).status(), (expected), #actual, __FILE__, __LINE__)
#define CHECK_VIEW(actual, expected) check_view((actual), (expected), #actual, __FILE__, __LINE__)

inline void ok(const char *sentence)
{
    std::printf("ok - %s\n", sentence);
    std::fflush(stdout);
}

// The URL of a server, the first being that of the echo server: tests/cxx/main.rs says which a program gets.
inline std::string url_argument(int argc, char **argv, int index = 0)
{
    if (argc < index + 2) failed("no URL of server " + std::to_string(index) + " given", argv[0], 0);
    return argv[index + 1];
}

// A result's value, which must be there.
template <class T>
T must(ws::result<T> result)
{
    CHECK_RESULT(result, ws::status::ok);
    return *std::move(result);
}

// The next event, which must be of this type.
inline ws::event take(ws::socket &socket, ws::event_type type)
{
    const ws::event event = must(socket.next_event(patience));
    CHECK_SAME(event.type(), type);
    CHECK(event.socket() == socket);
    return event;
}

// A socket to a path of the server, whose URL ends in "/", OPEN.
inline ws::socket open_path(const std::string &url, const char *path, const ws::options &options)
{
    ws::socket socket = must(ws::connect(url + path, options));
    CHECK_RESULT(socket.wait_open(patience), ws::status::ok);
    CHECK_SAME(socket.ready_state(), ws::state::open);
    return socket;
}

// The last step of every program: nothing of the library is under way any more.
inline int finish()
{
    CHECK_RESULT(ws::shutdown(patience), ws::status::ok);
    return 0;
}

#endif
