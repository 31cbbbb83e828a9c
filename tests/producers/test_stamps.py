"""The stamp room: a roll issued, printed, activated, voided, an activation taken back."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdfium2
import pytest
import segno
import sqlalchemy as sa
import zxingcpp
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import AuditEntry
from app.trace.stamps.codes import decode, encode
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import StampActivation, StampException, StampRoll
from tests.factories.client import Visitor
from tests.factories.pictures import picture
from tests.factories.supply import make_batch
from tests.factories.trace import make_roll
from tests.producers.conftest import SampleSite

RING = KeyRing.parse("k1:" + "5e" * 32)


def rolls(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(StampRoll)) or 0


def roll_page(sample: SampleSite) -> str:
    return f"/portal/suoi-giang/stamps/{sample.roll.public_id}"


def issue(portal: Visitor, sample: SampleSite, **change: str) -> Any:
    seen = str(sample.roll.label)
    return portal.post(
        "/portal/suoi-giang/stamps/new",
        data={"batch": sample.batch.public_id, "count": "40", "seen": seen} | change,
    )


def test_a_roll_is_issued_for_the_packs_still_without_a_stamp(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    page = portal.get(f"/portal/suoi-giang/stamps/new?batch={sample.batch.public_id}").text
    assert "Lô còn 40 gói chưa có tem" in page
    answer = issue(portal, sample)
    assert answer.status_code == 303
    made = session.scalars(sa.select(StampRoll).order_by(StampRoll.id.desc())).first()
    assert made is not None
    assert (made.count, made.batch_id, made.key_id) == (40, sample.batch.id, "k1")
    assert answer.location == f"/portal/suoi-giang/stamps/{made.public_id}"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"count": "41"}, "count", "Lô chỉ còn 40 gói chưa có tem"),
        ({"count": "0"}, "count", "Số tem từ 1"),
        ({"count": "-1"}, "count", "Số tem từ 1"),
        ({"count": "1000000000000"}, "count", "Số tem từ 1"),
        ({"count": ""}, "count", "Chưa nhập số tem."),
        ({"batch": ""}, "batch", "Chưa chọn lô hàng."),
    ],
)
def test_a_roll_that_cannot_be_is_said_at_the_field_and_not_issued(
    *, session: Session, portal: Visitor, sample: SampleSite, change: dict[str, str], field: str, words: str
) -> None:
    page = issue(portal, sample, **change)
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert words in page.text
    assert rolls(session) == 1


def test_a_full_batch_says_so(portal: Visitor, sample: SampleSite) -> None:
    issue(portal, sample)
    page = issue(portal, sample, count="1", seen=str(sample.roll.label + 1))
    assert "Mọi gói của lô đã có tem" in page.text


def test_sent_twice_a_roll_is_issued_once(session: Session, portal: Visitor, sample: SampleSite) -> None:
    issue(portal, sample, count="10")
    again = issue(portal, sample, count="10")
    assert again.status_code == 409
    assert "có thể cuộn này đã cấp rồi" in again.text
    assert rolls(session) == 2


def activate(portal: Visitor, sample: SampleSite, first: str, last: str, **more: str) -> Any:
    return portal.post(f"{roll_page(sample)}/activate", data={"first": first, "last": last} | more)


def active(session: Session) -> list[tuple[int, int]]:
    rows = session.execute(
        sa.select(StampActivation.first_number, StampActivation.last_number)
        .where(StampActivation.undone_at.is_(None))
        .order_by(StampActivation.first_number)
    )
    return [(row[0], row[1]) for row in rows]


def test_a_range_is_activated_by_numbers_or_by_the_codes_on_the_stamps(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    first = sample.roll.first_number
    assert activate(portal, sample, "21", "30").location == roll_page(sample)
    code = encode(first + 30, RING.keys[0])
    address = f"http://localhost/01/08935012345011/21/{encode(first + 34, RING.keys[0])}?a=1"
    back = activate(portal, sample, f"{code}.", address, origin="batch")
    assert back.location == f"/portal/suoi-giang/batches/{sample.batch.public_id}"
    assert active(session)[1:] == [(first + 20, first + 29), (first + 30, first + 34)]


def picture_of(text: str) -> io.BytesIO:
    drawn = io.BytesIO()
    segno.make(text).save(drawn, kind="png", scale=6)
    drawn.seek(0)
    return drawn


def test_a_range_is_activated_by_pictures_of_its_ends(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    number = sample.roll.first_number
    first, last = (f"http://localhost/t/{encode(number + n, RING.keys[0])}" for n in (20, 24))
    answer = portal.post(
        f"{roll_page(sample)}/activate",
        data={"first": "", "last": " ", "first_picture": (picture_of(first), "1.png")}
        | {"last_picture": (picture_of(last), "2.png")},
        content_type="multipart/form-data",
    )
    assert answer.location == roll_page(sample)
    assert active(session)[1:] == [(number + 20, number + 24)]


def test_a_picture_without_a_code_is_said_at_its_field(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    before = active(session)
    page = portal.post(
        f"{roll_page(sample)}/activate",
        data={"first": "21", "last": "", "last_picture": (io.BytesIO(picture()), "2.jpg")},
        content_type="multipart/form-data",
    )
    assert page.status_code == 400
    assert 'id="last-error"' in page.text and "Không thấy mã QR" in page.text
    assert active(session) == before


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("20", "25", "first", "Tem 1–20 đã kích hoạt rồi"),
        ("0", "5", "first", "từ 1 đến 60"),
        ("61", "62", "first", "từ 1 đến 60"),
        ("30", "29", "last", "từ 30 đến 60"),
        ("30", "1000000000000", "last", "16 chữ"),
        ("30", "999999999", "last", "từ 30 đến 60"),
        ("-1", "5", "first", "16 chữ"),
        ("", "5", "first", "16 chữ"),
        ("ABCD EFGH JKMN PQRS", "30", "first", "không phải tem của cuộn này"),
        ("41", "45", "first", "Tem 41–44 đã hủy"),
    ],
)
def test_a_range_that_cannot_be_is_said_at_the_field_and_not_activated(
    *, session: Session, portal: Visitor, sample: SampleSite, first: str, last: str, field: str, words: str
) -> None:
    portal.post(f"{roll_page(sample)}/void", data={"first": "41", "last": "44", "reason": "In nhòe"})
    page = activate(portal, sample, first, last)
    assert page.status_code in (400, 409)
    assert f'id="{field}-error"' in page.text
    assert words in page.text
    assert len(active(session)) == 1


def test_more_stamps_than_packs_are_not_activated(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    batch = make_batch(session, variant=sample.variant, quantity=3)
    roll = make_roll(session, variant=sample.variant, count=10)
    address = f"/portal/suoi-giang/stamps/{roll.public_id}"
    assert batch.code in portal.get(address).text
    page = portal.post(f"{address}/activate", data={"first": "1", "last": "4", "batch": batch.public_id})
    assert "Lô chỉ còn 3 gói chưa dán tem" in page.text
    portal.post(f"{address}/activate", data={"first": "1", "last": "3", "batch": batch.public_id})
    page = portal.post(f"{address}/activate", data={"first": "4", "last": "4", "batch": batch.public_id})
    assert "không còn gói nào chưa dán tem" in page.text
    assert len(active(session)) == 2


def test_an_activation_is_taken_back_within_a_day_and_only_once(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    address = f"{roll_page(sample)}/activations/{sample.activation.id}/undo"
    assert "Hoàn lại" in portal.get(roll_page(sample)).text
    portal.post(address)
    assert active(session) == []
    assert "đã được hoàn lại rồi" in portal.post(address, follow_redirects=True).text


def test_after_a_day_it_stays(session: Session, portal: Visitor, sample: SampleSite) -> None:
    clock.start_clock(clock.now() + dt.timedelta(hours=25))
    assert "không hoàn lại được nữa" in portal.get(roll_page(sample)).text
    address = f"{roll_page(sample)}/activations/{sample.activation.id}/undo"
    assert "trong 24 giờ" in portal.post(address, follow_redirects=True).text
    assert len(active(session)) == 1


def test_stamps_are_voided_with_a_reason_and_once(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    address = f"{roll_page(sample)}/void"
    sent = {"first": "10", "last": "12", "reason": "In nhòe"}
    assert portal.post(address, data=sent).status_code == 303
    page = portal.get(roll_page(sample)).text
    for words in ("Tem 1–9", "Tem 10–12", "Đã hủy: In nhòe", "Tem 13–20", "Tem 21–60"):
        assert words in page
    again = portal.post(address, data=sent)
    assert again.status_code == 409
    assert "Tem 10–12 đã hủy rồi" in again.text
    short = portal.post(address, data=sent | {"first": "30", "last": "30", "reason": "x"})
    assert 'id="reason-error"' in short.text
    assert session.scalar(sa.select(sa.func.count()).select_from(StampException)) == 1


def test_the_sheet_holds_every_stamp_of_the_range_and_is_remembered(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    answer = portal.get(f"{roll_page(sample)}/sheet.pdf?first=11&last=16")
    assert answer.mimetype == "application/pdf"
    assert f"tem-cuon-{sample.roll.label}-11-16.pdf" in answer.headers["Content-Disposition"]
    document = pypdfium2.PdfDocument(answer.data)
    picture = document[0].render(scale=300 / 72).to_pil()
    document.close()
    codes = [one.text.rsplit("/", 1)[-1] for one in zxingcpp.read_barcodes(picture)]
    opened = [decode(code, RING) for code in codes]
    assert sorted(one.n - sample.roll.first_number + 1 for one in opened if one) == [11, 12, 13, 14, 15, 16]
    session.refresh(sample.roll)
    assert sample.roll.printed_at is not None
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "roll.printed")).one()
    assert (entry.actor_id, entry.facts) == (sample.owner.id, {"first": 11, "last": 16})
    answer.close()


@pytest.mark.parametrize("query", ["first=0", "first=5&last=4", "last=61", "first=x", "first=1&last=1e9"])
def test_a_sheet_of_stamps_that_are_not_there_is_refused_kindly(
    session: Session, portal: Visitor, sample: SampleSite, query: str
) -> None:
    answer = portal.get(f"{roll_page(sample)}/sheet.pdf?{query}", follow_redirects=True)
    assert answer.mimetype == "text/html"
    assert "từ 1 đến 60" in answer.text
    session.refresh(sample.roll)
    assert sample.roll.printed_at is None


def test_a_large_roll_is_printed_in_parts(session: Session, portal: Visitor, sample: SampleSite) -> None:
    roll = make_roll(session, variant=sample.variant, count=12_000)
    page = portal.get(f"/portal/suoi-giang/stamps/{roll.public_id}").text
    for words in ("1–5.000", "5.001–10.000", "10.001–12.000"):
        assert words in page
    answer = portal.get(
        f"/portal/suoi-giang/stamps/{roll.public_id}/sheet.pdf?first=1&last=12000",
        follow_redirects=True,
    )
    assert "nhiều nhất 5.000 tem" in answer.text


def test_a_roll_whose_key_is_gone_is_not_printed(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    roll = make_roll(session, variant=sample.variant, count=5, key_id="k9", batch_id=sample.batch.id)
    answer = portal.get(f"/portal/suoi-giang/stamps/{roll.public_id}/sheet.pdf", follow_redirects=True)
    assert "Khóa của cuộn tem này không còn" in answer.text
    assert portal.get(f"/portal/suoi-giang/batches/{sample.batch.public_id}").status_code == 200
