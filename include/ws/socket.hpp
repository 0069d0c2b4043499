/* ws::socket, the browser's WebSocket; ws::socket_ref, a handle that does not own one; ws::connect. */
#ifndef WS_SOCKET_HPP
#define WS_SOCKET_HPP

#include <ws/event.hpp>
#include <ws/options.hpp>
#include <ws/receiver.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ws {

#ifdef __cpp_impl_coroutine
namespace detail {
class next_event;
}
#endif

/** A header of the server's response; valid until the socket is destroyed. */
struct header {
    std::string_view name;
    std::string_view value;
};

/**
 * What can be done with a WebSocket, by its owner (ws::socket) and by whoever knows it (ws::socket_ref).
 *
 * Errors: besides those that a function names, each may return null_pointer (an empty socket), bad_handle (a socket that was destroyed) and
 * forked (of the parent process). An error has changed nothing; last_error() says it in words. A network that misbehaves is an
 * event, never an error. Threads: every function may be called from every thread; one at a time takes a socket's events, a second
 * one gets busy. Nothing blocks but what has a `limit`. The comments of ws.h say more.
 */
class socket_functions {
public:
    /** The handle of the C interface, still its owner's: for functions of ws.h that this class does not have. NULL: empty. */
    ws_socket *get() const noexcept { return socket_; }
    /** Whether there is a socket. */
    explicit operator bool() const noexcept { return socket_ != nullptr; }

    /** The standard's readyState, which moves when an event is taken and in close; closed if empty. */
    state ready_state() const noexcept
    {
        const int now = ws_ready_state(socket_);
        return now < 0 ? state::closed : static_cast<state>(now);
    }
    /** The standard's bufferedAmount: bytes of payload that were accepted and are not with the system yet; 0 if empty. */
    std::uint64_t buffered_amount() const noexcept { return ws_buffered_amount(socket_); }
    /** The URL as the standard serialises it; valid until the socket is destroyed, as are the next two. */
    std::string_view url() const noexcept { return ws_url(socket_); }
    /** The subprotocol that the server chose; "" if none, or not open yet. */
    std::string_view protocol() const noexcept { return ws_protocol(socket_); }
    /** The extensions agreed on; "" if none, or not open yet. */
    std::string_view extensions() const noexcept { return ws_extensions(socket_); }

    /** The value of the index-th header of the response with this name, in any case; std::nullopt if there is none, or none yet. Valid
     *  until the socket is destroyed. */
    std::optional<std::string_view> response_header(std::string_view name, std::size_t index = 0) const noexcept
    {
        const char *const value = ws_response_header(socket_, detail::chars(name), name.size(), index);
        return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
    }
    /** The index-th header of the response; done: there are no more, or none yet. */
    result<header> response_header_at(std::size_t index) const noexcept
    {
        const char *name = nullptr, *value = nullptr;
        const ws_status code = ws_response_header_at(socket_, index, &name, &value);
        if (code != WS_OK) return static_cast<status>(code);
        return header{name, value};
    }
    /** Why the connection was refused, failed or lost; phase::none: nothing failed. */
    result<ws::failure> failure() const noexcept
    {
        ws::failure found;
        const ws_status code = ws_get_failure(socket_, &found.get());
        if (code != WS_OK) return static_cast<status>(code);
        return found;
    }
    /** What the connection has done so far. */
    result<ws::stats> stats() const noexcept
    {
        ws::stats found;
        const ws_status code = ws_get_stats(socket_, &found);
        if (code != WS_OK) return static_cast<status>(code);
        return found;
    }

    /** Sends a text message, which is copied: all of it or nothing. discarded: closing or closed, counted and not sent. Errors:
     *  invalid_state: connecting; invalid_utf8; quota: more waits than options::set_max_buffered allows. */
    result<void> send(std::string_view text, send_flags flags = send_flags::none) noexcept
    {
        return send(message_type::text, text.data(), text.size(), flags);
    }
    /** Sends a text message that ends at its NUL. */
    result<void> send(const char *text, send_flags flags = send_flags::none) noexcept { return send(std::string_view(text), flags); }
    /** Sends a binary message, which is copied; as the text. ws::as_bytes makes bytes of any container. */
    result<void> send(bytes data, send_flags flags = send_flags::none) noexcept
    {
        return send(message_type::binary, data.data(), data.size(), flags);
    }
    /** Sends what a container holds (std::string, std::vector<std::byte> ...) without a copy: it is the library's from now on,
     *  destroyed when it is no longer needed, on any thread, also after an error and after the socket is destroyed. As send. */
    template <class Container>
    result<void> send_owned(message_type type, Container &&container, send_flags flags = send_flags::none)
    {
        static_assert(!std::is_reference_v<Container> && !std::is_const_v<Container>, "it is given away: std::move it");
        auto *const owned = new Container(std::move(container));
        const auto free = [](void *, std::size_t, void *arg) noexcept { delete static_cast<Container *>(arg); };
        const std::size_t len = owned->size() * sizeof *owned->data();
        return detail::ended(ws_send_owned(socket_, both(type, flags), owned->data(), len, free, owned));
    }

    /** Begins a message that is sent in parts. discarded, errors: as send; invalid_state: another one was begun, too. */
    result<void> message_begin(message_type type, send_flags flags = send_flags::none) noexcept
    {
        return detail::ended(ws_message_begin(socket_, both(type, flags)));
    }
    /** Sends a part of it. A character may begin in one part and end in the next. discarded, errors: as send. */
    result<void> message_append(std::string_view part) noexcept
    {
        return detail::ended(ws_message_append(socket_, part.data(), part.size()));
    }
    /** Sends a part of it. */
    result<void> message_append(bytes part) noexcept { return detail::ended(ws_message_append(socket_, part.data(), part.size())); }
    /** Ends it. Errors: invalid_state: none was begun; invalid_utf8: inside a character. */
    result<void> message_end() noexcept { return detail::ended(ws_message_end(socket_)); }

    /** Closes without a code: a Close frame without a body. True also if it is closing or closed already. */
    result<void> close() noexcept { return detail::ended(ws_close(socket_, WS_NO_CODE, nullptr, 0)); }
    /** Closes; messages accepted before go out first. Errors, in every state: invalid_access: a code that is not 1000 or 3000 to 4999;
     *  syntax: a reason of more than 123 bytes; invalid_utf8. */
    result<void> close(std::int32_t code, std::string_view reason = {}) noexcept
    {
        return detail::ended(ws_close(socket_, code, detail::chars(reason), reason.size()));
    }

    /** Sends a ping; a pong event follows. discarded: closing or closed. Errors: invalid_state: connecting; syntax: more than 125 bytes;
     *  quota: too many wait. */
    result<void> ping(bytes payload = {}) noexcept { return detail::ended(ws_ping(socket_, payload.data(), payload.size())); }
    /** The same with a text. */
    result<void> ping(std::string_view payload) noexcept { return detail::ended(ws_ping(socket_, payload.data(), payload.size())); }

    /** Stops reading from the network; resume starts it again. */
    result<void> pause() noexcept { return detail::ended(ws_pause(socket_)); }
    result<void> resume() noexcept { return detail::ended(ws_resume(socket_)); }
    /** Wakes the call that waits for this socket, which returns aborted; if none does, the next one that would wait returns so. */
    result<void> interrupt() noexcept { return detail::ended(ws_interrupt(socket_)); }

    /** Takes the next event. limit: how long to wait for it. done: the close event was taken before. timeout, aborted, invalid_argument;
     *  busy: another thread takes them, or lambdas of a socket on the background loop do. On a loop of one's own it runs that. */
    result<event> next_event(milliseconds limit = forever) noexcept
    {
        event what;
        const ws_status code = ws_next_event(socket_, &what.get(), detail::count(limit));
        if (code != WS_OK) return static_cast<status>(code);
        return what;
    }
    /** Takes the events that are at hand, many at a time, in order. room: where to put them, at least one. Returns those that came, which
     *  are valid until the socket is next asked for events; fewer than there is room for does not say that there are no more. limit: how
     *  long to wait for the first. invalid_argument: no room; else as next_event. */
    result<span<event>> next_events(span<event> room, milliseconds limit = forever) noexcept
    {
        static_assert(sizeof(event) == sizeof(ws_event) && std::is_standard_layout_v<event>, "an event is a ws_event");
        std::size_t count = 0;
        ws_event *const events = reinterpret_cast<ws_event *>(room.data());
        const ws_status code = ws_next_events(socket_, events, room.size(), detail::count(limit), &count);
        if (code != WS_OK) return static_cast<status>(code);
        return span<event>(room.data(), count);
    }
    /** Waits until it is open and takes the open event. network: it was not made, failure() says why; invalid_state: closing or closed
     *  already; else as next_event. */
    result<void> wait_open(milliseconds limit = forever) noexcept { return detail::ended(ws_wait_open(socket_, detail::count(limit))); }
    /** Waits for the close event and takes it; drops those before it. It does not close. As next_event. */
    result<event> wait_closed(milliseconds limit = forever) noexcept
    {
        event what;
        const ws_status code = ws_wait_closed(socket_, &what.get(), detail::count(limit));
        if (code != WS_OK) return static_cast<status>(code);
        return what;
    }
    /** Waits until what was sent is with the system. timeout; network: lost before; invalid_state: connecting; aborted; busy. */
    result<void> flush(milliseconds limit = forever) noexcept { return detail::ended(ws_flush(socket_, detail::count(limit))); }

protected:
    // Copied and assigned only as a whole: a socket is no socket_ref that something can be assigned to.
    socket_functions() noexcept = default;
    explicit socket_functions(ws_socket *handle) noexcept : socket_(handle) {}
    socket_functions(const socket_functions &) noexcept = default;
    socket_functions &operator=(const socket_functions &) noexcept = default;
    ~socket_functions() = default;

    ws_socket *socket_ = nullptr;

private:
    static int both(message_type type, send_flags flags) noexcept { return static_cast<int>(type) | static_cast<int>(flags); }
    result<void> send(message_type type, const void *data, std::size_t len, send_flags flags) noexcept
    {
        return detail::ended(ws_send(socket_, both(type, flags), data, len));
    }
};

class socket;

/** A handle of a socket that somebody else owns. Lifetime: it may outlive the socket; its functions return bad_handle then. */
class socket_ref : public socket_functions {
public:
    /** None. */
    socket_ref() noexcept = default;
    /** A handle of the C interface. */
    explicit socket_ref(ws_socket *handle) noexcept : socket_functions(handle) {}

    friend bool operator==(const socket_ref &one, const socket_ref &other) noexcept { return one.get() == other.get(); }
    friend bool operator!=(const socket_ref &one, const socket_ref &other) noexcept { return one.get() != other.get(); }
};

/**
 * A WebSocket. Made by ws::connect; moved, not copied.
 *
 * Lifetime: its destructor is ws_free, legal in any state, in its own lambda too: an open one is closed in the background, what was sent
 * goes out first; one that is connecting is failed. It waits for a lambda of this socket that runs on the library's thread; after it
 * none runs but the one that it was called from. A moved-from socket is empty. Threads: nothing else may go on while it is moved
 * or destroyed.
 */
class socket : public socket_functions {
public:
    /** None: its functions return null_pointer. */
    socket() noexcept = default;
    /** Takes a socket of the C interface over, to free it. */
    explicit socket(ws_socket *owned) noexcept : socket_functions(owned) {}
    socket(socket &&other) noexcept
        : socket_functions(std::exchange(other.socket_, nullptr)), receiver_(std::exchange(other.receiver_, nullptr))
    {
    }
    socket &operator=(socket &&other) noexcept
    {
        socket gone(std::move(other));
        std::swap(socket_, gone.socket_);
        std::swap(receiver_, gone.receiver_);
        return *this;
    }
    ~socket() { reset(); }

    /** Gives the socket up, as the destructor does; it is empty then. */
    void reset() noexcept
    {
        detail::receiver *const receiver = std::exchange(receiver_, nullptr);
        ws_free(std::exchange(socket_, nullptr));
        if (receiver != nullptr) receiver->release();
    }

    /** A handle that does not own it. */
    socket_ref ref() const noexcept { return socket_ref(socket_); }
    operator socket_ref() const noexcept { return ref(); }

#ifdef __cpp_impl_coroutine
    /** `co_await socket.next()` is the next event, as result<event>, or done after the close event; <ws/coroutine.hpp> says more. */
    detail::next_event next() noexcept;
#endif

private:
    friend result<socket> connect(std::string_view url, const options &how);

    /** What its callbacks call; NULL: none. */
    detail::receiver *receiver_ = nullptr;
};

/**
 * Makes a WebSocket and starts to connect: new WebSocket(url, protocols). It returns at once; whether the connection is made is said by
 * events.
 *
 * url: ws:, wss:, http: or https:, without a fragment. how: copied, lambdas too. Errors: that of the options; syntax: the URL, a
 * subprotocol or a proxy of the environment may not be, or the URL has a NUL in it; invalid_utf8; invalid_argument: set_coroutine
 * without set_loop; unsupported: a proxy of a kind that this version cannot; invalid_state: the options' loop is gone, or their
 * connection was used (set_socket); quota: no thread or no descriptors. Any thread.
 */
inline result<socket> connect(std::string_view url, const options &how)
{
    if (how.error_ != status::ok) return how.error_;
    if (how.inbox_ != nullptr && !how.has_loop_) return status::invalid_argument;
    if (url.find('\0') != url.npos) return status::syntax;
    const std::string terminated(url);
    ws_socket *made = nullptr;
    socket connected;
    if (how.inbox_ == nullptr && !how.on_) {
        const ws_status code = ws_connect(terminated.c_str(), how.options_, &made);
        if (code != WS_OK) return static_cast<status>(code);
        connected.socket_ = made;
        return connected;
    }
    options with = how;
    connected.receiver_ = how.inbox_ != nullptr ? how.inbox_() : new detail::caller(how.on_);
    ws_status code = connected.receiver_->listen(with.options_);
    if (code == WS_OK) code = ws_connect(terminated.c_str(), with.options_, &made);
    if (code != WS_OK) return static_cast<status>(code);
    connected.socket_ = made;
    return connected;
}

/** The same with the defaults. */
inline result<socket> connect(std::string_view url)
{
    return connect(url, options());
}

inline socket_ref event::socket() const noexcept
{
    return socket_ref(raw_.socket);
}

} // namespace ws

#endif
