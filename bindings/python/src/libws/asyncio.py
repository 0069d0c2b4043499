"""libws.asyncio.connect: connections in asyncio's own loop, without threads."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Generator, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _core, _header, _loop, _native
from ._errors import InvalidStateError
from ._shared import HIGH_WATER, RECEIVE_QUEUE, Pings, Shared

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self, Unpack

    from ._header import Options


class Connection(Shared, _core.Awaiting):
    """A connection made by libws.asyncio.connect. One task at a time receives."""

    def __init__(self, *_: object) -> None:
        self._waiting: list[asyncio.Future[None]] = []  # for the opening, the end, or less to be sent
        self._pings = Pings()

    def _event(self, kind: int, data: bytes, code: int, was_clean: int, rtt_us: int) -> None:
        if kind == _header.WS_EVENT_OPEN:
            self._opened = True
        elif kind == _header.WS_EVENT_CLOSE:
            self._note_close(data, code, was_clean)
        elif kind == _header.WS_EVENT_PONG:
            self._pings.pong(data, rtt_us / 1e6)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def _happens(self) -> None:
        """Waits for the opening, the end, a pong, or less to be sent."""
        aio = asyncio.get_running_loop()
        if self._loop._aio() is not aio:
            raise InvalidStateError("another event loop made this connection: use it in that loop")
        future = aio.create_future()
        self._waiting.append(future)
        await future

    async def _wait_open(self) -> None:
        while not self._opened:
            if self._ended:
                raise self._closed_error()
            await self._happens()

    async def _wait_drained(self) -> None:
        while not self._ended and self.buffered_amount > self._high:
            await self._happens()

    def _drained(self) -> Coroutine[Any, Any, None]:
        return self._wait_drained()

    async def ping(self, payload: bytes = b"") -> float:
        """Sends a ping and waits for its pong: the round trip in seconds."""
        trip: list[float] = []
        self._pings.add(payload, trip.append)
        self._send_ping(payload)
        while not trip:
            if self._ended:
                raise self._closed_error()
            await self._happens()
        return trip[0]

    async def stream(self) -> AsyncIterator[str | bytes]:
        """The parts of the next message as they arrive, with the option chunks=...; without it, the message."""
        yield await self.recv()
        while not self.final:
            yield await self.recv()

    async def send_stream(
        self, parts: Iterable[str | Buffer] | AsyncIterable[str | Buffer], *, text: bool = False, compress: bool = True
    ) -> None:
        """Sends one message in parts, of a length that need not be known. If `parts` raises, the connection is closed: the server
        must not take half of a message for the whole."""
        if _native.begin(self._ws, text, compress):
            self._discarded()
        try:
            if isinstance(parts, AsyncIterable):
                async for part in parts:
                    await self._append(part)
            else:
                for part in parts:
                    await self._append(part)
        except BaseException:
            self._start_close(None, None)
            raise
        _native.check(_native.lib.ws_message_end(self._ws))

    async def _append(self, part: str | Buffer) -> None:
        if _native.append(self._ws, part):
            self._discarded()
        if self.buffered_amount > self._high:
            await self._wait_drained()

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Closes the connection and waits for its end; nothing happens if it is closed. What was sent goes out first."""
        self._start_close(code, reason)
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Waits for the end."""
        while not self._ended:
            await self._happens()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self.close(1000)


class connect:
    """Connects: `await connect(url)` or `async with connect(url) as ws:`; ConnectionRefused if the connection is not made.

    protocols: subprotocols to ask for. headers: more headers for the request. high_water: when so many bytes wait to be sent,
    awaiting send() waits. options: see libws.Options; receive_queue is how much may wait for recv() before the network is not read.
    """

    def __init__(
        self,
        url: str,
        *,
        protocols: str | Iterable[str] = (),
        headers: _native.Headers = (),
        high_water: int = HIGH_WATER,
        **options: Unpack[Options],
    ) -> None:
        self._url, self._protocols, self._headers, self._high_water, self._options = url, protocols, headers, high_water, options

    async def _open(self) -> Connection:
        loop = _loop.current()
        key = next(loop.keys)
        options: Options = {"low_water": self._high_water // 4, **self._options}
        handle = _native.connect(self._url, self._protocols, self._headers, options, loop._handle, key)
        connection = Connection(handle, self._high_water, options.get("receive_queue", RECEIVE_QUEUE), loop, key)
        await connection._wait_open()
        return connection

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._open().__await__()

    async def __aenter__(self) -> Connection:
        self._connection = await self._open()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._connection.close(1000)


__all__ = ["Connection", "connect"]
