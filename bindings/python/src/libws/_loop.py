"""The library's loop inside asyncio's: one ws_loop for each asyncio loop, run when its descriptor is readable or a timer is due."""
from __future__ import annotations

import asyncio
import itertools
import os
import weakref

from . import _core, _errors

keys = itertools.count(1)


class Loop(_core.Loop):
    """A ws_loop that an asyncio loop runs."""

    def __init__(self, aio: asyncio.AbstractEventLoop) -> None:
        self._aio = weakref.ref(aio)
        self._timer: weakref.ref[asyncio.TimerHandle] | None = None  # weak, because it knows the asyncio loop
        self.kept: set[object] = set()  # browser sockets with handlers live until they are closed
        aio.add_reader(self.fileno(), self._ready)

    def _ready(self) -> None:
        milliseconds = self.run(True)
        if milliseconds >= 0:
            self._plan(milliseconds / 1e3)

    def _due(self) -> None:
        self._timer = None
        self._ready()

    def _plan(self, seconds: float) -> None:
        """Sets the timer, unless the one that is set is earlier: then it is asked again."""
        aio = self._aio()
        if aio is None or aio.is_closed():
            return
        when = aio.time() + seconds
        timer = self._timer() if self._timer else None
        if timer is not None:
            if timer.when() <= when:
                return
            timer.cancel()
        self._timer = weakref.ref(aio.call_at(when, self._due))


_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Loop] = weakref.WeakKeyDictionary()


def current() -> Loop:
    """That of the asyncio loop that is running."""
    aio = asyncio.get_running_loop()
    loop = _loops.get(aio)
    if loop is None:
        loop = _loops[aio] = Loop(aio)
    return loop


_core.set_hooks(_errors.error_of, asyncio.get_running_loop, asyncio.CancelledError)
os.register_at_fork(after_in_child=_loops.clear)
