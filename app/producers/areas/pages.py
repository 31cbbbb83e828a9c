"""View models of the raw-material areas: the list, and one area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from app.geography.places import PlaceView
from app.producers.areas.queries import AreaRow, OnMap, Outline, on_map
from app.producers.labels import example_pill, hectares_label
from app.supply.queries import AreaFacts
from app.web.components import Action, Crumb, Pill, Row
from app.web.filters import number
from app.web.language import gettext


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area in the list; `size` is empty where it is not known."""

    name: str
    url: str
    outline: Outline | None
    place: PlaceView
    pills: tuple[Pill, ...]
    size: str
    batches: int


@dataclass(frozen=True, slots=True)
class AreasPage:
    """Every area of the producer."""

    rows: tuple[AreaLine, ...]


@dataclass(frozen=True, slots=True)
class AreaPage:
    """One area: its shape, where it stands, its facts. Without `close` it is no longer in use."""

    name: str
    crumbs: tuple[Crumb, ...]
    place: PlaceView
    shop_url: str
    outline: Outline | None
    spot: OnMap
    facts: tuple[Row, ...]
    close: Action | None


def areas_page(areas: Sequence[AreaRow]) -> AreasPage:
    """The list of these areas."""
    return AreasPage(tuple(_area_line(area) for area in areas))


def _area_line(row: AreaRow) -> AreaLine:
    area = row.facts
    closed = (Pill(gettext("ngừng dùng"), "na", "lock"),) if area.closed else ()
    example = (example_pill(),) if area.example else ()
    return AreaLine(
        name=area.name,
        url=url_for("portal.area", slug=area.slug),
        outline=row.outline,
        place=area.place,
        pills=(*closed, *example),
        size=hectares_label(area.hectares),
        batches=row.batches,
    )


def _first_crumb() -> Crumb:
    return Crumb(gettext("Vùng nguyên liệu"), url_for("portal.areas"))


def new_area_crumbs() -> tuple[Crumb, ...]:
    """Where the page that adds an area stands."""
    return (_first_crumb(), Crumb(gettext("Thêm vùng")))


def area_page(area: AreaFacts, outline: Outline | None) -> AreaPage:
    """The page of one area with its drawing, if there is one."""
    middle = f"{number(area.latitude, 5)}, {number(area.longitude, 5)}"
    return AreaPage(
        name=area.name,
        crumbs=(_first_crumb(), Crumb(area.name)),
        place=area.place,
        shop_url=url_for("shop.area", slug=area.slug),
        outline=outline,
        spot=on_map(area.latitude, area.longitude),
        facts=(
            Row(gettext("Diện tích"), hectares_label(area.hectares) or gettext("chưa ghi")),
            Row(gettext("Giữa vùng"), middle, "" if outline else gettext("theo xã hoặc tỉnh, chưa vẽ")),
            Row(gettext("Trồng, nuôi"), area.crop),
            Row(gettext("Tiêu chuẩn"), area.standards),
        ),
        close=None if area.closed else _close(area),
    )


def _close(area: AreaFacts) -> Action:
    return Action(
        gettext("Ngừng dùng vùng này"),
        url_for("portal.retire_area", slug=area.slug),
        kind="alarm",
        method="post",
        confirm=gettext("Ngừng dùng vùng này cho lô mới?"),
    )
