"""The clients that are compared, each a class: how it connects, receives N messages, sends N messages, and exchanges N.

    clients.py CLIENT WORKLOAD PORT SIZE N      prints one line of JSON: n, wall, cpu (seconds; of all threads, kernel included)
    clients.py CLIENT version

in: the server sends N messages. out: the client sends N and waits until the server has counted them. echo: N round trips. Payloads are
binary; every client hands out bytes, without compression, and waits when the network takes no more.
"""
from __future__ import annotations

import asyncio
import importlib.metadata
import json
import sys
import time


class Measured:
    """Times what is between start and finish."""

    def __init__(self, workload, port, size, n):
        self.size, self.n = size, n
        targets = {"in": f"/source?size={size}&count={n}&text=0", "out": f"/sink?count={n}", "echo": "/echo"}
        self.url = f"ws://127.0.0.1:{port}{targets[workload]}"
        self.payload = bytes(i * 131 & 255 for i in range(size))

    def start(self):
        self.wall, self.cpu = time.monotonic(), time.process_time()

    def finish(self, answer=None):
        wall, cpu = time.monotonic() - self.wall, time.process_time() - self.cpu
        if answer is not None and answer != f"done:{self.size * self.n}":
            sys.exit(f"the server did not get every byte: {answer!r}")
        print(json.dumps({"n": self.n, "wall": wall, "cpu": cpu}))


def same(message, size):
    if len(message) != size:
        sys.exit(f"a message of {len(message)} bytes and not {size}")


class Blocking:
    """Clients whose calls wait: connect, and a socket with send, recv, close."""

    def run(self, workload, m):
        ws = self.connect(m.url)
        getattr(self, workload)(ws, m)
        ws.close()


class LibwsSync(Blocking):
    package = "libws"

    def connect(self, url):
        import libws
        return libws.connect(url, deflate=False)

    def receive(self, ws, m):
        m.start()
        ws.send("go")
        size, left = m.size, m.n
        for message in ws:
            if len(message) != size:
                same(message, size)
            left -= 1
            if not left:
                break
        m.finish()

    def transmit(self, ws, m):
        m.start()
        send, payload = ws.send, m.payload
        for _ in range(m.n):
            send(payload)
        m.finish(ws.recv())

    def echo(self, ws, m):
        m.start()
        for _ in range(m.n):
            ws.send(m.payload)
            same(ws.recv(), m.size)
        m.finish()


class WebsocketsSync(LibwsSync):
    package = "websockets"

    def connect(self, url):
        import websockets.sync.client
        return websockets.sync.client.connect(url, compression=None, max_size=None)


class WebsocketClient(LibwsSync):
    package = "websocket-client"

    def connect(self, url):
        import websocket
        return websocket.create_connection(url, skip_utf8_validation=True)

    def receive(self, ws, m):
        m.start()
        ws.send("go")
        for _ in range(m.n):
            same(ws.recv(), m.size)
        m.finish()

    def transmit(self, ws, m):
        m.start()
        for _ in range(m.n):
            ws.send_binary(m.payload)
        m.finish(ws.recv())

    def echo(self, ws, m):
        m.start()
        for _ in range(m.n):
            ws.send_binary(m.payload)
            same(ws.recv(), m.size)
        m.finish()


class Async:
    """Clients in asyncio: a connection with await send, await recv, async for."""

    def run(self, workload, m):
        asyncio.run(self.main(workload, m))

    async def main(self, workload, m):
        async with self.connect(m.url) as ws:
            await getattr(self, workload)(ws, m)

    async def receive(self, ws, m):
        m.start()
        await ws.send("go")
        size, left = m.size, m.n
        async for message in ws:
            if len(message) != size:
                same(message, size)
            left -= 1
            if not left:
                break
        m.finish()

    async def transmit(self, ws, m):
        m.start()
        send, payload = ws.send, m.payload
        for _ in range(m.n):
            await send(payload)
        m.finish(await ws.recv())

    async def echo(self, ws, m):
        m.start()
        for _ in range(m.n):
            await ws.send(m.payload)
            same(await ws.recv(), m.size)
        m.finish()


class LibwsAsyncio(Async):
    package = "libws"

    def connect(self, url):
        import libws
        return libws.asyncio.connect(url, deflate=False)


class WebsocketsAsyncio(Async):
    package = "websockets"

    def connect(self, url):
        import websockets.asyncio.client
        return websockets.asyncio.client.connect(url, compression=None, max_size=None)


class Aiohttp(Async):
    package = "aiohttp"

    async def main(self, workload, m):
        import aiohttp
        async with aiohttp.ClientSession() as session, session.ws_connect(m.url, max_msg_size=0) as ws:
            await getattr(self, workload)(ws, m)

    async def receive(self, ws, m):
        m.start()
        await ws.send_str("go")
        left = m.n
        async for message in ws:
            same(message.data, m.size)
            left -= 1
            if not left:
                break
        m.finish()

    async def transmit(self, ws, m):
        m.start()
        for _ in range(m.n):
            await ws.send_bytes(m.payload)
        m.finish((await ws.receive()).data)

    async def echo(self, ws, m):
        m.start()
        for _ in range(m.n):
            await ws.send_bytes(m.payload)
            same((await ws.receive()).data, m.size)
        m.finish()


class LibwsBrowser:
    """libws.WebSocket: a call for each message."""

    package = "libws"

    def run(self, workload, m):
        asyncio.run(getattr(self, workload)(m))

    async def opened(self, m):
        import libws
        ws = libws.WebSocket(m.url, deflate=False)
        self.ended = asyncio.get_running_loop().create_future()
        opening = asyncio.get_running_loop().create_future()
        ws.onopen = opening.set_result
        await opening
        return ws

    async def receive(self, m):
        ws = await self.opened(m)
        left = m.n

        def onmessage(event):
            nonlocal left
            same(event.data, m.size)
            left -= 1
            if not left:
                self.ended.set_result(None)

        ws.onmessage = onmessage
        m.start()
        ws.send("go")
        await self.ended
        m.finish()
        ws.close()

    async def transmit(self, m):
        ws = await self.opened(m)
        ws.onmessage = lambda event: self.ended.set_result(event.data)
        m.start()
        for i in range(m.n):
            ws.send(m.payload)
            while ws.bufferedAmount > 1 << 20:  # a browser's script would poll, too
                await asyncio.sleep(0)
        m.finish(await self.ended)
        ws.close()

    async def echo(self, m):
        ws = await self.opened(m)
        left = m.n

        def onmessage(event):
            nonlocal left
            same(event.data, m.size)
            left -= 1
            if left:
                ws.send(m.payload)
            else:
                self.ended.set_result(None)

        ws.onmessage = onmessage
        m.start()
        ws.send(m.payload)
        await self.ended
        m.finish()
        ws.close()


class Picows:
    """Callbacks with frames; bytes are made of each, as the others do."""

    package = "picows"

    def run(self, workload, m):
        asyncio.run(self.main(workload, m))

    async def main(self, workload, m):
        import picows
        loop = asyncio.get_running_loop()
        ended, can_write = loop.create_future(), asyncio.Event()
        can_write.set()
        left = m.n

        class Listener(picows.WSListener):
            def on_ws_frame(self, transport, frame):
                nonlocal left
                if workload == "transmit":
                    ended.set_result(frame.get_payload_as_utf8_text())
                    return
                same(frame.get_payload_as_bytes(), m.size)
                left -= 1
                if not left:
                    ended.set_result(None)
                elif workload == "echo":
                    transport.send(picows.WSMsgType.BINARY, m.payload)

            def pause_writing(self):
                can_write.clear()

            def resume_writing(self):
                can_write.set()

        transport, _ = await picows.ws_connect(Listener, m.url)
        m.start()
        if workload == "receive":
            transport.send(picows.WSMsgType.TEXT, b"go")
        elif workload == "echo":
            transport.send(picows.WSMsgType.BINARY, m.payload)
        else:
            for _ in range(m.n):
                transport.send(picows.WSMsgType.BINARY, m.payload)
                if not can_write.is_set():
                    await can_write.wait()
        m.finish(await ended)
        transport.disconnect()


CLIENTS = {
    "libws": LibwsSync, "websockets": WebsocketsSync, "websocket-client": WebsocketClient,
    "libws.asyncio": LibwsAsyncio, "libws.WebSocket": LibwsBrowser, "picows": Picows, "aiohttp": Aiohttp,
    "websockets.asyncio": WebsocketsAsyncio,
}  # fmt: skip
METHODS = {"in": "receive", "out": "transmit", "echo": "echo"}


def main():
    client = CLIENTS[sys.argv[1]]()
    if sys.argv[2] == "version":
        print(importlib.metadata.version(client.package))
        return
    workload, port, size, n = sys.argv[2], *map(int, sys.argv[3:6])
    client.run(METHODS[workload], Measured(workload, port, size, n))


if __name__ == "__main__":
    main()
