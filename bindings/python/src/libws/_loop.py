"""The library's loop inside asyncio's: one ws_loop for each asyncio loop, run when its descriptor is readable or a timer is due."""
from __future__ import annotations

import asyncio
import itertools
import os
import weakref

from . import _core, _errors


class Loop(_core.Loop):
    """A ws_loop that an asyncio loop runs."""

    def __init__(self, aio: asyncio.AbstractEventLoop) -> None:
        self.keys = itertools.count(1)
        self.kept: set[object] = set()  # browser sockets with handlers live until they are closed
        self._aio = weakref.ref(aio)
        self._timer: weakref.ref[asyncio.TimerHandle] | None = None  # weak, because it knows the asyncio loop
        aio.add_reader(self.fileno(), self.ready)

    def _plan(self, seconds: float) -> None:
        """Sets the timer anew."""
        timer = self._timer() if self._timer else None
        if timer is not None:
            timer.cancel()
        aio = self._aio()
        if aio is not None and not aio.is_closed():
            self._timer = weakref.ref(aio.call_later(seconds, self.due))


_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Loop] = weakref.WeakKeyDictionary()


def current() -> Loop:
    """That of the asyncio loop that is running."""
    aio = asyncio.get_running_loop()
    loop = _loops.get(aio)
    if loop is None:
        loop = _loops[aio] = Loop(aio)
    return loop


_core.set_hooks(_errors.error_of, asyncio.CancelledError)
os.register_at_fork(after_in_child=_loops.clear)
