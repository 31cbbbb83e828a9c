"""Stamps as a journey meets them: issued and printed, and read off the paper by a camera."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp

from tests.journeys.person import Person
from tests.journeys.site import LiveSite

DPI = 300


def read_sheet(pdf: Path | bytes) -> list[str]:
    """The addresses in the picture codes of a sheet, page by page, as a camera reads the paper."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]
        return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture)]
    finally:
        document.close()


def words_of_sheet(pdf: Path | bytes) -> str:
    """The text of a sheet's first page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0].get_textpage()
        found: str = page.get_text_range()
        return found
    finally:
        document.close()


@dataclass(frozen=True)
class Roll:
    """A printed roll: its public id and the address of each stamp, in the order of the paper."""

    public_id: str
    addresses: list[str]


def roll_by_command(site: LiveSite, batch: str, count: int, folder: Path) -> Roll:
    """Issue, print and activate stamps for a batch by the command line."""
    said = re.match(r"roll (\w+):", site.command("stamps", "issue", "--batch", batch, "--count", str(count)))
    assert said is not None
    pdf = folder / f"{said[1]}.pdf"
    site.command("stamps", "print", said[1], "--out", str(pdf))
    site.command("stamps", "activate", said[1], "--batch", batch, "--first", "1", "--last", str(count))
    return Roll(said[1], read_sheet(pdf))


def roll_by_owner(owner: Person, batch: str, count: int, active: int) -> Roll:
    """Issue and print stamps for a batch in the portal, and activate the first `active` of them."""
    owner.go(f"/portal/stamps/new?batch={batch}")
    owner.page.get_by_label("Số tem").fill(str(count))
    owner.press("Cấp cuộn tem")
    owner.sees("Đã cấp cuộn tem")
    public_id = owner.page.url.rsplit("/", 1)[1]
    sheet = owner.page.request.get(f"/portal/stamps/{public_id}/sheet.pdf").body()
    form = owner.main.locator("#activate")
    form.get_by_label("Đến tem số").fill(str(active))
    owner.press("Kích hoạt", form)
    owner.sees(f"Đã kích hoạt {active} tem.")
    return Roll(public_id, read_sheet(sheet))


def batch_on_sale(person: Person, slug: str) -> str:
    """The public id of the batch that a product's page sells from."""
    person.go(f"/products/{slug}")
    href = person.main.locator(".batch-box a[href*='/batches/']").get_attribute("href")
    assert href is not None
    return href.rsplit("/", 1)[1]


def code_of(address: str) -> str:
    """The sixteen characters in a stamp's address."""
    return address.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[1]
