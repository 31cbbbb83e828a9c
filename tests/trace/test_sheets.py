"""A roll becomes a file of stamps, or the reason why not is given."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import Refusal
from app.core.parts import part
from app.trace.printing.sheets import MOST_IN_ONE_FILE, print_roll
from app.trace.setup import Trace
from app.trace.stamps.rolls import Span
from tests.factories.trace import make_roll


@pytest.mark.parametrize(
    ("facts", "span", "code"),
    [
        ({}, Span(0, 5), "outside-roll"),
        ({}, Span(6, 5), "outside-roll"),
        ({}, Span(1, 11), "outside-roll"),
        ({"count": MOST_IN_ONE_FILE + 1}, Span(1, MOST_IN_ONE_FILE + 1), "too-many-for-one-file"),
        ({"key_id": "k0"}, Span(1, 5), "key-not-in-ring"),
    ],
)
def test_what_cannot_be_printed_says_why_and_leaves_no_file(
    app: Flask, session: Session, facts: dict[str, Any], span: Span, code: str
) -> None:
    roll = make_roll(session, **{"count": 10, **facts})
    ring, out = part(Trace, app).ring, io.BytesIO()
    with pytest.raises(Refusal) as refused:
        print_roll(session, roll, span, out, ring=ring, base_url="http://localhost")
    assert refused.value.code == code
    assert not out.getvalue()
