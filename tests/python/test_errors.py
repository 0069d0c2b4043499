"""What is refused, by which exception, with what details."""
import asyncio
import pickle
import socket

import libws
import pytest


@pytest.mark.parametrize("bad", ["ftp://127.0.0.1/", "ws://127.0.0.1/#fragment", "nothing", "", "ws://127.0.0.1:99999/", "ws://a\0b/"])
def test_a_url_that_is_none_is_a_syntax_error(bad):
    with pytest.raises(libws.SyntaxError_):
        libws.connect(bad)


@pytest.mark.parametrize("protocols", [["chat", "chat"], ["a b"], [""], "a,b"])
def test_subprotocols_that_may_not_be_are_syntax_errors(url, protocols):
    with pytest.raises(libws.SyntaxError_):
        libws.connect(url, protocols=protocols)


@pytest.mark.parametrize("code", [0, 999, 1001, 1005, 1006, 2999, 5000, -2])
def test_a_close_code_that_an_application_may_not_send_is_an_invalid_access_error(url, code):
    with libws.connect(url) as ws:
        with pytest.raises(libws.InvalidAccessError):
            ws.close(code)
        with pytest.raises(libws.InvalidAccessError):
            ws.close(None, "a reason without a code")
        assert ws.state == libws.OPEN


def test_a_reason_of_124_bytes_is_a_syntax_error_and_one_of_123_is_not(server, url):
    with libws.connect(url) as ws:
        with pytest.raises(libws.SyntaxError_) as error:
            ws.close(1000, "é" * 62)
        assert "124" in str(error.value)
        ws.close(1000, "é" * 61 + "x")
    assert server.closed() == (1000, "é" * 61 + "x")


def test_an_error_is_of_python_too():
    assert issubclass(libws.SyntaxError_, ValueError) and issubclass(libws.InvalidAccessError, ValueError)
    assert issubclass(libws.TimeoutError, TimeoutError)
    assert issubclass(libws.ConnectionClosed, ConnectionError) and issubclass(libws.ConnectionRefused, ConnectionError)
    assert issubclass(libws.ConnectionRefused, libws.NetworkError)


@pytest.mark.parametrize("status", [301, 401, 404, 503])
def test_a_refused_handshake_tells_the_servers_answer(server, status):
    with pytest.raises(libws.ConnectionRefused) as refused:
        libws.connect(server.address + f"/refuse?status={status}")
    error = refused.value
    assert (error.phase, error.http_status, error.os_error) == (libws.Phase.HANDSHAKE, status, 0)
    assert str(status) in str(error) and error.text == str(error)
    assert error.head.startswith(f"HTTP/1.1 {status} ") and "X-Why: because" in error.head
    assert error.body == b"not here\n"


def test_a_subprotocol_that_is_not_confirmed_refuses_the_connection(server):
    with pytest.raises(libws.ConnectionRefused) as refused:
        libws.connect(server.address + "/echo", protocols="unknown")
    assert refused.value.http_status == 101


def test_a_port_where_nobody_listens_refuses_the_connection():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound and not listening
        for connect in libws.connect, lambda url: asyncio.run(awaited(url)):
            with pytest.raises(libws.ConnectionRefused) as refused:
                connect("ws://127.0.0.1:%d/" % listener.getsockname()[1])
            assert refused.value.phase == libws.Phase.TCP
            assert refused.value.os_error > 0 and refused.value.http_status == 0 and refused.value.head == ""


async def awaited(url):
    await libws.asyncio.connect(url)


def test_a_blocked_port_is_refused_before_anything_is_connected():
    with pytest.raises(libws.ConnectionRefused) as refused:
        libws.connect("ws://127.0.0.1:6000/")
    assert refused.value.phase == libws.Phase.URL


def test_a_server_that_says_nothing_is_given_up_after_the_handshake_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(libws.ConnectionRefused) as refused:
            libws.connect("ws://127.0.0.1:%d/" % listener.getsockname()[1], handshake_timeout=0.05)
    assert refused.value.phase == libws.Phase.HANDSHAKE and refused.value.http_status == 0


@pytest.mark.parametrize("options", [{"ping_timeout": 0}, {"max_message_size": 0}, {"deflate_effort": (10, 8)}, {"ip_version": 5}])
def test_an_option_out_of_range_is_an_invalid_argument_error(url, options):
    with pytest.raises(libws.InvalidArgumentError) as error:
        libws.connect(url, **options)
    assert isinstance(error.value, ValueError) and str(error.value)


@pytest.mark.parametrize("options", [{"no_such": 1}, {"deflate_effort": (1,)}, {"origin": 5}, {"callbacks": None}, {"loop": None}])
def test_an_option_that_is_none_or_of_another_type_is_a_type_error(url, options):
    with pytest.raises(TypeError):
        libws.connect(url, **options)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": 5}, "url: a str, and not int"),
        ({"headers": [("a",)]}, "headers: a dict, or tuples of a name and a value, each a str, and not ('a',)"),
        ({"headers": {"a": 5}}, "headers: a dict, or tuples of a name and a value, each a str, and not ('a', 5)"),
        ({"connect_timeout": "1"}, "connect_timeout: a number of seconds, and not '1'"),
        ({"ip_version": 4.0}, "ip_version: an int, and not 4.0"),
        ({"deflate": "no"}, "deflate: True or False, and not 'no'"),
        ({"deflate_window": 9}, "deflate_window: a tuple of 2 (int, int), and not 9"),
        ({"ping_intervall": 9}, "there is no option 'ping_intervall': is ping_interval= meant? help(libws.Options) lists them"),
        ({"additional_headers": {}}, "there is no option 'additional_headers': is headers= meant? help(libws.Options) lists them"),
        ({"qqq": 1}, "there is no option 'qqq': help(libws.Options) lists them"),
    ],
)
def test_a_type_error_says_what_is_wrong_and_what_is_right(url, wrong, words):
    with pytest.raises(TypeError) as error:
        libws.connect(**{"url": url, **wrong})
    assert str(error.value) == words


def test_what_a_message_may_be_is_said(url):
    with libws.connect(url) as ws, pytest.raises(TypeError, match="a message is a str, or bytes or what has a buffer, and not dict"):
        ws.send({"a": 1})


def test_options_have_their_names_of_python_in_words():
    with pytest.raises(libws.ConnectionRefused, match="allow it with block_ports=0$") as refused:
        libws.connect("ws://127.0.0.1:6000/")
    assert "ws_options" not in refused.value.failure.text


def test_exceptions_can_be_pickled_as_processes_do_with_them(server):
    with pytest.raises(libws.ConnectionRefused) as refused:
        libws.connect(server.address + "/refuse?status=404")
    other = pickle.loads(pickle.dumps(refused.value))
    assert (type(other), str(other), other.http_status, other.body) == (libws.ConnectionRefused, str(refused.value), 404, b"not here\n")
    with libws.connect(server.address + "/close?code=4000&reason=x") as ws:
        ws.send("go")
        with pytest.raises(libws.ConnectionClosed) as closed:
            ws.recv()
    other = pickle.loads(pickle.dumps(closed.value))
    assert (str(other), other.code, other.reason, other.was_clean) == (str(closed.value), 4000, "x", True)
    with pytest.raises(libws.SyntaxError_) as bad:
        libws.connect("nothing")
    assert str(pickle.loads(pickle.dumps(bad.value))) == str(bad.value)


def test_exceptions_have_the_name_by_which_one_catches_them():
    for name in libws.__all__:
        if isinstance(each := getattr(libws, name), type) and issubclass(each, Exception):
            assert f"{each.__module__}.{each.__qualname__}" == f"libws.{name}"


def test_connections_are_made_by_connect():
    for kind in libws.Connection, libws.asyncio.Connection:
        with pytest.raises(TypeError, match="connections are made by libws.connect and libws.asyncio.connect"):
            kind()


@pytest.mark.parametrize("header", [("Host", "x"), ("Sec-WebSocket-Key", "x")])
def test_a_header_that_the_handshake_sets_is_refused(url, header):
    with pytest.raises(libws.InvalidArgumentError):
        libws.connect(url, headers=[header])


def test_a_header_with_a_line_feed_is_a_syntax_error(url):
    with pytest.raises(libws.SyntaxError_):
        libws.connect(url, headers={"X": "a\r\nInjected: 1"})


def test_what_is_no_message_is_a_type_error(url):
    with libws.connect(url) as ws:
        for bad in 5, None, ["x"]:
            with pytest.raises(TypeError):
                ws.send(bad)
        with pytest.raises(TypeError):
            ws.send("x", colour="red")
        with pytest.raises(TypeError):
            ws.send()
        with pytest.raises(UnicodeEncodeError):
            ws.send("\ud800")
        with pytest.raises(libws.InvalidUTF8Error):
            ws.send(b"\xff", text=True)
        assert ws.stats.messages_sent == 0


def test_more_than_max_buffered_is_a_quota_exceeded_error(server):
    ws = libws.connect(server.address + "/hold", max_buffered=1 << 20, deflate=False, high_water=1 << 40, close_timeout=0.01)
    with pytest.raises(libws.QuotaExceededError):
        while True:
            ws.send(bytes(1 << 16))
    ws.close(1000)
    assert ws.close_code == 1006


def test_a_message_longer_than_the_maximum_fails_the_connection(server, url):
    with libws.connect(url, max_message_size=1000) as ws:
        ws.send("x" * 1001)
        with pytest.raises(libws.ConnectionClosed) as closed:
            ws.recv()
    assert closed.value.code == 1006 and "1000 bytes" in closed.value.failure.text
    assert server.closed()[0] == 1009
