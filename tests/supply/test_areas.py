"""Raw-material areas are described by their producer and nobody else."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput, NotFound, WrongState
from app.geography.geojson import parse_area_geometry
from app.supply.areas import change_area, close_area, open_area
from app.supply.models import Batch
from app.supply.queries import areas_of
from tests.factories.catalogue import make_producer, make_variant
from tests.factories.changes import last_change, topics_since
from tests.factories.places import LAO_CAI, SUOI_GIANG, VAN_CHAN, YEN_BAI
from tests.factories.supply import make_area, make_batch

HOA = Actor(1, "Lý Thị Hoa")
SQUARE = [[104.59, 21.61], [104.60, 21.61], [104.60, 21.62], [104.59, 21.62], [104.59, 21.61]]


def test_a_drawn_area_takes_its_size_and_middle_from_the_drawing(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    drawn = parse_area_geometry(json.dumps({"type": "Polygon", "coordinates": [SQUARE]}))
    with atomic() as writing:
        area = open_area(
            writing,
            producer_id=producer.id,
            name="  Vùng chè   Suối Giàng ",
            province_id=LAO_CAI,
            commune_id=VAN_CHAN,
            geometry=drawn,
            actor=HOA,
            now=now,
        )
    assert area.name == "Vùng chè Suối Giàng"
    assert area.slug == "vung-che-suoi-giang"
    assert area.hectares == pytest.approx(115, abs=2)
    (facts,) = areas_of(session, producer.id)
    assert (facts.latitude, facts.longitude) == (drawn.lat, drawn.lon)
    assert facts.place.today == "xã Văn Chấn, Lào Cai"
    assert session.scalars(sa.select(AuditEntry.act)).all() == ["area.opened"]


def test_an_area_known_by_name_is_placed_by_its_commune_as_it_was(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    with atomic() as writing:
        open_area(
            writing,
            producer_id=producer.id,
            name="Đồi chè cổ",
            province_id=YEN_BAI,
            commune_id=SUOI_GIANG,
            hectares=3.5,
            actor=HOA,
            now=now,
        )
    (facts,) = areas_of(session, producer.id)
    assert facts.place.changed
    assert facts.latitude == facts.place.lat


def test_two_areas_of_one_name_have_different_addresses(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    slugs = []
    for _ in range(3):
        with atomic() as writing:
            slugs.append(
                open_area(
                    writing, producer_id=producer.id, name="Đồi chè", province_id=LAO_CAI, actor=HOA, now=now
                ).slug
            )
    assert slugs == ["doi-che", "doi-che-2", "doi-che-3"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "   "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"province_id": "VN34-00"}, "province"),
        ({"commune_id": "VN34-99999"}, "commune"),
        ({"province_id": "VN34-86", "commune_id": VAN_CHAN}, "commune"),
        ({"hectares": 0.0}, "hectares"),
        ({"hectares": float("nan")}, "hectares"),
        ({"hectares": 10.0**12}, "hectares"),
        ({"standards": "x" * 201}, "standards"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    session: Session, now: dt.datetime, facts: dict[str, object], field: str
) -> None:
    producer = make_producer(session)
    given = {"name": "Đồi chè", "province_id": LAO_CAI} | facts
    with pytest.raises(InvalidInput) as refused, atomic() as writing:
        open_area(writing, producer_id=producer.id, actor=HOA, now=now, **given)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert areas_of(session, producer.id, closed=True) == []


def test_changing_an_area_renews_the_stories_of_its_batches(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    area = make_area(session, producer=producer)
    touched = make_batch(session, areas=[area])
    other = make_batch(session)
    before = last_change()
    with atomic() as writing:
        change_area(
            writing,
            producer_id=producer.id,
            area_id=area.id,
            name="Vùng chè Pang Cáng",
            province_id=LAO_CAI,
            actor=HOA,
            now=now,
        )
    session.expire_all()
    assert session.get_one(Batch, touched.id).version == 2
    assert session.get_one(Batch, other.id).version == 1
    assert topics_since(before) == {f"area:{area.id}", f"areas:{producer.id}"}
    assert areas_of(session, producer.id)[0].slug == area.slug


def test_another_producers_area_is_not_found_and_stays_as_it_is(session: Session, now: dt.datetime) -> None:
    area = make_area(session)
    stranger = make_producer(session)
    with pytest.raises(NotFound), atomic() as writing:
        change_area(
            writing,
            producer_id=stranger.id,
            area_id=area.id,
            name="Của tôi",
            province_id=LAO_CAI,
            actor=HOA,
            now=now,
        )
    with pytest.raises(NotFound), atomic() as writing:
        close_area(writing, producer_id=stranger.id, area_id=area.id, actor=HOA, now=now)
    session.refresh(area)
    assert area.name == "Vùng chè Suối Giàng"
    assert area.closed_at is None


def test_a_closed_area_leaves_the_list_and_is_not_changed_again(session: Session, now: dt.datetime) -> None:
    producer = make_producer(session)
    area = make_area(session, producer=producer)
    make_variant(session)
    with atomic() as writing:
        close_area(writing, producer_id=producer.id, area_id=area.id, actor=HOA, now=now)
    assert areas_of(session, producer.id) == []
    assert [area.closed for area in areas_of(session, producer.id, closed=True)] == [True]
    with pytest.raises(WrongState), atomic() as writing:
        close_area(writing, producer_id=producer.id, area_id=area.id, actor=HOA, now=now)
