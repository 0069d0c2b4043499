// npm install koffi; node echo.mjs ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)
//
// A WebSocket client in Node, with koffi. The call that waits, ws_next_event, runs on a thread of libuv's pool, so that Node's own event
// loop goes on (the pool has four: for many sockets take ws_loop_wait, on one loop); everything else returns at once and is called
// directly.
import { promisify } from 'node:util';
import koffi from 'koffi';

const folder = process.env.WS_LIB;
const lib = koffi.load(folder ? `${folder}/libws.so` : 'libws.so.0');

koffi.opaque('ws_socket');
koffi.struct('ws_event', {
    type: 'int32_t', kind: 'int32_t', socket: 'void *', user_data: 'void *', data: 'void *', len: 'size_t',
    code: 'int32_t', was_clean: 'int32_t', rtt_us: 'uint64_t', flags: 'uint32_t', reserved: 'uint32_t',
});
const Failure = koffi.struct('ws_failure', {
    size: 'uint64_t', phase: 'int32_t', os_error: 'int32_t', http_status: 'int32_t', tls_alert: 'int32_t', timeout: 'int32_t',
    reserved: 'int32_t', text: 'const char *', text_len: 'size_t', head: 'const char *', head_len: 'size_t',
    body: 'void *', body_len: 'size_t', address: 'const char *', address_len: 'size_t',
});
const ws_connect = lib.func('int ws_connect(const char *url, void *options, _Out_ ws_socket **ws)');
const ws_send = lib.func('int ws_send(ws_socket *ws, int type, const void *data, size_t len)');
const ws_close = lib.func('int ws_close(ws_socket *ws, int32_t code, const void *reason, size_t len)');
const ws_next_event = promisify(lib.func('int ws_next_event(ws_socket *ws, _Out_ ws_event *event, int32_t timeout_ms)').async);
const ws_get_failure = lib.func('int ws_get_failure(ws_socket *ws, _Inout_ ws_failure *failure)');
const ws_free = lib.func('void ws_free(ws_socket *ws)');
const ws_status_name = lib.func('const char *ws_status_name(int status)');
const ws_status_text = lib.func('const char *ws_status_text(int status)');
const ws_last_error = lib.func('const char *ws_last_error()');

const TEXT = 1;
const FOREVER = -1;
const OPEN = 1, MESSAGE = 2, ERROR = 3, CLOSE = 4;

// A negative status becomes an Error; remarks (DONE is 1) go through.
function check(status, words = ws_last_error) {
    if (status < 0) throw new Error(`${ws_status_name(status)} (${status}): ${words(status)}`);
    return status;
}

class WebSocket {
    #ws;

    constructor(url) {
        const place = [null];
        check(ws_connect(url, null, place));
        this.#ws = place[0];
    }

    send(text) {
        const bytes = Buffer.from(text);
        check(ws_send(this.#ws, TEXT, bytes, bytes.length));
    }

    close(code, reason = '') {
        const bytes = Buffer.from(reason);
        check(ws_close(this.#ws, code, bytes, bytes.length));
    }

    // The events, for `for await (const { event, data } of socket)`; the last is the close event, then the socket is freed.
    async *[Symbol.asyncIterator]() {
        const event = {};
        try {
            // ws_last_error is the thread's that made the call: of a call on the pool only the status is known here.
            while (check(await ws_next_event(this.#ws, event, FOREVER), ws_status_text) === 0) {
                yield { event, data: Buffer.from(koffi.view(event.data, event.len)).toString() };
            }
        } finally {
            ws_free(this.#ws);
        }
    }

    failure() {
        const failure = { size: koffi.sizeof(Failure) };
        check(ws_get_failure(this.#ws, failure));
        return failure;
    }
}

async function talk(url) {
    const socket = new WebSocket(url);
    for await (const { event, data } of socket) {
        switch (event.type) {
        case OPEN:
            console.log('open');
            socket.send('Grüße, 世界 👋\0!');
            break;
        case MESSAGE:
            console.log(`message: ${data.replace('\0', '<NUL>')}`);
            try {
                socket.close(1001);
            } catch (error) {
                console.log(`close(1001): ${error.message}`);
            }
            socket.close(1000, 'bis später');
            break;
        case ERROR: {
            const { http_status, text } = socket.failure();
            console.log(`error: HTTP ${http_status}: ${text}`);
            break;
        }
        case CLOSE:
            console.log(`closed: ${event.code} "${data}" clean=${event.was_clean}`);
            break;
        }
    }
}

const url = process.argv[2] ?? 'ws://127.0.0.1:9001/';
await talk(url);
await talk(`${url}status/404`);
