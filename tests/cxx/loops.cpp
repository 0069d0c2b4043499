// ws::loop: batches of events, inside of poll(2), wake-ups, the end.
#include "check.hpp"

#include <poll.h>
#include <thread>
#include <unistd.h>
#include <vector>

static void batches(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    std::vector<ws::event> room(16);
    CHECK_RESULT(loop.wait(room), ws::status::done);
    CHECK_RESULT(loop.wait(ws::span<ws::event>(room.data(), 0), 0ms), ws::status::invalid_argument);
    std::vector<ws::socket> sockets;
    int numbers[8] = {};
    for (int &number : numbers) sockets.push_back(must(ws::connect(url, ws::options().set_loop(loop).set_user_data(&number))));
    for (;;) {
        const auto came = loop.wait(room, patience);
        if (came.status() == ws::status::done) break;
        for (const ws::event &event : must(came)) {
            ++*static_cast<int *>(event.user_data());
            if (event.type() == ws::event_type::open) CHECK(event.socket().send(event.socket().url()));
            if (event.type() == ws::event_type::message) {
                CHECK_VIEW(event.text(), url);
                CHECK(event.socket().close(4000));
            }
            if (event.type() == ws::event_type::close) CHECK(event.was_clean() && event.code() == 4000);
        }
    }
    for (const int number : numbers) CHECK_SAME(number, 3);
    ok("events of many sockets come in batches, with their user data");
}

static void inside_of_poll(const std::string &url)
{
    ws::loop loop = must(ws::loop::make());
    int pipe_ends[2];
    CHECK(pipe(pipe_ends) == 0);
    bool closed = false;
    ws::socket socket = must(ws::connect(url, ws::options()
                                                  .set_loop(loop)
                                                  .on_open([](const ws::event &event) { event.socket().send("out"); })
                                                  .on_message([&](const ws::event &) { CHECK(write(pipe_ends[1], "x", 1) == 1); })
                                                  .on_close([&](const ws::event &event) { closed = event.was_clean(); })));
    CHECK(loop.fd() >= 0);
    pollfd watched[] = {{loop.fd(), POLLIN, 0}, {pipe_ends[0], POLLIN, 0}};
    while (!closed) {
        CHECK(poll(watched, 2, loop.poll_timeout(patience)) >= 0);
        const ws::status status = loop.dispatch(0ms).status();
        CHECK(status == ws::status::ok || status == ws::status::timeout || status == ws::status::done);
        char byte;
        if (watched[1].revents != 0) CHECK(read(pipe_ends[0], &byte, 1) == 1 && socket.close());
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    ok("inside of poll, beside a descriptor of the program");

    CHECK(loop.poll_timeout(7ms) <= 7 && ws::loop().poll_timeout(7ms) == 7 && ws::loop().poll_timeout() == -1);
    CHECK(ws::loop().fd() < 0);
    ok("the shorter of two times to wait");
}

static void wakes(const std::string &silent)
{
    ws::loop loop = must(ws::loop::make());
    const ws::socket socket = must(ws::connect(silent, ws::options().set_loop(loop)));
    CHECK_RESULT(loop.dispatch(0ms), ws::status::timeout);
    CHECK(loop.wake());
    CHECK_RESULT(loop.run(), ws::status::aborted);
    std::thread other([&] { CHECK(loop.wake()); });
    CHECK_RESULT(loop.dispatch(patience), ws::status::aborted);
    other.join();
    ok("a loop that waits is woken");
}

int main(int argc, char **argv)
{
    batches(url_argument(argc, argv));
    inside_of_poll(url_argument(argc, argv));
    wakes(url_argument(argc, argv, 1));
    return finish();
}
