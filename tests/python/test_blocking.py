"""libws.connect: calls that wait."""
import json
import queue
import threading

import libws
import pytest

from conftest import PATIENCE


@pytest.mark.parametrize("message", ["", "text", "ünï\U0001f600code", b"", b"\x00\xff", "x" * 100_000, b"y" * 3_000_000])
def test_a_message_comes_back_as_it_was_sent(url, message):
    with libws.connect(url) as ws:
        ws.send(message)
        assert ws.recv() == message


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_what_has_a_buffer_is_a_binary_message(url, kind):
    with libws.connect(url) as ws:
        ws.send(kind(b"abc"))
        assert ws.recv() == b"abc"


def test_text_can_be_given_as_bytes_and_binary_as_str(url):
    with libws.connect(url) as ws:
        ws.send("é".encode(), text=True)
        ws.send("é", text=False, compress=False, more=True)
        assert [ws.recv(), ws.recv()] == ["é", "é".encode()]


def test_iteration_ends_with_a_clean_close(server):
    with libws.connect(server.address + "/count?n=500") as ws:
        ws.send("go")
        got = []
        for message in ws:
            got.append(message)
            if len(got) == 500:
                ws.close(3000, "enough")
    assert got == [str(number) for number in range(500)]
    assert server.closed() == (3000, "enough")


def test_iteration_raises_at_a_close_that_is_an_error(server):
    with libws.connect(server.address + "/close?code=1011&reason=oops") as ws:
        ws.send("go")
        with pytest.raises(libws.ConnectionClosed) as closed:
            list(ws)
    assert (closed.value.code, closed.value.reason, closed.value.was_clean) == (1011, "oops", True)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_the_servers_code_and_reason_are_told(server, code):
    with libws.connect(server.address + f"/close?code={code}&reason=why") as ws:
        ws.send("go")
        with pytest.raises(libws.ConnectionClosed) as closed:
            ws.recv()
        assert (closed.value.code, closed.value.reason, closed.value.was_clean) == (code, "why", True)
        assert (ws.close_code, ws.close_reason, ws.was_clean, ws.state) == (code, "why", True, libws.CLOSED)
        with pytest.raises(libws.ConnectionClosed):
            ws.send("too late")


def test_a_connection_that_is_lost_is_closed_with_1006(server):
    with libws.connect(server.address + "/drop") as ws:
        ws.send("go")
        with pytest.raises(libws.ConnectionClosed) as closed:
            ws.recv()
        assert (closed.value.code, closed.value.reason, closed.value.was_clean) == (1006, "", False)


def test_text_that_is_not_utf8_fails_the_connection(server):
    with libws.connect(server.address + "/bad-text") as ws:
        with pytest.raises(libws.ConnectionClosed) as closed:
            ws.recv()
        assert closed.value.code == 1006
        assert closed.value.failure.phase == libws.Phase.OPEN
        assert "UTF-8" in closed.value.failure.text
    assert server.closed()[0] == 1007


def test_leaving_the_with_block_closes_with_1000(server, url):
    with libws.connect(url):
        pass
    assert server.closed() == (1000, "")


def test_an_exception_in_the_with_block_passes_and_the_connection_is_closed(server, url):
    with pytest.raises(ZeroDivisionError), libws.connect(url):
        raise ZeroDivisionError
    assert server.closed() == (1000, "")


def test_close_without_arguments_has_no_code(server, url):
    ws = libws.connect(url)
    ws.close()
    assert (ws.close_code, ws.was_clean) == (1005, True)
    assert server.closed() == (1005, "")
    ws.close(1000)  # a second time nothing happens


def test_a_timeout_takes_nothing(url):
    with libws.connect(url) as ws:
        with pytest.raises(TimeoutError):
            ws.recv(timeout=0)
        with pytest.raises(libws.TimeoutError):
            ws.recv(0.001)
        ws.send("still there")
        assert ws.recv(timeout=PATIENCE) == "still there"


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_a_timeout_that_is_none_is_refused(url, timeout):
    with libws.connect(url) as ws, pytest.raises(ValueError):
        ws.recv(timeout)


def test_a_ping_tells_the_round_trip_and_keeps_the_messages_before_its_pong(url):
    with libws.connect(url) as ws:
        ws.send("first")
        assert 0 < ws.ping(b"payload", timeout=PATIENCE) < PATIENCE
        assert ws.recv() == "first"
        with pytest.raises(libws.SyntaxError_):
            ws.ping(b"x" * 126)


def test_attributes_are_those_of_the_standard(server):
    with libws.connect(server.address + "/echo", protocols=["other", "chat"]) as ws:
        assert ws.url == server.address + "/echo"
        assert ws.subprotocol == "chat"
        assert ws.extensions.startswith("permessage-deflate")
        assert ws.state == libws.OPEN
        assert ws.close_code is None and ws.close_reason is None and ws.was_clean is None
        ws.send("x" * 1000)
        ws.recv()
        assert ws.buffered_amount == 0
        assert ws.stats.messages_sent == ws.stats.messages_received == 1
        assert ws.stats.payload_sent == 1000 > ws.stats.compressed_wire_sent > 0
        assert (ws.failure.phase, ws.failure.os_error, ws.failure.text, ws.failure.body) == (libws.Phase.NONE, 0, "", b"")


def test_the_responses_headers_are_told(url):
    with libws.connect(url) as ws:
        headers = {name.lower(): value for name, value in ws.response_headers}
        assert headers["upgrade"] == "websocket" and "sec-websocket-accept" in headers
        assert len(headers) == len(ws.response_headers)


def test_a_connection_shows_its_url_and_state(url):
    with libws.connect(url) as ws:
        assert repr(ws) == f"<libws.Connection {url} OPEN>"
        ws.close(3000, "enough")
        assert repr(ws) == f"<libws.Connection {url} CLOSED 3000 'enough'>"


def test_headers_and_options_reach_the_request(server):
    options = {"origin": "https://example.org", "user_agent": "me/1", "deflate": False}
    for headers in {"X-One": "1", "X-Two": "2"}, [("X-One", "1"), ("X-Two", "2")]:
        with libws.connect(server.address + "/headers", headers=headers, **options) as ws:
            got = json.loads(ws.recv())
            assert (got["X-One"], got["X-Two"], got["Origin"], got["User-Agent"]) == ("1", "2", "https://example.org", "me/1")
            assert "Sec-WebSocket-Extensions" not in got and ws.extensions == ""


def test_an_option_may_be_a_tuple_or_a_list_of_them(server):
    options = {"resolve": [("name.test", server.port, "127.0.0.1")], "deflate_window": (10, 12), "tcp_keepalive": (60, 10, 5)}
    options["key_log_from_environment"] = False  # a setter without a value
    with libws.connect(server.address.replace("127.0.0.1", "name.test") + "/echo", **options) as ws:
        ws.send("found")
        assert ws.recv() == "found"


def test_another_thread_runs_while_recv_waits(url):
    with libws.connect(url) as ws:
        got = []
        waits = threading.Thread(target=lambda: got.append(ws.recv()))
        waits.start()
        ws.send("from the other thread")  # would never run, if recv kept the GIL
        waits.join(PATIENCE)
        assert got == ["from the other thread"]


def test_a_second_thread_that_receives_is_refused(url):
    with libws.connect(url) as ws:
        told = threading.Barrier(2)

        def receive():
            try:
                ws.recv()
            except libws.BusyError:
                told.wait(PATIENCE)

        threads = [threading.Thread(target=receive) for _ in range(2)]
        for thread in threads:
            thread.start()
        told.wait(PATIENCE)
        ws.send("for the one that waits")
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_ping_and_close_work_while_another_thread_receives(server, url):
    with libws.connect(url) as ws:
        got = queue.SimpleQueue()
        receiving = threading.Thread(target=lambda: [got.put(message) for message in ws])
        receiving.start()
        for number in range(50):
            ws.send(str(number))
            assert 0 < ws.ping(b"p", timeout=PATIENCE) < PATIENCE
        assert [got.get(timeout=PATIENCE) for _ in range(50)] == [str(number) for number in range(50)]
        ws.close(3000, "enough", timeout=PATIENCE)
        assert (ws.close_code, ws.was_clean) == (3000, True)
        receiving.join(PATIENCE)
        assert not receiving.is_alive() and got.empty()
    assert server.closed() == (3000, "enough")


def test_many_threads_may_send(url):
    with libws.connect(url) as ws:
        threads = [threading.Thread(target=lambda n=n: [ws.send(f"{n}:{i}") for i in range(200)]) for n in range(4)]
        for thread in threads:
            thread.start()
        got = [ws.recv(PATIENCE).split(":") for _ in range(800)]
        for n in range(4):
            assert [int(i) for sender, i in got if sender == str(n)] == list(range(200))


def test_send_waits_when_the_server_takes_nothing_and_memory_stays_bounded(server):
    ws = libws.connect(server.address + "/hold", high_water=1 << 20, deflate=False, close_timeout=0.01)
    sent = []
    stopped = threading.Event()

    def flood():
        try:
            for _ in range(10_000):
                ws.send(bytes(1 << 16))
                sent.append(1)
        except libws.Error:
            stopped.set()

    thread = threading.Thread(target=flood)
    thread.start()
    while ws.buffered_amount <= 1 << 20:
        pass
    assert len(sent) < 10_000
    assert ws.buffered_amount < 2 << 20
    ws.close(1000)
    thread.join(PATIENCE)
    assert stopped.is_set()
    assert (ws.close_code, ws.was_clean) == (1006, False)


def test_pause_and_resume_can_be_called_at_any_time(url):
    with libws.connect(url) as ws:
        ws.pause()
        ws.send("later")
        ws.resume()
        assert ws.recv() == "later"
