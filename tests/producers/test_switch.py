"""Someone who works for two producers has both portals open: each page and each form acts for the one it names."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.supply.models import RawMaterialArea
from tests.factories.accounts import make_membership
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.producers.conftest import SampleSite
from tests.producers.test_areas import AREA
from tests.producers.test_doors import FORM, address, everything, method, rules


@pytest.fixture
def both(session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite) -> Visitor:
    """The owner of the one house, who owns the neighbour's too."""
    make_membership(session, user=sample.owner, role="owner", producer=neighbour.producer)
    return portal


def test_the_way_into_the_portal_leads_to_the_producer_opened_last(
    session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    third = make_producer(session, name="HTX Thứ Ba")
    page = portal.get("/portal/", follow_redirects=True)
    assert page.request.path == "/portal/suoi-giang/today"
    assert "Cơ sở khác của bạn" not in page.text
    make_membership(session, user=sample.owner, role="staff", producer=neighbour.producer)
    page = portal.get("/portal/", follow_redirects=True)
    assert "Sang Tà Xùa" in page.text and third.name not in page.text
    link = re.search(r'href="([^"]+)">(?:(?!</a>).)*Sang Tà Xùa', page.text, re.DOTALL)
    assert link is not None and link[1] == "/portal/ta-xua/today"
    assert "Sang Suối Giàng" in portal.get(link[1]).text
    assert portal.get("/portal/").location == "/portal/ta-xua/today"
    assert portal.get(f"/portal/{third.slug}/today").status_code == 404
    assert portal.get("/portal/khong-co-ai/today").status_code == 404
    assert portal.get("/portal/").location == "/portal/ta-xua/today"


def test_a_form_acts_for_its_own_producer_after_the_other_tab_went_elsewhere(
    session: Session, both: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    form = AREA | {"name": "Đồi chè mới"}
    both.get("/portal/suoi-giang/areas/new")
    both.get("/portal/ta-xua/today")
    answer = both.post("/portal/suoi-giang/areas/new", data=form)
    made = session.scalars(sa.select(RawMaterialArea).where(RawMaterialArea.name == "Đồi chè mới")).all()
    assert [area.producer_id for area in made] == [sample.producer.id], answer.text
    assert answer.location.startswith("/portal/suoi-giang/areas/")


def test_every_form_and_link_of_a_page_stays_with_its_producer(
    app: object, both: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    from flask import Flask

    assert isinstance(app, Flask)
    for rule in rules(app):
        if "GET" not in method(rule) or rule.rule.endswith(".pdf"):
            continue
        both.get("/portal/ta-xua/today")
        page = both.get(address(rule, sample)).text
        assert "/portal/suoi-giang/" in page
        named = set(re.findall(r'(?:href|action)="/portal/([^/"?]*)', page))
        others = {"ta-xua"} if rule.endpoint == "portal.home" else set()
        assert named <= {"", "suoi-giang"} | others, rule.rule


def test_a_form_that_names_one_producer_and_a_thing_of_the_other_changes_nothing_and_says_whose_it_is(
    app: object, session: Session, both: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    from flask import Flask

    assert isinstance(app, Flask)
    before = everything(session)
    walked = 0
    for rule in rules(app):
        if rule.arguments == {"producer"}:
            continue
        path = address(rule, neighbour, house=sample)
        if "POST" in method(rule):
            answer = both.post(path, data=FORM)
            assert answer.status_code == 409, path
            assert "Tà Xùa" in answer.text and "Chưa có gì thay đổi" in answer.text
            walked += 1
        if "GET" in method(rule):
            assert both.get(path).status_code == 404, path
    assert walked > 20
    assert everything(session) == before


def test_a_form_with_a_thing_of_the_other_producer_in_a_field_changes_nothing(
    session: Session, both: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    before = everything(session)
    batch = {"code": "X-1", "made_on": "2026-11-01", "quantity": "5"}
    mixed = [sample.area.slug, neighbour.area.slug]
    for path, form in (
        ("batches/new", batch | {"variant": neighbour.variant.public_id}),
        ("batches/new", batch | {"variant": sample.variant.public_id, "areas": mixed}),
        ("stamps/new", {"batch": neighbour.batch.public_id, "count": "5", "seen": "1"}),
    ):
        answer = both.post(f"/portal/suoi-giang/{path}", data=form)
        assert answer.status_code == 409, path
        assert "Tà Xùa" in answer.text
    assert everything(session) == before


def test_what_belongs_to_a_third_producer_is_not_found_and_not_named(
    session: Session, both: Visitor, sample: SampleSite
) -> None:
    from tests.producers.conftest import build

    stranger = build(session, "Bản Lạ")
    for house in ("suoi-giang", "ban-la"):
        answer = both.post(f"/portal/{house}/batches/{stranger.batch.public_id}/close")
        assert answer.status_code == 404
        assert "Bản Lạ" not in answer.text


def test_addresses_from_before_they_named_the_producer_lead_on(
    session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    page = portal.get(f"/portal/batches/{sample.batch.public_id}?ledger=all")
    assert page.location == f"/portal/suoi-giang/batches/{sample.batch.public_id}?ledger=all"
    assert portal.get("/portal/orders/%3Fx").location == "/portal/suoi-giang/orders/%3Fx"
    assert portal.get("/portal/suoi-giang").location == "/portal/suoi-giang/today"
    assert portal.get("/portal/khong-co").location == "/portal/khong-co/today"
    assert portal.get("/portal/suoi-giang/nothing").status_code == 404
    assert portal.post("/portal/suoi-giang").status_code == 404
    moved = portal.post(f"/portal/products/{sample.product.slug}/hide")
    assert moved.status_code == 307, "a browser sends the same form once more"
    assert portal.post(moved.location).status_code == 303
    session.refresh(sample.product)
    assert sample.product.published_at is None, "who works for one producer can have meant no other"


def test_a_form_that_names_no_producer_is_not_guessed_for_who_works_for_two(
    session: Session, both: Visitor, sample: SampleSite
) -> None:
    before = everything(session)
    answer = both.post(f"/portal/products/{sample.product.slug}/hide", follow_redirects=True)
    assert answer.status_code == 409
    assert "không ghi cho cơ sở nào" in answer.text
    assert everything(session) == before
