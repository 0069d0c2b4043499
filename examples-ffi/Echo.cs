// mcs Echo.cs && mono Echo.exe ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)
using System;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>The functions and structs of ws.h, as P/Invoke wants them. UIntPtr is size_t.</summary>
static class LibWS
{
    const string Library = "libws.so.0";
    public const int Text = 1, Forever = -1;
    public const int Open = 1, Message = 2, Error = 3, Close = 4;

    [StructLayout(LayoutKind.Sequential)]
    public struct Event
    {
        public int Type, Kind;
        public IntPtr Socket, UserData, Data;
        public UIntPtr Len;
        public int Code, WasClean;
        public ulong RttUs;
        public uint Flags, Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Failure
    {
        public ulong Size;
        public int Phase, OsError, HttpStatus, TlsAlert, Timeout, Reserved;
        public IntPtr Text; public UIntPtr TextLen;
        public IntPtr Head; public UIntPtr HeadLen;
        public IntPtr Body; public UIntPtr BodyLen;
        public IntPtr Address; public UIntPtr AddressLen;
    }

    /// <summary>A ws_socket that is freed when the last reference has gone, if not before by Dispose.</summary>
    public sealed class Handle : SafeHandle
    {
        Handle() : base(IntPtr.Zero, true) { }
        public override bool IsInvalid => handle == IntPtr.Zero;
        protected override bool ReleaseHandle() { ws_free(handle); return true; }
    }

    [DllImport(Library)] public static extern int ws_connect([MarshalAs(UnmanagedType.LPUTF8Str)] string url, IntPtr options, out Handle ws);
    [DllImport(Library)] public static extern int ws_send(Handle ws, int type, byte[] data, UIntPtr len);
    [DllImport(Library)] public static extern int ws_close(Handle ws, int code, byte[] reason, UIntPtr len);
    [DllImport(Library)] public static extern int ws_next_event(Handle ws, out Event e, int timeoutMs);
    [DllImport(Library)] public static extern int ws_get_failure(Handle ws, ref Failure failure);
    [DllImport(Library)] static extern void ws_free(IntPtr ws);
    [DllImport(Library)] static extern IntPtr ws_status_name(int status);
    [DllImport(Library)] static extern IntPtr ws_last_error();
    [DllImport("libdl.so.2")] static extern IntPtr dlopen(string path, int flags);

    /// <summary>To be called before the others: a library that is loaded already is found by its SONAME, so WS_LIB can say where.</summary>
    public static void Load()
    {
        var folder = Environment.GetEnvironmentVariable("WS_LIB");
        if (folder != null && dlopen(folder + "/libws.so", 2 /* RTLD_NOW */) == IntPtr.Zero)
            throw new DllNotFoundException("no libws.so in " + folder);
    }

    public static string Utf8(IntPtr data, UIntPtr len)
    {
        var bytes = new byte[(int)len];
        Marshal.Copy(data, bytes, 0, bytes.Length);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A negative status becomes an exception; remarks (DONE is 1) go through.</summary>
    public static int Check(int status)
    {
        if (status >= 0) return status;
        var words = ws_last_error();
        var len = 0;
        while (Marshal.ReadByte(words, len) != 0) len++;
        throw new InvalidOperationException($"{Marshal.PtrToStringAnsi(ws_status_name(status))} ({status}): {Utf8(words, (UIntPtr)len)}");
    }
}

sealed class WebSocket : IDisposable
{
    readonly LibWS.Handle ws;

    static WebSocket() => LibWS.Load();

    public WebSocket(string url) => LibWS.Check(LibWS.ws_connect(url, IntPtr.Zero, out ws));

    public void Send(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        LibWS.Check(LibWS.ws_send(ws, LibWS.Text, bytes, (UIntPtr)bytes.Length));
    }

    public void Close(int code, string reason = "")
    {
        var bytes = Encoding.UTF8.GetBytes(reason);
        LibWS.Check(LibWS.ws_close(ws, code, bytes, (UIntPtr)bytes.Length));
    }

    /// <summary>The next event; false after the close event.</summary>
    public bool Next(out LibWS.Event e) => LibWS.Check(LibWS.ws_next_event(ws, out e, LibWS.Forever)) == 0;

    public LibWS.Failure Failure()
    {
        var failure = new LibWS.Failure { Size = (ulong)Marshal.SizeOf<LibWS.Failure>() };
        LibWS.Check(LibWS.ws_get_failure(ws, ref failure));
        return failure;
    }

    public void Dispose() => ws.Dispose();
}

static class Echo
{
    static void Talk(string url)
    {
        using (var socket = new WebSocket(url))
            while (socket.Next(out var e))
                switch (e.Type)
                {
                    case LibWS.Open:
                        Console.WriteLine("open");
                        socket.Send("Grüße, 世界 👋\0!");
                        break;
                    case LibWS.Message:
                        Console.WriteLine("message: " + LibWS.Utf8(e.Data, e.Len).Replace("\0", "<NUL>"));
                        try { socket.Close(1001); }
                        catch (InvalidOperationException error) { Console.WriteLine("close(1001): " + error.Message); }
                        socket.Close(1000, "bis später");
                        break;
                    case LibWS.Error:
                        var failure = socket.Failure();
                        Console.WriteLine($"error: HTTP {failure.HttpStatus}: {LibWS.Utf8(failure.Text, failure.TextLen)}");
                        break;
                    case LibWS.Close:
                        Console.WriteLine($"closed: {e.Code} \"{LibWS.Utf8(e.Data, e.Len)}\" clean={e.WasClean}");
                        break;
                }
    }

    static void Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var url = arguments.Length > 0 ? arguments[0] : "ws://127.0.0.1:9001/";
        Talk(url);
        Talk(url + "status/404");
    }
}
