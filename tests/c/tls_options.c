/* TLS: what a program chooses decides whom it talks to; whatever cannot be used is refused when it is set, with words. */
#include "check.h"

static char directory[1024];

/* The path of one of the files that the test made; until the call after the next. */
static const char *file(const char *name)
{
    static char paths[2][2048];
    static int turn;
    turn = 1 - turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", directory, name);
    return paths[turn];
}

static size_t read_file(const char *name, unsigned char *bytes, size_t capacity)
{
    FILE *stream = fopen(file(name), "rb");
    size_t len;
    CHECK(stream != NULL);
    len = fread(bytes, 1, capacity, stream);
    CHECK(len > 0 && len < capacity);
    fclose(stream);
    return len;
}

static ws_options *trusting(const char *name)
{
    ws_options *options = new_options();
    CHECK_STATUS(ws_options_set_system_ca(options, 0), WS_OK);
    CHECK_STATUS(ws_options_set_ca_file(options, file(name), WS_NUL_TERMINATED), WS_OK);
    return options;
}

static void opens(const char *url, ws_options *options, const char *sentence)
{
    ws_socket *ws = open_path(url, "", options);
    CHECK_STATUS(ws_send_text(ws, "over TLS"), WS_OK);
    take_text(ws, "over TLS");
    close_and_free(ws);
    ws_options_free(options);
    ok(sentence);
}

static void refused(const char *url, ws_options *options, int32_t alert, const char *words, const char *sentence)
{
    ws_socket *ws = connect_path(url, "", options);
    ws_failure failure;
    take(ws, WS_EVENT_ERROR);
    failure.size = sizeof failure;
    CHECK_STATUS(ws_get_failure(ws, &failure), WS_OK);
    CHECK_INT(failure.tls_alert, alert);
    CHECK_INT(failure.phase, WS_PHASE_TLS);
    if (strstr(failure.text, words) == NULL)
        fprintf(stderr, "%s\n", failure.text);
    CHECK(strstr(failure.text, words) != NULL);
    take_close(ws, 1006, "", 0);
    ws_free(ws);
    ws_options_free(options);
    ok(sentence);
}

static void trust(const char *url)
{
    unsigned char bytes[8192];
    size_t len;
    ws_options *options;

    opens(url, trusting("ca.pem"), "a server is known by its authority, from a file");
    options = new_options();
    CHECK_STATUS(ws_options_set_system_ca(options, 0), WS_OK);
    len = read_file("ca.der", bytes, sizeof bytes);
    CHECK_STATUS(ws_options_set_ca(options, bytes, len), WS_OK);
    opens(url, options, "and from memory");
    refused(url, trusting("other.pem"), 48, "not trusted", "a server of another authority is refused");

    options = trusting("other.pem");
    CHECK_STATUS(ws_options_set_ca_file(options, NULL, 0), WS_OK);
    refused(url, options, -1, "there is no authority to trust", "without any authority nobody is trusted");

    options = trusting("other.pem");
    CHECK_STATUS(ws_options_set_dangerous_no_verification(options, 1), WS_OK);
    opens(url, options, "nothing is verified if it was said aloud");
}

static void names_and_pins(const char *url)
{
    unsigned char pin[256];
    size_t len = read_file("pin", pin, sizeof pin);
    ws_options *options = trusting("ca.pem");

    CHECK_STATUS(ws_options_add_pin(options, "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", WS_NUL_TERMINATED), WS_OK);
    refused(url, options, 49, "pinned", "a server without a pinned key is refused");
    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_add_pin(options, "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_add_pin(options, (const char *)pin, len), WS_OK);
    opens(url, options, "of several pins one is enough");

    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_server_name(options, "elsewhere.example", WS_NUL_TERMINATED), WS_OK);
    refused(url, options, 42, "and not for elsewhere.example", "the certificate must be for the name that was set");
    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_server_name(options, "elsewhere.example", WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_server_name(options, NULL, 0), WS_OK);
    opens(url, options, "NULL takes the name back");
}

static void versions_and_key_log(const char *url)
{
    unsigned char bytes[8192];
    ws_options *options = trusting("ca.pem");

    CHECK_STATUS(ws_options_set_min_tls(options, 13), WS_OK);
    CHECK_STATUS(ws_options_set_session_resumption(options, 0), WS_OK);
    opens(url, options, "TLS 1.3 alone, each time from the beginning");
    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_key_log_file(options, file("keys"), WS_NUL_TERMINATED), WS_OK);
    CHECK_STATUS(ws_options_set_key_log_from_environment(options), WS_OK);
    opens(url, options, "with a key log");
    bytes[read_file("keys", bytes, sizeof bytes - 1)] = '\0';
    CHECK(strstr((const char *)bytes, "CLIENT_TRAFFIC_SECRET_0 ") != NULL);
    ok("the secrets are in the file");
}

static void client_certificates(const char *url)
{
    unsigned char certificate[8192], key[8192];
    size_t certificate_len = read_file("client.pem", certificate, sizeof certificate), key_len = read_file("client.key", key, sizeof key);
    ws_options *options = trusting("ca.pem");

    CHECK_STATUS(ws_options_set_client_cert(options, certificate, certificate_len, key, key_len), WS_OK);
    CHECK_STATUS(ws_options_set_client_cert(options, NULL, 0, NULL, 0), WS_OK);
    refused(url, options, 116, "it wants a client certificate", "a server that wants a certificate says so");

    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_client_cert(options, certificate, certificate_len, key, key_len), WS_OK);
    opens(url, options, "a client's certificate from memory");
    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_client_cert_file(options, file("client.pem"), WS_NUL_TERMINATED, file("client.key"), WS_NUL_TERMINATED), WS_OK);
    opens(url, options, "from two files");
    options = trusting("ca.pem");
    CHECK_STATUS(ws_options_set_client_cert_file(options, file("both.pem"), WS_NUL_TERMINATED, NULL, 0), WS_OK);
    opens(url, options, "from one file");
}

/* A setter said no, with these words. */
static void said(ws_status status, const char *words)
{
    CHECK_STATUS(status, WS_ERR_INVALID_ARGUMENT);
    if (strstr(ws_last_error(), words) == NULL)
        fprintf(stderr, "%s\n", ws_last_error());
    CHECK(strstr(ws_last_error(), words) != NULL);
}

static void setters(void)
{
    ws_options *options = new_options();

    said(ws_options_set_ca_file(options, file("nothing"), WS_NUL_TERMINATED), "nothing\" cannot be read: No such file");
    said(ws_options_set_ca_file(options, file("client.key"), WS_NUL_TERMINATED), "there is no certificate in it");
    said(ws_options_set_ca(options, "not PEM", 7), "no line begins with -----BEGIN");
    said(ws_options_set_ca(options, "\n\n-----BEGIN CERTIFICATE-----\nAA\n", 33), "line 3: the line -----END CERTIFICATE----- is missing");
    said(ws_options_set_ca(options, "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n", 56), "line 1: what stands between BEGIN and END");
    said(ws_options_set_client_cert_file(options, file("client.pem"), WS_NUL_TERMINATED, NULL, 0), "there is no private key in it");
    said(ws_options_set_client_cert_file(options, file("ca.pem"), WS_NUL_TERMINATED, file("nothing"), WS_NUL_TERMINATED), "cannot be read");
    said(ws_options_set_client_cert_file(options, file("mixed.pem"), WS_NUL_TERMINATED, NULL, 0), "the key is not that of the (first) certificate");
    said(ws_options_set_client_cert(options, "x", 1, "y", 1), "the client's certificate");
    said(ws_options_add_pin(options, "sha256/abc", WS_NUL_TERMINATED), "44 characters of Base64");
    said(ws_options_add_pin(options, "md5/abc", WS_NUL_TERMINATED), "44 characters of Base64");
    said(ws_options_set_server_name(options, "not a name", WS_NUL_TERMINATED), "neither a host's name nor an IP address");
    said(ws_options_set_min_tls(options, 11), "give 12 or 13");
    said(ws_options_set_system_ca(options, 2), "give 0 or 1");
    said(ws_options_set_session_resumption(options, -1), "give 0 or 1");
    said(ws_options_set_dangerous_no_verification(options, 2), "give 0 or 1");
    said(ws_options_set_key_log_file(options, file("no/such/folder"), WS_NUL_TERMINATED), "cannot be written");
    ok("what cannot be used is refused with words that say what is wrong");

    CHECK_STATUS(ws_options_set_ca_file(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_ca(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_ca(options, NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_system_ca(NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_client_cert_file(NULL, "x", 1, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_client_cert(NULL, "x", 1, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_client_cert(options, NULL, 1, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_pin(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_pin(options, NULL, 0), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_add_pin(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_server_name(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_server_name(options, "\xff", 1), WS_ERR_INVALID_UTF8);
    CHECK_STATUS(ws_options_set_min_tls(NULL, 12), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_session_resumption(NULL, 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_key_log_file(NULL, "x", 1), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_key_log_from_environment(NULL), WS_ERR_NULL_POINTER);
    CHECK_STATUS(ws_options_set_dangerous_no_verification(NULL, 1), WS_ERR_NULL_POINTER);
    ok("no options are a NULL pointer");
    ws_options_free(options);
}

int main(int argc, char **argv)
{
    const char *url = further_url(argc, argv, 0), *for_clients = further_url(argc, argv, 1);

    snprintf(directory, sizeof directory, "%s", further_url(argc, argv, 2));
    setters();
    trust(url);
    names_and_pins(url);
    versions_and_key_log(url);
    client_certificates(for_clients);
    return finish();
}
