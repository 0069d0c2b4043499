"""libws.asyncio.connect: connections in asyncio's own loop."""
import asyncio
import contextvars
import functools
import random
import select
import socket
import threading

import libws
import pytest
from libws import _loop

from conftest import PATIENCE


def in_asyncio(test):
    @functools.wraps(test)
    def run(*args, **kwargs):
        async def main():
            await asyncio.wait_for(test(*args, **kwargs), PATIENCE)

        asyncio.run(main())

    return run


def run_until_there_is_a_message(ws):
    """Runs the library's loop without asyncio's: no coroutine goes on meanwhile."""
    received = ws.stats.messages_received
    loop = _loop.current()
    while ws.stats.messages_received == received:
        assert select.select([loop.fileno()], [], [], PATIENCE)[0]
        loop.run(False)


@pytest.mark.parametrize("message", ["", "ünï\U0001f600code", b"", b"\x00\xff", "x" * 100_000, b"y" * 3_000_000])
@in_asyncio
async def test_a_message_comes_back_as_it_was_sent(url, message):
    async with libws.asyncio.connect(url) as ws:
        await ws.send(message)
        assert await ws.recv() == message


@in_asyncio
async def test_connect_can_be_awaited_and_the_connection_is_a_context_manager(server, url):
    ws = await libws.asyncio.connect(url, protocols="chat")
    assert (ws.state, ws.subprotocol) == (libws.OPEN, "chat")
    async with ws:
        await ws.send(bytearray(b"x"))
        assert await ws.recv() == b"x"
    assert (ws.state, ws.close_code, ws.was_clean) == (libws.CLOSED, 1000, True)
    assert await asyncio.to_thread(server.closed) == (1000, "")


@in_asyncio
async def test_iteration_ends_with_a_clean_close(server):
    async with libws.asyncio.connect(server.address + "/count?n=2000") as ws:
        await ws.send("go")
        got = []
        async for message in ws:
            got.append(message)
            if len(got) == 2000:
                closing = asyncio.create_task(ws.close(3000, "enough"))
    await closing
    assert got == [str(number) for number in range(2000)]
    assert await asyncio.to_thread(server.closed) == (3000, "enough")


@in_asyncio
async def test_iteration_raises_at_a_close_that_is_an_error(server):
    async with libws.asyncio.connect(server.address + "/close?code=1011&reason=oops") as ws:
        await ws.send("go")
        with pytest.raises(libws.ConnectionClosed) as closed:
            async for _ in ws:
                pass
        assert (closed.value.code, closed.value.reason, closed.value.was_clean) == (1011, "oops", True)
        with pytest.raises(libws.ConnectionClosed):
            await ws.send("too late")
        with pytest.raises(libws.ConnectionClosed):
            await ws.recv()


@in_asyncio
async def test_a_refused_handshake_tells_the_servers_answer(server):
    with pytest.raises(libws.ConnectionRefused) as refused:
        async with libws.asyncio.connect(server.address + "/refuse?status=403"):
            pass
    assert (refused.value.http_status, refused.value.body) == (403, b"not here\n")


@in_asyncio
async def test_a_task_that_waits_is_told_of_the_end(server):
    ws = await libws.asyncio.connect(server.address + "/echo")
    receiving = asyncio.create_task(ws.recv())
    await asyncio.sleep(0)
    await ws.close(1000)
    with pytest.raises(libws.ConnectionClosed):
        await receiving


@in_asyncio
async def test_a_second_task_that_receives_is_refused(url):
    async with libws.asyncio.connect(url) as ws:
        first = asyncio.create_task(ws.recv())
        await asyncio.sleep(0)
        with pytest.raises(libws.BusyError):
            await ws.recv()
        await ws.send("for the first")
        assert await first == "for the first"


@in_asyncio
async def test_a_recv_cancelled_while_it_waits_loses_nothing(url):
    async with libws.asyncio.connect(url) as ws:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(ws.recv(), 0.001)
        await ws.send("still there")
        assert await ws.recv() == "still there"


@in_asyncio
async def test_a_recv_cancelled_after_its_message_came_loses_nothing(url):
    async with libws.asyncio.connect(url) as ws:
        receiving = asyncio.create_task(ws.recv())
        await asyncio.sleep(0)
        await ws.send("kept")  # does not wait, so no other task runs
        run_until_there_is_a_message(ws)  # the task is to run next, and has been told to
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert await ws.recv() == "kept"


@in_asyncio
async def test_cancellations_at_any_moment_lose_nothing(url):
    chance = random.Random(6)
    got = []
    async with libws.asyncio.connect(url) as ws:
        for number in range(500):
            await ws.send(str(number))
            receiving = asyncio.create_task(ws.recv())
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)
            receiving.cancel()
            try:
                got.append(await receiving)
            except asyncio.CancelledError:
                pass
        while len(got) < 500:
            got.append(await ws.recv())
    assert got == [str(number) for number in range(500)]


@in_asyncio
async def test_a_connect_that_is_cancelled_leaves_nothing_behind():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connecting = asyncio.create_task(libws.asyncio.connect("ws://127.0.0.1:%d/" % listener.getsockname()[1])._open())
        accepted, _ = await asyncio.to_thread(listener.accept)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        del connecting
        with accepted:
            accepted.setblocking(False)
            while await asyncio.get_running_loop().sock_recv(accepted, 4096):
                pass  # the request; then the end


@in_asyncio
async def test_a_ping_tells_the_round_trip_while_a_task_receives(url):
    async with libws.asyncio.connect(url) as ws:
        receiving = asyncio.create_task(ws.recv())
        trips = await asyncio.gather(ws.ping(b"a"), ws.ping(b"b"), ws.ping(b"a"))
        assert all(0 < trip < PATIENCE for trip in trips)
        await ws.send("x")
        assert await receiving == "x"


@in_asyncio
async def test_a_ping_ends_with_the_connection(server):
    ws = await libws.asyncio.connect(server.address + "/hold", close_timeout=0.01)
    pinging = asyncio.create_task(ws.ping())
    await asyncio.sleep(0)
    await ws.close(1000)
    with pytest.raises(libws.ConnectionClosed):
        await pinging


@in_asyncio
async def test_awaiting_send_waits_when_the_server_takes_nothing(server):
    ws = await libws.asyncio.connect(server.address + "/hold", deflate=False, close_timeout=0.01)
    sent = 0

    async def flood():
        nonlocal sent
        while True:
            await ws.send(bytes(1 << 16))
            sent += 1

    flooding = asyncio.create_task(flood())
    while ws.buffered_amount <= 1 << 20:
        await asyncio.sleep(0)
    before = sent
    for _ in range(100):
        await asyncio.sleep(0)
    assert sent == before and ws.buffered_amount < 2 << 20
    await ws.close(1000)
    with pytest.raises(libws.Error):
        await flooding


@in_asyncio
async def test_awaiting_send_goes_on_when_there_is_room_again(url):
    async with libws.asyncio.connect(url, deflate=False, high_water=1 << 18) as ws:

        async def send():
            for _ in range(200):
                await ws.send(bytes(1 << 16))

        sending = asyncio.create_task(send())
        for _ in range(200):
            assert len(await ws.recv()) == 1 << 16
        await sending


@in_asyncio
async def test_the_network_is_not_read_while_the_program_takes_nothing(server):
    async with libws.asyncio.connect(server.address + "/count?n=20000", receive_queue=4096, deflate=False) as ws:
        await ws.send("go")
        for number in range(20000):
            while number == 100 and not ws._paused:
                await asyncio.sleep(0)
            assert await ws.recv() == str(number)
        assert not ws._paused


@in_asyncio
async def test_many_connections_in_one_loop_do_not_mix(url):
    async def talk(number):
        async with libws.asyncio.connect(url) as ws:
            for i in range(50):
                await ws.send(f"{number}:{i}")
            assert [await ws.recv() for _ in range(50)] == [f"{number}:{i}" for i in range(50)]

    await asyncio.gather(*map(talk, range(30)))


def test_loops_of_several_threads_do_not_know_of_each_other(url):
    async def talk(text):
        async with libws.asyncio.connect(url) as ws:
            for _ in range(100):
                await ws.send(text)
                assert await ws.recv() == text

    failed = []

    def run(text):
        try:
            asyncio.run(talk(text))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=[str(n)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failed


@in_asyncio
async def test_timers_of_the_library_run_in_asyncio(server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(libws.ConnectionRefused):
            await libws.asyncio.connect("ws://127.0.0.1:%d/" % listener.getsockname()[1], handshake_timeout=0.05)
    ws = await libws.asyncio.connect(server.address + "/hold", ping_interval=0.01, ping_timeout=0.05)
    with pytest.raises(libws.ConnectionClosed) as closed:
        await ws.recv()
    assert closed.value.code == 1006 and closed.value.failure.text


@in_asyncio
async def test_what_recv_returns_behaves_as_a_coroutine(url):
    async with libws.asyncio.connect(url) as ws:
        await asyncio.gather(asyncio.create_task(ws.send("a")), asyncio.create_task(ws.send("b")))
        first = ws.recv()
        assert asyncio.iscoroutine(first)
        first.close()
        assert await asyncio.wait_for(ws.recv(), PATIENCE) == "a"
        assert await asyncio.shield(asyncio.ensure_future(ws.recv())) == "b"


@in_asyncio
async def test_a_task_that_receives_shows_so(url):
    async with libws.asyncio.connect(url) as ws:
        receiving = asyncio.create_task(ws.recv())
        await asyncio.sleep(0)
        assert "Connection.recv()" in repr(receiving) and repr(ws) == f"<libws.asyncio.Connection {url} OPEN>"
        await ws.send("x")
        await receiving


def test_an_interrupt_raised_by_a_task_that_received_ends_the_program_as_ever(url):
    async def receive(ws):
        await ws.recv()
        raise KeyboardInterrupt

    async def main():
        async with libws.asyncio.connect(url) as ws:
            receiving = asyncio.create_task(receive(ws))
            await ws.send("x")
            await receiving

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


@in_asyncio
async def test_a_task_that_received_runs_in_its_own_context(url):
    number = contextvars.ContextVar("number", default=0)

    async def receive(ws, own):
        number.set(own)
        for _ in range(20):
            await ws.send(str(own))
            assert await ws.recv() == str(own)
            assert number.get() == own and asyncio.current_task().get_name() == str(own)

    async def talk(own):
        async with libws.asyncio.connect(url) as ws:
            await asyncio.create_task(receive(ws, own), name=str(own))

    await asyncio.gather(*map(talk, range(5)))
    assert number.get() == 0
