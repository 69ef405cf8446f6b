"""Ctrl-C, which waits until what was begun is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Interrupt:
    """Whether Ctrl-C was pressed and waits."""

    is_pressed: bool = False


@contextmanager
def interrupt_waits(on_interrupt: Callable[[], None] = lambda: None) -> Iterator[Interrupt]:
    """Let Ctrl-C wait for the end of the block, so that what is committed is also counted.

    Yields what tells whether one waits; *on_interrupt* is called when the first one comes. A second one
    does not wait. Nothing is changed outside the main thread, where Python hears of no signal, and
    where the signal is handled in another way than Python's own - or by such a block around this one.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    interrupt = Interrupt()
    if not is_main or before is not signal.default_int_handler:
        yield interrupt
        return

    def remember(*_: object) -> None:
        if interrupt.is_pressed:
            raise KeyboardInterrupt
        interrupt.is_pressed = True
        on_interrupt()

    signal.signal(signal.SIGINT, remember)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupt.is_pressed:
        raise KeyboardInterrupt
