// The same conversation as a coroutine of C++20, COUNT of them at once on one thread. coroutine URL [COUNT]
#include <cstdlib>
#include <iostream>
#include <vector>
#include <ws.hpp>

static ws::task converse(ws::socket socket, int &clean)
{
    while (const auto event = co_await socket.next()) {
        if (event->type() == ws::event_type::open) socket.send("hello");
        if (event->type() == ws::event_type::message) socket.close(1000, "done");
        if (event->type() == ws::event_type::error) std::cerr << "error: " << event->text() << "\n";
        if (event->type() == ws::event_type::close) clean += event->was_clean();
    }
}

int main(int argc, char **argv)
try {
    const char *url = argc > 1 ? argv[1] : "ws://localhost:9001/";
    const int count = argc > 2 ? std::atoi(argv[2]) : 1;
    int clean = 0;

    ws::loop loop = ws::loop::make().value();
    const auto options = ws::options().set_loop(loop).set_coroutine();
    std::vector<ws::task> tasks;
    for (int i = 0; i < count; i++) tasks.push_back(converse(ws::connect(url, options).value(), clean));

    loop.run().value();
    std::cout << clean << " of " << count << " closed cleanly\n";
    return clean == count ? 0 : 1;
} catch (const std::system_error &error) {
    std::cerr << error.what() << "\n";
    return 2;
}
