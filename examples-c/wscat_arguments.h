/* The command line of wscat. */
#ifndef WSCAT_ARGUMENTS_H
#define WSCAT_ARGUMENTS_H

#include <stdint.h>
#include <ws.h>

#define WSCAT_BY_ANSWERS (-1) /* of wait_ms: until the answers are here */
#define WSCAT_ENDLESS INT64_MAX

struct arguments {
    const char *url;
    ws_options *options;      /* headers, credentials, subprotocols, origin, timeouts */
    int32_t close_code;       /* how to close at end of input */
    const char *close_reason; /* NULL: none */
    const char *binary_file;  /* NULL: lines from standard input */
    uint64_t count;           /* close after that many messages; 0: no limit */
    int64_t wait_ms;          /* how long to wait for answers after end of input */
    int64_t ping_ms;          /* 0: no pings */
    int verbose;              /* how often -v was given */
    int quiet, raw;
};

/* Fills *arguments, whose options are to be freed; -1, or the exit status if there is nothing more to do. */
int parse_arguments(int argc, char **argv, struct arguments *arguments);

#endif
