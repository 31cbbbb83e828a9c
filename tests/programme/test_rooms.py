"""The officers' rooms: the own place only, every figure with its rows, awards and withdrawals with their refusals."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import Certificate, StarBand
from app.certification.standing import standing_of
from app.core.audit import AuditEntry
from app.core.db import atomic
from app.core.errors import NotAllowed
from app.geography.lookup import gazetteer
from app.programme.places import own_place, own_units
from app.programme.register.export import cell
from tests.factories.accounts import (
    make_admin,
    make_membership,
    make_officer,
    make_owner,
    make_promotion,
    make_second_factor,
    make_user,
)
from tests.factories.catalogue import make_producer, make_product
from tests.factories.certification import make_certificate, make_dossier, make_figure
from tests.factories.client import Visitor
from tests.factories.places import LAO_CAI, TRA_VINH, VINH_LONG, YEN_BAI

TODAY = dt.date(2026, 11, 21)
AWARD = {
    "level": "province",
    "stars": "4",
    "score": "82",
    "decision_number": "2101/QĐ-UBND",
    "issued_on": "2026-10-05",
}
PAGES = ("", "register", "register.csv", "expiring", "figures", "alcohol")
WITHDRAWAL = {"reason": "food-safety", "note": "Mẫu ngày 10/11 vượt mức cho phép."}


@pytest.fixture
def officer(session: Session, client: Visitor) -> Visitor:
    """A visitor logged in as officer of today's Vĩnh Long."""
    return client.log_in(make_officer(session, VINH_LONG))


@pytest.fixture
def coconut(session: Session) -> Product:
    producer = make_producer(session, name="HTX Cầu Kè", province_id=TRA_VINH)
    return make_product(session, producer=producer, name="Dừa sáp", group_code="food")


def text(visitor: Visitor, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def total(page: str) -> int:
    found = re.search(r'data-total="(\d+)"', page)
    assert found
    return int(found[1])


def test_an_officer_of_today_sees_then_and_now(session: Session) -> None:
    names = gazetteer(session)
    slugs = [unit.slug for unit in own_units(names, (VINH_LONG, "VN34-00"), TODAY)]
    assert slugs == ["vinh-long", "ben-tre", "tra-vinh", "vinh-long@vn63"]
    own = own_place(names, (VINH_LONG,), "tra-vinh", TODAY)
    assert (own.unit.id, own.today.id, own.changed) == (TRA_VINH, VINH_LONG, True)
    assert not own_place(names, (VINH_LONG,), None, TODAY).changed


def test_an_officer_of_a_former_province_keeps_its_register_to_the_last_day(session: Session) -> None:
    names, last = gazetteer(session), dt.date(2025, 6, 30)
    assert [unit.id for unit in own_units(names, (TRA_VINH,), last)] == [TRA_VINH]
    with pytest.raises(NotAllowed, match="unit-abolished"):
        own_units(names, (TRA_VINH,), last + dt.timedelta(days=1))
    with pytest.raises(NotAllowed, match="unit-abolished"):
        own_units(names, (VINH_LONG,), last)


def test_each_number_leads_to_so_many_rows(session: Session, officer: Visitor, coconut: Product) -> None:
    make_certificate(session, product=coconut, stars=5)
    for stars, year in ((4, 2024), (4, 2019), (3, 2023), (None, 2023)):
        product = make_product(
            session, producer=None, province_id=TRA_VINH, name=f"Món {year}", producer_id=None
        )
        make_certificate(session, product=product, stars=stars, recognised_year=year)
    make_dossier(session, product=make_product(session, province_id=VINH_LONG))
    make_certificate(session, product=make_product(session, province_id=YEN_BAI))
    for place, count in (("", 6), ("?place=tra-vinh", 5), ("?place=ben-tre", 0)):
        page = text(officer, f"/programme/{place}")
        assert total(page) == count
        links = re.findall(
            r'<a href="([^"]*)" data-value="[^"]*"><span class="sr">[^<]*</span><b>(\d+)</b>', page
        )
        assert len(links) >= (12 if count else 0)
        for address, shown in links:
            assert total(text(officer, address.replace("&amp;", "&"))) == int(shown), address


def test_targets_count_the_register_and_published_figures_stand_apart(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=4)
    facts: dict[str, Any] = {"province_id": TRA_VINH, "place": "Trà Vinh", "relation": ">="}
    make_figure(session, measure="target_products_3star_up", value=165, **facts)
    make_figure(session, measure="target_showroom", value=1, **facts)
    make_figure(session, measure="target_entities_cooperative_pct", value=30, percent=True, **facts)
    make_figure(session, measure="products_total", value=104, **facts | {"year": "2022", "relation": ""})
    page = text(officer, "/programme/?place=tra-vinh")
    assert "Mục tiêu 2025: ít nhất 165" in page and "1 chắc còn hạn" in page
    assert page.count("Chưa đo") >= 2  # the bar, and the words on what that means
    assert "Danh sách sản phẩm OCOP" in page
    assert 'data-total="1"' in page  # the 104 published are not counted in
    rows = text(officer, "/programme/figures")
    assert total(rows) == 4 and "104" in rows
    assert "Mục tiêu 2025" not in text(officer, "/programme/?place=ben-tre")


def test_rows_are_narrowed_paged_and_downloaded(session: Session, officer: Visitor) -> None:
    producer = make_producer(session, province_id=TRA_VINH, name="=cmd()")
    for number in range(53):
        product = make_product(session, producer=producer, name=f"Kẹo {number:02}")
        make_certificate(session, product=product, stars=4 if number % 2 else 3)
    first = text(officer, "/programme/register?place=tra-vinh")
    assert total(first) == 53 and first.count("data-product=") == 50
    assert text(officer, "/programme/register?place=tra-vinh&page=2").count("data-product=") == 3
    assert "Sổ chỉ đến trang 2" in text(officer, "/programme/register?place=tra-vinh&page=9")
    assert total(text(officer, "/programme/register?stars=4&q=keo+0")) == 5
    assert "Không có dòng nào" in text(officer, "/programme/register?year=2001")
    odd = text(officer, "/programme/register?stars=9&standing=gold&year=abc&page=x")
    assert total(odd) == 53 and "Bỏ qua điều kiện không có: 9, gold, abc" in odd
    both = text(officer, "/programme/register?stars=4&stars=3")
    assert total(both) == 53 and "4 sao hoặc 3 sao" in both
    answer = officer.get("/programme/register.csv?place=tra-vinh&stars=4")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "so-ocop-tra-vinh-2026-11-21.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 1 + 26
    assert rows[1][:3] == ["Kẹo 01", "'=cmd()", "Hợp tác xã"]
    assert rows[1][11] == "Giấy còn hiệu lực"


@pytest.mark.parametrize(
    ("value", "shown"), [("-1", "'-1"), (None, ""), (4, "4"), ("\tx", "'\tx"), ("a=b", "a=b")]
)
def test_no_cell_is_a_formula(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_what_ends_soon_is_told_in_three_parts(session: Session, officer: Visitor) -> None:
    for days in (0, 30, 31, 90, 91, 180, 181):
        product = make_product(session, province_id=TRA_VINH, name=f"Món {days} ngày")
        make_certificate(session, product=product, valid_until=TODAY + dt.timedelta(days=days))
    for year in (2022, 2023, 2024, 2025):
        product = make_product(session, province_id=TRA_VINH, name=f"Món năm {year}")
        make_certificate(session, product=product, recognised_year=year)
    undated = make_product(session, province_id=TRA_VINH, name="Món không ngày")
    make_certificate(session, product=undated, certain_until=None, possible_until=None)
    with atomic() as writing:
        of_it = sa.update(Certificate).where(Certificate.product_id == undated.id)
        writing.execute(of_it.values(valid_until=None, recognised_year=None))
    page = text(officer, "/programme/expiring")
    assert total(page) == 6 and 'data-undated="3"' in page
    assert page.index("Món năm 2024") < page.index("Món không ngày")
    assert "trong năm 2026, chưa rõ ngày" in page and "trong năm 2027, chưa rõ ngày" in page
    assert "Món năm 2022" not in page and "Món năm 2025" not in page
    order = [page.index(words) for words in ("Trong 30 ngày", "Món 31 ngày", "Từ 91 đến 180", "Món 180 ngày")]
    assert order == sorted(order)
    assert "Món 0 ngày" in text(officer, "/programme/") and "Không có giấy nào" not in page


def test_an_award_shows_the_star_and_who_gave_it(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    here = f"/programme/products/{coconut.id}"
    page = text(officer, here)
    assert 'data-standing="none"' in page and "Không có giấy nào đang giữ" in page
    assert officer.post(f"{here}/award", data=AWARD).status_code == 303
    page = text(officer, here)
    assert 'data-stars="4"' in page and "Thạch Thị Sương" in page and "2101/QĐ-UBND" in page
    kept = session.scalars(sa.select(Certificate)).one()
    assert (kept.unit_id, kept.score) == (VINH_LONG, 82)
    assert 'data-stars="4"' in text(officer, f"/products/{coconut.slug}")
    again = officer.post(f"{here}/award", data=AWARD)
    assert again.status_code == 409 and "đã ghi cho sản phẩm rồi" in again.get_data(as_text=True)


def test_an_award_of_before_the_merger_names_the_former_province(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    officer.post(f"/programme/products/{coconut.id}/award", data=AWARD | {"issued_on": "30/06/2025"})
    assert session.scalars(sa.select(Certificate.unit_id)).one() == TRA_VINH


def test_a_rank_of_before_july_2025_was_recognised_by_the_district(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    here = f"/programme/products/{coconut.id}"
    old = AWARD | {"stars": "3", "score": "61", "issued_on": "30/06/2025"}
    refused = officer.post(f"{here}/award", data=old)
    assert refused.status_code == 400
    assert "Ngày ấy 3 sao do huyện công nhận" in refused.get_data(as_text=True)
    assert officer.post(f"{here}/award", data=old | {"level": "district"}).status_code == 303
    assert "Cấp huyện công nhận" in text(officer, here)
    assert "Recognised at district level" in text(officer, f"{here}?lang=en")


def test_the_form_offers_whose_decisions_may_be_recorded(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    page = text(officer, f"/programme/products/{coconut.id}")
    assert re.findall(r'name="level" type="radio" value="(\w+)"|name="level"[^>]*value="(\w+)"', page)
    for words in (
        "UBND tỉnh công nhận: 3, 4 sao",
        "Ghi lại quyết định của trung ương: 5 sao",
        "Ghi lại quyết định của huyện, đến 30/06/2025: 3 sao",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "5 sao do trung ương công nhận: chọn ghi lại quyết định của trung ương."),
        ({"level": "national"}, "Ghi số quyết định của trung ương."),
        ({"level": "emperor", "decision_number": "4100/QĐ-BNNMT"}, "Not a valid choice"),
        ({"level": "", "decision_number": "4100/QĐ-BNNMT"}, "Chọn ai quyết định."),
    ],
)
def test_five_stars_are_recorded_only_as_the_nations(
    session: Session, officer: Visitor, coconut: Product, change: dict[str, str], words: str
) -> None:
    here = f"/programme/products/{coconut.id}/award"
    five = AWARD | {"stars": "5", "score": ""}
    refused = officer.post(here, data=five | change)
    assert refused.status_code == 400
    assert words in refused.get_data(as_text=True) or words == "Not a valid choice"
    assert session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 0
    given = officer.post(here, data=five | {"level": "national", "decision_number": "4100/QĐ-BNNMT"})
    assert given.status_code == 303
    assert session.scalars(sa.select(Certificate.level)).one() == "national"


def test_the_form_says_the_points_that_todays_rules_ask(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    here = f"/programme/products/{coconut.id}"
    assert "3 sao 50–69, 4 sao 70–89, 5 sao 90–100 điểm." in text(officer, here)
    with atomic() as writing:
        writing.get_one(StarBand, {"rule_set": "148+1489", "stars": 5}).points_from = 92
    assert "3 stars 50–69, 4 stars 70–91, 5 stars 92–100 points." in text(officer, f"{here}?lang=en")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stars": ""}, "Chọn 3, 4 hoặc 5 sao."),
        ({"stars": "9"}, "Chọn 3, 4 hoặc 5 sao."),
        ({"stars": "four"}, "Ghi một số nguyên."),
        ({"score": "99"}, "4 sao cần từ 70 đến 89 điểm."),
        ({"score": "1" * 40}, "Ghi một số nguyên."),
        ({"decision_number": "1"}, "Số quyết định dài từ 3"),
        ({"issued_on": "2026-11-22"}, "Ngày cấp chưa tới."),
        ({"issued_on": "9999-12-31"}, "Ngày cấp chưa tới."),
        ({"issued_on": "0001-01-01"}, "Chương trình OCOP có từ 07/05/2018."),
        ({"issued_on": "2018-01-01"}, "Chương trình OCOP có từ 07/05/2018."),
        ({"issued_on": "2019-01-01"}, "chưa có bộ tiêu chí nào"),
        ({"issued_on": "2024-01-01"}, "Giấy đang giữ có từ 01/01/2025"),
        ({"issued_on": "hôm qua"}, "Ghi ngày như 21/11/2026."),
        ({"issued_on": ""}, "Cần một ngày."),
    ],
)
def test_a_wrong_award_is_told_at_its_field(
    session: Session, officer: Visitor, coconut: Product, change: dict[str, str], words: str
) -> None:
    make_certificate(session, product=coconut, stars=3, decides_from=dt.date(2025, 1, 1))
    answer = officer.post(f"/programme/products/{coconut.id}/award", data=AWARD | change)
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)
    assert session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 1


def test_a_withdrawal_takes_the_star_and_says_why(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=4)
    here = f"/programme/products/{coconut.id}"
    officer.log_out()
    assert 'data-stars="4"' in text(officer, f"/products/{coconut.slug}")
    officer.log_in(make_officer(session, VINH_LONG))
    for change, words in (
        ({"reason": ""}, "Chọn một lý do."),
        ({"reason": "bored"}, "Chọn một lý do."),
        ({"note": "ngắn"}, "từ 10 đến 1.000 ký tự"),
    ):
        answer = officer.post(f"{here}/withdraw", data=WITHDRAWAL | change)
        assert answer.status_code == 400 and words in answer.get_data(as_text=True)
    assert officer.post(f"{here}/withdraw", data=WITHDRAWAL).status_code == 303
    page = text(officer, here)
    assert 'data-standing="withdrawn"' in page
    assert "Vi phạm an toàn thực phẩm" in page and "Mẫu ngày 10/11" in page
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "certificate.withdrawn")).one()
    assert (entry.actor_label, entry.facts["reason"]) == ("Thạch Thị Sương", "food-safety")
    again = officer.post(f"{here}/withdraw", data=WITHDRAWAL)
    assert again.status_code == 409
    assert "đã thu hồi ngày 21/11/2026" in again.get_data(as_text=True)
    officer.log_out()
    assert 'data-stars="0"' in text(officer, f"/products/{coconut.slug}")


def test_nothing_to_withdraw_is_said(session: Session, officer: Visitor, coconut: Product) -> None:
    answer = officer.post(f"/programme/products/{coconut.id}/withdraw", data=WITHDRAWAL)
    assert answer.status_code == 404
    assert "không có giấy nào để thu hồi" in answer.get_data(as_text=True)


def test_a_replaced_certificate_is_not_called_in_force(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=3, decides_from=dt.date(2025, 1, 1))
    officer.post(f"/programme/products/{coconut.id}/award", data=AWARD)
    page = text(officer, f"/programme/products/{coconut.id}")
    assert page.count('class="cert" data-state="in-force"') == 1
    assert "Giấy mới đã thay giấy này." in page


def _everything(product: Product) -> tuple[tuple[str, str, dict[str, str]], ...]:
    here = f"/programme/products/{product.id}"
    return (
        ("GET", here, {}),
        ("POST", f"{here}/award", AWARD),
        ("POST", f"{here}/withdraw", WITHDRAWAL),
        ("POST", f"{here}/alcohol", {"decided": "none", "reason": "label"}),
    )


def test_another_place_s_product_is_not_found_and_stays_as_it_is(
    session: Session, client: Visitor, coconut: Product
) -> None:
    make_certificate(session, product=coconut, stars=3)
    for unit in (LAO_CAI, "VN34-01"):
        client.log_in(make_officer(session, unit))
        for method, address, data in _everything(coconut):
            assert client.open(address, method=method, data=data).status_code == 404
        for page in PAGES:
            assert client.get(f"/programme/{page}?place=tra-vinh").status_code == 404
        assert coconut.slug not in text(client, "/programme/register")
    answer = standing_of(session, coconut.id, TODAY)
    assert (answer.state, answer.stars) == ("in-force", 3)


def test_a_wrong_role_may_nothing(session: Session, client: Visitor, coconut: Product) -> None:
    make_certificate(session, product=coconut, stars=3)
    producer = make_producer(session)
    for who in (
        make_user(session),
        make_owner(session, producer),
        make_promotion(session),
        make_admin(session),
    ):
        client.log_in(who)
        for method, address, data in _everything(coconut):
            assert client.open(address, method=method, data=data).status_code == 403
        for page in PAGES:
            assert client.get(f"/programme/{page}").status_code == 403
    client.log_out()
    assert client.get("/programme/").status_code == 303
    assert standing_of(session, coconut.id, TODAY).stars == 3


def test_an_officer_of_two_places_may_act_in_both(
    session: Session, client: Visitor, coconut: Product
) -> None:
    who = make_user(session)
    make_second_factor(session, who)
    for unit in (LAO_CAI, YEN_BAI, VINH_LONG):  # the second is a province no more and gives nothing
        make_membership(session, who, "officer", unit_id=unit)
    client.log_in(who)
    assert client.post(f"/programme/products/{coconut.id}/award", data=AWARD).status_code == 303
    assert total(text(client, "/programme/?place=tra-vinh")) == 1
    assert total(text(client, "/programme/")) == 0


def test_an_officer_of_a_former_province_is_told_who_acts_now(
    session: Session, client: Visitor, coconut: Product
) -> None:
    held = make_certificate(session, product=coconut, stars=3)
    client.log_in(make_officer(session, TRA_VINH))
    fix = f"/programme/products/{coconut.id}/certificates/{held.id}"
    doors = [*_everything(coconut), *(("GET", f"/programme/{page}", {}) for page in PAGES), ("GET", fix, {})]
    for method, address, data in doors:
        answer = client.open(address, method=method, data=data)
        assert answer.status_code == 403, address
        page = answer.get_data(as_text=True)
        assert "Tỉnh Trà Vinh đã nhập vào Vĩnh Long, chỉ làm việc đến hết 30/06/2025." in page
    assert standing_of(session, coconut.id, TODAY).stars == 3
    client.log_in(make_officer(session, VINH_LONG))
    assert total(text(client, "/programme/register?place=tra-vinh")) == 1


def test_nothing_happens_without_the_form_s_token(
    session: Session, officer: Visitor, coconut: Product
) -> None:
    for _, address, data in _everything(coconut)[1:]:
        assert officer.post(address, data=data, csrf=False).status_code == 400
    assert session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 0


def test_an_impossible_number_is_not_found(officer: Visitor) -> None:
    for number in ("0", "999999999", "9" * 30):
        assert officer.get(f"/programme/products/{number}").status_code == 404


@pytest.mark.parametrize("page", ["", "register", "register.csv", "expiring"])
def test_a_page_asks_as_often_for_many_products_as_for_one(
    session: Session, officer: Visitor, coconut: Product, statements: list[str], page: str
) -> None:
    make_certificate(session, product=coconut, valid_until=TODAY + dt.timedelta(days=3))
    address = f"/programme/{page}"
    text(officer, address)

    def asked() -> int:
        del statements[:]
        text(officer, address)
        return sum(sent.lstrip().upper().startswith("SELECT") for sent in statements)

    before = asked()
    with atomic() as writing:
        for number in range(12):
            product = make_product(writing, province_id=TRA_VINH, name=f"Món {number}")
            facts: dict[str, Any] = (
                {"valid_until": TODAY + dt.timedelta(days=number)}
                if number % 2
                else {"recognised_year": 2023}
            )
            make_certificate(writing, product=product, **facts)
    assert asked() == before
