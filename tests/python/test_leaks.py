"""Nothing stays: objects, handles, descriptors, references."""
import asyncio
import gc
import os
import subprocess
import sys
import weakref

import libws
import pytest

from conftest import PATIENCE
from test_asyncio import in_asyncio


def objects():
    gc.collect()
    return sum(type(each).__module__.startswith("libws") for each in gc.get_objects())


def descriptors():
    gc.collect()  # asyncio loops are in cycles
    return len(os.listdir("/proc/self/fd"))


def blocking(url):
    with libws.connect(url) as ws:
        ws.send("x")
        ws.recv()


def in_a_loop(url):
    async def main():
        async with libws.asyncio.connect(url) as ws:
            await ws.send("x")
            await ws.recv()

    asyncio.run(main())


def in_a_browser(url):
    async def main():
        ws = libws.WebSocket(url)
        end = asyncio.get_running_loop().create_future()
        ws.onopen = lambda event: ws.send("x")
        ws.onmessage = lambda event: ws.close(1000)
        ws.onclose = end.set_result
        await end

    asyncio.run(main())


def refused(url):
    with pytest.raises(libws.ConnectionRefused):
        libws.connect(url.replace("echo", "refuse?status=404"))


USES = [blocking, in_a_loop, in_a_browser, refused]


@pytest.mark.parametrize("use", USES)
def test_a_connection_that_is_over_leaves_no_object(url, use):
    use(url)
    before = objects()
    for _ in range(10):
        use(url)
    assert objects() == before


def test_connections_that_are_over_leave_no_descriptor(url):
    """In a process of its own: the server's descriptors are of this one."""
    done = subprocess.run([sys.executable, __file__, url], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_connection_that_is_dropped_is_closed(server, url):
    ws = libws.connect(url)
    gone = weakref.ref(ws)
    del ws
    assert gone() is None
    assert server.closed()[0] == 1005


@in_asyncio
async def test_a_connection_of_asyncio_that_is_dropped_is_closed(server, url):
    ws = await libws.asyncio.connect(url)
    gone = weakref.ref(ws)
    del ws
    gc.collect()
    assert gone() is None
    assert (await asyncio.to_thread(server.closed))[0] == 1005


@in_asyncio
async def test_a_task_that_waits_for_ever_is_collected_with_its_connection(url):
    ws = await libws.asyncio.connect(url)
    gone = weakref.ref(ws)
    receiving = asyncio.create_task(ws.recv())
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    del ws, receiving
    await asyncio.sleep(0)  # asyncio itself holds what it is just giving out
    gc.collect()
    assert gone() is None


def allocated():
    gc.collect()
    return sys.getallocatedblocks()


def test_messages_leave_no_references(url):
    def talk(ws):
        for _ in range(300):
            ws.send("text")
            ws.send(bytearray(b"binary"))
            ws.recv()
            ws.recv(timeout=30)
        for wrong in 5, "\ud800":
            with pytest.raises((TypeError, UnicodeEncodeError)):
                ws.send(wrong)

    with libws.connect(url) as ws:
        talk(ws)
        before = allocated()
        for _ in range(5):
            talk(ws)
        assert allocated() - before < 100  # of 3,000 messages


@in_asyncio
async def test_awaited_messages_leave_no_references(url):
    async def talk(ws):
        for _ in range(300):
            await ws.send("text")
            await ws.recv()
            receiving = asyncio.create_task(ws.recv())
            await asyncio.sleep(0)
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    async with libws.asyncio.connect(url) as ws:
        await talk(ws)
        before = allocated()
        for _ in range(5):
            await talk(ws)
        assert allocated() - before < 300  # of 3,000 awaited; the server's thread allocates, too


if __name__ == "__main__":
    for each in USES:
        each(sys.argv[1])
        at_first = descriptors()
        for _ in range(10):
            each(sys.argv[1])
        assert descriptors() == at_first, each
