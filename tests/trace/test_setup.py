"""What traceability needs is opened at the start, or the start is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from config import ConfigError


def test_a_key_ring_that_cannot_be_read_is_named_at_the_start(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigError, match="STAMP_KEYS"):
        make_app(STAMP_KEYS="k1:khong-phai-hex")
