/* ws::loop, where the I/O of sockets runs on the program's own thread; and how it gets into another event loop. */
#ifndef WS_LOOP_HPP
#define WS_LOOP_HPP

#include <ws/event.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace ws {

/**
 * A loop: the sockets made with it (options::set_loop) do their I/O only while it runs, on the thread that runs it.
 *
 * Lifetime: it owns a ws_loop; it can be moved, not copied. Its destructor is ws_loop_free: connections that are left on it are cut, and
 * neither lambdas nor coroutines hear of it; options and sockets that know it stay valid. A moved-from loop is empty: its functions
 * return status::null_pointer. Threads: every function may be called from every thread, but one at a time runs the loop, and
 * nothing else may go on while it is moved or destroyed.
 *
 * IN ANOTHER EVENT LOOP. Watch fd() for reading, level-triggered; wait no longer than poll_timeout(); then call dispatch(0ms).
 * With poll(2); epoll(7) is the same, with fd() added for EPOLLIN once and poll_timeout() given to epoll_wait:
 *
 *     pollfd watched[] = {{loop.fd(), POLLIN, 0}, {my_fd, POLLIN, 0}};
 *     poll(watched, 2, loop.poll_timeout());
 *     loop.dispatch(0ms);
 *     if (watched[1].revents != 0) ...
 *
 * With libuv, a uv_poll_t, a uv_timer_t and a uv_prepare_t:
 *
 *     static const auto turn = [](auto *handle) { static_cast<ws::loop *>(handle->data)->dispatch(std::chrono::milliseconds(0)); };
 *     static uv_timer_t timer;
 *     poll.data = timer.data = prepare.data = &loop;
 *     uv_poll_init(uv, &poll, loop.fd());
 *     uv_poll_start(&poll, UV_READABLE, [](uv_poll_t *handle, int, int) { turn(handle); });
 *     uv_timer_init(uv, &timer);
 *     uv_prepare_init(uv, &prepare);
 *     uv_prepare_start(&prepare, [](uv_prepare_t *handle) {            // before each wait: how long it may be
 *         const int limit = static_cast<ws::loop *>(handle->data)->poll_timeout();
 *         if (limit >= 0) uv_timer_start(&timer, [](uv_timer_t *due) { turn(due); }, static_cast<uint64_t>(limit), 0);
 *     });
 *
 * With Asio: a posix::stream_descriptor over dup(fd()), its async_wait for wait_read, and a steady_timer that expires after
 * poll_timeout(); the handler of each calls dispatch(0ms) and starts both anew.
 */
class loop {
public:
    /** An empty loop: none. */
    loop() noexcept = default;
    /** Takes a loop of the C interface over, to free it. */
    explicit loop(ws_loop *owned) noexcept : loop_(owned) {}
    loop(loop &&other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
    loop &operator=(loop &&other) noexcept
    {
        if (this != &other) {
            ws_loop_free(loop_);
            loop_ = std::exchange(other.loop_, nullptr);
        }
        return *this;
    }
    ~loop() { ws_loop_free(loop_); }

    /** Makes a loop. Errors: quota: the system gives no file descriptors. Any thread. */
    static result<loop> make() noexcept
    {
        ws_loop *made = nullptr;
        const ws_status code = ws_loop_new(&made);
        if (code != WS_OK) return static_cast<status>(code);
        return loop(made);
    }

    /** Whether there is one. */
    explicit operator bool() const noexcept { return loop_ != nullptr; }
    /** The handle of the C interface, still this object's. */
    ws_loop *get() const noexcept { return loop_; }

    /** Runs the loop: calls lambdas and resumes coroutines of its sockets. limit: how long to wait for the first event. True if there were
     *  events; done: no socket lives on it, so none can come; timeout; aborted: wake; busy: it is running already. */
    result<void> dispatch(milliseconds limit = forever) noexcept { return detail::ended(ws_loop_dispatch(loop_, detail::count(limit))); }

    /** Runs the loop until no socket lives on it any more, and is true then. Errors: aborted: wake; busy, as dispatch. */
    result<void> run() noexcept
    {
        for (;;) {
            const status how = dispatch(forever).status();
            if (how == status::done) return status::ok;
            if (how != status::ok) return how;
        }
    }

    /** Runs the loop and takes events of all its sockets, many at a time, those with lambdas and coroutines too, which do not get them
     *  then. room: where to put them, at least one. Returns those that came, which are valid until the loop next runs, for a socket
     *  of it too. done, timeout, aborted, busy: as dispatch; invalid_argument: no room. */
    result<span<event>> wait(span<event> room, milliseconds limit = forever) noexcept
    {
        static_assert(sizeof(event) == sizeof(ws_event) && std::is_standard_layout_v<event>, "an event is a ws_event");
        std::size_t count = 0;
        ws_event *const events = reinterpret_cast<ws_event *>(room.data());
        const ws_status code = ws_loop_wait(loop_, events, room.size(), detail::count(limit), &count);
        if (code != WS_OK) return static_cast<status>(code);
        return span<event>(room.data(), count);
    }

    /** A descriptor that is readable when the loop has work, to be watched by another event loop; the loop's own; negative if empty. */
    int fd() noexcept { return ws_loop_fd(loop_); }
    /** How long another event loop may wait at the most, as poll and epoll_wait take it: milliseconds, or -1 without a limit. limit:
     *  its own. To be asked anew before each wait. */
    int poll_timeout(milliseconds limit = forever) noexcept
    {
        const int ours = ws_loop_timeout(loop_), theirs = detail::count(limit);
        return ours < 0 ? theirs : theirs < 0 ? ours : std::min(ours, theirs);
    }
    /** Wakes the call that runs the loop, which returns aborted; if none runs, the next one that would wait does so. Any thread. */
    result<void> wake() noexcept { return detail::ended(ws_loop_wake(loop_)); }

private:
    ws_loop *loop_ = nullptr;
};

} // namespace ws

#endif
