"""For mypy --strict: what the types of the public interface say; what is wrong must be an error (an unused ignore is one, too)."""
import asyncio

import libws
from typing_extensions import assert_type


def blocking(url: str) -> None:
    with libws.connect(url, protocols=["a"], headers={"X": "1"}, connect_timeout=1.5, deflate=False, deflate_window=(9, 9)) as ws:
        assert_type(ws, libws.Connection)
        assert_type(ws.recv(timeout=1.0), str | bytes)
        ws.send("text", compress=False)
        ws.send(memoryview(b""))
        assert_type([message for message in ws], list[str | bytes])
        assert_type(ws.ping(b"", timeout=None), float)
        assert_type(ws.stats, libws.Stats)
        assert_type(ws.stats.messages_sent, int)
        assert_type(ws.close_code, int | None)
        assert_type(ws.response_headers, list[tuple[str, str]])
        assert_type(list(ws.stream()), list[str | bytes])
        ws.send_stream([b"a", bytearray(b"b")])
        ws.close(1000, "done", timeout=2)
        ws.send(5)  # type: ignore[arg-type]
    libws.connect(url, no_such=True)  # type: ignore[call-arg]
    libws.connect(url, connect_timeout="1")  # type: ignore[arg-type]


async def in_asyncio(url: str) -> None:
    async with libws.asyncio.connect(url, headers=[("X", "1")], receive_queue=4096) as ws:
        assert_type(ws, libws.asyncio.Connection)
        assert_type(await ws.send(b"x"), None)
        assert_type(await ws.recv(), str | bytes)
        assert_type(await asyncio.create_task(ws.recv()), str | bytes)
        assert_type(await asyncio.wait_for(ws.recv(), 1), str | bytes)
        async for message in ws:
            assert_type(message, str | bytes)
        async for part in ws.stream():
            assert_type(part, str | bytes)
        await ws.send_stream(ws.stream(), text=True)
        await ws.close(1000)
    other = await libws.asyncio.connect(url)
    assert_type(other, libws.asyncio.Connection)


async def in_a_browser(url: str) -> None:
    ws = libws.WebSocket(url, ["chat"], origin="https://example.org")
    ws.onmessage = lambda event: ws.send(event.data)
    ws.addEventListener("close", print, once=True)
    assert_type(ws.readyState, int)
    ws.close(3000, "bye")


def errors() -> None:
    try:
        libws.connect("ws://localhost")
    except libws.ConnectionRefused as error:
        assert_type(error.phase, libws.Phase)
        assert_type(error.failure, libws.Failure)
        assert_type(error.body, bytes)
    except libws.ConnectionClosed as closed:
        assert_type(closed.code, int)
