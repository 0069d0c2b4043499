/* What wscat -v tells, as curl -v does: "* " before a step, "> " before a line of the request, "< " before one of the response. */
#include "wscat_verbose.h"

#include <stdio.h>
#include <string.h>
#include <ws.h>

/* A line of the library's log, which begins with the URL: there is only one. What came from outside is escaped already. */
static void tell(int level, const char *text, size_t len, void *user_data)
{
    const char *step = strstr(text, ": ");
    int is_head;
    (void)level;
    (void)len;
    (void)user_data;
    step = step == NULL || strncmp(text, "ws", 2) != 0 ? text : step + 2;
    is_head = strncmp(step, "> ", 2) == 0 || strncmp(step, "< ", 2) == 0;
    fprintf(stderr, "%s%s\n", is_head ? "" : "* ", step);
}

void tell_steps(int level)
{
    ws_set_log(tell, NULL, level > 1 ? WS_LOG_TRACE : WS_LOG_DEBUG);
}
