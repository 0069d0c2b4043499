// Boost.Beast's driver: its blocking calls, and for the open connections its asynchronous ones. TLS is OpenSSL's.
#define _GNU_SOURCE 1
#include "bench.h"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/version.hpp>
#include <deque>
#include <memory>

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using plain = websocket::stream<net::ip::tcp::socket>;
using secure = websocket::stream<beast::ssl_stream<net::ip::tcp::socket>>;

static bench_args args;
static net::io_context io(1);
static std::unique_ptr<net::ssl::context> tls;
static SSL_SESSION *session; // the last one that the server gave

static int keep_session(SSL *, SSL_SESSION *given)
{
    if (session) SSL_SESSION_free(session);
    session = given;
    return 1; // it is ours now
}

static void prepare_tls()
{
    tls = std::make_unique<net::ssl::context>(net::ssl::context::tls_client);
    tls->load_verify_file(args.ca);
    tls->set_verify_mode(net::ssl::verify_peer);
    tls->set_verify_callback(net::ssl::host_name_verification("localhost"));
    if (!args.resumed) return;
    SSL_CTX_set_session_cache_mode(tls->native_handle(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls->native_handle(), keep_session);
}

template <class stream> static std::unique_ptr<stream> new_stream()
{
    if constexpr (std::is_same_v<stream, secure>) return std::make_unique<stream>(io, *tls);
    else return std::make_unique<stream>(io);
}

template <class stream> static std::unique_ptr<stream> open_connection()
{
    auto ws = new_stream<stream>();
    auto &tcp = beast::get_lowest_layer(*ws);
    tcp.connect({net::ip::make_address(args.host), static_cast<unsigned short>(args.port)});
    tcp.set_option(net::ip::tcp::no_delay(true));
    if constexpr (std::is_same_v<stream, secure>) {
        SSL *ssl = ws->next_layer().native_handle();
        SSL_set_tlsext_host_name(ssl, "localhost");
        if (session) SSL_set_session(ssl, session);
        ws->next_layer().handshake(net::ssl::stream_base::client);
    }
    if (args.deflate) {
        websocket::permessage_deflate deflate;
        deflate.client_enable = true;
        deflate.compLevel = DEFLATE_LEVEL;
        deflate.memLevel = DEFLATE_MEMORY;
        ws->set_option(deflate);
    }
    ws->handshake(args.host, args.target);
    return ws;
}

// For large messages: no limit, one frame a message, masked in larger pieces than its 4 KiB.
template <class stream> static std::unique_ptr<stream> open_tuned_connection()
{
    auto ws = open_connection<stream>();
    ws->read_message_max(0);
    ws->auto_fragment(false);
    ws->write_buffer_bytes(128 << 10);
    ws->text(args.text != 0);
    return ws;
}

template <class stream> static void echo()
{
    auto payload = net::buffer(bench_payload(&args), args.size);
    auto trips = bench_trips_new(&args);
    auto ws = open_tuned_connection<stream>();
    beast::flat_buffer buffer;
    size_t length;
    do {
        buffer.clear();
        bench_trip_begins(&trips);
        ws->write(payload);
        length = ws->read(buffer);
    } while (!bench_trip_ends(&trips, &args, length));
}

template <class stream> static void stream_in()
{
    auto ws = open_tuned_connection<stream>();
    beast::flat_buffer buffer;
    auto start = bench_read();
    ws->write(net::buffer("go", 2));
    for (long i = 0; i < args.n; i++) {
        if (ws->read(buffer) != args.size) bench_fail("in", "a message has another length");
        buffer.clear();
    }
    bench_print(&args, start);
}

template <class stream> static void stream_out()
{
    auto payload = bench_payload(&args);
    auto ws = open_tuned_connection<stream>();
    beast::flat_buffer buffer;
    auto start = bench_read();
    for (long i = 0; i < args.n; i++) ws->write(net::buffer(bench_message(&args, payload, i), args.size));
    size_t length = ws->read(buffer);
    bench_check_done(&args, buffer.data().data(), length);
    bench_print(&args, start);
}

template <class stream> static void stream_one()
{
    auto ws = open_tuned_connection<stream>();
    static unsigned char piece[128 << 10];
    size_t got = 0;
    auto start = bench_read();
    ws->write(net::buffer("go", 2));
    do got += ws->read_some(net::buffer(piece));
    while (!ws->is_message_done());
    if (got != args.size) bench_fail("stream", "the message has another length");
    bench_print(&args, start);
}

template <class stream> static bool is_resumed(stream &ws)
{
    if constexpr (std::is_same_v<stream, secure>) return SSL_session_reused(ws.next_layer().native_handle());
    else return false;
}

template <class stream> static void connect_and_close()
{
    auto start = bench_read();
    for (long i = 0; i < args.n; i++) {
        auto ws = open_connection<stream>();
        ws->close(websocket::close_code::normal);
        if (args.resumed && i > 0 && !is_resumed(*ws)) bench_fail("connect", "the session was not resumed");
    }
    bench_print(&args, start);
}

// A connection that always waits for the next message.
struct waiting {
    std::unique_ptr<plain> ws = open_connection<plain>();
    beast::flat_buffer buffer;
    long received = 0;

    void read()
    {
        ws->async_read(buffer, [this](beast::error_code error, size_t) {
            if (error) bench_fail("open", error.message().c_str());
            received++;
            buffer.clear();
            read();
        });
    }
};

static void stay_open()
{
    std::deque<waiting> all;
    bench_crowd crowd{};
    do {
        all.emplace_back().read();
        while (all.back().received == 0) io.run_one();
    } while (!bench_crowd_grows(&crowd, &args));
}

template <class stream> static void run()
{
    if (bench_is(&args, "echo")) echo<stream>();
    else if (bench_is(&args, "in")) stream_in<stream>();
    else if (bench_is(&args, "out")) stream_out<stream>();
    else if (bench_is(&args, "connect")) connect_and_close<stream>();
    else if (bench_is(&args, "open")) stay_open();
    else if (bench_is(&args, "stream")) stream_one<stream>();
    else bench_fail(args.workload, "is no workload");
}

int main(int argc, char **argv)
{
    args = bench_arguments(argc - 1, argv + 1, BOOST_LIB_VERSION);
    if (args.tls) {
        prepare_tls();
        run<secure>();
    } else {
        run<plain>();
    }
    _exit(0); // closing is measured in connect only
}
