// Lambdas for events: each kind, on our thread and on the library's; how long they live; lambdas that destroy their own socket.
#include "check.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

static void every_event(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    std::string seen;
    const auto options = ws::options()
                             .set_loop(loop)
                             .add_protocol("chat")
                             .on_open([&](const ws::event &event) {
                                 seen += "open " + std::string(event.socket().protocol()) + "; ";
                                 CHECK(event.socket().ready_state() == ws::state::open && event.user_data() == nullptr);
                                 CHECK(event.socket().send("one"));
                             })
                             .on_message([&](const ws::event &event) {
                                 seen += "message " + std::string(event.text()) + "; ";
                                 CHECK_RESULT(event.socket().next_event(), ws::status::busy);
                                 CHECK(event.socket().ping("p"));
                             })
                             .on_pong([&](const ws::event &event) {
                                 seen += "pong " + std::string(event.text()) + "; ";
                                 CHECK(event.socket().close(3000, "enough"));
                             })
                             .on_close([&](const ws::event &event) { seen += "close " + std::string(event.reason()); });
    ws::socket opened = must(ws::connect(url, options));
    CHECK(loop.run());
    CHECK_VIEW(seen, "open chat; message one; pong p; close enough");
    seen.clear();
    const auto note = [&](const ws::event &) { seen += "error; "; };
    ws::socket refused = must(ws::connect(url + "status/404", ws::options(options).on_error(note)));
    CHECK(loop.run());
    CHECK_VIEW(seen, "error; close ");
    ok("each kind of event has its lambda, in order");

    // One that has none is dropped; sockets without any lambda keep their events.
    ws::socket with = must(ws::connect(url, ws::options().set_loop(loop).on_open([](const ws::event &event) { event.socket().close(); })));
    CHECK(loop.run());
    ws::socket without = must(ws::connect(url, ws::options().set_loop(loop).set_user_data(&loop)));
    CHECK(take(without, ws::event_type::open).user_data() == &loop);
    ok("an event without a lambda is dropped, but kept where there is none at all");
}

static void chunks_and_drains(const std::string &url, const std::string &slow)
{
    ws::loop loop = must(ws::loop::make());
    std::string all;
    int first = 0, chunks = 0;
    ws::socket socket = must(ws::connect(url, ws::options()
                                                  .set_loop(loop)
                                                  .set_chunks(4 << 20)
                                                  .on_open([](const ws::event &event) { event.socket().send(std::string(1 << 20, 'x')); })
                                                  .on_chunk([&](const ws::event &event) {
                                                      CHECK_SAME(event.is_first(), all.empty());
                                                      first += event.is_first();
                                                      chunks++;
                                                      all += event.text();
                                                      if (event.is_final()) CHECK(event.socket().close());
                                                  })));
    CHECK(loop.run());
    CHECK(all == std::string(1 << 20, 'x') && first == 1 && chunks > 1);
    ok("a long message comes in chunks");

    ws::socket director = open_path(slow, "", ws::options());
    CHECK(director.send("accept"));
    int sent = 0, drained = 0;
    const std::string part(100'000, 'y');
    socket = must(ws::connect(slow, ws::options()
                                        .set_loop(loop)
                                        .set_max_buffered(1'000'000)
                                        .set_low_water(0)
                                        .on_open([&](const ws::event &event) {
                                            ws::status status = ws::status::ok;
                                            for (; status == ws::status::ok; sent++) status = event.socket().send(part).status();
                                            CHECK_SAME(status, ws::status::quota);
                                            CHECK(drained == 0 && director.send("read"));
                                        })
                                        .on_drain([&](const ws::event &event) {
                                            drained++;
                                            // One from before the refusal may come first; this one is refused then, and another comes.
                                            if (event.socket().send(part)) CHECK(event.socket().close(1000));
                                        })));
    CHECK(loop.run());
    CHECK(sent > 10 && drained > 0 && socket.ready_state() == ws::state::closed);
    CHECK_SAME(socket.buffered_amount(), 0);
    CHECK(director.close() && director.wait_closed(patience));
    ok("a drain event says when there is room again");
}

static void lifetimes(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    const auto witness = std::make_shared<int>(0);
    const auto alive = [&] { return witness.use_count() - 1; };
    const auto close = [witness](const ws::event &event) { event.socket().close(); };
    CHECK_SAME(alive(), 1);
    std::optional<ws::options> options(ws::options().set_loop(loop).on_open(close));
    CHECK_SAME(alive(), 2);
    ws::socket one = must(ws::connect(url, *options)), two = must(ws::connect(url, *options));
    CHECK_SAME(alive(), 4);
    options.reset();
    CHECK_SAME(alive(), 3);
    two.reset();
    CHECK_SAME(alive(), 2);
    CHECK(loop.run());
    CHECK_SAME(alive(), 1);
    CHECK(one);
    CHECK_RESULT(ws::connect("not a URL", ws::options().on_open(close)), ws::status::syntax);
    CHECK_SAME(alive(), 1);
    ok("each socket has its own lambdas, until its close event or its end");

    struct client {
        ws::socket socket;
    };
    auto owner = std::make_shared<client>();
    const std::weak_ptr<client> known = owner;
    owner->socket = must(ws::connect(url, ws::options().set_loop(loop).on_open([owner](const ws::event &) { owner->socket.close(); })));
    owner.reset();
    CHECK(!known.expired());
    CHECK(loop.run());
    CHECK(known.expired());
    ok("a lambda may own its own socket: after the close event both are gone");
}

// A socket that destroys itself in one of its lambdas, which goes on; nothing may come after it.
static void destroys_itself(ws::loop *loop, const std::string &url, ws::event_type when)
{
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<ws::socket> socket;
    bool destroyed = false;
    const std::string captured(1000, 'c');
    const auto what = [&, captured](const ws::event &event) {
        const std::lock_guard<std::mutex> lock(mutex);
        CHECK(!destroyed);
        if (event.type() == ws::event_type::open && when != ws::event_type::error) CHECK(event.socket().send("x") && event.socket().ping());
        if (event.type() == when) {
            const ws::socket_ref known = event.socket();
            const std::string text(event.text());
            socket.reset();
            CHECK_RESULT(ws::socket_ref(known).send("x"), ws::status::bad_handle);
            CHECK(captured == std::string(1000, 'c') && event.text() == text);
            destroyed = true;
            changed.notify_all();
        } else if (when == ws::event_type::close && event.type() != ws::event_type::error) {
            event.socket().close();
        }
    };
    auto options = ws::options().on_open(what).on_message(what).on_error(what).on_close(what).on_pong(what).on_chunk(what);
    if (when == ws::event_type::chunk) options.set_chunks(100);
    if (loop != nullptr) options.set_loop(*loop);
    {
        const std::lock_guard<std::mutex> lock(mutex);
        socket.emplace(must(ws::connect(when == ws::event_type::error ? url + "status/404" : url, options)));
    }
    if (loop != nullptr) CHECK(loop->run());
    std::unique_lock<std::mutex> lock(mutex);
    CHECK(changed.wait_for(lock, patience, [&] { return destroyed; }));
    lock.unlock();
    CHECK(!socket);
    // Its lambdas run no more, and use what is on this stack no more, when all is gone.
    CHECK(ws::shutdown(patience));
}

static void on_the_librarys_thread(const std::string &url)
{
    std::mutex mutex;
    std::condition_variable changed;
    std::thread::id thread;
    const auto note = [&](const ws::event &) {
        const std::lock_guard<std::mutex> lock(mutex);
        thread = std::this_thread::get_id();
        changed.notify_all();
    };
    const ws::socket socket = must(ws::connect(url, ws::options().on_open(note)));
    CHECK_RESULT(ws::socket_ref(socket).next_event(), ws::status::busy);
    std::unique_lock<std::mutex> lock(mutex);
    CHECK(changed.wait_for(lock, patience, [&] { return thread != std::thread::id(); }));
    CHECK(thread != std::this_thread::get_id());
    ok("without a loop of one's own they run on the library's thread");
}

int main(int argc, char **argv)
{
    const std::string url = url_argument(argc, argv);
    every_event(url);
    chunks_and_drains(url, url_argument(argc, argv, 1));
    lifetimes(url);
    on_the_librarys_thread(url);
    ws::loop loop = must(ws::loop::make());
    using type = ws::event_type;
    for (const type when : {type::open, type::message, type::error, type::close, type::pong, type::chunk}) {
        destroys_itself(&loop, url, when);
        destroys_itself(nullptr, url, when);
    }
    ok("a lambda of any kind may destroy its own socket and go on");
    return finish();
}
