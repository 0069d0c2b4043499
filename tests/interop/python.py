"""An echo server with Python's websockets, which compresses: python.py PORT [CERTIFICATE KEY], or python.py version."""
import asyncio
import http
import platform
import ssl
import sys

import websockets
from websockets.asyncio.server import serve


async def echo(socket):
    async for message in socket:
        if socket.request.path == "/fragments":
            await socket.send([message[at:at + 1000] for at in range(0, len(message), 1000)] or message)
        else:
            await socket.send(message)
        if socket.request.path.startswith("/close?"):
            await socket.close(4001, "bye")


def refuse(connection, request):
    if request.path == "/status/404":
        return connection.respond(http.HTTPStatus.NOT_FOUND, "refused with 404\n")
    return None


async def main(port, certificate=None, key=None):
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    async with serve(echo, "127.0.0.1", int(port), ssl=tls, process_request=refuse, subprotocols=["chat.v2"], max_size=None) as server:
        await server.serve_forever()


if sys.argv[1:] == ["version"]:
    print(f"Python {platform.python_version()}, websockets {websockets.__version__}, {ssl.OPENSSL_VERSION}")
else:
    asyncio.run(main(*sys.argv[1:]))
