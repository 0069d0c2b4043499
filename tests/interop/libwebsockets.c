/* An echo server with libwebsockets: libwebsockets PORT [CERTIFICATE KEY], or libwebsockets version.
 *
 * It does not compress: 4.1.6 aborts when it compresses an empty message after another, and over TLS it loses bytes of long compressed
 * messages, whoever sends them.
 */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char target[32];
    unsigned char *message; /* behind LWS_PRE bytes */
    size_t length, room;
    int binary, whole, closing;
} session;

static void gather(session *self, const void *bytes, size_t length)
{
    if (LWS_PRE + self->length + length > self->room) {
        self->room = 2 * (LWS_PRE + self->length + length);
        self->message = realloc(self->message, self->room);
        if (self->message == NULL) abort();
    }
    if (length > 0) memcpy(self->message + LWS_PRE + self->length, bytes, length);
    self->length += length;
}

/* Returns -1 to end the connection. */
static int write_back(struct lws *wsi, session *self)
{
    if (self->closing) {
        lws_close_reason(wsi, (enum lws_close_status)4001, (unsigned char *)"bye", 3);
        return -1;
    }
    if (!self->whole) return 0;
    self->whole = 0;
    if (lws_write(wsi, self->message + LWS_PRE, self->length, self->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < (int)self->length) return -1;
    self->length = 0;
    self->closing = strcmp(self->target, "/close") == 0;
    if (self->closing) lws_callback_on_writable(wsi);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    session *self = user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        lws_hdr_copy(wsi, self->target, sizeof self->target, WSI_TOKEN_GET_URI);
        if (strcmp(self->target, "/status/404") != 0) return 0;
        lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, "refused with 404\n");
        return 1;
    case LWS_CALLBACK_RECEIVE:
        gather(self, in, length);
        self->binary = lws_frame_is_binary(wsi);
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            self->whole = 1;
            lws_callback_on_writable(wsi);
        }
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE: return write_back(wsi, self);
    case LWS_CALLBACK_CLOSED: free(self->message); return 0;
    default: return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}

int main(int argc, char **argv)
{
    static const struct lws_protocols protocols[] = {{"chat.v2", callback, sizeof(session), 64 << 10, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct lws_context_creation_info info;
    struct lws_context *context;

    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        printf("libwebsockets %s\n", lws_get_library_version());
        return 0;
    }
    if (argc != 2 && argc != 4) return 2;
    memset(&info, 0, sizeof info);
    info.port = atoi(argv[1]);
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.gid = info.uid = -1;
    info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
    if (argc == 4) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = argv[2];
        info.ssl_private_key_filepath = argv[3];
    }
    lws_set_log_level(LLL_ERR, NULL);
    context = lws_create_context(&info);
    if (context == NULL) return 1;
    while (lws_service(context, 0) >= 0) {}
    lws_context_destroy(context);
    return 0;
}
