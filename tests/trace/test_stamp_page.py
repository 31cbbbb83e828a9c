"""What a phone is answered when it scans a stamp."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.certification.models import Certificate
from app.certification.standing import CertificateFacts
from app.core.audit import Actor
from app.core.changes import ChangeLog
from app.core.db import atomic
from app.core.parts import part
from app.core.reading import Reader, Row
from app.supply.models import RawMaterialArea
from app.supply.stock import allocate_stock
from app.trace.pages.finding import CERTIFICATE_COLUMNS
from app.trace.setup import StampPageCache, Trace
from app.trace.stamps.codes import ALPHABET, encode, group
from app.web.limits import limiter
from tests.factories.catalogue import make_photo, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_exception, make_roll

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}


class Stamp:
    """A stamped unit for tests: its batch, its roll, the code of its first stamp."""

    def __init__(self, app: Flask, session: Session, *, active: bool = True, **batch_facts: Any) -> None:
        self.trace: Trace = part(Trace, app)
        self.product = make_product(session, name="Mật ong Suối Giàng")
        make_certificate(session, product=self.product, stars=4, valid_until=dt.date(2028, 1, 17))
        self.variant = make_variant(
            session, product=self.product, gtin=batch_facts.pop("gtin", None), pack="Hũ 500 g"
        )
        area = make_area(session, producer=self.product.producer, name="Rừng ong Suối Giàng")
        self.batch = make_batch(session, variant=self.variant, areas=[area], **batch_facts)
        self.roll = make_roll(session, variant=self.variant, count=10, key_id=self.trace.ring.issuing.id)
        if active:
            make_activation(session, roll=self.roll, batch=self.batch)

    def code(self, place: int = 1) -> str:
        return encode(self.roll.first_number + place - 1, self.trace.ring.issuing)


@pytest.fixture
def stamp(app: Flask, session: Session) -> Stamp:
    return Stamp(app, session)


def look(client: FlaskClient, code: str, **kwargs: Any) -> tuple[str, BeautifulSoup]:
    answer = client.get(f"/t/{code}", headers=kwargs.pop("headers", PHONE), **kwargs)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    main = page.select_one("main[data-verdict]")
    assert main is not None, answer.status
    return str(main["data-verdict"]), page


def test_the_first_scan_shows_that_and_where_the_goods_come_from(client: Visitor, stamp: Stamp) -> None:
    verdict, page = look(client, stamp.code())
    text = page.get_text(" ", strip=True)
    assert verdict == "genuine-first"
    for fact in (
        "Tem thật",
        "Mật ong Suối Giàng",
        "Rừng ong Suối Giàng",
        "4 sao",
        "17/01/2028",
        stamp.batch.code,
    ):
        assert fact in text
    assert group(stamp.code()) in text
    assert "Yên Bái" in text and "nay thuộc Lào Cai" in text


def test_a_second_phone_sees_when_and_how_often_it_was_scanned(
    app: Flask, stamp: Stamp, set_day: Callable[[dt.date], dt.datetime]
) -> None:
    look(app.test_client(), stamp.code())
    set_day(dt.date(2026, 11, 23))
    verdict, page = look(app.test_client(), stamp.code())
    text = page.get_text(" ", strip=True)
    assert verdict == "genuine-seen"
    assert "21/11/2026" in text and "lần quét thứ 2" in text
    verdict, page = look(app.test_client(), stamp.code())
    assert "lần quét thứ 3" in page.get_text(" ", strip=True)


def test_a_reload_or_the_other_language_is_no_new_scan(client: Visitor, stamp: Stamp) -> None:
    look(client, stamp.code())
    assert look(client, stamp.code())[0] == "genuine-first"
    verdict, page = look(client, stamp.code() + "?lang=en")
    assert verdict == "genuine-first"
    assert page.html is not None and page.html["lang"] == "en"
    assert stamp.trace.scans.peek(stamp.roll.first_number).count == 1


def test_the_other_language_is_that_of_the_same_stamp(app: Flask, client: Visitor, session: Session) -> None:
    """The page is drawn once for a batch; its link must not lead to the stamp it was drawn for."""
    stamp = Stamp(app, session, gtin="09520000000011")
    look(client, stamp.code(1))
    for query, switched in (
        ("", "?lang=en"),
        ("?gtin=09520000000011", "?gtin=09520000000011&lang=en"),
        ("?lot=A%2FB&gtin=9520000000011", "?gtin=09520000000011&lot=A%2FB&lang=en"),
        ('?gtin=1"%20x%3D%26&lot=%3Cb%3E%20%22', "?lot=%3Cb%3E&lang=en"),
        ("?utm_source=zalo", "?lang=en"),
    ):
        _, page = look(client, stamp.code(2) + query)
        link = page.select_one("a.lang-switch")
        assert link is not None
        assert link["href"] == switched
        assert stamp.code(1) not in str(page)


def test_the_scan_cookie_is_for_one_code_half_an_hour_and_no_script(
    app: Flask, client: Visitor, stamp: Stamp, set_day: Callable[[dt.date], dt.datetime]
) -> None:
    answer = client.get(f"/t/{stamp.code()}", headers=PHONE)
    cookie = answer.headers["Set-Cookie"]
    assert f"Path=/t/{stamp.code()}" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Max-Age=1800" in cookie
    value = re.match(r"scan=([^;]+)", cookie)
    assert value
    other = app.test_client()
    look(other, stamp.code(2))
    stolen = {**PHONE, "Cookie": f"scan={value[1]}"}
    assert look(app.test_client(use_cookies=False), stamp.code(2), headers=stolen)[0] == "genuine-seen"
    last = "A" if value[1][-1] != "A" else "B"
    forged = {**PHONE, "Cookie": f"scan={value[1][:-1]}{last}"}
    assert look(app.test_client(use_cookies=False), stamp.code(), headers=forged)[0] == "genuine-seen"
    late = set_day(dt.date(2026, 11, 22))
    assert late
    assert (
        look(
            app.test_client(use_cookies=False), stamp.code(), headers={**PHONE, "Cookie": f"scan={value[1]}"}
        )[0]
        == "genuine-seen"
    )


@pytest.mark.parametrize(
    "agent",
    [
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "TelegramBot (like TwitterBot)",
    ],
)
@pytest.mark.parametrize("seen", [False, True])
def test_a_robot_is_no_scan_and_its_page_says_nothing_about_who_looked(
    app: Flask, stamp: Stamp, agent: str, seen: bool
) -> None:
    if seen:
        look(app.test_client(), stamp.code())
    verdict, page = look(app.test_client(), stamp.code(), headers={"User-Agent": agent})
    assert verdict == "genuine"
    text = page.get_text()
    assert (
        "Quét lúc" not in text
        and "đầu tiên" not in text
        and "Chưa ai" not in text
        and "Có người đã quét" not in text
    )
    assert "Quét tem trên gói hàng" in text
    assert stamp.trace.scans.peek(stamp.roll.first_number).count == seen


def test_what_a_robot_is_told_of_a_void_stamp_leaves_the_scans_out(
    app: Flask, session: Session, stamp: Stamp
) -> None:
    make_exception(session, roll=stamp.roll)
    verdict, page = look(app.test_client(), stamp.code(), headers={"User-Agent": "Twitterbot/1.0"})
    assert verdict == "void"
    assert not page.select("[data-also]")


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prefetch;anonymous-client-ip"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
    ],
)
def test_a_prefetch_is_refused_so_that_the_visit_is_a_request_of_its_own(
    client: Visitor, stamp: Stamp, header: dict[str, str]
) -> None:
    for code in (stamp.code(), "0000000000000000", "x"):
        answer = client.get(f"/t/{code}", headers={**PHONE, **header})
        assert answer.status_code == 503
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    assert stamp.trace.scans.peek(stamp.roll.first_number).count == 0
    assert look(client, stamp.code(), headers={**PHONE, "Sec-Purpose": "other"})[0] == "genuine-first"


def test_head_is_no_scan(client: Visitor, stamp: Stamp) -> None:
    answer = client.head(f"/t/{stamp.code()}", headers=PHONE)
    assert answer.status_code == 200
    assert stamp.trace.scans.peek(stamp.roll.first_number).count == 0


def test_a_stamp_not_yet_on_goods_warns(app: Flask, client: Visitor, session: Session) -> None:
    stamp = Stamp(app, session, active=False)
    verdict, page = look(client, stamp.code())
    assert verdict == "not-activated"
    assert "Khoan mua" in page.get_text()


def test_goods_past_their_date_warn_with_the_day(app: Flask, client: Visitor, session: Session) -> None:
    stamp = Stamp(app, session, made_on=dt.date(2026, 1, 1), expires_on=dt.date(2026, 11, 20))
    verdict, page = look(client, stamp.code())
    assert verdict == "past-date"
    assert "20/11/2026" in page.get_text()


def test_goods_without_a_date_of_expiry_say_so(app: Flask, client: Visitor, session: Session) -> None:
    verdict, page = look(client, Stamp(app, session, expires_on=None).code())
    assert verdict == "genuine-first"
    assert "Hàng không ghi hạn dùng" in page.get_text()


def test_an_area_whose_size_nobody_stated_is_named_without_one(
    app: Flask, client: Visitor, session: Session
) -> None:
    stamp = Stamp(app, session)
    with atomic() as writing:
        for area in writing.scalars(sa.select(RawMaterialArea)):
            area.hectares = None
    text = look(client, stamp.code())[1].get_text()
    assert "Rừng ong Suối Giàng" in text
    assert not re.search(r"\d ha\b", text)


def test_a_void_stamp_shows_why(client: Visitor, session: Session, stamp: Stamp) -> None:
    make_exception(session, roll=stamp.roll, reason="In nhòe mực")
    verdict, page = look(client, stamp.code())
    assert verdict == "void"
    assert "In nhòe mực" in page.get_text()


def test_a_link_of_another_product_is_caught(app: Flask, client: Visitor, session: Session) -> None:
    stamp = Stamp(app, session, gtin="09520000000011")
    assert look(client, f"{stamp.code()}?gtin=09520000000011")[0] == "genuine-first"
    assert look(client, f"{stamp.code()}?gtin=09520000000028")[0] == "wrong-product"


def test_a_withdrawn_star_is_gone_from_the_page_at_once(
    app: Flask, client: Visitor, session: Session, stamp: Stamp, now: dt.datetime
) -> None:
    from app.certification.awards import withdraw

    assert look(client, stamp.code())[0] == "genuine-first"
    with atomic() as writing:
        withdraw(
            writing,
            product_id=stamp.product.id,
            reason="no-records",
            note="Không có hồ sơ truy xuất trong đợt kiểm tra.",
            officer_unit=stamp.product.today_province_id,
            actor=Actor(None, "officer"),
            now=now,
        )
    verdict, page = look(client, stamp.code())
    assert verdict == "star-ended"
    assert page.select_one("svg.star-row") is None


def test_when_the_certificate_ends_the_star_ends_without_any_job(
    client: Visitor, stamp: Stamp, set_day: Callable[[dt.date], dt.datetime], session: Session
) -> None:
    stamp.batch = session.merge(stamp.batch)
    stamp.batch.expires_on = dt.date(2030, 1, 1)
    session.commit()
    set_day(dt.date(2028, 1, 17))
    assert look(client, stamp.code())[0] == "genuine-first"
    set_day(dt.date(2028, 1, 18))
    assert look(client, stamp.code())[0] == "star-ended"


def test_a_code_written_loosely_leads_to_the_printed_one(client: Visitor, stamp: Stamp) -> None:
    typed = group(stamp.code()).lower().replace("0", "o").replace("1", "l")
    answer = client.get(f"/t/{typed}?gtin=1", headers=PHONE)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"/t/{stamp.code()}?gtin=1"
    assert stamp.trace.scans.peek(stamp.roll.first_number).count == 0


def test_a_code_of_the_right_form_that_is_not_ours_is_unknown_without_a_hint(
    client: Visitor, stamp: Stamp
) -> None:
    code = stamp.code()
    forged = code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % 32]
    answer = client.get(f"/t/{forged}", headers=PHONE)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert 'data-verdict="unknown"' in text
    assert "So lại bốn nhóm" in text
    assert group(code) not in text and code not in text


def test_a_genuine_number_never_issued_is_unknown(client: Visitor, stamp: Stamp) -> None:
    never = encode(10**9, stamp.trace.ring.issuing)
    answer = client.get(f"/t/{never}", headers=PHONE)
    assert answer.status_code == 404
    assert stamp.trace.scans.peek(10**9).count == 0


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [("7K4M 9XQ2 TURB H5WE", ["3"]), ("7K4M 9XQ T0RB H5WE", ["2"]), ("7K4M-9XQ2-T0RB-H5W", ["4"])],
)
def test_the_group_that_looks_wrong_is_marked(client: Visitor, typed: str, wrong: list[str]) -> None:
    answer = client.get(f"/t/{typed}", headers=PHONE)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 400
    assert [str(group_field["data-wrong"]) for group_field in page.select("[data-wrong]")] == wrong


@pytest.mark.parametrize(
    "garbage",
    ["x", "%00", "..%2f..%2fetc", "💥" * 20, "<script>alert(1)</script>", "A" * 3000, "'; DROP TABLE--"],
)
def test_garbage_is_answered_with_help(client: Visitor, app: Flask, garbage: str) -> None:
    answer = client.get(f"/t/{garbage}", headers=PHONE)
    assert answer.status_code in (400, 404)
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_the_page_is_never_cached_nor_indexed_and_makes_no_session(client: Visitor, stamp: Stamp) -> None:
    answer = client.get(f"/t/{stamp.code()}", headers=PHONE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "session=" not in answer.headers.get("Set-Cookie", "")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_scan_of_a_batch_already_drawn_asks_nothing_of_the_orm(
    app: Flask, stamp: Stamp, statements: list[str]
) -> None:
    first, second = stamp.code(1), stamp.code(2)
    look(app.test_client(), first)
    statements.clear()
    assert look(app.test_client(), second)[0] == "genuine-first"
    assert statements == []


def test_the_one_select_of_a_scan_asks_whether_anything_has_changed(
    app: Flask, stamp: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rows = Reader.rows

    def counted(reader: Reader, statement: str, *facts: Any) -> list[Row]:
        asked.append(statement)
        return rows(reader, statement, *facts)

    look(app.test_client(), stamp.code(1))
    monkeypatch.setattr(Reader, "rows", counted)
    look(app.test_client(), stamp.code(2))
    assert len(asked) == 1
    assert "FROM changes" in asked[0]


def test_a_sale_leaves_the_pages_of_its_stamps_as_they_are(
    app: Flask, stamp: Stamp, session: Session, now: dt.datetime
) -> None:
    look(app.test_client(), stamp.code(1))
    pages: Any = part(Trace, app).pages._answers
    (drawn,) = [entry[0] for entry in pages.values()]
    variant = session.scalars(sa.select(Variant)).one()
    with atomic() as writing:
        allocate_stock(writing, {variant.id: 1}, reference="đơn", now=now)
    look(app.test_client(), stamp.code(2))
    assert [entry[0] for entry in pages.values()] == [drawn]
    assert next(entry[0] for entry in pages.values()) is drawn


def test_the_select_reads_every_fact_that_a_standing_is_judged_by() -> None:
    assert {field.name for field in fields(CertificateFacts)} == set(CERTIFICATE_COLUMNS)
    assert set(CERTIFICATE_COLUMNS) <= set(Certificate.__table__.c.keys())


def test_drawn_pages_are_bounded_in_bytes(app: Flask) -> None:
    pages = StampPageCache(part(ChangeLog, app), limit=10_000)
    with app.app_context():
        for number in range(9):
            assert pages.make(number, lambda: (b"x" * 2_000,)) == (b"x" * 2_000,)
    assert [number for number in range(9) if pages.get(number)] == [7, 8]


def test_unknown_codes_are_limited_and_genuine_ones_never(client: Visitor, stamp: Stamp) -> None:
    answers = [client.get("/t/0000000000000000", headers=PHONE).status_code for _ in range(32)]
    assert answers[:30] == [404] * 30 and answers[-1] == 429
    assert client.get(f"/t/{stamp.code()}", headers=PHONE).status_code == 200


def test_without_limits_unknown_codes_may_be_tried_as_often_as_one_likes(
    client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    assert {client.get("/t/0000000000000000", headers=PHONE).status_code for _ in range(32)} == {404}


def test_goods_are_shown_by_their_photo_where_there_is_one(
    client: Visitor, session: Session, stamp: Stamp
) -> None:
    photo = make_photo(session, product=stamp.product)
    for address in (f"/t/{stamp.code()}", f"/batches/{stamp.batch.public_id}"):
        assert f"/media/{photo.key}-240." in client.get(address, headers=PHONE).text


def test_goods_without_a_certificate_are_genuine_and_have_no_star(
    client: Visitor, app: Flask, session: Session
) -> None:
    activation = make_activation(session)
    code = encode(activation.first_number, part(Trace, app).ring.issuing)
    verdict, page = look(client, code)
    assert verdict == "genuine-first"
    assert "Chưa có hạng sao" in page.get_text()


def test_under_another_key_of_the_ring_a_code_is_unknown(
    app: Flask, client: Visitor, session: Session, stamp: Stamp
) -> None:
    from app.trace.stamps.keys import KeyRing
    from app.trace.stamps.models import StampRoll

    ring = KeyRing.parse("k2:" + "ab" * 32 + ",k1:" + "5e" * 32)
    object.__setattr__(stamp.trace, "ring", ring)
    try:
        under_new_key = encode(stamp.roll.first_number, ring.issuing)
        assert client.get(f"/t/{under_new_key}", headers=PHONE).status_code == 404
        old = ring.get("k1")
        assert old is not None
        assert look(client, encode(stamp.roll.first_number, old))[0] == "genuine-first"
    finally:
        object.__setattr__(stamp.trace, "ring", KeyRing.parse("k1:" + "5e" * 32))
    assert session.get(StampRoll, stamp.roll.id) is not None


def test_goods_that_are_hidden_still_answer_and_lead_to_no_page_that_is_gone(
    client: Visitor, stamp: Stamp
) -> None:
    addresses = (f"/t/{stamp.code()}", f"/batches/{stamp.batch.public_id}")
    path = f"/products/{stamp.product.slug}"
    assert all(path in client.get(address, headers=PHONE).text for address in addresses)
    with atomic() as writing:
        writing.get_one(Product, stamp.product.id).published_at = None
    for address in addresses:
        answer = client.get(address, headers=PHONE)
        assert answer.status_code == 200
        assert stamp.product.name in answer.text
        assert path not in answer.text
