/* What happens on a socket and what is known of its end, in C++: ws::event, ws::failure, and the enumerations of ws.h as types. */
#ifndef WS_EVENT_HPP
#define WS_EVENT_HPP

#include <ws/span.hpp>
#include <ws/status.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace ws {

class socket_ref;

/** The standard's readyState. */
enum class state : int {
    connecting = WS_CONNECTING,
    open = WS_OPEN,
    closing = WS_CLOSING,
    closed = WS_CLOSED,
};

/** What kind of message. */
enum class message_type : int {
    text = WS_TEXT,
    binary = WS_BINARY,
};

/** How a message is sent; flags can be or-ed. */
enum class send_flags : int {
    none = 0,
    /** More follows at once, so nothing need be written yet. */
    more = WS_MORE,
    /** This message is not compressed. */
    no_compress = WS_NO_COMPRESS,
};

constexpr send_flags operator|(send_flags one, send_flags other) noexcept
{
    return static_cast<send_flags>(static_cast<int>(one) | static_cast<int>(other));
}

/** What happened. */
enum class event_type : std::int32_t {
    none = WS_EVENT_NONE,
    open = WS_EVENT_OPEN,
    message = WS_EVENT_MESSAGE,
    error = WS_EVENT_ERROR,
    close = WS_EVENT_CLOSE,
    pong = WS_EVENT_PONG,
    drain = WS_EVENT_DRAIN,
    chunk = WS_EVENT_CHUNK,
};

/**
 * Something that happened on a socket.
 *
 * Lifetime: an event is a small value, but text() and bytes() point to the library's memory: until the same socket is next asked for
 * events, though there may be none (or, if it has a loop of its own, until that loop next runs: to wait, to dispatch, to flush), and
 * until the socket or the loop is destroyed at the longest; in a lambda until it returns; in a coroutine until it next suspends. Copy
 * them to keep them. Threads: a value like any other.
 */
class event {
public:
    /** No event: event_type::none. */
    event() noexcept = default;
    /** An event of the C interface. */
    explicit event(const ws_event &raw) noexcept : raw_(raw) {}

    /** What happened; it says which of the others mean something. */
    event_type type() const noexcept { return static_cast<event_type>(raw_.type); }
    /** The socket that it happened to, as a handle that does not own it. */
    socket_ref socket() const noexcept;
    /** What options::set_user_data was given, for sockets without lambdas and coroutines. */
    void *user_data() const noexcept { return raw_.user_data; }

    /** The event's bytes as text. open: the subprotocol agreed on, or "". message, chunk: the payload, UTF-8 if is_text(). error: why, in
     *  words. close: the server's reason. pong: the ping's payload. A NUL follows its end. */
    std::string_view text() const noexcept { return {raw_.data == nullptr ? "" : static_cast<const char *>(raw_.data), raw_.len}; }
    /** The same as bytes. */
    ws::bytes bytes() const noexcept { return {static_cast<const std::byte *>(raw_.data), raw_.len}; }

    /** message, chunk: whether it is text, and so UTF-8, checked. */
    bool is_text() const noexcept { return raw_.kind == WS_TEXT; }
    /** message, chunk: whether it is binary. */
    bool is_binary() const noexcept { return raw_.kind == WS_BINARY; }
    /** chunk: whether the message begins with it. */
    bool is_first() const noexcept { return (raw_.flags & WS_FIRST) != 0; }
    /** chunk: whether the message ends with it. */
    bool is_final() const noexcept { return (raw_.flags & WS_FINAL) != 0; }

    /** close: the server's code; 1005 if its Close frame had none; 1006 if none came. */
    std::int32_t code() const noexcept { return raw_.code; }
    /** close: the server's reason, or "". */
    std::string_view reason() const noexcept { return text(); }
    /** close: whether the closing handshake was completed. */
    bool was_clean() const noexcept { return raw_.was_clean != 0; }

    /** pong: from the ping to the pong. */
    std::chrono::microseconds round_trip() const noexcept
    {
        return std::chrono::microseconds(static_cast<std::chrono::microseconds::rep>(raw_.rtt_us));
    }

    /** The event of the C interface. */
    const ws_event &get() const noexcept { return raw_; }
    /** The same, to be filled by a C function. */
    ws_event &get() noexcept { return raw_; }

private:
    ws_event raw_{};
};

/** How far a connection had come when it was refused, failed or lost. */
enum class phase : std::int32_t {
    none = WS_PHASE_NONE,
    url = WS_PHASE_URL,
    dns = WS_PHASE_DNS,
    tcp = WS_PHASE_TCP,
    proxy = WS_PHASE_PROXY,
    tls = WS_PHASE_TLS,
    handshake = WS_PHASE_HANDSHAKE,
    open = WS_PHASE_OPEN,
    closing = WS_PHASE_CLOSING,
};

/** Which timeout of the options was over. */
enum class timeout : std::int32_t {
    none = WS_TIMEOUT_NONE,
    connect = WS_TIMEOUT_CONNECT,
    handshake = WS_TIMEOUT_HANDSHAKE,
    close = WS_TIMEOUT_CLOSE,
    ping = WS_TIMEOUT_PING,
};

/** Why a connection was refused, failed or lost. Its texts are valid until the socket is destroyed. */
class failure {
public:
    failure() noexcept { raw_.size = sizeof raw_; }

    /** How far the connection had come; phase::none: nothing failed. */
    ws::phase phase() const noexcept { return static_cast<ws::phase>(raw_.phase); }
    /** What happened, for people. */
    std::string_view text() const noexcept { return view(raw_.text, raw_.text_len); }
    /** The operating system's error, of std::system_category; empty: none. */
    std::error_code os_error() const noexcept { return {raw_.os_error, std::system_category()}; }
    /** The status of the server's response; 0: none. */
    int http_status() const noexcept { return raw_.http_status; }
    /** The TLS alert; -1: none. */
    int tls_alert() const noexcept { return raw_.tls_alert; }
    /** The time that was over, if that is why. */
    ws::timeout timeout() const noexcept { return static_cast<ws::timeout>(raw_.timeout); }
    /** The head of the server's response as it came, as far as it came. */
    std::string_view head() const noexcept { return view(raw_.head, raw_.head_len); }
    /** The first bytes of the response's body as they came, 4096 at most. */
    std::string_view body() const noexcept { return view(static_cast<const char *>(raw_.body), raw_.body_len); }
    /** The address of the connection, or the one that was tried last; "" if none was. */
    std::string_view address() const noexcept { return view(raw_.address, raw_.address_len); }

    /** The struct of the C interface. */
    ws_failure &get() noexcept { return raw_; }

private:
    static std::string_view view(const char *start, std::size_t len) noexcept
    {
        return start == nullptr ? std::string_view() : std::string_view(start, len);
    }

    ws_failure raw_{};
};

/** What a connection has done so far: the fields of ws_stats, whose comments say what each is. */
struct stats : ws_stats {
    stats() noexcept : ws_stats{} { size = sizeof(ws_stats); }
};

} // namespace ws

#endif
