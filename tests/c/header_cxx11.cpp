// The header alone and twice, as C++11: names with C linkage, usable from C++.
#include <ws.h>
#include <ws.h>

#include <cstdio>
#include <type_traits>

static_assert(std::is_same<ws_status, int>::value, "a status is an int");
static_assert(std::is_standard_layout<ws_event>::value && std::is_trivial<ws_event>::value, "an event is a plain struct");
static_assert(std::is_standard_layout<ws_failure>::value && std::is_trivial<ws_failure>::value, "a failure is a plain struct");

int main()
{
    ws_socket *ws = nullptr;
    ws_options *options = ws_options_new();
    const ws_status status = ws_connect("not a URL", options, &ws);
    ws_options_free(options);
    if (status != WS_ERR_SYNTAX || ws != nullptr) {
        std::fprintf(stderr, "not ok - ws_connect is %d, not %d, at %s:%d\n", status, WS_ERR_SYNTAX, __FILE__, __LINE__);
        return 1;
    }
    std::printf("ok - the header compiles as C++11, alone and twice, and the library links\n");
    return 0;
}
