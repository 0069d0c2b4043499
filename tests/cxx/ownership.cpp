// Moves, and destructors in every state: on the background loop and on one of our own, without and with lambdas.
#include "check.hpp"

#include <type_traits>
#include <utility>

static_assert(!std::is_copy_constructible_v<ws::socket> && !std::is_copy_assignable_v<ws::socket>);
static_assert(std::is_nothrow_move_constructible_v<ws::socket> && std::is_nothrow_move_assignable_v<ws::socket>);
static_assert(!std::is_copy_constructible_v<ws::loop> && std::is_nothrow_move_constructible_v<ws::loop>);
static_assert(std::is_copy_constructible_v<ws::options> && std::is_nothrow_move_constructible_v<ws::options>);
static_assert(!std::is_assignable_v<ws::socket &, ws::socket_ref>, "a handle owns nothing");
static_assert(!std::is_assignable_v<ws::socket_functions &, ws::socket_ref>, "nor can it become a socket by its base");
static_assert(std::is_trivially_copyable_v<ws::event> && std::is_trivially_copyable_v<ws::socket_ref>);

static void moves(const std::string &url)
{
    ws::socket one = open_path(url, "", ws::options());
    const ws::socket_ref known = one;
    ws::socket two = std::move(one);
    CHECK(!one && two && known == two);
    CHECK_RESULT(one.send("x"), ws::status::null_pointer);
    CHECK_RESULT(one.close(), ws::status::null_pointer);
    CHECK_RESULT(one.next_event(0ms), ws::status::null_pointer);
    CHECK_RESULT(one.stats(), ws::status::null_pointer);
    CHECK(one.url().empty() && one.ready_state() == ws::state::closed && one.buffered_amount() == 0);
    one.reset();
    CHECK(two.send("still here"));
    CHECK_VIEW(take(two, ws::event_type::message).text(), "still here");

    ws::socket three = open_path(url, "", ws::options());
    const ws::socket_ref gone = three;
    three = std::move(two);
    CHECK(three == known && !two);
    CHECK_RESULT(ws::socket_ref(gone).send("x"), ws::status::bad_handle);
    ws::socket &itself = three;
    three = std::move(itself);
    CHECK(three.send("still here"));
    CHECK_VIEW(take(three, ws::event_type::message).text(), "still here");
    ws::socket taken_over(std::exchange(three, ws::socket()).get());
    CHECK_RESULT(taken_over.send("freed"), ws::status::bad_handle);
    ok("a moved socket is empty, an assigned one has ended what it was, a handle that outlives it is refused");

    ws::loop first = must(ws::loop::make()), second = must(ws::loop::make());
    second = std::move(first);
    CHECK(!first && second);
    CHECK_RESULT(first.dispatch(0ms), ws::status::null_pointer);
    CHECK_RESULT(second.dispatch(0ms), ws::status::done);
    ws::options options;
    options.set_loop(second);
    second = ws::loop();
    CHECK_RESULT(ws::connect(url, options), ws::status::invalid_state);
    ok("loops move; one that is gone connects nothing");

    ws::options copied = options.set_max_ratio(1);
    CHECK_SAME(copied.error(), ws::status::invalid_argument);
    CHECK_VIEW(copied.error_text(), options.error_text());
    ws::options moved = std::move(copied);
    CHECK_SAME(moved.error(), ws::status::invalid_argument);
    copied = ws::options();
    CHECK_SAME(copied.error(), ws::status::ok);
    copied = ws::options(copied).add_protocol("a");
    CHECK_SAME(copied.add_protocol("a").error(), ws::status::syntax);
    CHECK_VIEW(ws::options(copied).error_text(), copied.error_text());
    ok("options are copied with what was wrong with them");
}

struct servers {
    std::string echo, refusing, silent;
};

static void each_state(const servers &servers, const ws::options &options, bool takes_events)
{
    must(ws::connect(servers.silent, options)).reset(); // CONNECTING, nobody answers
    must(ws::connect(servers.refusing, options)).reset(); // CONNECTING, refused before or after
    must(ws::connect(servers.echo, options)).reset(); // CONNECTING, perhaps with an open event to take
    {
        ws::socket socket = must(ws::connect(servers.silent, options)); // CLOSING out of CONNECTING
        CHECK(socket.close(1000));
        CHECK(socket.ready_state() == ws::state::closing || !takes_events); // else the close event may have been called already
    }
    if (!takes_events) return;
    open_path(servers.echo, "", options); // OPEN
    {
        ws::socket socket = open_path(servers.echo, "", options); // OPEN, with messages to come and to go
        for (int i = 0; i < 1000; i++) CHECK(socket.send("one of a thousand"));
        CHECK_VIEW(take(socket, ws::event_type::message).text(), "one of a thousand");
    }
    {
        ws::socket socket = open_path(servers.echo, "", options); // CLOSING
        CHECK(socket.close(1000, "bye"));
    }
    {
        ws::socket socket = must(ws::connect(servers.echo + "status/404", options)); // CLOSED, the close event not taken
        take(socket, ws::event_type::error);
    }
    ws::socket socket = open_path(servers.echo, "", options); // CLOSED
    CHECK(socket.close() && socket.wait_closed(patience));
}

int main(int argc, char **argv)
{
    const servers servers{url_argument(argc, argv), url_argument(argc, argv, 1), url_argument(argc, argv, 2)};
    moves(servers.echo);
    each_state(servers, ws::options(), true);
    each_state(servers, ws::options().on_message([](const ws::event &) {}), false);
    ok("background loop: a destructor in each state");
    {
        ws::loop loop = must(ws::loop::make());
        each_state(servers, ws::options().set_loop(loop), true);
        each_state(servers, ws::options().set_loop(loop).on_message([](const ws::event &) {}), false);
        CHECK(loop.run());
        must(ws::connect(servers.silent, ws::options().set_loop(loop))).reset();
    }
    ok("own loop: a destructor in each state, and the loop's with sockets left on it");
    return finish();
}
