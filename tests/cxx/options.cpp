// Every option: a good value is taken, a bad one refused and kept as the options' error, and what they say reaches the server.
#include "check.hpp"


// Each setter in turn refuses a value, and the options say so.
template <class Set>
static void refused(ws::status expected, Set set)
{
    ws::options options;
    set(options);
    CHECK_SAME(options.error(), expected);
    CHECK(!options.error_text().empty());
    const std::string why(options.error_text());
    CHECK_SAME(options.add_header("X-Good", "1").set_max_ratio(0).error(), expected);
    CHECK_VIEW(options.error_text(), why);
    CHECK_RESULT(ws::connect("ws://127.0.0.1:1/", options), expected);
}

static void values()
{
    ws::loop loop = must(ws::loop::make());
    ws::options options;
    options.set_loop(loop)
        .set_user_data(nullptr)
        .set_one_connecting()
        .set_block_ports(false)
        .add_resolve("localhost", 1234, "127.0.0.1")
        .set_ip_version(4)
        .set_bind_address("127.0.0.1")
        .set_bind_address(std::nullopt)
        .set_bind_interface("lo")
        .set_bind_interface(std::nullopt)
        .set_unix_socket("@libws")
        .set_unix_socket(std::nullopt)
        .set_socket(-1)
        .set_no_delay(false)
        .set_tcp_keepalive(10, 5, 3)
        .set_socket_buffers(65536, 65536)
        .add_protocol("chat.v2")
        .add_header("X-One", "1")
        .add_cookie("a", "b")
        .set_origin("http://example.org")
        .set_user_agent(std::string("check/1"))
        .set_bearer("sesame")
        .set_bearer(std::nullopt)
        .set_basic_auth("Aladdin", "open sesame")
        .set_basic_auth("Aladdin", std::nullopt)
        .set_url_credentials(true)
        .set_proxy("http://127.0.0.1:3128")
        .set_proxy_credentials("Aladdin", "open sesame")
        .set_proxy_credentials(std::nullopt, std::nullopt)
        .set_proxy(std::nullopt)
        .set_no_proxy("example.com")
        .set_no_proxy(std::nullopt)
        .set_proxy_from_environment(false)
        .set_ca_file(std::nullopt)
        .set_ca({})
        .set_system_ca(false)
        .set_client_cert_file(std::nullopt, std::nullopt)
        .set_client_cert({}, {})
        .add_pin("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .set_server_name("example.com")
        .set_server_name(std::nullopt)
        .set_min_tls(13)
        .set_session_resumption(false)
        .set_key_log_file(std::nullopt)
        .set_key_log_from_environment()
        .set_dangerous_no_verification(false)
        .set_deflate(true)
        .set_deflate_effort(9, 9)
        .set_deflate_threshold(0)
        .set_deflate_no_takeover(true, false)
        .set_deflate_window(9, 15)
        .set_max_ratio(100)
        .set_max_buffered(1)
        .set_low_water(0)
        .set_max_message_size(1)
        .set_max_frame_size(1)
        .set_max_head_size(256)
        .set_max_head_lines(8)
        .set_chunks(1)
        .set_receive_queue(1024)
        .set_receive_queue_count(2)
        .set_connect_timeout(1s)
        .set_handshake_timeout(1ms)
        .set_close_timeout(std::chrono::hours(24 * 365))
        .set_ping_interval(0s)
        .set_ping_timeout(1min);
    CHECK_VIEW(options.error_text(), "");
    CHECK_SAME(options.error(), ws::status::ok);
    CHECK(ws::options(options).get() != nullptr && ws::options(options).get() != options.get());
    ok("every option takes a good value");

    const auto argument = ws::status::invalid_argument, syntax = ws::status::syntax;
    refused(ws::status::null_pointer, [](ws::options &o) { o.set_loop(ws::loop()); });
    refused(argument, [](ws::options &o) { o.add_resolve("localhost", 0, "127.0.0.1"); });
    refused(argument, [](ws::options &o) { o.set_ip_version(5); });
    refused(argument, [](ws::options &o) { o.set_bind_address("localhost"); });
    refused(argument, [](ws::options &o) { o.set_bind_interface(""); });
    refused(argument, [](ws::options &o) { o.set_unix_socket(""); });
    refused(argument, [](ws::options &o) { o.set_socket(-2); });
    refused(argument, [](ws::options &o) { o.set_tcp_keepalive(-1, 0, 0); });
    refused(argument, [](ws::options &o) { o.set_socket_buffers(std::size_t(1) << 31, 0); });
    refused(syntax, [](ws::options &o) { o.add_protocol({}); });
    refused(syntax, [](ws::options &o) { o.add_header("X-Bad", "1\r\nX-Evil: 1"); });
    refused(argument, [](ws::options &o) { o.add_header("Host", "x"); });
    refused(syntax, [](ws::options &o) { o.add_cookie("a", "b;c"); });
    refused(syntax, [](ws::options &o) { o.set_origin("a\n"); });
    refused(ws::status::invalid_utf8, [](ws::options &o) { o.set_user_agent("\xff"); });
    refused(syntax, [](ws::options &o) { o.set_bearer(""); });
    refused(syntax, [](ws::options &o) { o.set_basic_auth("a:b", "c"); });
    refused(syntax, [](ws::options &o) { o.set_proxy("ftp://127.0.0.1"); });
    refused(ws::status::invalid_state, [](ws::options &o) { o.set_proxy_credentials("a", "b"); });
    refused(ws::status::invalid_utf8, [](ws::options &o) { o.set_no_proxy("\xff"); });
    refused(argument, [](ws::options &o) { o.set_ca_file("/there/is/none"); });
    refused(argument, [](ws::options &o) { o.set_ca(ws::as_bytes("not a certificate")); });
    refused(argument, [](ws::options &o) { o.set_client_cert_file("/there/is/none", std::nullopt); });
    refused(argument, [](ws::options &o) { o.set_client_cert(ws::as_bytes("none"), {}); });
    refused(argument, [](ws::options &o) { o.add_pin("sha256/short"); });
    refused(argument, [](ws::options &o) { o.set_server_name("a b"); });
    refused(argument, [](ws::options &o) { o.set_min_tls(11); });
    refused(argument, [](ws::options &o) { o.set_key_log_file("/there/is/none"); });
    refused(argument, [](ws::options &o) { o.set_deflate_effort(10, 1); });
    refused(argument, [](ws::options &o) { o.set_deflate_window(16, 15); });
    refused(argument, [](ws::options &o) { o.set_max_ratio(1); });
    refused(argument, [](ws::options &o) { o.set_max_message_size(0); });
    refused(argument, [](ws::options &o) { o.set_max_frame_size(0); });
    refused(argument, [](ws::options &o) { o.set_max_head_size(0); });
    refused(argument, [](ws::options &o) { o.set_max_head_lines(0); });
    refused(argument, [](ws::options &o) { o.set_receive_queue(0); });
    refused(argument, [](ws::options &o) { o.set_receive_queue_count(0); });
    refused(argument, [](ws::options &o) { o.set_connect_timeout(0ms); });
    refused(argument, [](ws::options &o) { o.set_handshake_timeout(0ms); });
    refused(argument, [](ws::options &o) { o.set_close_timeout(-1ms); });
    refused(argument, [](ws::options &o) { o.set_ping_interval(-1ms); });
    refused(argument, [](ws::options &o) { o.set_ping_timeout(0ms); });
    ok("a value that may not be is refused, and connect says so");
}

static std::string request(const std::string &url, const ws::options &options)
{
    ws::socket socket = open_path(url, "headers", options);
    return std::string(take(socket, ws::event_type::message).text());
}

static void on_the_wire(const std::string &url)
{
    const auto has = [](const std::string &head, const char *line) { return head.find(line) != std::string::npos; };
    auto options = ws::options().add_header("X-One", "1").set_origin("http://example.org").set_user_agent("check/1").set_bearer("sesame");
    options.add_cookie("a", "b").add_cookie("c", "d").add_protocol("chat.v2").add_protocol("chat.v1");
    std::string head = request(url, options);
    CHECK(has(head, "\nx-one: 1\n") && has(head, "\norigin: http://example.org\n") && has(head, "\nuser-agent: check/1\n"));
    CHECK(has(head, "\nauthorization: Bearer sesame\n") && has(head, "\ncookie: a=b; c=d\n"));
    CHECK(has(head, "\nsec-websocket-protocol: chat.v2, chat.v1\n") && has(head, "\nsec-websocket-extensions: permessage-deflate"));
    head = request(url, options.set_origin(std::nullopt).set_user_agent(std::nullopt).set_bearer(std::nullopt).set_deflate(false));
    CHECK(!has(head, "\norigin:") && !has(head, "\nuser-agent:") && !has(head, "\nauthorization:"));
    CHECK(!has(head, "\nsec-websocket-extensions:"));
    ok("what options say reaches the server, and std::nullopt takes it back");
}

int main(int argc, char **argv)
{
    values();
    on_the_wire(url_argument(argc, argv));
    return finish();
}
