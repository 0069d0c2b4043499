"""The browser's WebSocket object for Python: libws.connect, libws.asyncio.connect and libws.WebSocket."""
from __future__ import annotations

from . import _loop as _loop  # tells the C side about exceptions and asyncio
from . import asyncio
from ._blocking import Connection, connect
from ._browser import CloseEvent, ErrorEvent, Event, MessageEvent, WebSocket
from ._errors import (
    AbortError,
    BusyError,
    ConnectionClosed,
    ConnectionRefused,
    Error,
    ForkedError,
    InternalError,
    InvalidAccessError,
    InvalidArgumentError,
    InvalidStateError,
    InvalidUTF8Error,
    NetworkError,
    QuotaExceededError,
    SyntaxError_,
    TimeoutError,
    UnsupportedError,
)
from ._header import WS_CLOSED as CLOSED
from ._header import WS_CLOSING as CLOSING
from ._header import WS_CONNECTING as CONNECTING
from ._header import WS_OPEN as OPEN
from ._header import Failure, Options, Phase, Stats
from ._native import lib as _lib
from ._native import text_of as _text_of

__version__ = _text_of(_lib.ws_version())

__all__ = [
    "CLOSED", "CLOSING", "CONNECTING", "OPEN",
    "AbortError", "BusyError", "CloseEvent", "Connection", "ConnectionClosed", "ConnectionRefused", "Error", "ErrorEvent", "Event",
    "Failure", "ForkedError", "InternalError", "InvalidAccessError", "InvalidArgumentError", "InvalidStateError", "InvalidUTF8Error",
    "MessageEvent", "NetworkError", "Options", "Phase", "QuotaExceededError", "Stats", "SyntaxError_", "TimeoutError",
    "UnsupportedError", "WebSocket", "asyncio", "connect",
]  # fmt: skip
