/* What a program adds to the request: headers, cookies, credentials; as the server sees it. */
#include "check.h"

#define NUL WS_NUL_TERMINATED

/* Checks that the server sees this line exactly once, or, for NULL, no header of that name. */
static void check_seen(const char *url, const ws_options *options, const char *name, const char *line)
{
    char start[64];
    ws_socket *ws = open_path(url, "headers", options);
    ws_event event = take(ws, WS_EVENT_MESSAGE);
    const char *found;
    snprintf(start, sizeof start, "\n%s:", name);
    found = strstr(event.data, start);
    if (line == NULL) {
        CHECK(found == NULL);
    } else {
        char whole[512];
        CHECK(found != NULL && strstr(found + 1, start) == NULL);
        snprintf(whole, sizeof whole, "\n%s: %s\n", name, line);
        if (strncmp(found, whole, strlen(whole)) != 0)
            fprintf(stderr, "not ok - the server sees%.*s\n", (int)strcspn(found + 1, "\n") + 1, found);
        CHECK(strncmp(found, whole, strlen(whole)) == 0);
    }
    close_and_free(ws);
}

static void check_authorization(const char *url, const ws_options *options, const char *value)
{
    check_seen(url, options, "authorization", value);
}

static void credentials(const char *url)
{
    ws_options *options = new_options(), *copy;
    CHECK_STATUS(ws_options_set_bearer(options, "mF_9.B5f-4.1JqM and more", 15), WS_OK);
    check_authorization(url, options, "Bearer mF_9.B5f-4.1JqM");
    CHECK_STATUS(ws_options_set_bearer(options, "two", NUL), WS_OK);
    check_authorization(url, options, "Bearer two");
    ok("a bearer token, and another one in its place");

    CHECK_STATUS(ws_options_set_basic_auth(options, "Aladdin", NUL, "open sesame", NUL), WS_OK);
    check_authorization(url, options, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK_STATUS(ws_options_set_basic_auth(options, "test", NUL, "123\xc2\xa3", NUL), WS_OK);
    check_authorization(url, options, "Basic dGVzdDoxMjPCow==");
    CHECK_STATUS(ws_options_set_basic_auth(options, "u", NUL, NULL, 0), WS_OK);
    check_authorization(url, options, "Basic dTo=");
    ok("a user name and a password, as RFC 7617 has them, or no password");

    CHECK_STATUS(ws_options_set_basic_auth(options, "a:b", NUL, "secret", NUL), WS_ERR_SYNTAX);
    CHECK(strstr(ws_last_error(), "colon at offset 1") != NULL);
    CHECK_STATUS(ws_options_set_basic_auth(options, "a", NUL, "\xff", NUL), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_bearer(options, "", 0), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_set_bearer(options, "secret token", NUL), WS_ERR_SYNTAX);
    CHECK(strstr(ws_last_error(), "secret") == NULL);
    CHECK_STATUS(ws_options_set_bearer(options, "caf\xc3\xa9", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_header(options, "authorization", NUL, "Digest x", NUL), WS_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(ws_options_add_header(options, "Proxy-Authorization", NUL, "Basic x", NUL), WS_ERR_INVALID_ARGUMENT);
    check_authorization(url, options, "Basic dTo=");
    ok("what cannot be is refused, a second Authorization header too, and changes nothing");

    copy = ws_options_copy(options);
    CHECK_STATUS(ws_options_set_bearer(options, NULL, 0), WS_OK);
    check_authorization(url, options, NULL);
    check_authorization(url, copy, "Basic dTo=");
    CHECK_STATUS(ws_options_set_basic_auth(copy, NULL, 0, NULL, 0), WS_OK);
    check_authorization(url, copy, NULL);
    CHECK_STATUS(ws_options_add_header(copy, "AUTHORIZATION", NUL, "Custom x", NUL), WS_OK);
    check_authorization(url, copy, "Custom x");
    CHECK_STATUS(ws_options_set_bearer(copy, "three", NUL), WS_OK);
    check_authorization(url, copy, "Bearer three");
    ok("NULL takes them away; a header of the program's own is one, too");
    ws_options_free(copy);
    ws_options_free(options);
}

static void credentials_of_the_url(const char *url)
{
    char with[256];
    ws_options *options = new_options();
    ws_socket *ws = NULL;
    snprintf(with, sizeof with, "ws://Aladdin:open%%20sesame@%s", url + strlen("ws://"));
    check_authorization(with, options, NULL);
    CHECK_STATUS(ws_options_set_url_credentials(options, 1), WS_OK);
    check_authorization(with, options, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    check_authorization(url, options, NULL);
    CHECK_STATUS(ws_connect("ws://a%3Asecret:b@127.0.0.1:1/", options, &ws), WS_ERR_SYNTAX);
    CHECK(ws == NULL && strstr(ws_last_error(), "secret") == NULL);
    CHECK_STATUS(ws_connect("ws://a:%0asecret@127.0.0.1:1/", options, &ws), WS_ERR_SYNTAX);
    CHECK(ws == NULL && strstr(ws_last_error(), "secret") == NULL);
    CHECK_STATUS(ws_options_set_bearer(options, "token", NUL), WS_OK);
    check_authorization(with, options, "Bearer token");
    ok("those of the URL are sent when asked for, unless a header has others");
    ws_options_free(options);
}

static void cookies(const char *url)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_add_cookie(options, "a", NUL, "1", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_cookie(options, "user[x] and more", 7, "\"2, 3\"=", NUL), WS_OK);
    check_seen(url, options, "cookie", "a=1; user[x]=\"2, 3\"=");
    CHECK_STATUS(ws_options_add_cookie(options, "", 0, "1", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_cookie(options, "a=b", NUL, "1", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_cookie(options, "a", NUL, "1; admin=1", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_cookie(options, "a;b", NUL, "1", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_cookie(options, "a", NUL, " 1", NUL), WS_ERR_SYNTAX);
    CHECK_STATUS(ws_options_add_cookie(options, "a", NUL, "\xff", NUL), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_add_header(options, "Cookie", NUL, "b=2; c=3", NUL), WS_OK);
    CHECK_STATUS(ws_options_add_cookie(options, "empty", NUL, "", 0), WS_OK);
    check_seen(url, options, "cookie", "a=1; user[x]=\"2, 3\"=; b=2; c=3; empty=");
    ok("cookies make one header, whichever call adds them");
    ws_options_free(options);

    options = new_options();
    CHECK_STATUS(ws_options_add_header(options, "cookie", NUL, "", 0), WS_OK);
    CHECK_STATUS(ws_options_add_cookie(options, "a", NUL, "1", NUL), WS_OK);
    check_seen(url, options, "cookie", "a=1");
    ok("an empty Cookie header leaves no trace");
    ws_options_free(options);
}

int main(int argc, char **argv)
{
    const char *url = url_argument(argc, argv);
    credentials(url);
    credentials_of_the_url(url);
    cookies(url);
    return finish();
}
