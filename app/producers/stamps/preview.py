"""The first stamps of a roll as the printed sheet will show them."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.producers.stamps.queries import RollView
from app.trace.printing.sheets import gtin_on_stamps, labels
from app.trace.stamps.codes import group
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import StampRoll
from app.trace.stamps.rolls import Span

SHOWN = 6


@dataclass(frozen=True, slots=True)
class PreviewStamp:
    """One stamp: its running number, its code in groups of four, its symbol as SVG."""

    sequence: int
    code: str
    symbol: Markup


def preview(session: Session, view: RollView, ring: KeyRing, base_url: str) -> tuple[PreviewStamp, ...]:
    """The first few stamps of a roll; none when its key is no longer known."""
    roll = session.get_one(StampRoll, view.id)
    key = ring.get(roll.key_id)
    if key is None or not key.made(roll.key_id, roll.key_fingerprint):
        return ()
    gtin = gtin_on_stamps(session, roll)
    span = Span(1, min(SHOWN, roll.count))
    return tuple(
        PreviewStamp(label.sequence, group(label.code), _symbol(label.uri))
        for label in labels(roll, span, key, base_url, gtin)
    )


def _symbol(uri: str) -> Markup:
    drawn = segno.make(uri, error="m", micro=False)
    svg = drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
    return Markup(svg.replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704 - segno's drawing, which holds no text
