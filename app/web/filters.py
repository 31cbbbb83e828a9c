"""Words and figures for templates: money, days, numbers, weights, in the language of the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from flask import Flask
from flask_babel import format_timedelta, gettext

from app.core import clock
from app.web.language import locale_code

NBSP = "\u00a0"

# Words for the kind of producer, which are not part of its name; a face disc shows the name.
_KINDS = frozenset(
    """htx hợp tác xã công ty tnhh cp cổ phần mtv hộ kinh doanh hkd cơ sở sản xuất doanh nghiệp tư nhân dntn
    tổ và & tm dv tmdv thương mại dịch vụ chế biến nông nghiệp""".split()  # noqa: SIM905
)


def _whole(value: int) -> str:
    """A whole number in groups of three. By hand, for a listing writes a hundred of them and Babel takes its time."""
    if -1000 < value < 1000:
        return str(value)
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if locale_code() == "vi" else grouped


def vnd(value: int | None) -> str:
    """Whole đồng as people write them: `420.000 ₫` (`420,000 ₫` in English), never broken across lines."""
    if value is None:
        return ""
    return f"{_whole(value)}{NBSP}₫"


def vn_date(day: dt.date | dt.datetime | None) -> str:
    """A day as `21/11/2026`; of a moment, its day in Vietnam."""
    if day is None:
        return ""
    if isinstance(day, dt.datetime):
        day = clock.vietnam_day(day)
    return f"{day:%d/%m/%Y}"


def vn_datetime(moment: dt.datetime | None) -> str:
    """An aware moment as Vietnam time, `09:41, 21/11/2026`."""
    if moment is None:
        return ""
    return f"{moment.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"


def number(value: float | Decimal | None, places: int = 2) -> str:
    """`1.234,5` in Vietnamese, `1,234.5` in English; at most `places` decimals, no idle zeros."""
    if value is None:
        return ""
    if isinstance(value, int):
        return _whole(value)
    return str(format_decimal(round(float(value), places), format="#,##0.######", locale=locale_code()))


def percent(share: float | Decimal | None, places: int = 1) -> str:
    """A share of one (0.164) as `16,4 %`."""
    if share is None:
        return ""
    shown = format_percent(round(float(share), places + 2), format="#,##0.######%", locale=locale_code())
    return str(shown).replace("%", f"{NBSP}%")


def grams(value: float | None, unit: str = "g") -> str:
    """Net content in words people use: 100 → `100 g`, 1500 → `1,5 kg`; with `unit="ml"` up to litres."""
    if value is None:
        return ""
    large = {"g": "kg", "ml": gettext("lít")}
    if unit in large and value >= 1000:
        return f"{number(value / 1000, 3)}{NBSP}{large[unit]}"
    return f"{number(value)}{NBSP}{unit}"


def ago(moment: dt.datetime | None) -> str:
    """How long since an aware moment: `3 phút trước`."""
    if moment is None:
        return ""
    passed = clock.now() - moment
    if passed < dt.timedelta(minutes=1):
        return str(gettext("vừa xong"))
    return str(format_timedelta(-passed, add_direction=True, threshold=1))


def initials(name: str) -> str:
    """Two initials for a face disc: `HTX chè Hảo Đạt` → `HĐ`. The words for the kind of firm are left out."""
    parts = [part for part in name.replace("-", " ").split() if part.lower().strip(".,()") not in _KINDS]
    capitals = [part[0].upper() for part in parts if part[0].isalpha()]
    return "".join(capitals[-2:]) or name[:1].upper()


def register_filters(app: Flask) -> None:
    """Make the filters known to every template."""
    for name, function in {
        "vnd": vnd,
        "vn_date": vn_date,
        "vn_datetime": vn_datetime,
        "number": number,
        "percent": percent,
        "grams": grams,
        "ago": ago,
        "initials": initials,
    }.items():
        app.add_template_filter(function, name)  # type: ignore[arg-type]
