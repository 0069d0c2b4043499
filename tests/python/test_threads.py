"""Threads that meet in one connection, and connections of many threads: with a GIL and, where there is none, at the same moment."""
import asyncio
import contextlib
import gc
import queue
import subprocess
import sys
import sysconfig
import threading
import weakref

import libws
import pytest

from conftest import PATIENCE

FREE = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
TIMES = 20 if FREE else 3  # rounds of a race; with a GIL they hardly differ


def together(*works):
    """Runs each on a thread of its own, all from the same moment on; raises what one of them raised."""
    ready = threading.Barrier(len(works))
    failed = queue.SimpleQueue()

    def run(work):
        try:
            ready.wait(PATIENCE)
            work()
        except BaseException as error:
            failed.put(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if not failed.empty():
        raise failed.get()


def test_importing_does_not_bring_the_gil_back():
    asked = "import sys, libws; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    told = subprocess.run([sys.executable, "-W", "error", "-c", asked], capture_output=True, text=True, timeout=PATIENCE)
    assert (told.stdout.strip(), told.stderr) == (str(not FREE), "")


def test_threads_that_receive_at_once_get_each_message_once_or_are_told_that_another_does(server):
    for _ in range(TIMES):
        with libws.connect(server.address + "/count?n=2000") as ws:
            ws.send("go")
            got = queue.SimpleQueue()

            def receive():
                while got.qsize() < 2000:
                    with contextlib.suppress(libws.BusyError, libws.TimeoutError):
                        got.put(ws.recv(timeout=0.01))

            together(receive, receive, receive)
            assert sorted(int(got.get()) for _ in range(2000)) == list(range(2000))


def test_threads_that_iterate_at_once_get_each_message_once_or_are_told_that_another_does(server):
    for _ in range(TIMES):
        with libws.connect(server.address + "/count?n=500") as ws:
            ws.send("go")
            got = queue.SimpleQueue()

            def iterate():
                while ws.close_code is None:
                    with contextlib.suppress(libws.BusyError):
                        for message in ws:
                            got.put(message)
                            if got.qsize() == 500:
                                ws.close(3000)

            together(iterate, iterate)
            assert sorted(int(got.get()) for _ in range(500)) == list(range(500))


def test_send_receive_ping_and_close_may_all_happen_at_once(url):
    for _ in range(TIMES):
        ws = libws.connect(url)
        answered = threading.Event()

        def until_the_end(call, times):
            with contextlib.suppress(libws.ConnectionClosed, libws.InvalidStateError):
                for _ in range(times):
                    call()

        def receive():
            ws.recv()
            answered.set()

        def close():
            assert answered.wait(PATIENCE)
            ws.close(3000, "enough", timeout=PATIENCE)

        together(
            lambda: until_the_end(receive, 1 << 30), lambda: until_the_end(lambda: ws.send("x" * 100), 200),
            lambda: until_the_end(lambda: ws.send(b"y" * 20_000), 50), lambda: until_the_end(lambda: ws.ping(b"p"), 50), close, close,
        )  # fmt: skip
        assert (ws.close_code, ws.was_clean, ws.state) == (3000, True, libws.CLOSED), ws.failure


def test_every_thread_is_told_the_same_end(server):
    for _ in range(TIMES):
        ws = libws.connect(server.address + "/close?code=4000&reason=x")
        ends = queue.SimpleQueue()

        def receive():
            while True:
                try:
                    ws.recv()
                except libws.BusyError:
                    continue
                except libws.ConnectionClosed as closed:
                    return ends.put((closed.code, closed.reason, closed.was_clean))

        def send():
            ws.send("go")
            while ws.state != libws.CLOSED:
                pass
            while True:
                try:
                    ws.send("too late")
                except libws.InvalidStateError:
                    continue  # the thread that takes the end is just telling it
                except libws.ConnectionClosed as closed:
                    return ends.put((closed.code, closed.reason, closed.was_clean))

        together(receive, receive, send)
        assert [ends.get() for _ in range(3)] == [(4000, "x", True)] * 3


def test_no_thread_is_told_an_end_that_is_not_in_its_place_yet(server, monkeypatch):
    note = libws.Connection._note_close

    def noted_while_another_thread_sends(ws, *event):
        with pytest.raises(libws.InvalidStateError):
            ws.send("before")
        note(ws, *event)
        with pytest.raises(libws.ConnectionClosed, match="4000"):
            ws.send("after")

    monkeypatch.setattr(libws.Connection, "_note_close", noted_while_another_thread_sends)
    ws = libws.connect(server.address + "/close?code=4000")
    ws.send("go")
    with pytest.raises(libws.ConnectionClosed, match="4000"):
        ws.recv()


def test_pings_of_several_threads_with_one_payload_are_each_answered(url):
    with libws.connect(url) as ws:

        def ping():
            for _ in range(20 * TIMES):
                assert 0 <= ws.ping(b"same", timeout=PATIENCE) < PATIENCE

        together(ping, ping, ping)


def test_a_connection_that_is_dropped_while_a_thread_waits_lives_until_it_is_told(server):
    ws = libws.connect(server.address + "/echo")
    gone = weakref.ref(ws)
    waiting = threading.Event()
    got = queue.SimpleQueue()

    def receive(ws):
        waiting.set()
        got.put(ws.recv(timeout=PATIENCE))

    thread = threading.Thread(target=receive, args=[ws])
    thread.start()
    assert waiting.wait(PATIENCE)
    ws.send("for the one that waits")
    del ws
    assert got.get(timeout=PATIENCE) == "for the one that waits"
    thread.join(PATIENCE)
    del thread
    gc.collect()
    assert gone() is None
    assert server.closed()[0] == 1005


def test_connections_are_made_used_and_dropped_in_many_threads(url):
    def work():
        for number in range(5 * TIMES):
            ws = libws.connect(url)
            ws.send(str(number))
            assert ws.recv(timeout=PATIENCE) == str(number)
            if number % 2:
                ws.close(1000, timeout=PATIENCE)

    together(*[work] * 4)


def test_asyncio_loops_of_many_threads_run_at_once(url):
    async def talk(number):
        async with libws.asyncio.connect(url) as ws:
            for i in range(50):
                await ws.send(f"{number}:{i}")
                assert await ws.recv() == f"{number}:{i}"

    async def main():
        await asyncio.wait_for(asyncio.gather(*map(talk, range(TIMES))), PATIENCE)

    together(*[lambda: asyncio.run(main())] * 4)


def test_any_thread_may_send_on_a_connection_of_asyncio(url):
    async def main():
        async with libws.asyncio.connect(url) as ws:

            def send(name):
                for number in range(100 * TIMES):
                    ws.send(f"{name}:{number}")

            senders = [asyncio.to_thread(send, name) for name in "abc"]
            receiving = [(await ws.recv()).split(":") async for _ in several(300 * TIMES, senders)]
            for name in "abc":
                assert [int(number) for sender, number in receiving if sender == name] == list(range(100 * TIMES))

    async def several(count, works):
        tasks = [asyncio.create_task(work) for work in works]
        for number in range(count):
            yield number
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


def test_sockets_of_asyncio_may_be_dropped_by_other_threads(url):
    async def main():
        for _ in range(TIMES):
            left = queue.SimpleQueue()
            for _ in range(10):
                left.put(await libws.asyncio.connect(url))
            dropping = asyncio.to_thread(together, *[lambda: [left.get() for _ in range(5)]] * 2)
            async with libws.asyncio.connect(url) as ws:  # the loop works meanwhile
                await asyncio.gather(dropping, echoes(ws))

    async def echoes(ws):
        for number in range(100):
            await ws.send(str(number))
            assert await ws.recv() == str(number)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


def test_a_loop_that_did_not_make_the_connection_is_refused(url):
    async def connect():
        return await libws.asyncio.connect(url)

    async def await_it(call):
        return await call()

    ws = asyncio.run(connect())
    gc.collect()
    for call in ws.recv, ws.ping, ws.close:
        with pytest.raises(libws.InvalidStateError, match="loop"):
            asyncio.run(await_it(call))

    async def elsewhere(ws):
        with pytest.raises(RuntimeError, match="different loop"):  # asyncio's own words
            await ws.recv()

    async def alive():
        ws = await connect()
        await asyncio.to_thread(lambda: asyncio.run(elsewhere(ws)))
        await ws.send("still usable")
        assert await ws.recv() == "still usable"

    asyncio.run(alive())
