/* What concerns the whole process, in C++: version, log, shutdown. */
#ifndef WS_LIBRARY_HPP
#define WS_LIBRARY_HPP

#include <ws/span.hpp>
#include <ws/status.hpp>

#include <cstdint>
#include <string_view>

namespace ws {

/** The version of the library that is running, such as "0.1.0"; WS_VERSION is that of the header. */
inline std::string_view version() noexcept
{
    return ws_version();
}

/** The same as a number like WS_VERSION_NUMBER. */
inline std::uint32_t version_number() noexcept
{
    return ws_version_number();
}

/** Closes every socket of the process with 1001 and waits until all connections are gone. Errors: timeout: some were not in time; busy:
 *  called in a lambda; invalid_argument. Sockets stay valid. To be called before the library is unloaded. */
inline result<void> shutdown(milliseconds limit = forever) noexcept
{
    return detail::ended(ws_shutdown(detail::count(limit)));
}

/** How much is logged. */
enum class log_level : int {
    off = WS_LOG_OFF,
    error = WS_LOG_ERROR,
    warn = WS_LOG_WARN,
    info = WS_LOG_INFO,
    debug = WS_LOG_DEBUG,
    trace = WS_LOG_TRACE,
};

/** Sets the logger of the process, called with (ws::log_level, std::string_view). It must not call libws, and no exception may leave it
 *  (std::terminate). Lifetime: the logger is used where it is, for as long as the process lives: make it static. Threads: it
 *  is called on any, on several at a time too. */
template <class Logger>
result<void> set_log(Logger &logger, log_level level) noexcept
{
    const ws_log_fn call = [](int of, const char *line, std::size_t len, void *user_data) noexcept {
        (*static_cast<Logger *>(user_data))(static_cast<log_level>(of), std::string_view(line, len));
    };
    return detail::ended(ws_set_log(call, const_cast<void *>(static_cast<const void *>(&logger)), static_cast<int>(level)));
}

/** Nothing is logged any more. */
inline result<void> set_no_log() noexcept
{
    return detail::ended(ws_set_log(nullptr, nullptr, WS_LOG_OFF));
}

} // namespace ws

#endif
