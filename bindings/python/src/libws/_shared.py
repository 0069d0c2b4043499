"""What every kind of connection has: attributes, and how it ends."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from . import _core, _native
from ._errors import ConnectionClosed, ConnectionRefused, InvalidStateError
from ._header import Failure, Stats
from ._native import ffi, lib

HIGH_WATER = 1 << 20
RECEIVE_QUEUE = 1 << 20
CLEAN_CODES = 1000, 1001, 1005
STATES = "CONNECTING", "OPEN", "CLOSING", "CLOSED"
NAMES = {"libws._blocking": "libws", "libws._browser": "libws"}


class Pings:
    """Those that wait for their pong. A server may answer the latest of several only: its pong is that of those before it, too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[bytes, float, Callable[[float], object]]] = []

    def add(self, payload: bytes, done: Callable[[float], object]) -> None:
        with self._lock:
            self._waiting.append((payload, time.monotonic(), done))

    def pong(self, payload: bytes, seconds: float) -> None:
        """Calls `done` with the round trip."""
        with self._lock:
            at = next((at for at, (sent, _, _) in enumerate(self._waiting) if sent == payload), -1)
            answered, self._waiting = self._waiting[: at + 1], self._waiting[at + 1 :]
        for _, since, done in answered[:-1]:
            done(time.monotonic() - since)
        for _, _, done in answered[-1:]:
            done(seconds)


class Shared(_core.Socket):
    """A WebSocket connection."""

    _opened = False
    _closed_here = False
    _close_event: tuple[int, str, bool] | None = None

    @property
    def _ws(self) -> Any:
        return ffi.cast("ws_socket *", self._handle)

    @property
    def url(self) -> str:
        """The URL as the standard serialises it."""
        return _native.text_of(lib.ws_url(self._ws))

    @property
    def subprotocol(self) -> str:
        """The subprotocol that the server chose; "" if none."""
        return _native.text_of(lib.ws_protocol(self._ws))

    @property
    def extensions(self) -> str:
        """The extensions that were agreed on, such as "permessage-deflate"."""
        return _native.text_of(lib.ws_extensions(self._ws))

    @property
    def state(self) -> int:
        """The standard's readyState: CONNECTING, OPEN, CLOSING, CLOSED (0 to 3)."""
        return _native.check(lib.ws_ready_state(self._ws))

    @property
    def response_headers(self) -> list[tuple[str, str]]:
        """The headers of the server's response, as it sent them: names and values."""
        return _native.response_headers(self._ws)

    @property
    def buffered_amount(self) -> int:
        """Bytes of messages that were sent and are not yet given to the operating system."""
        return int(lib.ws_buffered_amount(self._ws))

    @property
    def stats(self) -> Stats:
        """What the connection has done so far."""
        return _native.stats(self._ws)

    @property
    def failure(self) -> Failure:
        """Why the connection was refused, failed or lost."""
        return _native.failure(self._ws)

    @property
    def close_code(self) -> int | None:
        """The code of the close event; None before it."""
        return self._close_event[0] if self._close_event else None

    @property
    def close_reason(self) -> str | None:
        """The reason of the close event; None before it."""
        return self._close_event[1] if self._close_event else None

    @property
    def was_clean(self) -> bool | None:
        """Whether the closing handshake was completed; None before the close event."""
        return self._close_event[2] if self._close_event else None

    def __repr__(self) -> str:
        state = lib.ws_ready_state(self._ws)
        words = STATES[state] if state >= 0 else "of another process"
        if self._close_event:
            words += " {} {!r}".format(*self._close_event)
        return f"<{NAMES.get(type(self).__module__, type(self).__module__)}.{type(self).__qualname__} {self.url} {words}>"

    def pause(self) -> None:
        """Stops reading from the network, so that the server is slowed down in the end."""
        _native.check(lib.ws_pause(self._ws))

    def resume(self) -> None:
        """Starts reading from the network again."""
        _native.check(lib.ws_resume(self._ws))

    def _start_close(self, code: int | None, reason: str | None) -> None:
        before, self._closed_here = self._closed_here, True  # first: another thread may take the end at once
        try:
            _native.close(self._ws, code, reason)
        except BaseException:
            self._closed_here = before
            raise
        self._forget()

    def _send_ping(self, payload: bytes) -> None:
        if _native.check(lib.ws_ping(self._ws, payload, len(payload))):
            self._discarded()

    def _note_close(self, data: bytes, code: int, was_clean: int) -> None:
        self._close_event = code, data.decode("utf-8", "replace"), bool(was_clean)

    # Called by the C side, and by the classes that wait.

    def _closed_error(self) -> ConnectionClosed | ConnectionRefused:
        """The exception of a connection that is over."""
        if not self._opened:
            return ConnectionRefused(self.failure)
        code, reason, was_clean = self._close_event or (1006, "", False)
        return ConnectionClosed(code, reason, was_clean, self.failure)

    def _ended_in_recv(self) -> None:
        raise self._closed_error()

    def _ended_in_iteration(self) -> None:
        """It just ends if the end is clean: asked for here, or by the server with one of the codes that mean no error."""
        code, _, was_clean = self._close_event or (1006, "", False)
        if not (was_clean and (self._closed_here or code in CLEAN_CODES)):
            raise self._closed_error()

    def _discarded(self) -> None:
        if self._close_event:
            raise self._closed_error()
        raise InvalidStateError("the connection is closing: this is not sent")
