"""libws.connect: a connection whose calls wait. Its I/O runs on the library's own thread, so pings are answered whatever Python does."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from . import _core, _header, _native
from ._errors import BusyError, TimeoutError
from ._native import lib
from ._shared import HIGH_WATER, Pings, Shared

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self, Unpack

    from ._header import Options

MOMENT = 0.02  # seconds; a pong or the end that another thread takes is told at once


class Connection(Shared, _core.Blocking):
    """A connection made by libws.connect. Any thread may send and close; one at a time receives."""

    def __init__(self, *_: object) -> None:
        self._told = threading.Event()  # that another thread, which receives, has taken a pong or the end
        self._pings = Pings()

    def _event(self, kind: int, data: bytes, code: int, was_clean: int, rtt_us: int) -> None:
        if kind == _header.WS_EVENT_OPEN:
            self._opened = True
        elif kind == _header.WS_EVENT_PONG:
            self._pings.pong(data, rtt_us / 1e6)
            self._told.set()
        elif kind == _header.WS_EVENT_CLOSE:
            self._note_close(data, code, was_clean)
            self._told.set()

    def _step(self, deadline: float | None) -> bool:
        """Takes an event, or waits a moment for the thread that takes them. False: the end."""
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            return self._pump(left)
        except BusyError:
            if left == 0:
                raise TimeoutError("the call's time is over") from None
            self._told.wait(MOMENT if left is None else min(left, MOMENT))
            self._told.clear()
            return self._close_event is None

    def ping(self, payload: bytes = b"", timeout: float | None = None) -> float:
        """Sends a ping and waits for its pong: the round trip in seconds. Messages that come meanwhile wait for recv()."""
        deadline = None if timeout is None else time.monotonic() + timeout
        trip: list[float] = []
        self._pings.add(payload, trip.append)
        self._send_ping(payload)
        while not trip:
            if not self._step(deadline) and not trip:
                raise self._closed_error()
        return trip[0]

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
        while self._step(deadline):
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
