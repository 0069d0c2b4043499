"""The server of the tests: Python's `websockets` on a thread of its own, on a free port of 127.0.0.1. The path says what it does; each
test has a folder of its own before it, so that ends of connections of other tests are not mistaken for its own.

/echo gives every message back. /close?code=C&reason=R closes when it gets a message. /count?n=N sends "0" to "N-1" after a message.
/hold takes nothing. /drop ends the TCP connection when it gets a message. /bad-text sends a text message that is not UTF-8.
/headers sends the request's headers as JSON. /refuse?status=S answers the handshake with that status, a header X-Why and a body.
"""
import asyncio
import collections
import itertools
import json
import queue
import shutil
import ssl
import subprocess
import threading
import urllib.parse

import pytest
import websockets
from websockets.asyncio.server import serve

PATIENCE = 30  # seconds until a test that hangs is ended
numbers = itertools.count()


class Server:
    def __init__(self, tls=None):
        self.tls = tls
        self.closes = collections.defaultdict(queue.Queue)  # by folder: code and reason of each connection, as the server saw its end
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.main(ready)), daemon=True).start()
        ready.wait(PATIENCE)

    async def main(self, ready):
        self.loop = asyncio.get_running_loop()
        options = {"process_request": self.answer, "select_subprotocol": lambda _, offered: "chat" if "chat" in offered else None}
        async with serve(self.handle, "127.0.0.1", 0, ssl=self.tls, max_size=None, ping_interval=None, **options) as server:
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await asyncio.Future()

    @staticmethod
    def query(path):
        target = urllib.parse.urlsplit(path)
        _, folder, path = target.path.split("/")
        return folder, path, {name: values[0] for name, values in urllib.parse.parse_qs(target.query).items()}

    def answer(self, connection, request):
        _, path, asked = self.query(request.path)
        if path == "refuse":
            response = connection.respond(int(asked["status"]), "not here\n")
            response.headers["X-Why"] = "because"
            return response
        return None

    async def handle(self, ws):
        folder, path, asked = self.query(ws.request.path)
        try:
            await getattr(self, path.replace("-", "_"))(ws, asked)
            await ws.wait_closed()
        except websockets.ConnectionClosed:
            pass
        finally:
            self.closes[folder].put((ws.close_code, ws.close_reason))

    async def echo(self, ws, asked):
        async for message in ws:
            await ws.send(message)

    async def close(self, ws, asked):
        await ws.recv()
        await ws.close(int(asked["code"]), asked.get("reason", ""))

    async def count(self, ws, asked):
        await ws.recv()
        for number in range(int(asked["n"])):
            await ws.send(str(number))

    async def hold(self, ws, asked):
        ws.transport.pause_reading()
        await ws.wait_closed()

    async def drop(self, ws, asked):
        await ws.recv()
        ws.transport.abort()

    async def bad_text(self, ws, asked):
        await ws.send(b"\xff", text=True)

    async def headers(self, ws, asked):
        await ws.send(json.dumps(dict(ws.request.headers.raw_items())))


class Folder:
    """A test's part of the server."""

    def __init__(self, server, name):
        self.port, self.address, self.closes = server.port, f"ws://127.0.0.1:{server.port}/{name}", server.closes[name]

    def closed(self):
        """The code and the reason with which a connection of this test has ended, for the server."""
        return self.closes.get(timeout=PATIENCE)


@pytest.fixture(scope="session")
def whole_server():
    return Server()


@pytest.fixture
def server(whole_server):
    return Folder(whole_server, str(next(numbers)))


@pytest.fixture
def url(server):
    return server.address + "/echo"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The files of a certificate for 127.0.0.1, made with openssl, and of its key."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    settings = folder / "openssl.cnf"
    settings.write_text(
        "[req]\nprompt=no\ndistinguished_name=name\nx509_extensions=use\n[name]\nCN=test\n"
        "[use]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
    )
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -config"
    subprocess.run([*command.split(), settings, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


@pytest.fixture(scope="session")
def tls_url(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    return f"wss://127.0.0.1:{Server(tls).port}/tls/echo"
