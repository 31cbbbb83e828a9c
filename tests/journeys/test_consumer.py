"""At the shelf: a stamp is scanned, shown to another person, typed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser

from tests.journeys.person import Meet, Person
from tests.journeys.site import LiveSite
from tests.journeys.stamps import Roll, batch_on_sale, code_of, roll_by_command

pytestmark = pytest.mark.browser

TEA = "che-dinh-tan-cuong"
"""Tea with a GTIN and a certificate of five stars to 17/01/2028, from a commune that lost its city in 2025."""


@pytest.fixture(scope="module")
def tea(site: LiveSite, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Roll:
    """Four active stamps of the tea's batch on sale."""
    with Person(browser, site.url) as producer:
        batch = batch_on_sale(producer, TEA)
    return roll_by_command(site, batch, 4, tmp_path_factory.mktemp("sheet"))


def test_a_scan_tells_whether_it_is_real_where_it_is_from_and_how_long_it_is_good(
    tea: Roll, meet: Meet
) -> None:
    """Journey 1: first scan, the same page in English for the seller, and what a second phone reads."""
    address = tea.addresses[0]
    assert "/01/09520000000011/21/" in address, "a stamp on goods with a GTIN is a GS1 Digital Link"

    buyer = meet()
    buyer.go(address)
    assert buyer.verdict == "genuine-first"
    buyer.sees("Tem thật", "Bạn là người quét đầu tiên.", "Chè đinh Tân Cương", "HTX chè Hảo Đạt")
    buyer.sees("xã Tân Cương, thành phố Thái Nguyên, Thái Nguyên, nay là xã Tân Cương, Thái Nguyên")
    buyer.sees("Làm ngày 18/10/2026, lô 2610-02", "Còn hạn đến 10/04/2028", "5 sao đến 17/01/2028")
    assert buyer.main.locator("svg.mini-map").count() >= 1, "the place is shown on a map"

    buyer.page.get_by_role("link", name="EN, English").click()
    assert buyer.page.locator("html").get_attribute("lang") == "en"
    assert buyer.verdict == "genuine-first", "another language is no second scan"
    buyer.page.reload()
    assert buyer.verdict == "genuine-first", "a reload is no second scan"

    stranger = meet()
    stranger.go(address)
    assert stranger.verdict == "genuine-seen"
    stranger.sees("Tem thật, đã có người quét", "21/11/2026. Đây là lần quét thứ 2.")
    stranger.sees("hỏi lại người bán")


def test_a_scan_is_read_without_scripts(tea: Roll, meet: Meet) -> None:
    """Journey 1 on a browser that runs no script at all."""
    buyer = meet(scripts=False)
    buyer.go(tea.addresses[1])
    assert buyer.verdict == "genuine-first"
    buyer.sees("Bạn là người quét đầu tiên.", "Còn hạn đến 10/04/2028", "5 sao đến 17/01/2028")
    buyer.page.get_by_role("link", name="EN, English").click()
    assert buyer.verdict == "genuine-first"


def test_a_typed_code_with_an_o_and_a_missed_letter_says_which_part_looks_wrong(
    tea: Roll, meet: Meet
) -> None:
    """Journey 4: no camera; the letter O is read as the digit, a group of three is pointed at."""
    code = code_of(tea.addresses[2])
    groups = [code[start : start + 4] for start in (0, 4, 8, 12)]
    short = [groups[0].replace("0", "O"), groups[1][:3], *groups[2:]]

    buyer = meet()
    buyer.go("/t")
    buyer.page.get_by_label("Mã 16 ký tự trên tem").fill(" ".join(short).lower())
    buyer.press("Tra tem")
    wrong = buyer.main.locator("[data-wrong]")
    assert wrong.count() == 1
    assert wrong.get_attribute("data-wrong") == "2"
    assert "thiếu 1 ký tự" in wrong.inner_text()

    typed = buyer.page.get_by_label("Mã 16 ký tự trên tem")
    assert typed.input_value().split() == [part.lower() for part in short], "what was typed is kept"
    typed.fill(" ".join(groups).replace("0", "O").replace("1", "I").lower())
    buyer.press("Tra tem")
    assert buyer.verdict == "genuine-first"

    buyer.go("/t")
    last = "Z" if code[-1] != "Z" else "Y"
    buyer.page.get_by_label("Mã 16 ký tự trên tem").fill(code[:-1] + last)
    buyer.press("Tra tem")
    buyer.sees("So lại bốn nhóm")
    assert buyer.main.locator("[data-wrong]").count() == 0, "no correction is offered for a whole code"


def test_a_picture_of_a_stamp_leads_to_its_page(tea: Roll, meet: Meet, tmp_path: Path) -> None:
    """The way for those whose phone cannot scan from a picture somebody sent them."""
    picture = tmp_path / "tem.png"
    segno.make(tea.addresses[3]).save(str(picture), scale=8)
    buyer = meet()
    buyer.go("/t")
    buyer.page.get_by_label("Ảnh tem").set_input_files(picture)
    buyer.press("Đọc tem trong ảnh")
    assert buyer.verdict == "genuine-first"
