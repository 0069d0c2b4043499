/* What a call returns, in C++: ws::status, its std::error_category, and ws::result, a value or the status why there is none. */
#ifndef WS_STATUS_HPP
#define WS_STATUS_HPP

#include <ws.h>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define WS_HPP_EXCEPTIONS 1
#endif

namespace ws {

/** What a call returns: ws_status by its names. A remark (done, discarded) is neither success nor error: nothing went wrong, but not
 *  what was asked for. The meaning of each is that of ws.h; the function that returns it says more. */
enum class status : ws_status {
    ok = WS_OK,
    done = WS_DONE,
    discarded = WS_DISCARDED,
    invalid_state = WS_ERR_INVALID_STATE,
    syntax = WS_ERR_SYNTAX,
    invalid_access = WS_ERR_INVALID_ACCESS,
    network = WS_ERR_NETWORK,
    aborted = WS_ERR_ABORTED,
    quota = WS_ERR_QUOTA,
    timeout = WS_ERR_TIMEOUT,
    null_pointer = WS_ERR_NULL_POINTER,
    invalid_argument = WS_ERR_INVALID_ARGUMENT,
    invalid_utf8 = WS_ERR_INVALID_UTF8,
    busy = WS_ERR_BUSY,
    forked = WS_ERR_FORKED,
    unsupported = WS_ERR_UNSUPPORTED,
    internal = WS_ERR_INTERNAL,
    bad_handle = WS_ERR_BAD_HANDLE,
};

/** Whether a status is an error, not success and not a remark. */
constexpr bool is_error(status code) noexcept
{
    return static_cast<ws_status>(code) < WS_OK;
}

/** The name of a status: the standard's exception where it is one ("InvalidAccessError"). Valid for ever; any thread. */
inline std::string_view name(status code) noexcept
{
    return ws_status_name(static_cast<ws_status>(code));
}

/** Why the last call of this thread that returned an error did so, with the value it refused and what to do; "" if there was none. Valid
 *  until the next one does. (That of a setter of ws::options: options::error_text keeps it.) */
inline std::string_view last_error() noexcept
{
    return ws_last_error();
}

namespace detail {

class category final : public std::error_category {
public:
    const char *name() const noexcept override { return "libws"; }
    std::string message(int code) const override { return ws_status_text(code); }

    /** What another library would call it, so that `code == std::errc::timed_out` holds; states and bugs have no such name. */
    std::error_condition default_error_condition(int code) const noexcept override
    {
        switch (static_cast<status>(code)) {
        case status::syntax:
        case status::invalid_access:
        case status::null_pointer:
        case status::invalid_argument: return std::errc::invalid_argument;
        case status::invalid_utf8: return std::errc::illegal_byte_sequence;
        case status::network: return std::errc::not_connected;
        case status::aborted: return std::errc::operation_canceled;
        case status::quota: return std::errc::no_buffer_space;
        case status::timeout: return std::errc::timed_out;
        case status::busy: return std::errc::device_or_resource_busy;
        case status::unsupported: return std::errc::not_supported;
        case status::bad_handle: return std::errc::bad_file_descriptor;
        default: return {code, *this};
        }
    }
};

} // namespace detail

/** The category of libws's codes, "libws". One for the whole process; any thread. */
inline const std::error_category &category() noexcept
{
    static const detail::category one;
    return one;
}

/** The code of a status; WS_OK is no error. By this `error == ws::status::busy` compares, too. */
inline std::error_code make_error_code(status code) noexcept
{
    return {static_cast<int>(code), category()};
}

/** A value, or the status why there is none. True if there is one. Of a result that is false, * and -> give an empty value. */
template <class T>
class [[nodiscard]] result {
public:
    /** A result with a value. */
    result(T value) noexcept : value_(std::move(value)) {}
    /** A result without one; `why` is not status::ok. */
    result(ws::status why) noexcept : status_(why) {}

    /** Whether there is a value: status() is ok. */
    explicit operator bool() const noexcept { return status_ == ws::status::ok; }
    /** Why there is none; ok if there is one. */
    ws::status status() const noexcept { return status_; }
    /** The same as an error code; empty if there is a value. */
    std::error_code error() const noexcept { return make_error_code(status_); }

    T &operator*() & noexcept { return value_; }
    const T &operator*() const & noexcept { return value_; }
    T &&operator*() && noexcept { return std::move(value_); }
    T *operator->() noexcept { return &value_; }
    const T *operator->() const noexcept { return &value_; }

#ifdef WS_HPP_EXCEPTIONS
    /** The value; if there is none, throws std::system_error with error() and last_error(). To be called at once, on the same thread. */
    T &value() & { return checked(), value_; }
    T value() && { return checked(), std::move(value_); }
#endif

private:
#ifdef WS_HPP_EXCEPTIONS
    void checked() const
    {
        if (status_ != ws::status::ok) throw std::system_error(error(), is_error(status_) ? ws_last_error() : "");
    }
#endif
    ws::status status_ = ws::status::ok;
    T value_{};
};

/** How a call without a value ended. True if it did what was asked for: neither an error nor a remark. */
template <>
class result<void> {
public:
    result(ws::status how) noexcept : status_(how) {}

    explicit operator bool() const noexcept { return status_ == ws::status::ok; }
    ws::status status() const noexcept { return status_; }
    /** The same as an error code; empty for ok. A remark is a code, too, as the end of a file is one elsewhere. */
    std::error_code error() const noexcept { return make_error_code(status_); }

#ifdef WS_HPP_EXCEPTIONS
    /** Throws std::system_error with error() and last_error() if it is an error; not for a remark. To be called at once, on the same
     *  thread. */
    void value() const
    {
        if (is_error(status_)) throw std::system_error(error(), ws_last_error());
    }
#endif

private:
    ws::status status_;
};

namespace detail {

/** How a call ended that returned a ws_status. */
inline result<void> ended(ws_status code) noexcept
{
    return static_cast<status>(code);
}

} // namespace detail

} // namespace ws

template <>
struct std::is_error_code_enum<ws::status> : std::true_type {};

#endif
