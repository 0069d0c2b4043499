/* What stands behind a socket's C callbacks: an object that lives as long as one of them may run. Not for programs. */
#ifndef WS_RECEIVER_HPP
#define WS_RECEIVER_HPP

#include <ws/event.hpp>

#include <functional>
#include <utility>

namespace ws {

/** What is called with an event. An exception that leaves it ends the program (std::terminate): it would go through C. */
using handler = std::function<void(const event &)>;

namespace detail {

/**
 * Gets a socket's events in C callbacks, whose user_data it is. The socket owns it; but a callback may destroy the socket, and with it the
 * lambda that is running: so it is deleted when that has returned. ws_free waits for callbacks on other threads: one that runs when
 * the socket has been freed runs on this thread, and `running_` needs no lock.
 */
class receiver {
public:
    receiver(const receiver &) = delete;
    receiver &operator=(const receiver &) = delete;

    /** The C callback for every kind of event. noexcept: no exception may go through C. */
    static void call(ws_socket *, const ws_event *raw, void *user_data) noexcept
    {
        auto &self = *static_cast<receiver *>(user_data);
        event what(*raw);
        what.get().user_data = nullptr;
        self.running_ = true;
        self.receive(what);
        if (what.type() == event_type::close) self.end();
        self.running_ = false;
        if (self.released_) delete &self;
    }

    /** Has options call it. */
    ws_status listen(ws_options *options) noexcept
    {
        ws_status code = ws_options_set_callbacks(options, call, call, call, call, this);
        if (code == WS_OK) code = ws_options_set_on_pong(options, call);
        if (code == WS_OK) code = ws_options_set_on_drain(options, call);
        if (code == WS_OK) code = ws_options_set_on_chunk(options, call);
        return code;
    }

    /** Its socket has been freed: it is deleted, now or when the callback that does this has returned. */
    void release() noexcept
    {
        abandoned();
        if (running_) {
            released_ = true;
        } else {
            delete this;
        }
    }

    /** Whether a coroutine gets the events. */
    const bool is_inbox;

protected:
    explicit receiver(bool for_coroutine) noexcept : is_inbox(for_coroutine) {}
    virtual ~receiver() = default;

private:
    virtual void receive(const event &what) = 0;
    /** The close event has been received: the last one. */
    virtual void end() = 0;
    /** The socket has been freed. */
    virtual void abandoned() noexcept = 0;

    bool running_ = false;
    bool released_ = false;
};

/** The lambdas of options. */
struct handlers {
    handler open, message, error, close, pong, drain, chunk;

    /** Whether any is set. */
    explicit operator bool() const noexcept { return open || message || error || close || pong || drain || chunk; }
};

/** Calls lambdas, copies of its own. It lets go of them after the close event, so that what they have captured, perhaps the owner of their
 *  own socket, is let go of too. */
class caller final : public receiver {
public:
    explicit caller(const handlers &on) : receiver(false), on_(on) {}

private:
    void receive(const event &what) override
    {
        if (const handler *one = find(what.type()); one != nullptr && *one) (*one)(what);
    }

    void end() override
    {
        // What is destroyed with them may destroy the socket, which then waits with us, as running_ says.
        const handlers last = std::exchange(on_, {});
    }

    void abandoned() noexcept override {}

    const handler *find(event_type type) const noexcept
    {
        switch (type) {
        case event_type::open: return &on_.open;
        case event_type::message: return &on_.message;
        case event_type::error: return &on_.error;
        case event_type::close: return &on_.close;
        case event_type::pong: return &on_.pong;
        case event_type::drain: return &on_.drain;
        case event_type::chunk: return &on_.chunk;
        default: return nullptr;
        }
    }

    handlers on_;
};

} // namespace detail

} // namespace ws

#endif
