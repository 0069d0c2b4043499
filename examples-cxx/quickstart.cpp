// The shortest program in C++: a message to an echo server and back. quickstart [URL]
#include <iostream>
#include <ws.hpp>

int main(int argc, char **argv)
{
    auto socket = ws::connect(argc > 1 ? argv[1] : "ws://localhost:9001/chat").value(); // new WebSocket(url): returns at once

    while (auto event = socket.next_event()) {
        switch (event->type()) {
        case ws::event_type::open: socket.send("hello"); break;
        case ws::event_type::message: std::cout << event->text() << "\n", socket.close(1000, "done"); break;
        case ws::event_type::error: std::cerr << event->text() << "\n"; break;
        case ws::event_type::close: std::cout << "closed " << event->code() << " clean=" << event->was_clean() << "\n"; break;
        default: break;
        }
    }
}
