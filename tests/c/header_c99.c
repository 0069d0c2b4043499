/* The header alone and twice, as C99; what it says of itself agrees with the library. */
#include <ws.h>
#include <ws.h>

#include "check.h"

int main(void)
{
    ws_event event;
    ws_failure failure;
    CHECK(WS_NUL_TERMINATED == SIZE_MAX);
    CHECK_INT(WS_NO_CODE, -1);
    CHECK_INT(WS_FOREVER, -1);
    CHECK_INT(WS_OK, 0);
    CHECK_INT(sizeof event.type, 4);
    CHECK_INT(sizeof event.rtt_us, 8);
    CHECK_INT(sizeof failure.phase, 4);
    CHECK_INT(strspn(ws_version(), "0123456789.") > 0, 1);
    CHECK(ws_version_number() > 0);
    ok("the header compiles as C99, alone and twice");
    return 0;
}
