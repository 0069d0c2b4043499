/* The command line of wscat: reads it, explains it, and says which word is wrong. */
#include "wscat_arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 2000000.0 /* seconds: what the library's millisecond counts can hold */

static const char USAGE[] =
    "usage: wscat [options] URL\n"
    "\n"
    "Connects to a WebSocket server, sends each line of standard input as a text message\n"
    "and prints the messages that come.\n"
    "\n"
    "  -H, --header 'Name: value'   add a header to the handshake (may be repeated)\n"
    "  -u, --user NAME:PASSWORD     send these credentials (Basic); so are those of the URL\n"
    "  --bearer TOKEN     send this token as credentials\n"
    "  -p NAME            offer a subprotocol (may be repeated, the best first)\n"
    "  -o ORIGIN          send this Origin header\n"
    "  -c CODE            close with this code at end of input: 1000 (the default) or 3000 to 4999\n"
    "  -r REASON          close with this reason, at most 123 bytes\n"
    "  -n COUNT           close after COUNT messages have come\n"
    "  -w SECONDS         wait this long for answers after end of input (inf: until the server closes)\n"
    "  --binary FILE      send FILE as one binary message instead of lines; - is standard input\n"
    "  --raw              print binary messages as they are, nothing added\n"
    "  --ping SECONDS     send a ping that often; with -v each round trip is told\n"
    "  --timeout SECONDS  give up connecting after this long, and the handshake too (30)\n"
    "  --proxy URL        go through this proxy: http://, https://, socks5:// or socks5h://[user:password@]host:port;\n"
    "                     env: through the one that the environment names (http_proxy, ALL_PROXY ...)\n"
    "  --cacert FILE      trust the authorities in FILE (PEM or DER) instead of the system's\n"
    "  --insecure         DANGEROUS: take any server for the right one\n"
    "  -v                 tell each step on standard error, with request and response; -vv: reads and pings, too\n"
    "  -q                 tell nothing but errors\n"
    "  --help, --version\n"
    "\n"
    "After the end of input wscat waits until as many messages have come as were sent, at most one\n"
    "second; with -n until COUNT have come, however long that takes; with -w exactly as long as it says.\n"
    "Ctrl-C closes with 1000, a second one leaves at once.\n"
    "\n"
    "Exit status: 0 closed cleanly; 1 not connected, lost or not closed cleanly;\n"
    "2 wrong arguments, or input that could not be sent.\n";

static int wrong(const char *word, const char *why)
{
    fprintf(stderr, "wscat: %s: %s (wscat --help lists the options)\n", word, why);
    return 2;
}

static int checked(ws_status status, const char *option, const char *value)
{
    if (status == WS_OK)
        return -1;
    fprintf(stderr, "wscat: %s %s: %s\n", option, value, ws_last_error());
    return 2;
}

/* Milliseconds from seconds with a fraction; -1 if it is none. "inf" only where endless waiting makes sense. */
static int64_t milliseconds(const char *text, int endless)
{
    char *end;
    double seconds = strtod(text, &end);
    if (endless && strcmp(text, "inf") == 0)
        return WSCAT_ENDLESS;
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= LONGEST))
        return -1;
    return (int64_t)(seconds * 1000 + 0.5);
}

static int add_header(ws_options *options, const char *text)
{
    const char *colon = strchr(text, ':');
    const char *value;
    if (colon == NULL)
        return wrong(text, "a header is written 'Name: value'");
    value = colon + 1;
    value += strspn(value, " \t");
    if (ws_options_add_header(options, text, (size_t)(colon - text), value, WS_NUL_TERMINATED) == WS_OK)
        return -1;
    fprintf(stderr, "wscat: -H %.*s: %s\n", (int)(colon - text), text, ws_last_error()); /* the value may be a secret */
    return 2;
}

/* The value is not repeated: it is a secret. */
static int secret(ws_status status, const char *option)
{
    if (status == WS_OK)
        return -1;
    fprintf(stderr, "wscat: %s: %s\n", option, ws_last_error());
    return 2;
}

static int set_user(ws_options *options, const char *text)
{
    size_t len = strcspn(text, ":");
    const char *password = text[len] == ':' ? text + len + 1 : NULL;
    return secret(ws_options_set_basic_auth(options, text, len, password, password == NULL ? 0 : WS_NUL_TERMINATED), "--user");
}

static int set_timeouts(ws_options *options, const char *text)
{
    int64_t ms = milliseconds(text, 0);
    int status;
    if (ms <= 0)
        return wrong(text, "--timeout takes a number of seconds above 0");
    status = checked(ws_options_set_connect_timeout(options, (int32_t)ms), "--timeout", text);
    return status >= 0 ? status : checked(ws_options_set_handshake_timeout(options, (int32_t)ms), "--timeout", text);
}

/* Not shown when it is wrong: it may hold a password. */
static int set_proxy(ws_options *options, const char *url)
{
    if (strcmp(url, "env") == 0)
        return checked(ws_options_set_proxy_from_environment(options, 1), "--proxy", url);
    return checked(ws_options_set_proxy(options, url, WS_NUL_TERMINATED), "--proxy", "URL");
}

static int take_value(struct arguments *arguments, const char *option, const char *value)
{
    char *end;
    if (strcmp(option, "-H") == 0 || strcmp(option, "--header") == 0)
        return add_header(arguments->options, value);
    if (strcmp(option, "-u") == 0 || strcmp(option, "--user") == 0)
        return set_user(arguments->options, value);
    if (strcmp(option, "--bearer") == 0)
        return secret(ws_options_set_bearer(arguments->options, value, WS_NUL_TERMINATED), option);
    if (strcmp(option, "-p") == 0)
        return checked(ws_options_add_protocol(arguments->options, value, WS_NUL_TERMINATED), option, value);
    if (strcmp(option, "-o") == 0)
        return checked(ws_options_set_origin(arguments->options, value, WS_NUL_TERMINATED), option, value);
    if (strcmp(option, "--timeout") == 0)
        return set_timeouts(arguments->options, value);
    if (strcmp(option, "--proxy") == 0)
        return set_proxy(arguments->options, value);
    if (strcmp(option, "--cacert") == 0) {
        ws_options_set_system_ca(arguments->options, 0);
        return checked(ws_options_set_ca_file(arguments->options, value, WS_NUL_TERMINATED), option, value);
    }

    if (strcmp(option, "-r") == 0) {
        arguments->close_reason = value;
    } else if (strcmp(option, "--binary") == 0) {
        arguments->binary_file = value;
    } else if (strcmp(option, "-c") == 0) {
        /* Whether the code may be used is the library's to say; here it only has to be a number. */
        long code = strtol(value, &end, 10);
        if (end == value || *end != '\0' || code < 0 || code > 65535)
            return wrong(value, "-c takes a close code, a number from 0 to 65535");
        arguments->close_code = (int32_t)code;
    } else if (strcmp(option, "-n") == 0) {
        arguments->count = strtoull(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || arguments->count == 0)
            return wrong(value, "-n takes a number of messages above 0");
    } else if (strcmp(option, "-w") == 0) {
        arguments->wait_ms = milliseconds(value, 1);
        if (arguments->wait_ms < 0)
            return wrong(value, "-w takes a number of seconds, or inf");
    } else { /* --ping */
        arguments->ping_ms = milliseconds(value, 0);
        if (arguments->ping_ms <= 0)
            return wrong(value, "--ping takes a number of seconds above 0");
    }
    return -1;
}

static int has_value(const char *option)
{
    static const char *const NAMES[] = {
        "-H", "--header", "-u", "--user", "--bearer", "-p", "-o", "-c", "-r", "-n", "-w", "--binary", "--ping", "--timeout", "--proxy",
        "--cacert",
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(option, NAMES[i]) == 0)
            return 1;
    return 0;
}

int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    memset(arguments, 0, sizeof *arguments);
    arguments->close_code = 1000;
    arguments->wait_ms = WSCAT_BY_ANSWERS;
    arguments->options = ws_options_new();
    if (arguments->options == NULL || ws_options_set_url_credentials(arguments->options, 1) != WS_OK) {
        fprintf(stderr, "wscat: no memory\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (has_value(word)) {
            int status;
            if (i + 1 == argc)
                return wrong(word, "needs a value");
            status = take_value(arguments, word, argv[++i]);
            if (status >= 0)
                return status;
        } else if (strcmp(word, "-v") == 0 || strcmp(word, "-vv") == 0) {
            arguments->verbose += (int)strlen(word) - 1;
        } else if (strcmp(word, "-q") == 0) {
            arguments->quiet = 1;
        } else if (strcmp(word, "--raw") == 0) {
            arguments->raw = 1;
        } else if (strcmp(word, "--insecure") == 0) {
            ws_options_set_dangerous_no_verification(arguments->options, 1);
        } else if (strcmp(word, "--help") == 0) {
            fputs(USAGE, stdout);
            return 0;
        } else if (strcmp(word, "--version") == 0) {
            printf("wscat (libws %s)\n", ws_version());
            return 0;
        } else if (*word == '-') {
            return wrong(word, "no such option");
        } else if (arguments->url != NULL) {
            return wrong(word, "one URL is enough");
        } else {
            arguments->url = word;
        }
    }
    if (arguments->url == NULL)
        return wrong("URL", "is missing");
    if (arguments->verbose && arguments->quiet)
        return wrong("-q", "and -v exclude each other");
    return -1;
}
