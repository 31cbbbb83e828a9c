"""Functions for the sandbox: what decoders do on bad days."""

from __future__ import annotations

import importlib
import os
import sys
import time

from app.core.errors import InvalidInput

SITE = ("flask", "sqlalchemy", "config")


def measure(body: bytes, *facts: object) -> dict[str, object]:
    """What was given."""
    return {"length": len(body), "facts": list(facts), "body": body[:3]}


def look_around(body: bytes) -> dict[str, object]:
    """What a decoder that was taken over would find."""
    site = [name for name in sys.modules if name.partition(".")[0] in SITE]
    descriptors = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - the child is to stay small
    return {"environment": dict(os.environ), "site": site, "descriptors": descriptors}


def refuse(body: bytes) -> None:
    """A refusal with facts."""
    raise InvalidInput("photo-too-small", width=3)


def break_down(body: bytes) -> None:
    """A fault of ours."""
    raise ZeroDivisionError("ours")


def compute_without_end(body: bytes) -> None:
    """Never ready."""
    while True:
        pass


def sleep_without_end(body: bytes) -> None:
    """Never ready either, and costs nothing."""
    time.sleep(3600)


def want_memory(body: bytes) -> int:
    """More than there is."""
    return len(bytearray(2**31))


def die(body: bytes) -> None:
    """A decoder that reads where it should not."""
    os.abort()


def write_a_file(path: bytes) -> None:
    """Leave something behind."""
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"x")


def wait_for(path: bytes) -> str:
    """Hold the turn until a file is there."""
    while not os.path.exists(path):  # noqa: PTH110
        time.sleep(0.01)
    return "there"


def raise_memory_error(body: bytes) -> None:
    """As Pillow and zxing do when there is no more."""
    raise MemoryError


def site_beside(module: bytes) -> list[str]:
    """What of the site comes along with a module: packages that a child has no use for."""
    importlib.import_module(module.decode())
    return [name for name in sys.modules if name.partition(".")[0] in SITE]
