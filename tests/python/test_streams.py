"""Messages in parts, both ways: stream() with the option chunks, and send_stream()."""
import asyncio

import libws
import pytest

from test_asyncio import in_asyncio

TEXT = "ünï\U0001f600" * 200_000
BYTES = bytes(range(256)) * 8_000
LIMIT = 1 << 30


@pytest.mark.parametrize("message", [TEXT, BYTES, "short", b""])
def test_a_message_comes_in_chunks_as_it_arrives(url, message):
    with libws.connect(url, chunks=LIMIT, deflate=False) as ws:
        ws.send(message)
        ws.send("the next")
        parts = list(ws.stream())
        assert message[:0].join(parts) == message
        assert (len(parts) > 1) == (len(message) > 1000)
        assert list(ws.stream()) == ["the next"] and ws.final


def test_without_the_option_a_stream_is_the_message(url):
    with libws.connect(url) as ws:
        ws.send(BYTES)
        assert list(ws.stream()) == [BYTES]


@in_asyncio
async def test_chunks_in_asyncio(url):
    async with libws.asyncio.connect(url, chunks=LIMIT, deflate=False) as ws:
        for message in TEXT, BYTES:
            await ws.send(message)
            parts = [part async for part in ws.stream()]
            assert message[:0].join(parts) == message and len(parts) > 1


@in_asyncio
async def test_chunks_in_a_browser_are_messages_and_final_tells_the_last(url):
    ws = libws.WebSocket(url, chunks=LIMIT, deflate=False)
    parts, end = [], asyncio.get_running_loop().create_future()

    def onmessage(event):
        parts.append(event.data)
        if ws.final:
            ws.close(1000)

    ws.onopen = lambda event: ws.send(BYTES)
    ws.onmessage = onmessage
    ws.onclose = end.set_result
    await end
    assert b"".join(parts) == BYTES and len(parts) > 1


def test_a_message_of_more_than_chunks_fails_the_connection(server, url):
    with libws.connect(url, chunks=1000) as ws:
        ws.send(b"x" * 1001)
        with pytest.raises(libws.ConnectionClosed):
            b"".join(ws.stream())
    assert server.closed()[0] == 1009


def test_a_message_sent_in_parts_is_one_message(url):
    with libws.connect(url, high_water=1 << 16) as ws:
        ws.send_stream(bytes([n]) * 100_000 for n in range(30))
        ws.send_stream(["é".encode()[:1], "é".encode()[1:], "ab"], text=True)
        assert ws.recv() == b"".join(bytes([n]) * 100_000 for n in range(30))
        assert ws.recv() == "éab"


@in_asyncio
async def test_parts_may_come_asynchronously(url):
    async def parts():
        for n in range(30):
            await asyncio.sleep(0)
            yield bytes([n]) * 100_000

    async with libws.asyncio.connect(url, high_water=1 << 16) as ws:
        sending = asyncio.create_task(ws.send_stream(parts()))
        assert await ws.recv() == b"".join(bytes([n]) * 100_000 for n in range(30))
        await sending
        await ws.send_stream(["a", "b"], text=True, compress=False)
        assert await ws.recv() == "ab"


def test_parts_that_raise_close_the_connection_and_the_server_gets_no_message(server, url):
    def parts():
        yield b"half"
        raise ZeroDivisionError

    ws = libws.connect(url)
    with pytest.raises(ZeroDivisionError):
        ws.send_stream(parts())
    with pytest.raises(libws.ConnectionClosed) as closed:
        ws.recv()
    assert closed.value.was_clean
    assert server.closed() == (1005, "")


@in_asyncio
async def test_parts_that_raise_close_the_connection_in_asyncio(server, url):
    ws = await libws.asyncio.connect(url)
    with pytest.raises(TypeError):
        await ws.send_stream([b"half", 5])
    with pytest.raises(libws.ConnectionClosed):
        await ws.recv()
    assert await asyncio.to_thread(server.closed) == (1005, "")
