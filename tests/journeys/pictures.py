"""The pictures of the README, taken anew: python -m tests.journeys.pictures [name …]

Starts a site with the real data in a folder of its own, does the few errands that give the pages something to show,
and writes docs/pictures/<page>-<width>.png with few colours, so that none is larger than LARGEST.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.conftest import launch
from tests.journeys.fairs import make_fair
from tests.journeys.person import DESK, HEIGHTS, PHONE, Person
from tests.journeys.site import ROOT, LiveSite
from tests.journeys.stamps import batch_on_sale, roll_by_command, roll_by_owner

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 150_000  # bytes
COLOURS = (256, 128, 64, 32)
OWNER, STAFF, OFFICER = (f"{who}@demo.nguon.example" for who in ("chucoso", "xuctien", "canbo"))


def take(person: Person, name: str, height: int | None = None) -> None:
    """A picture of the page as it stands, from the top, in as many colours as fit."""
    width = person.page.viewport_size["width"] if person.page.viewport_size else DESK
    person.page.set_viewport_size({"width": width, "height": height or HEIGHTS[width]})
    person.page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(person.page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}-{width}.png"
    for colours in COLOURS:
        few = shot.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB, {colours} colours")  # noqa: T201


def stamped(browser: Browser, site: LiveSite) -> None:
    """A batch with its stamps as the producer sees it, and a first scan."""
    with Person(browser, site.url, width=DESK) as owner:
        owner.says_yes()
        owner.log_in(OWNER)
        batch = batch_on_sale(owner, "mat-hoa-dua")
        roll_by_owner(owner, batch, 60, active=48)
        owner.go(f"/portal/batches/{batch}")
        take(owner, "batch", 1000)
    with Person(browser, site.url, width=PHONE) as buyer, tempfile.TemporaryDirectory() as folder:
        roll = roll_by_command(site, batch_on_sale(buyer, "che-dinh-tan-cuong"), 1, Path(folder))
        buyer.go(roll.addresses[0])
        take(buyer, "stamp")


def shopped(browser: Browser, site: LiveSite) -> None:
    """The shop, at a desk and on a phone."""
    with Person(browser, site.url, width=DESK) as desk, Person(browser, site.url, width=PHONE) as phone:
        for person in (desk, phone):
            person.go("/")
            take(person, "home")
            person.go("/products?province=vinh-long&in_stock=1")
            take(person, "listing")
            person.go("/products/che-dinh-tan-cuong")
            take(person, "product")


def shown(browser: Browser, site: LiveSite) -> None:
    """A fair as its visitors see it."""
    with Person(browser, site.url, width=DESK) as staff:
        staff.log_in(STAFF)
        make_fair(
            staff,
            name="Chợ Tết OCOP Vĩnh Long 2027",
            place="Quảng trường Trà Vinh",
            days=("2026-11-20", "2026-11-29"),
            introduction="Mười ngày gặp người làm ra: nếm thử, hỏi chuyện, mang về.",
            goods=("Mật hoa dừa", "Mật ong Thanh Hảo", "Miến dong Tài Hoan", "Chè đinh Tân Cương"),
        )
    with Person(browser, site.url, width=DESK) as visitor:
        visitor.go("/showcases/cho-tet-ocop-vinh-long-2027")
        take(visitor, "showcase")


def counted(browser: Browser, site: LiveSite) -> None:
    """The officer's register in figures."""
    with Person(browser, site.url, width=DESK) as officer:
        officer.log_in(OFFICER)
        take(officer, "programme", 1000)


ERRANDS = {"shop": shopped, "stamp": stamped, "showcase": shown, "programme": counted}


def main(names: list[str]) -> None:
    """Take the pictures of these errands, or of all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = LiveSite(Path(folder))
        try:
            site.until_ready()
            browser = launch(playwright)
            for name in names or list(ERRANDS):
                ERRANDS[name](browser, site)
            browser.close()
        finally:
            site.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
