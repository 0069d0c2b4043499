// wss: with ws::socket: certificates out of files and memory, pins, and what a failure of TLS looks like.
#include "check.hpp"

#include <fstream>
#include <sstream>

static std::string read(const std::string &path)
{
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    CHECK(!all.str().empty());
    return all.str();
}

static void echoes(const std::string &url, const ws::options &options)
{
    ws::socket socket = open_path(url, "", options);
    CHECK(socket.send("secret"));
    CHECK_VIEW(take(socket, ws::event_type::message).text(), "secret");
    CHECK(must(socket.stats()).tls_us > 0);
    CHECK(socket.close(1000));
    CHECK(must(socket.wait_closed(patience)).was_clean());
}

int main(int argc, char **argv)
{
    const std::string url = url_argument(argc, argv, 1), folder = url_argument(argc, argv, 2);
    CHECK(url.substr(0, 6) == "wss://");

    ws::socket refused = must(ws::connect(url));
    CHECK(!take(refused, ws::event_type::error).text().empty());
    const ws::failure failure = must(refused.failure());
    CHECK_SAME(failure.phase(), ws::phase::tls);
    CHECK(failure.tls_alert() > 0 && failure.http_status() == 0);
    CHECK_SAME(must(refused.wait_closed(patience)).code(), 1006);
    ok("a certificate of an unknown authority is refused");

    echoes(url, ws::options().set_ca_file(folder + "/ca.pem").set_system_ca(false));
    echoes(url, ws::options().set_ca(ws::as_bytes(read(folder + "/ca.der"))).add_pin(read(folder + "/pin")).set_min_tls(13));
    ok("one of an authority that is trusted, from a file or from memory, and pinned, is taken");
    return finish();
}
