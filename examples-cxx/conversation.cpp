// A conversation with an echo server in C++: lambdas for events, called by a loop on this thread. conversation [URL]
#include <iostream>
#include <ws.hpp>

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "ws://localhost:9001/";
    bool clean = false;

    auto loop = ws::loop::make();
    if (!loop) {
        std::cerr << "no loop: " << ws::last_error() << "\n";
        return 1;
    }
    // Without set_loop the lambdas would run on the library's thread, and this one would be free.
    auto options = ws::options().set_loop(*loop);
    options.on_open([](const ws::event &event) {
        std::cout << "open\n";
        event.socket().send("hello");
    });
    options.on_message([](const ws::event &event) {
        std::cout << "message: " << event.text() << "\n";
        event.socket().close(1000, "done");
    });
    options.on_error([](const ws::event &event) { std::cerr << "error: " << event.text() << "\n"; });
    options.on_close([&clean](const ws::event &event) {
        clean = event.was_clean();
        std::cout << "closed " << event.code() << " \"" << event.reason() << "\", " << (clean ? "clean" : "not clean") << "\n";
    });

    const auto socket = ws::connect(url, options); // new WebSocket(url): returns at once
    if (!socket) {
        std::cerr << socket.error().message() << ": " << ws::last_error() << "\n";
        return 2;
    }
    return loop->run() && clean ? 0 : 1; // until no socket lives on the loop any more
}
