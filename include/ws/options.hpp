/* ws::options, how to connect: each option of ws.h under its own name, and lambdas for events. */
#ifndef WS_OPTIONS_HPP
#define WS_OPTIONS_HPP

#include <ws/loop.hpp>
#include <ws/receiver.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ws {

class socket;

/**
 * How to connect. Every function is named as that of ws.h, ws_options_..., whose comment says more: what a value means, its limits, its
 * default. Each returns the options, so that they can be chained:
 *
 *     ws::connect(url, ws::options().add_protocol("chat").set_max_message_size(1 << 20));
 *
 * Errors: a value that may not be changes nothing; the first such status is kept, error() has it, and connect returns it.
 * Lifetime: ws::connect copies options; texts are copied, too. A copy has a copy of each lambda. Threads: one at a time.
 */
class options {
public:
    /** The defaults: what a browser would do, on the background loop. */
    options() noexcept : options_(ws_options_new()) {}
    options(const options &other)
        : options_(ws_options_copy(other.options_)), on_(other.on_), inbox_(other.inbox_), has_loop_(other.has_loop_),
          error_(other.error_), text_(other.text_)
    {
    }
    /** Leaves the other one empty: to be assigned to or destroyed. */
    options(options &&other) noexcept
        : options_(std::exchange(other.options_, nullptr)), on_(std::move(other.on_)), inbox_(other.inbox_),
          has_loop_(other.has_loop_), error_(other.error_), text_(std::move(other.text_))
    {
    }
    options &operator=(options other) noexcept
    {
        std::swap(options_, other.options_);
        std::swap(on_, other.on_);
        inbox_ = other.inbox_;
        has_loop_ = other.has_loop_;
        error_ = other.error_;
        std::swap(text_, other.text_);
        return *this;
    }
    ~options() { ws_options_free(options_); }

    /** The handle of the C interface, still this object's: for functions of ws.h that this class does not have. Its callbacks and its
     *  user data are replaced if there are lambdas. */
    ws_options *get() noexcept { return options_; }

    /** The status of the first function that refused a value; ok if none did. */
    status error() const noexcept { return error_; }
    /** Why it did so, with the value and what to do; "". Valid until the options are changed. */
    std::string_view error_text() const noexcept { return text_; }

    // ---- Events. Lambdas are called in loop::dispatch, or, without set_loop, on the library's thread. Each socket has copies of its own,
    // from ws::connect until its close event was received or it is destroyed: so a lambda may own, by a std::shared_ptr, what owns its
    // socket; and it may destroy its own socket and go on. An event without a lambda is dropped if there is any lambda; if there
    // is none at all, events are taken by socket::next_event and loop::wait.

    /** open: the connection is made. */
    options &on_open(handler call) { return on_.open = std::move(call), *this; }
    /** message: event::text() or event::bytes(). */
    options &on_message(handler call) { return on_.message = std::move(call), *this; }
    /** error: event::text() says why; the close event follows. */
    options &on_error(handler call) { return on_.error = std::move(call), *this; }
    /** close: event::code(), reason() and was_clean(). The last one: it may destroy the socket, as well as any other. */
    options &on_close(handler call) { return on_.close = std::move(call), *this; }
    /** pong: event::round_trip(). */
    options &on_pong(handler call) { return on_.pong = std::move(call), *this; }
    /** drain, with set_low_water: there is room to send again. */
    options &on_drain(handler call) { return on_.drain = std::move(call), *this; }
    /** chunk, with set_chunks: a part of a message. */
    options &on_chunk(handler call) { return on_.chunk = std::move(call), *this; }

#ifdef __cpp_impl_coroutine
    /** The socket's events are taken by `co_await socket.next()`, resumed in loop::dispatch; lambdas are not called. connect returns
     *  invalid_argument without set_loop. In <ws/coroutine.hpp>, which ws.hpp includes. */
    options &set_coroutine();
#endif

    // ---- Where.

    /** An empty loop is an error, null_pointer. */
    options &set_loop(const loop &runs_on)
    {
        if (!runs_on) return refused(status::null_pointer, "the loop is empty: it was moved from or never made (loop::make)");
        has_loop_ = true;
        return kept(ws_options_set_loop(options_, runs_on.get()));
    }
    /** For sockets without lambdas and coroutines: what event::user_data() is. */
    options &set_user_data(void *pointer) { return kept(ws_options_set_user_data(options_, pointer)); }
    options &set_one_connecting(bool on = true) { return kept(ws_options_set_one_connecting(options_, on)); }
    options &set_block_ports(bool on) { return kept(ws_options_set_block_ports(options_, on)); }
    options &add_resolve(std::string_view host, int port, std::string_view addresses)
    {
        return kept(ws_options_add_resolve(options_, detail::chars(host), host.size(), port, detail::chars(addresses), addresses.size()));
    }
    options &set_ip_version(int version) { return kept(ws_options_set_ip_version(options_, version)); }
    options &set_bind_address(optional_text address) { return text<ws_options_set_bind_address>(address); }
    options &set_bind_interface(optional_text name) { return text<ws_options_set_bind_interface>(name); }
    options &set_unix_socket(optional_text path) { return text<ws_options_set_unix_socket>(path); }
    /** fd is the library's if error() stays ok. The first socket made with these options or a copy of them takes it. */
    options &set_socket(int fd) { return kept(ws_options_set_socket(options_, fd)); }
    options &set_no_delay(bool on) { return kept(ws_options_set_no_delay(options_, on)); }
    options &set_tcp_keepalive(int idle_seconds, int interval_seconds, int count)
    {
        return kept(ws_options_set_tcp_keepalive(options_, idle_seconds, interval_seconds, count));
    }
    options &set_socket_buffers(std::size_t send, std::size_t receive)
    {
        return kept(ws_options_set_socket_buffers(options_, send, receive));
    }

    // ---- The request.

    options &add_protocol(std::string_view name) { return kept(ws_options_add_protocol(options_, detail::chars(name), name.size())); }
    options &add_header(std::string_view name, std::string_view value)
    {
        return kept(ws_options_add_header(options_, detail::chars(name), name.size(), detail::chars(value), value.size()));
    }
    options &add_cookie(std::string_view name, std::string_view value)
    {
        return kept(ws_options_add_cookie(options_, detail::chars(name), name.size(), detail::chars(value), value.size()));
    }
    /** std::nullopt: no such header. */
    options &set_origin(optional_text value) { return text<ws_options_set_origin>(value); }
    /** std::nullopt: no such header. */
    options &set_user_agent(optional_text value) { return text<ws_options_set_user_agent>(value); }
    /** std::nullopt: no Authorization header. */
    options &set_bearer(optional_text token) { return text<ws_options_set_bearer>(token); }
    /** user std::nullopt: no Authorization header. */
    options &set_basic_auth(optional_text user, optional_text password)
    {
        return kept(ws_options_set_basic_auth(
            options_, detail::chars(user), detail::length(user), detail::chars(password), detail::length(password)));
    }
    options &set_url_credentials(bool on) { return kept(ws_options_set_url_credentials(options_, on)); }

    // ---- Proxies.

    /** std::nullopt: no proxy. */
    options &set_proxy(optional_text url) { return text<ws_options_set_proxy>(url); }
    /** After set_proxy. user std::nullopt: neither is given to the proxy. */
    options &set_proxy_credentials(optional_text user, optional_text password)
    {
        return kept(ws_options_set_proxy_credentials(
            options_, detail::chars(user), detail::length(user), detail::chars(password), detail::length(password)));
    }
    /** std::nullopt: what the environment's no_proxy says, if it is asked. */
    options &set_no_proxy(optional_text list) { return text<ws_options_set_no_proxy>(list); }
    options &set_proxy_from_environment(bool on) { return kept(ws_options_set_proxy_from_environment(options_, on)); }

    // ---- TLS. Those with files read them now.

    options &set_ca_file(optional_text path) { return text<ws_options_set_ca_file>(path); }
    /** Certificates as PEM or DER; ws::as_bytes makes bytes of a text. */
    options &set_ca(bytes data) { return kept(ws_options_set_ca(options_, data.data(), data.size())); }
    options &set_system_ca(bool on) { return kept(ws_options_set_system_ca(options_, on)); }
    /** key std::nullopt: it is in the same file. */
    options &set_client_cert_file(optional_text certificate, optional_text key)
    {
        return kept(ws_options_set_client_cert_file(
            options_, detail::chars(certificate), detail::length(certificate), detail::chars(key), detail::length(key)));
    }
    /** An empty key: it is with the certificates. */
    options &set_client_cert(bytes certificate, bytes key)
    {
        return kept(ws_options_set_client_cert(options_, certificate.data(), certificate.size(), key.data(), key.size()));
    }
    options &add_pin(std::string_view pin) { return kept(ws_options_add_pin(options_, detail::chars(pin), pin.size())); }
    options &set_server_name(optional_text name) { return text<ws_options_set_server_name>(name); }
    options &set_min_tls(int version) { return kept(ws_options_set_min_tls(options_, version)); }
    options &set_session_resumption(bool on) { return kept(ws_options_set_session_resumption(options_, on)); }
    options &set_key_log_file(optional_text path) { return text<ws_options_set_key_log_file>(path); }
    options &set_key_log_from_environment() { return kept(ws_options_set_key_log_from_environment(options_)); }
    options &set_dangerous_no_verification(bool on) { return kept(ws_options_set_dangerous_no_verification(options_, on)); }

    // ---- Compression.

    options &set_deflate(bool on) { return kept(ws_options_set_deflate(options_, on)); }
    options &set_deflate_effort(int level, int memory) { return kept(ws_options_set_deflate_effort(options_, level, memory)); }
    options &set_deflate_threshold(std::size_t size) { return kept(ws_options_set_deflate_threshold(options_, size)); }
    options &set_deflate_no_takeover(bool server, bool client)
    {
        return kept(ws_options_set_deflate_no_takeover(options_, server, client));
    }
    options &set_deflate_window(int server, int client) { return kept(ws_options_set_deflate_window(options_, server, client)); }

    // ---- Limits and marks, in bytes unless it is said otherwise.

    options &set_max_ratio(std::uint32_t ratio) { return kept(ws_options_set_max_ratio(options_, ratio)); }
    options &set_max_buffered(std::uint64_t size) { return kept(ws_options_set_max_buffered(options_, size)); }
    options &set_low_water(std::uint64_t size) { return kept(ws_options_set_low_water(options_, size)); }
    options &set_max_message_size(std::uint64_t size) { return kept(ws_options_set_max_message_size(options_, size)); }
    options &set_max_frame_size(std::uint64_t size) { return kept(ws_options_set_max_frame_size(options_, size)); }
    options &set_max_head_size(std::uint32_t size) { return kept(ws_options_set_max_head_size(options_, size)); }
    options &set_max_head_lines(std::uint32_t lines) { return kept(ws_options_set_max_head_lines(options_, lines)); }
    options &set_chunks(std::uint64_t max_message) { return kept(ws_options_set_chunks(options_, max_message)); }
    options &set_receive_queue(std::uint64_t size) { return kept(ws_options_set_receive_queue(options_, size)); }
    options &set_receive_queue_count(std::uint32_t events) { return kept(ws_options_set_receive_queue_count(options_, events)); }

    // ---- Times.

    options &set_connect_timeout(milliseconds time) { return kept(ws_options_set_connect_timeout(options_, detail::count(time))); }
    options &set_handshake_timeout(milliseconds time) { return kept(ws_options_set_handshake_timeout(options_, detail::count(time))); }
    options &set_close_timeout(milliseconds time) { return kept(ws_options_set_close_timeout(options_, detail::count(time))); }
    options &set_ping_interval(milliseconds time) { return kept(ws_options_set_ping_interval(options_, detail::count(time))); }
    options &set_ping_timeout(milliseconds time) { return kept(ws_options_set_ping_timeout(options_, detail::count(time))); }

private:
    friend result<socket> connect(std::string_view url, const options &how);

    options &kept(ws_status code) { return code == WS_OK ? *this : refused(static_cast<status>(code), ws_last_error()); }

    options &refused(status code, const char *why)
    {
        if (error_ == status::ok) {
            error_ = code;
            text_ = why;
        }
        return *this;
    }

    template <ws_status (*set)(ws_options *, const char *, std::size_t)>
    options &text(const optional_text &value)
    {
        return kept(set(options_, detail::chars(value), detail::length(value)));
    }

    ws_options *options_;
    detail::handlers on_;
    /** Makes what coroutines take events from; NULL without set_coroutine. */
    detail::receiver *(*inbox_)() = nullptr;
    bool has_loop_ = false;
    status error_ = status::ok;
    std::string text_;
};

} // namespace ws

#endif
