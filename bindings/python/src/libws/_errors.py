"""What can go wrong: the standard's exceptions under their names in the DOM, those of the C interface, and the end of a connection."""
from __future__ import annotations

import builtins
import re

from . import _header as h


IN_C = re.compile(r"ws_options_(?:set|add)_(\w+)(?:\(options, (.*?)\))?")
HERE = {"protocol": "protocols", "header": "headers"}


def in_python(words: str) -> str:
    """The library's words, with its options as they are called here."""
    return IN_C.sub(lambda option: f"{HERE.get(option[1], option[1])}={option[2] or '...'}", words)


class Error(Exception):
    """All that libws raises. `status` is the ws_status behind it, 0 if there is none."""

    status: int = 0


class InvalidStateError(Error):
    """Not in this state: a message on a socket that is connecting."""


class SyntaxError_(Error, ValueError):
    """The DOM's SyntaxError: a URL, a subprotocol, a header or a close reason that may not be."""


class InvalidAccessError(Error, ValueError):
    """A close code that an application may not send."""


class NetworkError(Error, ConnectionError):
    """The connection could not be made, or was lost."""


class AbortError(Error):
    """Another thread interrupted the call."""


class QuotaExceededError(Error):
    """A limit of the system or of the options is reached."""


class TimeoutError(Error, builtins.TimeoutError):
    """The time given to a call is over. It is Python's TimeoutError, too."""


class InvalidArgumentError(Error, ValueError):
    """A number or a combination that has no meaning."""


class InvalidUTF8Error(Error, ValueError):
    """Text that is not UTF-8."""


class BusyError(Error, RuntimeError):
    """Another thread, or another task, is receiving from this socket."""


class ForkedError(Error, RuntimeError):
    """The socket belongs to the parent process."""


class UnsupportedError(Error):
    """This build or this system cannot do it."""


class InternalError(Error):
    """A bug in libws."""


CLASSES: dict[int, type[Error]] = {
    h.WS_ERR_INVALID_STATE: InvalidStateError,
    h.WS_ERR_SYNTAX: SyntaxError_,
    h.WS_ERR_INVALID_ACCESS: InvalidAccessError,
    h.WS_ERR_NETWORK: NetworkError,
    h.WS_ERR_ABORTED: AbortError,
    h.WS_ERR_QUOTA: QuotaExceededError,
    h.WS_ERR_TIMEOUT: TimeoutError,
    h.WS_ERR_INVALID_ARGUMENT: InvalidArgumentError,
    h.WS_ERR_INVALID_UTF8: InvalidUTF8Error,
    h.WS_ERR_BUSY: BusyError,
    h.WS_ERR_FORKED: ForkedError,
    h.WS_ERR_UNSUPPORTED: UnsupportedError,
    h.WS_ERR_INTERNAL: InternalError,
}


def error_of(status: int, words: str) -> Error:
    """The exception of a ws_status."""
    error = CLASSES.get(status, Error)(in_python(words) or f"status {status}")
    error.status = status
    return error


class ConnectionClosed(Error, ConnectionError):
    """The connection is closed: the close event's code, reason and wasClean, and what is known of the failure, if it was one."""

    def __init__(self, code: int, reason: str, was_clean: bool, failure: h.Failure) -> None:
        self.code = code
        self.reason = reason
        self.was_clean = was_clean
        self.failure = failure
        words = f"closed with {code}" + (f" ({reason})" if reason else "") + ("" if was_clean else ", not cleanly")
        super().__init__(words + (f": {failure.text}" if failure.text else ""))

    def __reduce__(self) -> tuple[type[ConnectionClosed], tuple[int, str, bool, h.Failure]]:
        return type(self), (self.code, self.reason, self.was_clean, self.failure)


class ConnectionRefused(NetworkError):
    """The connection was not made. `failure` says how far it came and what the server answered; its fields are attributes here, too."""

    status = h.WS_ERR_NETWORK

    def __init__(self, failure: h.Failure) -> None:
        self.failure = failure
        self.phase = h.Phase(failure.phase)
        self.os_error = failure.os_error
        self.http_status = failure.http_status
        self.tls_alert = failure.tls_alert
        self.text = failure.text
        self.head = failure.head
        self.body = failure.body
        super().__init__(failure.text)

    def __reduce__(self) -> tuple[type[ConnectionRefused], tuple[h.Failure]]:
        return type(self), (self.failure,)


for each in [Error, *CLASSES.values(), ConnectionClosed, ConnectionRefused]:
    each.__module__ = "libws"  # what a traceback says
