<?php // php echo.php ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)

// A WebSocket client in PHP, with its FFI extension (ffi.enable: on the command line it is, in a web server "preload" or true is
// needed). C declarations as they stand in ws.h are the binding.
declare(strict_types=1);

const TEXT = 1;
const FOREVER = -1;
const OPEN = 1, MESSAGE = 2, ERROR = 3, CLOSE = 4;

final class WebSocket
{
    private const DECLARATIONS = <<<'C'
        typedef struct ws_socket ws_socket;
        typedef struct {
            int32_t type, kind; ws_socket *socket; void *user_data; const char *data; size_t len;
            int32_t code, was_clean; uint64_t rtt_us; uint32_t flags, reserved;
        } ws_event;
        typedef struct {
            uint64_t size; int32_t phase, os_error, http_status, tls_alert, timeout, reserved;
            const char *text; size_t text_len; const char *head; size_t head_len;
            const char *body; size_t body_len; const char *address; size_t address_len;
        } ws_failure;
        int ws_connect(const char *url, const void *options, ws_socket **ws);
        int ws_send(ws_socket *ws, int type, const char *data, size_t len);
        int ws_close(ws_socket *ws, int32_t code, const char *reason, size_t len);
        int ws_next_event(ws_socket *ws, ws_event *event, int32_t timeout_ms);
        int ws_get_failure(const ws_socket *ws, ws_failure *failure);
        void ws_free(ws_socket *ws);
        const char *ws_status_name(int status);
        const char *ws_last_error(void);
        C;
    private static FFI $lib;
    private FFI\CData $ws;

    public function __construct(string $url)
    {
        $folder = getenv('WS_LIB');
        self::$lib ??= FFI::cdef(self::DECLARATIONS, $folder ? "$folder/libws.so" : 'libws.so.0');
        $this->ws = self::$lib->new('ws_socket *');
        self::check(self::$lib->ws_connect($url, null, FFI::addr($this->ws)));
    }

    public function __destruct()
    {
        self::$lib->ws_free($this->ws);
    }

    public function send(string $text): void
    {
        self::check(self::$lib->ws_send($this->ws, TEXT, $text, strlen($text)));
    }

    public function close(int $code, string $reason = ''): void
    {
        self::check(self::$lib->ws_close($this->ws, $code, $reason, strlen($reason)));
    }

    /** Yields each event with its data as the value; the last is the close event. */
    public function events(): Generator
    {
        $event = self::$lib->new('ws_event');
        while (self::check(self::$lib->ws_next_event($this->ws, FFI::addr($event), FOREVER)) === 0) {
            yield $event => FFI::string($event->data, $event->len);
        }
    }

    public function failure(): FFI\CData
    {
        $failure = self::$lib->new('ws_failure');
        $failure->size = FFI::sizeof($failure);
        self::check(self::$lib->ws_get_failure($this->ws, FFI::addr($failure)));
        return $failure;
    }

    /** A negative status becomes an exception; remarks (DONE is 1) go through. */
    private static function check(int $status): int
    {
        if ($status < 0) {
            throw new RuntimeException(self::$lib->ws_status_name($status) . " ($status): " . self::$lib->ws_last_error(), $status);
        }
        return $status;
    }
}

function talk(string $url): void
{
    $socket = new WebSocket($url);
    foreach ($socket->events() as $event => $data) {
        switch ($event->type) {
            case OPEN:
                echo "open\n";
                $socket->send("Grüße, 世界 👋\0!");
                break;
            case MESSAGE:
                echo 'message: ', str_replace("\0", '<NUL>', $data), "\n";
                try {
                    $socket->close(1001);
                } catch (RuntimeException $error) {
                    echo 'close(1001): ', $error->getMessage(), "\n";
                }
                $socket->close(1000, 'bis später');
                break;
            case ERROR:
                $failure = $socket->failure();
                echo "error: HTTP $failure->http_status: ", FFI::string($failure->text, $failure->text_len), "\n";
                break;
            case CLOSE:
                echo "closed: $event->code \"$data\" clean=$event->was_clean\n";
                break;
        }
    }
}

$url = $argv[1] ?? 'ws://127.0.0.1:9001/';
talk($url);
talk("{$url}status/404");
