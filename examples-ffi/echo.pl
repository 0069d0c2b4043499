# perl echo.pl ws://127.0.0.1:40123/          (WS_LIB: the folder of libws.so, if the system does not know it)
#
# A WebSocket client in Perl, with FFI::Platypus (Debian: libffi-platypus-perl).
use v5.20;
use warnings;
use utf8;

package LibWS::Event {
    use FFI::Platypus::Record;
    record_layout_1(
        sint32 => 'type', sint32 => 'kind', opaque => 'socket', opaque => 'user_data', opaque => 'data', size_t => 'len',
        sint32 => 'code', sint32 => 'was_clean', uint64 => 'rtt_us', uint32 => 'flags', uint32 => 'reserved',
    );
}

package LibWS::Failure {
    use FFI::Platypus::Record;
    record_layout_1(
        uint64 => 'size', sint32 => 'phase', sint32 => 'os_error', sint32 => 'http_status', sint32 => 'tls_alert',
        sint32 => 'timeout', sint32 => 'reserved', opaque => 'text', size_t => 'text_len', opaque => 'head', size_t => 'head_len',
        opaque => 'body', size_t => 'body_len', opaque => 'address', size_t => 'address_len',
    );
}

package LibWS {
    use FFI::Platypus 2.00;
    my $ffi = FFI::Platypus->new(api => 2);
    $ffi->lib($ENV{WS_LIB} ? "$ENV{WS_LIB}/libws.so" : 'libws.so.0');
    $ffi->type('record(LibWS::Event)'   => 'ws_event');
    $ffi->type('record(LibWS::Failure)' => 'ws_failure');
    $ffi->attach(ws_connect     => ['string', 'opaque', 'opaque*'] => 'int');
    $ffi->attach(ws_send        => ['opaque', 'int', 'string', 'size_t'] => 'int');
    $ffi->attach(ws_close       => ['opaque', 'sint32', 'string', 'size_t'] => 'int');
    $ffi->attach(ws_next_event  => ['opaque', 'ws_event*', 'sint32'] => 'int');
    $ffi->attach(ws_get_failure => ['opaque', 'ws_failure*'] => 'int');
    $ffi->attach(ws_free        => ['opaque'] => 'void');
    $ffi->attach(ws_status_name => ['int'] => 'string');
    $ffi->attach(ws_last_error  => [] => 'string');
}

package WebSocket {
    use Encode qw(encode_utf8 decode_utf8);
    use FFI::Platypus::Buffer qw(buffer_to_scalar);
    use constant { TEXT => 1, FOREVER => -1, OPEN => 1, MESSAGE => 2, ERROR => 3, CLOSE => 4 };

    # A negative status dies; remarks (DONE is 1) go through.
    sub check {
        my ($status) = @_;
        die LibWS::ws_status_name($status) . " ($status): " . decode_utf8(LibWS::ws_last_error()) . "\n" if $status < 0;
        return $status;
    }

    sub new {
        my ($class, $url) = @_;
        check(LibWS::ws_connect(encode_utf8($url), undef, \my $ws));
        return bless { ws => $ws, event => LibWS::Event->new }, $class;
    }

    sub DESTROY { LibWS::ws_free($_[0]{ws}) }

    sub send {
        my ($self, $text) = @_;
        my $bytes = encode_utf8($text);
        check(LibWS::ws_send($self->{ws}, TEXT, $bytes, length $bytes));
    }

    sub close {
        my ($self, $code, $reason) = @_;
        my $bytes = encode_utf8($reason // '');
        check(LibWS::ws_close($self->{ws}, $code, $bytes, length $bytes));
    }

    # The next event and its data; nothing after the close event.
    sub next_event {
        my ($self) = @_;
        my $event = $self->{event};
        return if check(LibWS::ws_next_event($self->{ws}, $event, FOREVER));
        return ($event, decode_utf8(buffer_to_scalar($event->data, $event->len)));
    }

    # Why it failed: the HTTP status and the text.
    sub failure {
        my ($self) = @_;
        my $failure = LibWS::Failure->new;
        $failure->size(FFI::Platypus->new(api => 2)->sizeof('record(LibWS::Failure)'));
        check(LibWS::ws_get_failure($self->{ws}, $failure));
        return ($failure->http_status, decode_utf8(buffer_to_scalar($failure->text, $failure->text_len)));
    }
}

sub talk {
    my $socket = WebSocket->new(@_);
    while (my ($event, $data) = $socket->next_event) {
        if ($event->type == WebSocket::OPEN) {
            say 'open';
            $socket->send("Grüße, 世界 👋\0!");
        } elsif ($event->type == WebSocket::MESSAGE) {
            say 'message: ', $data =~ s/\0/<NUL>/r;
            eval { $socket->close(1001); 1 } or print "close(1001): $@";
            $socket->close(1000, 'bis später');
        } elsif ($event->type == WebSocket::ERROR) {
            my ($status, $text) = $socket->failure;
            say "error: HTTP $status: $text";
        } elsif ($event->type == WebSocket::CLOSE) {
            say sprintf 'closed: %d "%s" clean=%d', $event->code, $data, $event->was_clean;
        }
    }
}

binmode STDOUT, ':encoding(UTF-8)';
my $url = $ARGV[0] // 'ws://127.0.0.1:9001/';
talk($url);
talk("${url}status/404");
