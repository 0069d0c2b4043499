"""libws.connect: a connection whose calls wait. Its I/O runs on the library's own thread, so pings are answered whatever Python does."""
from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from . import _core, _header, _native
from ._native import lib
from ._shared import HIGH_WATER, Shared

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self, Unpack

    from ._header import Options


class Connection(Shared, _core.Blocking):
    """A connection made by libws.connect. Any thread may send and close; one at a time receives."""

    _pong: tuple[bytes, float] | None = None

    def _event(self, kind: int, data: bytes, code: int, was_clean: int, rtt_us: int) -> None:
        if kind == _header.WS_EVENT_OPEN:
            self._opened = True
        elif kind == _header.WS_EVENT_PONG:
            self._pong = data, rtt_us / 1e6
        elif kind == _header.WS_EVENT_CLOSE:
            self._note_close(data, code, was_clean)

    def ping(self, payload: bytes = b"", timeout: float | None = None) -> float:
        """Sends a ping and waits for its pong: the round trip in seconds. Messages that come meanwhile wait for recv()."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self._pong = None
        self._send_ping(payload)
        while self._pong is None or self._pong[0] != payload:
            if not self._pump(_left(deadline)):
                raise self._closed_error()
        return self._pong[1]

    def stream(self) -> Iterator[str | bytes]:
        """The parts of the next message as they arrive, with the option chunks=...; without it, the message."""
        yield self.recv()
        while not self.final:
            yield self.recv()

    def send_stream(self, parts: Iterable[str | Buffer], *, text: bool = False, compress: bool = True) -> None:
        """Sends one message in parts, of a length that need not be known. If `parts` raises, the connection is closed: the server
        must not take half of a message for the whole."""
        if _native.begin(self._ws, text, compress):
            self._discarded()
        try:
            for part in parts:
                if _native.append(self._ws, part):
                    self._discarded()
                if self.buffered_amount > self._high:
                    self.flush()
        except BaseException:
            self._start_close(None, None)
            raise
        _native.check(lib.ws_message_end(self._ws))

    def close(self, code: int | None = None, reason: str | None = None, timeout: float | None = None) -> None:
        """Closes the connection and waits for its end; nothing happens if it is closed. What was sent goes out first."""
        self._start_close(code, reason)
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._pump(_left(deadline)):
            self._forget()

    def _wait_open(self) -> None:
        while not self._opened:
            if not self._pump():
                raise self._closed_error()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if kind is None:
            self.close(1000)
        else:  # the library finishes the closing; the program has other things to do
            self._start_close(1000, None)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def connect(
    url: str,
    *,
    protocols: str | Iterable[str] = (),
    headers: _native.Headers = (),
    high_water: int = HIGH_WATER,
    **options: Unpack[Options],
) -> Connection:
    """Connects, and returns the open connection; ConnectionRefused if it is not made.

    protocols: subprotocols to ask for. headers: more headers for the request. high_water: when so many bytes wait to be sent, send()
    waits. options: see libws.Options.
    """
    connection = Connection(_native.connect(url, protocols, headers, options), high_water, 0)
    connection._wait_open()
    return connection


__all__ = ["Connection", "connect"]
