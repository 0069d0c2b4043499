/* Coroutines of C++20: `co_await socket.next()`, resumed by the loop; ws::task, what a coroutine can return. Nothing in C++17. */
#ifndef WS_COROUTINE_HPP
#define WS_COROUTINE_HPP

#include <ws/socket.hpp>

#ifdef __cpp_impl_coroutine

#include <coroutine>
#include <deque>
#include <exception>
#include <string>
#include <utility>

namespace ws {

namespace detail {

class inbox;

/**
 * What `co_await socket.next()` waits with: a result<event>, once.
 *
 * True: an event. done: the close event was taken before. aborted: the socket was destroyed meanwhile. busy: another coroutine waits for
 * its next event. invalid_state: a socket without options::set_coroutine. Destroying the coroutine while it waits ends the wait.
 */
class next_event {
public:
    explicit next_event(inbox *from) noexcept : from_(from) {}
    next_event(const next_event &) = delete;
    next_event &operator=(const next_event &) = delete;
    ~next_event();

    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiting) noexcept;
    result<event> await_resume() noexcept { return got_; }

private:
    friend class inbox;

    /** Ends the wait. */
    void resume_with(const result<event> &got)
    {
        got_ = got;
        from_ = nullptr;
        waiting_.resume();
    }

    /** NULL when it does not wait, or no longer. */
    inbox *from_;
    std::coroutine_handle<> waiting_;
    result<event> got_ = status::invalid_state;
};

/** Hands a socket's events to the coroutine that waits, in place; keeps those that come while it waits for something else, and pauses the
 *  socket so that they are few. Used on the thread that runs the loop. */
class inbox final : public receiver {
public:
    inbox() noexcept : receiver(true) {}

    static receiver *make() { return new inbox; }

    /** What can be said at once. */
    bool take(result<event> &got)
    {
        if (waiting_ != nullptr) {
            got = status::busy;
        } else if (!kept_.empty()) {
            taken_ = std::move(kept_.front());
            kept_.pop_front();
            if (kept_.empty()) ws_resume(taken_.what.get().socket);
            taken_.what.get().data = taken_.data.data();
            ended_ = taken_.what.type() == event_type::close;
            got = taken_.what;
        } else if (ended_) {
            got = status::done;
        } else {
            return false;
        }
        return true;
    }

    void wait(next_event *waiting) noexcept { waiting_ = waiting; }

    void forget(const next_event *waiting) noexcept
    {
        if (waiting_ == waiting) waiting_ = nullptr;
    }

private:
    struct kept {
        event what;
        std::string data;
    };

    void receive(const event &what) override
    {
        if (next_event *const waiting = std::exchange(waiting_, nullptr)) {
            ended_ = what.type() == event_type::close;
            return waiting->resume_with(what);
        }
        if (kept_.empty()) ws_pause(what.get().socket);
        kept_.push_back({what, std::string(what.text())});
    }

    void end() override {}

    void abandoned() noexcept override
    {
        if (next_event *const waiting = std::exchange(waiting_, nullptr)) waiting->resume_with(status::aborted);
    }

    next_event *waiting_ = nullptr;
    std::deque<kept> kept_;
    kept taken_;
    bool ended_ = false;
};

inline next_event::~next_event()
{
    if (from_ != nullptr) from_->forget(this);
}

inline bool next_event::await_ready()
{
    if (from_ != nullptr && !from_->take(got_)) return false;
    from_ = nullptr;
    return true;
}

inline void next_event::await_suspend(std::coroutine_handle<> waiting) noexcept
{
    waiting_ = waiting;
    from_->wait(this);
}

} // namespace detail

inline options &options::set_coroutine()
{
    inbox_ = detail::inbox::make;
    return *this;
}

/**
 * The next event, for a socket with options::set_coroutine: `while (auto event = co_await socket.next()) ...` sees all of them.
 *
 * The coroutine is resumed in loop::dispatch, on its thread; what would wait for that loop returns busy there. Lifetime: the
 * event's text is valid until the coroutine next suspends. It may destroy its socket. Events that come while it waits for something
 * else are kept for it, and the socket is paused (ws_pause) until it has taken them: so do not wait long. While one waits, destroying
 * the socket resumes it with aborted; destroying the loop does not.
 */
inline detail::next_event socket::next() noexcept
{
    return detail::next_event(receiver_ != nullptr && receiver_->is_inbox ? static_cast<detail::inbox *>(receiver_) : nullptr);
}

/**
 * What a coroutine returns that begins at once and is waited for by nobody. Any other coroutine type can `co_await socket.next()`, too.
 *
 * Lifetime: it owns the coroutine: destroying it while the coroutine waits destroys that, its sockets included; not from inside of it.
 * An exception that leaves the coroutine ends the program (std::terminate). Threads: those of the loop that resumes it.
 */
class [[nodiscard]] task {
public:
    struct promise_type {
        task get_return_object() noexcept { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_always final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); }
    };

    task(task &&other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    task &operator=(task &&other) noexcept
    {
        const task gone(std::exchange(coroutine_, std::exchange(other.coroutine_, nullptr)));
        return *this;
    }
    ~task()
    {
        if (coroutine_) coroutine_.destroy();
    }

    /** Whether it has ended. */
    bool done() const noexcept { return !coroutine_ || coroutine_.done(); }

private:
    explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

    std::coroutine_handle<promise_type> coroutine_;
};

} // namespace ws

#endif

#endif
