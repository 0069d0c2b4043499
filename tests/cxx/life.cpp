// The life of a socket with ws::socket: open, echo, close; close codes that are refused; failures; what is known of a connection.
#include "check.hpp"

#include <atomic>
#include <vector>

static void conversation(const std::string &url)
{
    ws::socket socket = must(ws::connect(url));
    CHECK(socket && socket.url() == url);
    CHECK_SAME(socket.ready_state(), ws::state::connecting);
    CHECK_RESULT(socket.send("too early"), ws::status::invalid_state);
    CHECK_VIEW(take(socket, ws::event_type::open).text(), "");
    CHECK_SAME(socket.ready_state(), ws::state::open);

    CHECK(socket.send("hello"));
    ws::event event = take(socket, ws::event_type::message);
    CHECK(event.is_text() && !event.is_binary());
    CHECK_VIEW(event.text(), "hello");
    const std::vector<std::byte> data{std::byte{0}, std::byte{255}};
    CHECK(socket.send(data, ws::send_flags::more | ws::send_flags::no_compress));
    CHECK(socket.flush(patience));
    event = take(socket, ws::event_type::message);
    CHECK(event.is_binary() && event.bytes().size() == 2 && event.bytes()[1] == std::byte{255});
    CHECK(socket.send(std::string_view("a\0b", 3)) && socket.send(""));
    CHECK_VIEW(take(socket, ws::event_type::message).text(), std::string_view("a\0b", 3));
    CHECK_VIEW(take(socket, ws::event_type::message).text(), "");
    CHECK_RESULT(socket.send("\xff"), ws::status::invalid_utf8);
    ok("text and binary messages there and back");

    CHECK(socket.send_owned(ws::message_type::text, std::string(100'000, 'x')));
    CHECK_SAME(take(socket, ws::event_type::message).text().size(), 100'000);
    CHECK(socket.send_owned(ws::message_type::binary, std::vector<std::uint32_t>(50)));
    CHECK_SAME(take(socket, ws::event_type::message).bytes().size(), 200);
    CHECK(socket.message_begin(ws::message_type::text));
    CHECK_RESULT(socket.message_begin(ws::message_type::text), ws::status::invalid_state);
    CHECK(socket.message_append("in ") && socket.message_append(ws::as_bytes("parts")) && socket.message_end());
    CHECK_VIEW(take(socket, ws::event_type::message).text(), std::string_view("in parts", 9));
    ok("messages that are given away, and in parts");

    CHECK(socket.ping("now"));
    event = take(socket, ws::event_type::pong);
    CHECK_VIEW(event.text(), "now");
    CHECK(event.round_trip().count() > 0);
    CHECK(socket.ping() && take(socket, ws::event_type::pong).text().empty());
    CHECK_RESULT(socket.ping(std::string(126, 'x')), ws::status::syntax);
    CHECK(socket.pause() && socket.resume());
    CHECK_RESULT(socket.next_event(0ms), ws::status::timeout);
    CHECK(socket.interrupt());
    CHECK_RESULT(socket.next_event(), ws::status::aborted);
    ok("pings, pauses, timeouts and interruptions");

    ws::event room[4];
    CHECK_RESULT(socket.next_events(room, 0ms), ws::status::timeout);
    CHECK_RESULT(socket.next_events(ws::span<ws::event>(room, 0), 0ms), ws::status::invalid_argument);
    CHECK_RESULT(ws::socket().next_events(room, 0ms), ws::status::null_pointer);
    CHECK(socket.send("one", ws::send_flags::more) && socket.send("two"));
    for (std::size_t count = 0; count < 2;) {
        for (const ws::event &one : must(socket.next_events(room, patience))) CHECK_VIEW(one.text(), count++ == 0 ? "one" : "two");
    }
    ok("events in batches");

    const ws::stats stats = must(socket.stats());
    CHECK_SAME(stats.messages_sent, 9);
    CHECK_SAME(stats.messages_received, 9);
    CHECK_SAME(stats.pings_sent, 2);
    CHECK_SAME(must(socket.failure()).phase(), ws::phase::none);
    CHECK_SAME(socket.buffered_amount(), 0);
    CHECK(socket.response_header("UPGRADE") && !socket.response_header("X-None") && !socket.response_header("upgrade", 1));
    CHECK(!must(socket.response_header_at(0)).name.empty());
    CHECK_RESULT(socket.response_header_at(1000), ws::status::done);
    ok("figures, headers, no failure");

    for (const int code : {-7, 0, 999, 1001, 1005, 1006, 2999, 5000}) CHECK_RESULT(socket.close(code), ws::status::invalid_access);
    CHECK(socket.close(1001).error() == std::errc::invalid_argument);
    CHECK(ws::last_error().find("1001") != std::string_view::npos);
    CHECK_RESULT(socket.close(1000, std::string(124, 'x')), ws::status::syntax);
    CHECK_RESULT(socket.close(1000, "\xff"), ws::status::invalid_utf8);
    CHECK_SAME(socket.ready_state(), ws::state::open);
    CHECK(socket.close(1000, "done"));
    CHECK_SAME(socket.ready_state(), ws::state::closing);
    CHECK_RESULT(socket.send("too late"), ws::status::discarded);
    CHECK_SAME(socket.buffered_amount(), 8);
    event = take(socket, ws::event_type::close);
    CHECK(event.was_clean() && event.code() == 1000 && event.reason() == "done");
    CHECK_SAME(socket.ready_state(), ws::state::closed);
    CHECK_RESULT(socket.next_event(), ws::status::done);
    CHECK_RESULT(socket.close(1001), ws::status::invalid_access);
    CHECK(socket.close());
    ok("codes that an application may not send are refused in every state, and the close is clean");
}

static void failures(const std::string &url, const std::string &refusing)
{
    ws::socket socket = must(ws::connect(url + "status/404"));
    CHECK_RESULT(socket.wait_open(patience), ws::status::network);
    CHECK(take(socket, ws::event_type::error).text().find("404") != std::string_view::npos);
    ws::event event = must(socket.wait_closed(patience));
    CHECK(!event.was_clean() && event.code() == 1006 && event.reason().empty());
    ws::failure failure = must(socket.failure());
    CHECK_SAME(failure.phase(), ws::phase::handshake);
    CHECK(failure.http_status() == 404 && failure.tls_alert() == -1 && failure.timeout() == ws::timeout::none && !failure.os_error());
    CHECK(!failure.text().empty() && failure.head().find("404") != std::string_view::npos && !failure.address().empty());
    CHECK_RESULT(socket.wait_closed(patience), ws::status::done);

    socket = must(ws::connect(refusing));
    take(socket, ws::event_type::error);
    failure = must(socket.failure());
    CHECK_SAME(failure.phase(), ws::phase::tcp);
    CHECK(failure.os_error() == std::errc::connection_refused);
    CHECK(failure.head().empty() && failure.body().empty());

    CHECK_RESULT(ws::connect("not a URL"), ws::status::syntax);
    CHECK_RESULT(ws::connect(std::string_view("ws://127.0.0.1\0/", 16)), ws::status::syntax);
    CHECK_RESULT(ws::connect("ws://\xff/"), ws::status::invalid_utf8);
    ok("what is refused says how far it had come and why");
}

static std::atomic<int> lines;

static void logging(const std::string &url)
{
    static const auto logger = [](ws::log_level level, std::string_view line) {
        if (level <= ws::log_level::info && line.substr(0, 5) == "ws://") ++lines;
    };
    CHECK(ws::set_log(logger, ws::log_level::info));
    ws::socket socket = open_path(url, "", ws::options());
    CHECK(socket.close() && socket.wait_closed(patience));
    CHECK(ws::set_no_log());
    const int logged = lines;
    CHECK(logged > 0);
    open_path(url, "", ws::options());
    CHECK_SAME(lines, logged);
    ok("a logger gets its lines, and none when it is taken back");
}

int main(int argc, char **argv)
{
    conversation(url_argument(argc, argv));
    failures(url_argument(argc, argv), url_argument(argc, argv, 1));
    logging(url_argument(argc, argv));
    return finish();
}
