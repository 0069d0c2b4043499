// java -cp /usr/share/java/jna.jar Echo.java ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)

import com.sun.jna.*;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.PointerByReference;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A WebSocket client in Java, with JNA (Debian: libjna-java). A size_t is a long here, as on every 64-bit machine. */
public class Echo {
    interface LibWS extends Library {
        LibWS INSTANCE = Native.load(System.getenv("WS_LIB") != null ? System.getenv("WS_LIB") + "/libws.so" : "libws.so.0",
            LibWS.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        int TEXT = 1, FOREVER = -1;
        int OPEN = 1, MESSAGE = 2, ERROR = 3, CLOSE = 4;

        int ws_connect(String url, Pointer options, PointerByReference ws);
        int ws_send(Pointer ws, int type, byte[] data, long len);
        int ws_close(Pointer ws, int code, byte[] reason, long len);
        int ws_next_event(Pointer ws, Event event, int timeoutMs);
        int ws_get_failure(Pointer ws, Failure failure);
        void ws_free(Pointer ws);
        String ws_status_name(int status);
        String ws_last_error();
    }

    @FieldOrder({"type", "kind", "socket", "user_data", "data", "len", "code", "was_clean", "rtt_us", "flags", "reserved"})
    public static class Event extends Structure {
        public int type, kind;
        public Pointer socket, user_data, data;
        public long len;
        public int code, was_clean;
        public long rtt_us;
        public int flags, reserved;

        String text() {
            return new String(data.getByteArray(0, Math.toIntExact(len)), StandardCharsets.UTF_8);
        }
    }

    @FieldOrder({"size", "phase", "os_error", "http_status", "tls_alert", "timeout", "reserved", "text", "text_len", "head", "head_len",
        "body", "body_len", "address", "address_len"})
    public static class Failure extends Structure {
        public long size = size();
        public int phase, os_error, http_status, tls_alert, timeout, reserved;
        public Pointer text;
        public long text_len;
        public Pointer head;
        public long head_len;
        public Pointer body;
        public long body_len;
        public Pointer address;
        public long address_len;
    }

    static class WebSocket implements AutoCloseable {
        private final Pointer ws;
        private final Event event = new Event();

        WebSocket(String url) {
            PointerByReference place = new PointerByReference();
            check(LibWS.INSTANCE.ws_connect(url, null, place));
            ws = place.getValue();
        }

        void send(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            check(LibWS.INSTANCE.ws_send(ws, LibWS.TEXT, bytes, bytes.length));
        }

        void close(int code, String reason) {
            byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
            check(LibWS.INSTANCE.ws_close(ws, code, bytes, bytes.length));
        }

        /** The next event, valid until the next call; null after the close event. */
        Event next() {
            return check(LibWS.INSTANCE.ws_next_event(ws, event, LibWS.FOREVER)) == 0 ? event : null;
        }

        Failure failure() {
            Failure failure = new Failure();
            check(LibWS.INSTANCE.ws_get_failure(ws, failure));
            return failure;
        }

        @Override
        public void close() {
            LibWS.INSTANCE.ws_free(ws);
        }

        /** A negative status becomes an exception; remarks (DONE is 1) go through. */
        private static int check(int status) {
            if (status >= 0) return status;
            throw new IllegalStateException(LibWS.INSTANCE.ws_status_name(status) + " (" + status + "): " + LibWS.INSTANCE.ws_last_error());
        }
    }

    static void talk(String url, PrintStream out) {
        try (WebSocket socket = new WebSocket(url)) {
            for (Event event = socket.next(); event != null; event = socket.next()) {
                switch (event.type) {
                    case LibWS.OPEN -> {
                        out.println("open");
                        socket.send("Grüße, 世界 👋\0!");
                    }
                    case LibWS.MESSAGE -> {
                        out.println("message: " + event.text().replace("\0", "<NUL>"));
                        try {
                            socket.close(1001, "");
                        } catch (IllegalStateException error) {
                            out.println("close(1001): " + error.getMessage());
                        }
                        socket.close(1000, "bis später");
                    }
                    case LibWS.ERROR -> {
                        Failure failure = socket.failure();
                        out.println("error: HTTP " + failure.http_status + ": " + failure.text.getString(0, "UTF-8"));
                    }
                    case LibWS.CLOSE -> out.println("closed: " + event.code + " \"" + event.text() + "\" clean=" + event.was_clean);
                }
            }
        }
    }

    public static void main(String[] arguments) {
        String url = arguments.length > 0 ? arguments[0] : "ws://127.0.0.1:9001/";
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        talk(url, out);
        talk(url + "status/404", out);
    }
}
