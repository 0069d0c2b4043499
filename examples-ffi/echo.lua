-- luajit echo.lua ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)
--
-- A WebSocket client in LuaJIT: C declarations as they stand in ws.h are the binding.
local ffi = require("ffi")
ffi.cdef [[
typedef struct ws_socket ws_socket;
typedef struct {
    int32_t type, kind; ws_socket *socket; void *user_data; const void *data; size_t len;
    int32_t code, was_clean; uint64_t rtt_us; uint32_t flags, reserved;
} ws_event;
typedef struct {
    uint64_t size; int32_t phase, os_error, http_status, tls_alert, timeout, reserved;
    const char *text; size_t text_len; const char *head; size_t head_len;
    const void *body; size_t body_len; const char *address; size_t address_len;
} ws_failure;
int ws_connect(const char *url, const void *options, ws_socket **ws);
int ws_send(ws_socket *ws, int type, const void *data, size_t len);
int ws_close(ws_socket *ws, int32_t code, const char *reason, size_t len);
int ws_next_event(ws_socket *ws, ws_event *event, int32_t timeout_ms);
int ws_get_failure(const ws_socket *ws, ws_failure *failure);
void ws_free(ws_socket *ws);
const char *ws_status_name(int status);
const char *ws_last_error(void);
]]
local folder = os.getenv("WS_LIB")
local lib = ffi.load(folder and folder .. "/libws.so" or "libws.so.0")

local TEXT, FOREVER = 1, -1
local OPEN, MESSAGE, ERROR, CLOSE = 1, 2, 3, 4

-- A negative status becomes an error; remarks (DONE is 1) go through.
local function check(status)
    if status < 0 then
        error(string.format("%s (%d): %s", ffi.string(lib.ws_status_name(status)), status, ffi.string(lib.ws_last_error())), 0)
    end
    return status
end

local WebSocket = {}
WebSocket.__index = WebSocket

function WebSocket.connect(url)
    local place = ffi.new("ws_socket *[1]")
    check(lib.ws_connect(url, nil, place))
    return setmetatable({ ws = ffi.gc(place[0], lib.ws_free), event = ffi.new("ws_event") }, WebSocket)
end

function WebSocket:send(text)
    check(lib.ws_send(self.ws, TEXT, text, #text))
end

function WebSocket:close(code, reason)
    check(lib.ws_close(self.ws, code, reason, #reason))
end

-- The events, for `for event, data in socket:events() do`: data is copied, because the next call takes its place.
function WebSocket:events()
    return function()
        local event = self.event
        if check(lib.ws_next_event(self.ws, event, FOREVER)) == 0 then
            return event, ffi.string(event.data, event.len)
        end
    end
end

function WebSocket:failure()
    local failure = ffi.new("ws_failure", { size = ffi.sizeof("ws_failure") })
    check(lib.ws_get_failure(self.ws, failure))
    return failure
end

local function talk(url)
    local socket = WebSocket.connect(url)
    for event, data in socket:events() do
        if event.type == OPEN then
            print("open")
            socket:send("Grüße, 世界 👋\0!")
        elseif event.type == MESSAGE then
            print("message: " .. data:gsub("%z", "<NUL>"))
            local _, why = pcall(socket.close, socket, 1001, "")
            print("close(1001): " .. why)
            socket:close(1000, "bis später")
        elseif event.type == ERROR then
            local failure = socket:failure()
            print(string.format("error: HTTP %d: %s", failure.http_status, ffi.string(failure.text, failure.text_len)))
        elseif event.type == CLOSE then
            print(string.format('closed: %d "%s" clean=%d', event.code, data, event.was_clean))
        end
    end
    lib.ws_free(ffi.gc(socket.ws, nil))
end

local url = arg[1] or "ws://127.0.0.1:9001/"
talk(url)
talk(url .. "status/404")
