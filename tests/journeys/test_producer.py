"""A producer's day: an area, a batch out of it, stamps for it, and nobody else's nose in any of that."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.journeys.person import DESK, Meet
from tests.journeys.shopping import path
from tests.journeys.stamps import code_of, read_sheet, words_of_sheet

pytestmark = pytest.mark.browser

OWNER = "chucoso@demo.nguon.example"
OTHER_OWNER = "cosokhac@demo.nguon.example"
# A field of some eight hectares by the Hậu river in Tiểu Cần, Vĩnh Long (Trà Vinh until July 2025).
FIELD = {
    "type": "Polygon",
    "coordinates": [[[106.18, 9.81], [106.183, 9.81], [106.183, 9.8125], [106.18, 9.8125], [106.18, 9.81]]],
}


def test_an_area_becomes_a_batch_and_the_batch_gets_stamps(meet: Meet, tmp_path: Path) -> None:
    """Journey 13: from the field to the first scan, and the spoiled stamps of it."""
    owner = meet(width=DESK)
    page = owner.page
    owner.says_yes()
    owner.log_in(OWNER)
    assert path(owner).endswith("/today"), "whoever has a producer's room starts there"

    owner.go("/portal/areas/new")
    page.get_by_label("Tên vùng").fill("Vườn dừa Bờ Hậu")
    page.get_by_label("Trồng hoặc nuôi gì").fill("Dừa")
    page.get_by_label("Vị trí hoặc hình vẽ").fill(
        json.dumps(
            {
                "type": "Polygon",
                "coordinates": [
                    [[106.18, 9.81], [106.19, 9.82], [106.19, 9.81], [106.18, 9.82], [106.18, 9.81]]
                ],
            }
        )
    )
    owner.press("Thêm vùng")
    assert page.get_by_label("Vị trí hoặc hình vẽ").get_attribute("aria-invalid") == "true", (
        "it crosses itself"
    )
    assert page.get_by_label("Tên vùng").input_value() == "Vườn dừa Bờ Hậu", "nothing typed is lost"
    page.get_by_label("Vị trí hoặc hình vẽ").fill(json.dumps(FIELD))
    owner.press("Thêm vùng")
    owner.sees("Đã thêm vùng.", "Vườn dừa Bờ Hậu")
    area = path(owner)

    owner.go("/portal/batches/new")
    page.get_by_label("Sản phẩm, quy cách").select_option(
        label=_choice(owner.page.get_by_label("Sản phẩm, quy cách"), "Mật hoa dừa,")
    )
    page.get_by_label("Mã lô").fill("2611-77")
    page.get_by_label("Số gói").fill("60")
    page.get_by_label("Ngày làm").fill("2026-11-20")
    page.get_by_label("Hạn dùng").fill("2027-11-20")
    page.get_by_label(re.compile("^Vườn dừa Bờ Hậu")).check()
    owner.press("Mở lô")
    owner.sees("Đã mở lô 2611-77.", "Lô 2611-77", "Vườn dừa Bờ Hậu")
    batch = path(owner)

    page.get_by_label("Số tem").fill("61")
    owner.press("Cấp cuộn tem")
    assert page.get_by_label("Số tem").get_attribute("aria-invalid") == "true", "more stamps than packs"
    page.get_by_label("Số tem").fill("60")
    owner.press("Cấp cuộn tem")
    owner.sees("Đã cấp cuộn tem số")
    roll = path(owner)

    with page.expect_download() as download:
        owner.follow(re.compile("^Tải PDF để in"))
    sheet = tmp_path / "tem.pdf"
    download.value.save_as(sheet)
    stamps = read_sheet(sheet)
    assert len(stamps) == 60
    assert "Mật hoa dừa" in words_of_sheet(sheet)

    buyer = meet()
    buyer.go(stamps[0])
    assert buyer.verdict == "not-activated"

    owner.go(roll)
    void = owner.main.locator("#void")
    void.get_by_label("Từ tem số").fill("51")
    void.get_by_label("Đến tem số").fill("60")
    void.get_by_label("Lý do").fill("In nhòe mực")
    owner.press("Hủy tem", void)
    owner.sees("Đã hủy 10 tem.")
    activate = owner.main.locator("#activate")
    activate.get_by_label("Từ tem số").fill(code_of(stamps[0]))
    activate.get_by_label("Đến tem số").fill("50")
    owner.press("Kích hoạt", activate)
    owner.sees("Đã kích hoạt 50 tem.")

    buyer.go(stamps[1])
    assert buyer.verdict == "genuine-first"
    buyer.sees("Mật hoa dừa", "Vườn dừa Bờ Hậu", "lô 2611-77", "Còn hạn đến 20/11/2027")
    buyer.go(stamps[55])
    assert buyer.verdict == "void"
    buyer.sees("In nhòe mực")

    rival = meet(width=DESK)
    rival.log_in(OTHER_OWNER)
    for address in (area, batch, roll, f"{roll}/sheet.pdf", "/portal/products/mat-hoa-dua"):
        rival.go(address, status=404)
        rival.sees_no("Vườn dừa Bờ Hậu", "2611-77")
    rival.go("/portal/batches")
    rival.sees_no("2611-77")


def _choice(select: object, start: str) -> str:
    """The label of the option that begins so."""
    from playwright.sync_api import Locator

    assert isinstance(select, Locator)
    labels = [option.inner_text() for option in select.locator("option").all()]
    return next(label for label in labels if label.startswith(start))
