"""The trace room opens with keys it can read, and keeps no more pages than it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.core.parts import part
from app.trace.setup import MOST_PAGES, Trace
from config import ConfigError


def test_a_key_ring_that_cannot_be_read_is_named_at_the_start(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigError, match="STAMP_KEYS"):
        make_app(STAMP_KEYS="k1:khong-phai-hex")


def test_a_full_store_of_pages_is_emptied_for_the_next(app: Flask) -> None:
    opened: Trace = part(Trace, app)
    room = replace(opened, pages={})
    for n in range(MOST_PAGES):
        room.keep((n,), (b"",))
    assert len(room.pages) == MOST_PAGES
    assert room.keep(("next",), (b"page",)) == (b"page",)
    assert room.pages == {("next",): (b"page",)}
