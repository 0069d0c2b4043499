"""libws.WebSocket: the browser's object, event by event."""
import asyncio

import libws
import pytest

from test_asyncio import in_asyncio


class Diary:
    """Notes the events of a socket, and waits for the last."""

    def __init__(self, ws):
        self.lines = []
        self.end = asyncio.get_running_loop().create_future()
        ws.onopen = lambda event: self.note(event, ws.readyState)
        ws.onmessage = lambda event: self.note(event, event.data)
        ws.onerror = lambda event: self.note(event, event.message)
        ws.onclose = lambda event: self.note(event, (event.code, event.reason, event.wasClean, ws.readyState))

    def note(self, event, detail):
        self.lines.append((event.type, detail))
        if event.type == "close":
            self.end.set_result(None)

    async def whole(self):
        await self.end
        return self.lines


@in_asyncio
async def test_the_events_of_a_conversation(url):
    ws = libws.WebSocket(url, ["chat"])
    assert (ws.readyState, ws.CONNECTING, ws.OPEN, ws.CLOSING, ws.CLOSED) == (0, 0, 1, 2, 3)
    assert libws.WebSocket.OPEN == 1
    diary = Diary(ws)
    with pytest.raises(libws.InvalidStateError):
        ws.send("too early")
    ws.addEventListener("open", lambda event: (ws.send("hi"), ws.send(b"bin"), ws.send(bytearray(b"end"))))
    ws.addEventListener("message", lambda event: ws.close(3001, "bye") if event.data == b"end" else None)
    lines = await diary.whole()
    assert lines == [
        ("open", 1), ("message", "hi"), ("message", b"bin"), ("message", b"end"), ("close", (3001, "bye", True, 3)),
    ]  # fmt: skip
    assert (ws.url, ws.protocol) == (url, "chat")


@in_asyncio
async def test_it_has_the_methods_of_a_browser_and_shows_its_state(url):
    ws = libws.WebSocket(url)
    assert repr(ws) == f"<libws.WebSocket {url} CONNECTING>"
    assert not hasattr(ws, "recv") and not hasattr(ws, "__aiter__")
    ws.close()
    lines = await Diary(ws).whole()
    assert [kind for kind, _ in lines] == ["error", "close"]


@in_asyncio
async def test_a_refused_connection_is_error_and_close_1006(server):
    lines = await Diary(libws.WebSocket(server.address + "/refuse?status=404")).whole()
    assert [kind for kind, _ in lines] == ["error", "close"]
    assert "404" in lines[0][1] and lines[1][1] == (1006, "", False, 3)


@in_asyncio
async def test_the_error_event_has_the_failure(server):
    ws = libws.WebSocket(server.address + "/refuse?status=404")
    failed = asyncio.get_running_loop().create_future()
    ws.onerror = failed.set_result
    event = await failed
    assert event.target is ws and event.failure.http_status == 404


@in_asyncio
async def test_close_while_connecting_is_error_and_close_1006(url):
    ws = libws.WebSocket(url)
    diary = Diary(ws)
    ws.close()
    assert ws.readyState == ws.CLOSING
    assert [kind for kind, _ in await diary.whole()] == ["error", "close"]


@in_asyncio
async def test_the_constructor_raises_what_the_standards_does(url):
    with pytest.raises(libws.SyntaxError_):
        libws.WebSocket("ftp://example.org")
    with pytest.raises(libws.SyntaxError_):
        libws.WebSocket(url, ["a", "a"])
    with pytest.raises(TypeError):
        libws.WebSocket(url, no_such=1)


@in_asyncio
async def test_a_bad_close_raises_and_changes_nothing(url):
    ws = libws.WebSocket(url)
    diary = Diary(ws)
    with pytest.raises(libws.InvalidAccessError):
        ws.close(1001)
    with pytest.raises(libws.SyntaxError_):
        ws.close(1000, "x" * 124)
    assert ws.readyState == ws.CONNECTING
    ws.onopen = lambda event: ws.close(1000)
    assert await diary.whole() == [("close", (1000, "", True, 3))]


@in_asyncio
async def test_send_after_close_is_silent_and_counted(url):
    ws = libws.WebSocket(url)
    diary = Diary(ws)
    ws.onopen = lambda event: (ws.close(1000), ws.send("lost"))
    await diary.whole()
    assert ws.bufferedAmount == 4
    ws.send(b"more")
    assert ws.bufferedAmount == 8


@in_asyncio
async def test_binary_type_says_what_binary_messages_are(url):
    ws = libws.WebSocket(url)
    diary = Diary(ws)
    kinds = []

    def onmessage(event):
        kinds.append(type(event.data))
        ws.close(1000)

    assert ws.binaryType == "bytes"
    ws.binaryType = "bytearray"
    ws.binaryType = "blob"  # ignored, as in a browser
    assert ws.binaryType == "bytearray"
    ws.onmessage = onmessage
    ws.onopen = lambda event: ws.send(b"x")
    await diary.whole()
    assert kinds == [bytearray]


@in_asyncio
async def test_listeners_are_added_once_removed_and_called_once_if_asked(url):
    ws = libws.WebSocket(url, deflate=False)
    diary = Diary(ws)
    calls = []
    listeners = {name: (lambda event, name=name: calls.append(name)) for name in ("keep", "once", "gone")}
    for _ in range(2):
        ws.addEventListener("message", listeners["keep"])
    ws.addEventListener("message", listeners["once"], once=True)
    ws.addEventListener("message", listeners["gone"])
    ws.removeEventListener("message", listeners["gone"])
    ws.addEventListener("message", lambda event: ws.close(1000) if event.data == "2" else None)
    ws.onopen = lambda event: (ws.send("1"), ws.send("2"))
    await diary.whole()
    assert calls == ["keep", "once", "keep"]


@in_asyncio
async def test_a_listener_that_raises_is_told_to_the_loop_and_the_others_are_called(url):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["exception"]))
    ws = libws.WebSocket(url)
    diary = Diary(ws)

    def raises(event):
        raise ValueError("from a listener")

    ws.addEventListener("open", raises)
    ws.addEventListener("open", lambda event: ws.close(1000))
    assert (await diary.whole())[-1][0] == "close"
    assert [str(error) for error in told] == ["from a listener"]


@in_asyncio
async def test_without_a_reference_it_lives_until_it_is_closed(server):
    end = asyncio.get_running_loop().create_future()

    def start():
        ws = libws.WebSocket(server.address + "/close?code=1000&reason=alive")
        ws.onopen = lambda event: event.target.send("go")
        ws.onclose = lambda event: end.set_result(event.reason)

    start()
    assert await end == "alive"


def test_it_needs_a_running_loop(url):
    with pytest.raises(RuntimeError):
        libws.WebSocket(url)
