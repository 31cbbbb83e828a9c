"""Who gets into the portal, and that nobody reaches another producer's things by any address or form."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.core.db import Model
from tests.factories.accounts import (
    make_admin,
    make_invitation,
    make_officer,
    make_promotion,
    make_staff,
    make_user,
)
from tests.factories.client import Visitor
from tests.producers.conftest import SampleSite


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal.")]


def address(
    rule: Rule, sample: SampleSite, mixed: SampleSite | None = None, house: SampleSite | None = None
) -> str:
    """The address of a rule with the things of a house; the last part from `mixed`, the producer from `house`."""
    tail = mixed or sample
    slug = sample.area.slug if "/areas/" in rule.rule else sample.product.slug
    public_id = {
        "/batches/": sample.batch.public_id,
        "/stamps/": sample.roll.public_id,
        "/products/": tail.variant.public_id,
    }.get(f"/{rule.rule.split('/')[3]}/", "")
    parts: dict[str, Any] = {
        "producer": (house or sample).producer.slug,
        "slug": slug,
        "public_id": public_id,
        "key": tail.photo.key,
        "activation_id": tail.activation.id,
        "number": sample.order.number,
        "membership_id": sample.staff.id,
        "invitation_id": sample.invitation.id,
    }
    return re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", lambda found: str(parts[found[1]]), rule.rule)


def everything(session: Session) -> str:
    """Every row of every table."""
    session.rollback()
    rows = {
        table.name: sorted(str(tuple(row)) for row in session.execute(sa.select(table)))
        for table in Model.metadata.sorted_tables
        if table.name != "users"
    }
    return json.dumps(rows)


def method(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


FORM = {
    "name": "Cướp",
    "description": "Cướp",
    "pack": "Gói cướp",
    "price": "1000",
    "first": "21",
    "last": "22",
    "reason": "cướp lấy",
    "kind": "spoiled",
    "quantity": "1",
    "after": "0",
    "alt": "cướp",
    "tracking": "x",
    "province": "VN34-15",
    "group_code": "food",
}


def test_another_producers_things_are_not_found_at_any_address(
    app: Flask, session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    before = everything(session)
    walked = 0
    for rule in rules(app):
        paths = {address(rule, neighbour)}
        if rule.arguments != {"producer"}:
            paths.add(address(rule, neighbour, house=sample))
        for verb, path in itertools.product(method(rule), paths):
            answer = portal.open(path, method=verb, data=FORM if verb == "POST" else None)
            assert answer.status_code == 404, (verb, path)
            walked += 1
    assert walked > 60
    assert everything(session) == before


def test_my_product_with_another_producers_pack_photo_or_activation_is_not_found(
    app: Flask, session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    before = everything(session)
    for rule in rules(app):
        if rule.arguments & {"key", "activation_id"} or rule.arguments == {"producer", "slug", "public_id"}:
            for verb in method(rule):
                path = address(rule, sample, mixed=neighbour)
                assert portal.open(path, method=verb, data=FORM).status_code == 404, (verb, rule.rule)
    assert everything(session) == before


@pytest.mark.parametrize("second", ["pack", "photo"])
def test_a_thing_of_my_other_product_is_not_found_under_this_one(
    session: Session, portal: Visitor, sample: SampleSite, second: str
) -> None:
    from tests.factories.catalogue import make_product

    other = make_product(session, producer=sample.producer, name="Trà khác")
    before = everything(session)
    path = {
        "pack": f"/portal/suoi-giang/products/{other.slug}/variants/{sample.variant.public_id}/retire",
        "photo": f"/portal/suoi-giang/products/{other.slug}/photos/{sample.photo.key}/delete",
    }[second]
    assert portal.post(path).status_code == 404
    assert everything(session) == before


def test_another_producers_ids_in_forms_are_not_found(
    session: Session, portal: Visitor, sample: SampleSite, neighbour: SampleSite
) -> None:
    before = everything(session)
    batch = {"code": "X-1", "made_on": "2026-11-01", "quantity": "5"}
    forms: list[tuple[str, dict[str, Any]]] = [
        ("/portal/suoi-giang/batches/new", batch | {"variant": neighbour.variant.public_id}),
        (
            "/portal/suoi-giang/batches/new",
            batch | {"variant": sample.variant.public_id, "areas": [sample.area.slug, neighbour.area.slug]},
        ),
        ("/portal/suoi-giang/stamps/new", {"batch": neighbour.batch.public_id, "count": "5", "seen": "1"}),
        (
            f"/portal/suoi-giang/stamps/{sample.roll.public_id}/activate",
            {"first": "30", "last": "31", "batch": neighbour.batch.public_id},
        ),
    ]
    for path, form in forms:
        assert portal.post(path, data=form).status_code == 404, path
    assert everything(session) == before


def test_pages_of_my_house_open(app: Flask, portal: Visitor, sample: SampleSite) -> None:
    for rule in rules(app):
        if "GET" in method(rule) and not rule.rule.endswith(".pdf"):
            assert portal.get(address(rule, sample)).status_code == 200, rule.rule


def test_empty_rooms_open_and_say_what_to_do(app: Flask, beginner: Visitor) -> None:
    for rule in rules(app):
        if "GET" in method(rule) and rule.arguments == {"producer"}:
            path = rule.rule.replace("<producer>", "htx-moi")
            assert beginner.get(path).status_code == 200, rule.rule
    assert "Thêm sản phẩm" in beginner.get("/portal/htx-moi/today").text
    assert "empty-state" in beginner.get("/portal/htx-moi/batches/new").text


def test_staff_may_what_the_owner_may_but_invite_and_let_go(
    app: Flask, session: Session, client: Visitor, sample: SampleSite
) -> None:
    client.log_in(make_staff(session, sample.producer))
    assert client.get("/portal/suoi-giang/today").status_code == 200
    assert 'href="/portal/suoi-giang/staff"' not in client.get("/portal/").text
    before = everything(session)
    closed = [(verb, rule) for rule in rules(app) if "staff" in rule.rule for verb in method(rule)]
    assert len(closed) == 4
    for verb, rule in closed:
        assert client.open(address(rule, sample), method=verb, data=FORM).status_code == 403, rule.rule
    assert everything(session) == before
    assert client.post(f"/portal/suoi-giang/products/{sample.product.slug}/hide").status_code == 303
    session.refresh(sample.product)
    assert sample.product.published_at is None


def test_a_guest_is_sent_to_log_in_and_others_are_refused(
    app: Flask, session: Session, sample: SampleSite
) -> None:
    people = [make_user(session), make_officer(session), make_promotion(session), make_admin(session)]
    visitors = [cast(Visitor, app.test_client()).log_in(person) for person in people]
    before = everything(session)
    for rule in rules(app):
        for verb in method(rule):
            guest = app.test_client()
            answer = guest.open(address(rule, sample), method=verb)
            assert (answer.status_code, answer.location[:6]) == (303, "/login"), rule.rule
    for visitor in visitors:
        for rule in rules(app):
            for verb in method(rule):
                assert visitor.open(address(rule, sample), method=verb).status_code == 403, rule.rule
    assert everything(session) == before


def test_a_form_from_elsewhere_changes_nothing(
    app: Flask, session: Session, portal: Visitor, sample: SampleSite
) -> None:
    before = everything(session)
    for rule in rules(app):
        if "POST" in method(rule):
            answer = portal.open(address(rule, sample), method="POST", data=FORM, csrf=False)
            assert answer.status_code == 400, rule.rule
    assert everything(session) == before


@pytest.mark.parametrize(
    "path",
    [
        "/portal/suoi-giang/today",
        "/portal/suoi-giang/products",
        "/portal/suoi-giang/areas",
        "/portal/suoi-giang/batches",
        "/portal/suoi-giang/stamps",
        "/portal/suoi-giang/orders",
        "/portal/suoi-giang/orders/pick",
        "/portal/suoi-giang/staff",
    ],
)
def test_a_list_asks_the_database_as_often_for_many_as_for_one(
    session: Session, portal: Visitor, sample: SampleSite, statements: list[str], path: str
) -> None:
    portal.get(path)
    statements.clear()
    portal.get(path)
    few = len(statements)
    for _ in range(4):
        _one_more(session, sample)
    statements.clear()
    assert portal.get(path).status_code == 200
    assert len(statements) == few


def _one_more(session: Session, sample: SampleSite) -> None:
    from tests.factories.catalogue import make_photo, make_product, make_variant
    from tests.factories.certification import make_certificate
    from tests.factories.orders import make_order
    from tests.factories.supply import make_area, make_batch
    from tests.factories.trace import make_activation

    product = make_product(session, producer=sample.producer)
    make_certificate(session, product=product)
    make_photo(session, product=product)
    variant = make_variant(session, product=product)
    batch = make_batch(session, variant=variant, areas=[make_area(session, producer=sample.producer)])
    make_activation(session, batch=batch)
    make_order(session, variant=variant)
    make_staff(session, sample.producer)
    make_invitation(session, sample.producer, f"moi-{product.slug}@thu.example")
