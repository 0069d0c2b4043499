# ruby echo.rb ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)
#
# A WebSocket client in Ruby, with Fiddle of its standard library. Fiddle gives Ruby's lock back while a call of it runs, so other Ruby
# threads go on while one waits in next_event.
require "fiddle/import"

module LibWS
  extend Fiddle::Importer
  dlload ENV["WS_LIB"] ? "#{ENV["WS_LIB"]}/libws.so" : "libws.so.0"
  typealias "int32_t", "int"
  typealias "uint32_t", "unsigned int"
  typealias "uint64_t", "unsigned long long"

  extern "int ws_connect(char *url, void *options, void **ws)"
  extern "int ws_send(void *ws, int type, void *data, size_t len)"
  extern "int ws_close(void *ws, int32_t code, char *reason, size_t len)"
  extern "int ws_next_event(void *ws, void *event, int32_t timeout_ms)"
  extern "int ws_get_failure(void *ws, void *failure)"
  extern "void ws_free(void *ws)"
  extern "char *ws_status_name(int status)"
  extern "char *ws_last_error()"

  Event = struct [
    "int32_t type", "int32_t kind", "void *socket", "void *user_data", "void *data", "size_t len",
    "int32_t code", "int32_t was_clean", "uint64_t rtt_us", "uint32_t flags", "uint32_t reserved"
  ]
  Failure = struct [
    "uint64_t size", "int32_t phase", "int32_t os_error", "int32_t http_status", "int32_t tls_alert", "int32_t timeout",
    "int32_t reserved", "void *text", "size_t text_len", "void *head", "size_t head_len", "void *body", "size_t body_len",
    "void *address", "size_t address_len"
  ]

  TEXT = 1
  ERR_TIMEOUT = -23
  TYPES = { 1 => :open, 2 => :message, 3 => :error, 4 => :close }.freeze
end

class WebSocket
  class Error < StandardError; end

  def self.open(url)
    socket = new(url)
    yield socket
  ensure
    socket&.free
  end

  def initialize(url)
    place = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
    check LibWS.ws_connect(url, nil, place)
    @ws = place.ptr
  end

  def send(text) = check(LibWS.ws_send(@ws, LibWS::TEXT, text, text.bytesize))

  def close(code, reason = "") = check(LibWS.ws_close(@ws, code, reason, reason.bytesize))

  # Yields each event with its data; the last is the close event.
  def each_event
    event = LibWS::Event.malloc(Fiddle::RUBY_FREE)
    while take(event)
      yield LibWS::TYPES[event.type], event.data[0, event.len].force_encoding("UTF-8"), event
    end
  end

  def failure
    failure = LibWS::Failure.malloc(Fiddle::RUBY_FREE)
    failure.size = LibWS::Failure.size
    check LibWS.ws_get_failure(@ws, failure)
    failure
  end

  def free = LibWS.ws_free(@ws)

  private

  # Waits for an event; false after the close event. Ruby sees to Ctrl-C and Thread#kill between calls only, so none waits for long.
  def take(event)
    loop do
      status = LibWS.ws_next_event(@ws, event, 100)
      return check(status).zero? unless status == LibWS::ERR_TIMEOUT
    end
  end

  # A negative status becomes an exception; remarks (DONE is 1) go through.
  def check(status)
    return status unless status.negative?
    raise Error, "#{LibWS.ws_status_name(status)} (#{status}): #{LibWS.ws_last_error.to_s.force_encoding("UTF-8")}"
  end
end

def talk(url)
  WebSocket.open(url) do |socket|
    socket.each_event do |type, data, event|
      case type
      when :open
        puts "open"
        socket.send("Grüße, 世界 👋\0!")
      when :message
        puts "message: #{data.gsub("\0", "<NUL>")}"
        begin
          socket.close(1001)
        rescue WebSocket::Error => error
          puts "close(1001): #{error.message}"
        end
        socket.close(1000, "bis später")
      when :error
        failure = socket.failure
        puts "error: HTTP #{failure.http_status}: #{failure.text[0, failure.text_len].force_encoding("UTF-8")}"
      when :close
        puts "closed: #{event.code} \"#{data}\" clean=#{event.was_clean}"
      end
    end
  end
end

url = ARGV[0] || "ws://127.0.0.1:9001/"
talk(url)
talk("#{url}status/404")
