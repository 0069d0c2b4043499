// Coroutines: `co_await socket.next()`, resumed by the loop; sockets and coroutines that end in each other's way.
#include "check.hpp"

#ifdef __cpp_impl_coroutine

#include <memory>
#include <optional>
#include <vector>

static ws::task converse(ws::socket socket, std::string &seen)
{
    while (const auto event = co_await socket.next()) {
        switch (event->type()) {
        case ws::event_type::open: CHECK(socket.send("hello")); break;
        case ws::event_type::message:
            seen += event->text();
            CHECK(socket.close(1000, "done"));
            break;
        case ws::event_type::close: seen += " " + std::to_string(event->code()) + (event->was_clean() ? " clean" : " not clean"); break;
        default: seen += " " + std::string(event->text()); break;
        }
    }
    CHECK_RESULT(co_await socket.next(), ws::status::done);
    seen += ", done";
}

static void conversations(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    const auto options = ws::options().set_loop(loop).set_coroutine();
    std::vector<std::string> seen(20);
    std::vector<ws::task> tasks;
    for (std::string &one : seen) tasks.push_back(converse(must(ws::connect(url, options)), one));
    CHECK(!tasks[0].done());
    CHECK(loop.run());
    for (const std::string &one : seen) CHECK_VIEW(one, "hello 1000 clean, done");
    for (const ws::task &task : tasks) CHECK(task.done());
    ok("many conversations, each a loop of its own, on one thread");
}

// Waits for `other` between its own events, which come meanwhile.
static ws::task waits_elsewhere(ws::socket &socket, ws::socket &other, std::string &seen)
{
    CHECK((co_await socket.next())->type() == ws::event_type::open);
    CHECK((co_await other.next())->type() == ws::event_type::open);
    for (const char *text : {"a", "b", "c"}) CHECK(socket.send(text));
    CHECK(other.send("go on"));
    CHECK_VIEW((co_await other.next())->text(), "go on");
    // All three may be there by now, or none: they come in order all the same.
    for (int i = 0; i < 3; i++) seen += (co_await socket.next())->text();
    CHECK(socket.send(std::string(2 << 20, 'z')));
    CHECK_SAME((co_await socket.next())->text().size(), 2 << 20);
    CHECK(other.close(3001));
    CHECK((co_await other.next())->code() == 3001);
    CHECK(socket.close(3002));
    seen += std::to_string((co_await socket.next())->code());
}

static void two_at_a_time(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    const auto options = ws::options().set_loop(loop).set_coroutine();
    ws::socket one = must(ws::connect(url, options)), two = must(ws::connect(url, options));
    std::string seen;
    const ws::task task = waits_elsewhere(one, two, seen);
    CHECK(loop.run());
    CHECK(task.done());
    CHECK_VIEW(seen, "abc3002");
    ok("what comes while a coroutine waits for something else is kept, in order");
}

// Nobody waits for the events of a socket: they are kept, and the socket is paused.
static void kept(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    ws::socket socket = must(ws::connect(url + "status/404", ws::options().set_loop(loop).set_coroutine()));
    CHECK(loop.run());
    std::string seen;
    const ws::task task = [](ws::socket &from, std::string &to) -> ws::task {
        while (const auto event = co_await from.next()) {
            to += std::to_string(static_cast<int>(event->type())) + (event->text().empty() ? "" : "+");
        }
    }(socket, seen);
    CHECK(task.done());
    CHECK_VIEW(seen, "3+4");
    ok("events that nobody waited for are taken without waiting");
}

static ws::task waits(ws::socket &socket, ws::status &status, std::shared_ptr<int> witness)
{
    while (const auto event = co_await socket.next()) ++*witness;
    status = (co_await socket.next()).status();
}

static void ends(const std::string &url, const std::string &silent)
{
    ws::loop loop = must(ws::loop::make());
    const auto options = ws::options().set_loop(loop).set_coroutine();
    const auto witness = std::make_shared<int>(0);
    ws::status status = ws::status::ok;
    {
        ws::socket socket = must(ws::connect(silent, options));
        const ws::task task = [](ws::socket &from, ws::status &to) -> ws::task { to = (co_await from.next()).status(); }(socket, status);
        CHECK(!task.done());
        ws::status second = ws::status::ok;
        const ws::task other = [](ws::socket &from, ws::status &to) -> ws::task { to = (co_await from.next()).status(); }(socket, second);
        CHECK(other.done());
        CHECK_SAME(second, ws::status::busy);
        socket.reset();
        CHECK(task.done());
    }
    CHECK_SAME(status, ws::status::aborted);
    ok("a socket that is destroyed ends the wait for it; two cannot wait for one event");

    {
        ws::socket socket = must(ws::connect(url, options));
        std::optional<ws::task> task(waits(socket, status, witness));
        CHECK_SAME(witness.use_count(), 2);
        task.reset();
        CHECK_SAME(witness.use_count(), 1);
        CHECK_SAME(loop.dispatch(patience).status(), ws::status::ok); // the open event, which nobody waits for any more
        task.emplace(waits(socket, status, witness));
        CHECK_SAME(*witness, 1);
        socket.close();
        CHECK(loop.run());
        CHECK(task->done());
        CHECK_SAME(*witness, 2);
        CHECK_SAME(status, ws::status::done);
    }
    ok("a coroutine that is destroyed waits no more, and another one goes on");

    // The coroutine destroys its own socket when that has opened.
    auto owned = std::make_unique<ws::socket>(must(ws::connect(url, options)));
    const ws::task task = [](std::unique_ptr<ws::socket> &own) -> ws::task {
        const auto event = co_await own->next();
        CHECK(event && event->type() == ws::event_type::open);
        own.reset();
    }(owned);
    CHECK(loop.run());
    CHECK(task.done() && !owned);
    ok("a coroutine may destroy its socket");

    ws::socket plain = must(ws::connect(silent));
    ws::socket on_background = must(ws::connect(silent, ws::options().on_open([](const ws::event &) {})));
    for (ws::socket *const socket : {&plain, &on_background}) {
        const ws::task none = [](ws::socket &from, ws::status &to) -> ws::task { to = (co_await from.next()).status(); }(*socket, status);
        CHECK(none.done());
        CHECK_SAME(status, ws::status::invalid_state);
    }
    CHECK_RESULT(ws::connect(silent, ws::options().set_coroutine()), ws::status::invalid_argument);
    ok("without set_coroutine, or without a loop, there is nothing to wait for");
}

int main(int argc, char **argv)
{
    conversations(url_argument(argc, argv));
    two_at_a_time(url_argument(argc, argv));
    kept(url_argument(argc, argv));
    ends(url_argument(argc, argv), url_argument(argc, argv, 1));
    return finish();
}

#else

int main()
{
    std::puts(__cplusplus < 202002L ? "ok - C++17 has no coroutines" : "SKIPPED coroutines: this compiler has none");
}

#endif
