"""The browser's WebSocket, method by method, for asyncio: events are dispatched on the loop that was running when it was made."""
from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import _core, _header, _loop, _native
from ._shared import RECEIVE_QUEUE, Shared

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._header import Failure, Options

BINARY_TYPES: dict[str, Callable[[bytes], object] | None] = {"bytes": None, "bytearray": bytearray, "memoryview": memoryview}


@dataclasses.dataclass(slots=True)
class Event:
    """The open event; of the others, what they have in common."""

    type: ClassVar[str] = "open"
    target: WebSocket


@dataclasses.dataclass(slots=True)
class MessageEvent(Event):
    """A message. `data` is a str, or what binaryType says."""

    type: ClassVar[str] = "message"
    data: Any


@dataclasses.dataclass(slots=True)
class ErrorEvent(Event):
    """The connection was failed. `message` and `failure` say why, which a browser hides from scripts."""

    type: ClassVar[str] = "error"
    message: str
    failure: Failure


@dataclasses.dataclass(slots=True)
class CloseEvent(Event):
    """The end, always the last event."""

    type: ClassVar[str] = "close"
    code: int
    reason: str
    wasClean: bool


Listener = Callable[[Any], object]


_core.set_message_event(MessageEvent)


class WebSocket(Shared, _core.Dispatching):
    """new WebSocket(url, protocols). headers and options (see libws.Options) are what a browser does not have."""

    CONNECTING: Final = _header.WS_CONNECTING
    OPEN: Final = _header.WS_OPEN
    CLOSING: Final = _header.WS_CLOSING
    CLOSED: Final = _header.WS_CLOSED

    onopen: Listener | None
    onerror: Listener | None
    onclose: Listener | None
    _binary_type: str

    def __new__(
        cls, url: str, protocols: str | Iterable[str] = (), *, headers: _native.Headers = (), **options: Unpack[Options]
    ) -> Self:
        loop = _loop.current()
        key = next(loop.keys)
        handle = _native.connect(url, protocols, headers, options, loop._handle, key)
        self = super().__new__(cls, handle, 1 << 63, RECEIVE_QUEUE, loop, key)
        self.onopen = self.onerror = self.onclose = None
        self._binary_type = "bytes"
        loop.kept.add(self)
        return self

    def __init__(self, *_: object, **__: object) -> None:
        """Everything is done by __new__: the constructor of the C type."""

    @property
    def readyState(self) -> int:
        """CONNECTING, OPEN, CLOSING or CLOSED."""
        return self.state

    @property
    def bufferedAmount(self) -> int:
        """Bytes of messages that were sent and are not yet given to the operating system."""
        return self.buffered_amount

    @property
    def protocol(self) -> str:
        """The subprotocol that the server chose; "" if none."""
        return self.subprotocol

    @property
    def binaryType(self) -> str:
        """What binary messages are: "bytes", "bytearray" or "memoryview". As in a browser, other values are ignored."""
        return self._binary_type

    @binaryType.setter
    def binaryType(self, value: str) -> None:
        if value in BINARY_TYPES:
            self._binary_type = value
            self._binary = BINARY_TYPES[value]

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Starts to close: 1000 or 3000 to 4999, else InvalidAccessError; at most 123 bytes of reason, else SyntaxError_."""
        self._start_close(code, reason)

    def addEventListener(self, type: str, listener: Listener, *, once: bool = False) -> None:
        """Has `listener` called with each event of that type; once: with the next one only. A second time nothing happens."""
        listeners = self._listeners.setdefault(type, [])
        if not any(known == listener for known, _ in listeners):
            listeners.append((listener, once))

    def removeEventListener(self, type: str, listener: Listener) -> None:
        """Undoes addEventListener."""
        left = [entry for entry in self._listeners.pop(type, ()) if entry[0] != listener]
        if left:
            self._listeners[type] = left

    def _dispatch(self, handler: Listener | None, event: Event) -> None:
        if handler is not None:
            try:
                handler(event)
            except Exception as error:
                self._failed(event, error)
        self._tell_listeners(event)

    def _tell_listeners(self, event: Event) -> None:
        for listener, once in tuple(self._listeners.get(event.type, ())):
            if once:
                self.removeEventListener(event.type, listener)
            try:
                listener(event)
            except Exception as error:
                self._failed(event, error)

    def _failed(self, event: Event, error: Exception) -> None:
        """As in a browser, what a listener raises is reported, and the others are called."""
        context = {"message": f"a listener of {event.type} raised", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)

    def _event(self, kind: int, data: bytes, code: int, was_clean: int, rtt_us: int) -> None:
        if kind == _header.WS_EVENT_OPEN:
            self._opened = True
            self._dispatch(self.onopen, Event(self))
        elif kind == _header.WS_EVENT_ERROR:
            self._dispatch(self.onerror, ErrorEvent(self, data.decode("utf-8", "replace"), self.failure))
        elif kind == _header.WS_EVENT_CLOSE:
            self._note_close(data, code, was_clean)
            self._loop.kept.discard(self)
            self._dispatch(self.onclose, CloseEvent(self, code, self.close_reason or "", bool(was_clean)))
