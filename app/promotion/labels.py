"""Labels of fairs, in the language of the request."""

from __future__ import annotations

from app.listing.labels import province_label
from app.promotion.queries import Fair
from app.web.filters import vn_date
from app.web.labels import draw


def dates_label(fair: Fair) -> str:
    """Its first and last day, or the one day it has."""
    first, last = vn_date(fair.starts_on), vn_date(fair.ends_on)
    return first if first == last else f"{first}–{last}"


def place_label(fair: Fair) -> str:
    """Where it is held; a former province with its name today."""
    return f"{fair.place}, {province_label(*fair.province)}" if fair.province else fair.place


def rule_label(fair: Fair) -> str:
    """The rule of order, so that everybody can see that it favours nobody."""
    return draw("promotion/_fair.html", "rule_words", fair).unescape()
