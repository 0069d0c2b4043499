"""Calls of the C library that are made once a connection: options by their names, structs that are read, texts."""
from __future__ import annotations

import atexit
import difflib
import operator
import os
import threading
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from . import _core, _header
from ._cffi import ffi as ffi
from ._cffi import lib as lib
from ._errors import SyntaxError_, error_of, in_python
from ._header import Failure, Stats

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Struct = TypeVar("Struct")
KINDS = {"seconds": "a number of seconds", "switch": "True or False", "int": "an int"}
ELSEWHERE = {  # what other packages for Python call it
    "additional_headers": "headers", "extra_headers": "headers", "header": "headers", "subprotocols": "protocols", "compression": "deflate",
    "compress": "deflate", "max_size": "max_message_size", "max_msg_size": "max_message_size", "ssl": "ca_file", "sslopt": "ca_file",
    "ssl_context": "ca_file", "open_timeout": "handshake_timeout", "timeout": "handshake_timeout", "heartbeat": "ping_interval",
    "user_agent_header": "user_agent", "sock": "socket",
}  # fmt: skip
AT_EXIT_MS = 1000


def text_of(pointer: Any) -> str:
    return cast(bytes, ffi.string(pointer)).decode("utf-8", "replace")


def check(status: int) -> int:
    """Raises the exception of an error."""
    if status < 0:
        raise error_of(status, text_of(lib.ws_last_error()))
    return status


def pointer_and_length(value: Any, name: str) -> tuple[Any, int]:
    if value is None:
        return ffi.NULL, 0
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, bytes):
        try:
            value = ffi.from_buffer(value)  # keeps it alive while the call lasts
        except TypeError:
            raise TypeError(f"{name}: str, bytes or None, and not {type(value).__name__}") from None
    return value, len(value)


def arguments(name: str, kinds: tuple[str, ...], value: Any) -> list[Any]:
    """One value of an option as the arguments of its setter."""
    values = (value,) if len(kinds) == 1 else tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(values) != len(kinds):
        raise TypeError(f"{name}: a tuple of {len(kinds)} ({', '.join(kinds)}), and not {value!r}")
    found: list[Any] = []
    for kind, each in zip(kinds, values):
        if kind in ("text", "bytes"):
            found += pointer_and_length(each, name)
        else:
            try:
                found.append(round(each * 1000) if kind == "seconds" else operator.index(each))
            except TypeError:
                raise TypeError(f"{name}: {KINDS[kind]}, and not {each!r}") from None
    return found


def pair(header: object) -> tuple[str, str]:
    if not (isinstance(header, (tuple, list)) and len(header) == 2 and all(isinstance(text, str) for text in header)):
        raise TypeError(f"headers: a dict, or tuples of a name and a value, each a str, and not {header!r}")
    return header[0], header[1]


def make_options(protocols: str | Iterable[str], headers: Headers, options: Mapping[str, object], loop: int, key: int) -> Any:
    made = ffi.gc(lib.ws_options_new(), lib.ws_options_free)
    for protocol in [protocols] if isinstance(protocols, str) else protocols:
        check(lib.ws_options_add_protocol(made, *pointer_and_length(protocol, "protocols")))
    for name, value in map(pair, headers.items() if isinstance(headers, Mapping) else headers):
        check(lib.ws_options_add_header(made, *pointer_and_length(name, "headers"), *pointer_and_length(value, "headers")))
    for keyword, given in options.items():
        if keyword not in _header.OPTIONS:
            near = ELSEWHERE.get(keyword) or next(iter(difflib.get_close_matches(keyword, _header.OPTIONS)), None)
            raise TypeError(f"there is no option {keyword!r}: " + (f"is {near}= meant? " if near else "") + "help(libws.Options) lists them")
        function, many, kinds = _header.OPTIONS[keyword]
        if kinds == ("call",):
            if given:
                check(getattr(lib, function)(made))
            continue
        for one in cast("Iterable[object]", given) if many else [given]:
            check(getattr(lib, function)(made, *arguments(keyword, kinds, one)))
    if loop:
        check(lib.ws_options_set_loop(made, ffi.cast("ws_loop *", loop)))
        check(lib.ws_options_set_user_data(made, ffi.cast("void *", key)))
    return made


def connect(
    url: str, protocols: str | Iterable[str], headers: Headers, options: Mapping[str, object], loop: int = 0, key: int = 0
) -> int:
    """ws_connect; the handle of the socket, which an object of _core ends."""
    made = make_options(protocols, headers, options, loop, key)
    if not isinstance(url, str):
        raise TypeError(f"url: a str, and not {type(url).__name__}")
    if "\0" in url:
        raise SyntaxError_(f"a URL has no NUL: {url!r}")
    socket = ffi.new("ws_socket **")
    check(lib.ws_connect(url.encode(), made, socket))
    return int(ffi.cast("uintptr_t", socket[0]))


def close(socket: Any, code: int | None, reason: str | None) -> None:
    pointer, length = pointer_and_length(reason, "reason")
    check(lib.ws_close(socket, _header.WS_NO_CODE if code is None else code, pointer, length))


def begin(socket: Any, text: bool, compress: bool) -> int:
    flags = 0 if compress else _header.WS_NO_COMPRESS
    return check(lib.ws_message_begin(socket, (_header.WS_TEXT if text else _header.WS_BINARY) | flags))


def append(socket: Any, part: object) -> int:
    return check(lib.ws_message_append(socket, *pointer_and_length(part, "a part of a message")))


def read(struct: Any, fields: tuple[tuple[str, str], ...], kind: type[Struct]) -> Struct:
    """A C struct as a dataclass."""
    values: dict[str, object] = {}
    for name, how in fields:
        value = getattr(struct, name)
        if how != "int":
            value = bytes(ffi.buffer(value, getattr(struct, name + "_len"))) if value else b""
        values[name] = in_python(value.decode("utf-8", "replace")) if how == "text" else value
    return kind(**values)


def failure(socket: Any) -> Failure:
    struct = sized("ws_failure")
    check(lib.ws_get_failure(socket, struct))
    return read(struct, _header.FAILURE_FIELDS, Failure)


def stats(socket: Any) -> Stats:
    struct = sized("ws_stats")
    check(lib.ws_get_stats(socket, struct))
    return read(struct, _header.STATS_FIELDS, Stats)


def response_headers(socket: Any) -> list[tuple[str, str]]:
    name, value = ffi.new("const char **"), ffi.new("const char **")
    found: list[tuple[str, str]] = []
    while check(lib.ws_response_header_at(socket, len(found), name, value)) == _header.WS_OK:
        found.append((text_of(name[0]), text_of(value[0])))
    return found


def sized(name: str) -> Any:
    """A struct for the library to fill, which asks how large it is."""
    struct = ffi.new(name + " *")
    struct.size = ffi.sizeof(name)
    return struct


def find_main_thread() -> None:
    _core.set_main_thread(threading.main_thread().ident or 0)


# What is open when the program ends gets a Close frame with 1001, as when a page is left.
atexit.register(lambda: lib.ws_shutdown(AT_EXIT_MS))
find_main_thread()
os.register_at_fork(after_in_child=find_main_thread)
