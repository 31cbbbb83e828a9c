"""The view model of the state of the system."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.admin.system.queries import SystemState
from app.web.components import Pill, Row
from app.web.filters import number, vn_datetime
from app.web.language import gettext
from app.web.messages import message_for
from config import Settings


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of the site and whether it works."""

    label: str
    state: Pill
    note: str


@dataclass(frozen=True, slots=True)
class SystemPage:
    """The parts, what waits to leave (nothing is known of it without a database), and what is running."""

    now: dt.datetime
    parts: tuple[PartLine, ...]
    outbox: tuple[Row, ...]
    running: tuple[Row, ...]


def system_page(state: SystemState, settings: Settings) -> SystemPage:
    """The page of this state."""
    database = state.database
    heartbeat = vn_datetime(state.heartbeat) or gettext("chưa nghe thấy lần nào")
    return SystemPage(
        now=state.now,
        parts=(
            _part(gettext("Cơ sở dữ liệu"), database is not None, database.dialect if database else ""),
            _part(gettext("Tìm kiếm"), state.search),
            _part(
                gettext("Các kho đi kèm"), not state.stores, " ".join(map(message_for, state.stores.values()))
            ),
            _part(gettext("Việc chạy nền"), not state.silent, heartbeat),
        ),
        outbox=_outbox(database.outbox["waiting"], database.outbox["given_up"]) if database else (),
        running=(
            Row(gettext("Chế độ"), settings.app_env),
            Row(gettext("Địa chỉ"), settings.base_url),
            Row(gettext("Lần di trú dữ liệu"), database.migration if database else None),
            Row(gettext("Lần đổi nội dung công khai"), number(database.version) if database else None),
            Row(gettext("Giới hạn số lần thử"), gettext("bật") if settings.rate_limits else gettext("tắt")),
        ),
    )


def _part(label: str, works: bool, note: str = "") -> PartLine:
    if works:
        return PartLine(label, Pill(gettext("chạy tốt"), "good", "check"), note)
    return PartLine(label, Pill(gettext("có chuyện"), "bad", "alert"), note)


def _outbox(waiting: int, given_up: int) -> tuple[Row, ...]:
    return (
        Row(gettext("Đang chờ"), number(waiting)),
        Row(
            gettext("Đã thôi không thử nữa"),
            number(given_up),
            gettext("Cần người xem.") if given_up else "",
        ),
    )
