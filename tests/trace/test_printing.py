"""A printed stamp scans to its exact address, keeps GS1's sizes and can be named by a person."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from segno import consts

from app.gs1.digital_link import stamp_uri
from app.trace.printing.pdf import (
    FIFTY_A_PAGE,
    MIN_MODULE_MM,
    SheetError,
    SheetFacts,
    SheetReport,
    SheetTexts,
    StampLabel,
    render_sheet,
)
from app.trace.printing.symbols import PIXELS_PER_MODULE, SymbolError, Symbols
from app.trace.stamps.codes import ALPHABET, encode_range, group
from app.trace.stamps.keys import StampKey

KEY = StampKey("k1", bytes(range(32)))
BASE = "https://nguon.example.vn"
GTIN = "09520123456788"
PRODUCT = "Chè Shan tuyết Suối Giàng hảo hạng"
PRODUCER = "Hợp tác xã Suối Giàng"
POINTS_A_MM = 72 / 25.4
DPI = 300

codes = st.text(alphabet=ALPHABET, min_size=16, max_size=16)


def labels(first: int, last: int, gtin: str | None = None, base: str = BASE) -> Iterator[StampLabel]:
    for sequence, code in enumerate(encode_range(1000 + first, last - first + 1, KEY), first):
        yield StampLabel(sequence, code, stamp_uri(base, code, gtin))


def facts(first: int, last: int) -> SheetFacts:
    return SheetFacts("YB-2611-0007", first, last, PRODUCT, PRODUCER, "L2611A")


def printed(
    stamps: Iterable[StampLabel], about: SheetFacts, **more: Any
) -> tuple[SheetReport, pypdfium2.PdfDocument]:
    out = io.BytesIO()
    report = render_sheet(stamps, out, facts=about, **more)
    return report, pypdfium2.PdfDocument(out.getvalue())


def rasterised(page: pypdfium2.PdfPage) -> Image.Image:
    picture: Image.Image = page.render(scale=DPI / 72).to_pil().convert("L")
    return picture


def symbol_boxes(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top in points of each symbol, as placed in the PDF."""
    return [image.get_bounds() for image in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=5)]


# --- the sheet -------------------------------------------------------------------------------------


@pytest.mark.parametrize("gtin", [None, GTIN])
def test_every_stamp_on_the_paper_scans_to_its_exact_address(gtin: str | None) -> None:
    report, pdf = printed(labels(201, 270, gtin), facts(201, 270))
    assert (report.stamps, report.pages, len(pdf)) == (70, 2, 2)
    read = [barcode.text for page in pdf for barcode in zxingcpp.read_barcodes(rasterised(page))]
    assert sorted(read) == sorted(label.uri for label in labels(201, 270, gtin))


@pytest.mark.parametrize("gtin", [None, GTIN])
def test_modules_and_quiet_zones_keep_the_standard(gtin: str | None) -> None:
    report, pdf = printed(labels(1, 50, gtin), facts(1, 50))
    modules = report.version * 4 + 17
    page = pdf[0]
    picture = rasterised(page)
    boxes = symbol_boxes(page)
    assert len(boxes) == 50
    to_pixels = DPI / 72
    for left, bottom, right, top in boxes:
        module = (right - left) / modules
        assert right - left == pytest.approx(top - bottom, abs=0.001)
        assert module / POINTS_A_MM >= MIN_MODULE_MM
        assert module / POINTS_A_MM == pytest.approx(report.module_mm, abs=0.001)
        quiet = 4 * module
        with_quiet = picture.crop(
            (
                round((left - quiet) * to_pixels),
                round((page.get_height() - top - quiet) * to_pixels),
                round((right + quiet) * to_pixels),
                round((page.get_height() - bottom + quiet) * to_pixels),
            )
        )
        lightest = with_quiet.point([255] * 250 + [0] * 6).getbbox()
        assert lightest is not None
        # Whatever is not paper, even a grey hairline, stays four modules from the edge, less one pixel.
        width, height = with_quiet.size
        free = quiet * to_pixels - 1.5
        assert min(lightest[0], lightest[1], width - lightest[2], height - lightest[3]) >= free


def test_no_stamp_leaves_the_paper_or_meets_its_neighbour() -> None:
    report, pdf = printed(labels(1, 50), facts(1, 50))
    side = report.version * 4 + 17 + 8
    boxes = symbol_boxes(pdf[0])
    centres = [((left + right) / 2, (bottom + top) / 2) for left, bottom, right, top in boxes]
    reach = side * report.module_mm * POINTS_A_MM
    for place, (x, y) in enumerate(centres):
        assert reach / 2 < x < 595 - reach / 2
        assert reach / 2 < y < 842 - reach / 2
        assert all(
            abs(x - other_x) >= reach or abs(y - other_y) >= reach for other_x, other_y in centres[:place]
        )


def test_a_person_can_name_every_stamp_and_read_its_code() -> None:
    _, pdf = printed(labels(209, 220), facts(209, 220))
    text = pdf[0].get_textpage().get_text_range()
    page_text = " ".join(text.split())
    for label in labels(209, 220):
        assert f"{label.sequence} {group(label.code)}" in page_text


def test_the_paper_speaks_vietnamese() -> None:
    _, pdf = printed(labels(51, 120), facts(51, 120))
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]
    for text in pages:
        assert "Cuộn tem YB-2611-0007" in text
        assert f"{PRODUCT} · {PRODUCER} · Lô L2611A" in text
        assert "Quét để biết nguồn gốc" in text
        assert "hoặc gõ mã tại nguon.example.vn" in text
    assert "Tem số 51–100 (trong 51–120) · Trang 1/2" in pages[0]
    assert "Tem số 101–120 (trong 51–120) · Trang 2/2" in pages[1]


def test_the_paper_can_speak_another_language() -> None:
    english = SheetTexts("Scan to see the source", "or type it at {host}", "No.", "Roll {roll}", "Lot {batch}",
                         "Stamps {first}–{last} of {start}–{end}", "Page {page}/{pages}")  # fmt: skip
    _, pdf = printed(labels(1, 2), facts(1, 2), texts=english)
    text = " ".join(pdf[0].get_textpage().get_text_range().split())
    assert "Scan to see the source" in text
    assert "Stamps 1–2 of 1–2 · Page 1/1" in text
    assert "Quét" not in text


def test_long_and_careless_names_stay_inside_their_stamp() -> None:
    about = replace(
        facts(1, 50),
        product="Mật\nong   " * 40,
        producer="CôngtyTráchnhiệmhữuhạnMộtthànhviênThươngmạiDịchvụXuấtnhậpkhẩu" * 3,
        batch=None,
    )
    _, pdf = printed(labels(1, 50), about)
    text = pdf[0].get_textpage().get_text_range()
    assert "…" in text
    assert "Lô" not in text
    assert len(zxingcpp.read_barcodes(rasterised(pdf[0]))) == 50
    nameless = replace(facts(1, 1), product="", producer="")
    assert printed(labels(1, 1), nameless)[0].stamps == 1


def test_progress_is_reported_page_by_page() -> None:
    reported: list[int] = []
    printed(labels(1, 120), facts(1, 120), progress=reported.append)
    assert reported == [50, 100, 120]


# --- what is refused -------------------------------------------------------------------------------


def spoilt(kind: str) -> tuple[list[StampLabel], SheetFacts]:
    stamps = list(labels(1, 60))
    about = facts(1, 60)
    if kind == "gap":
        del stamps[30]
    elif kind == "too few":
        del stamps[-1]
    elif kind == "too many":
        stamps.extend(labels(61, 61))
    elif kind == "starts elsewhere":
        about = facts(2, 61)
    elif kind == "no stamps":
        stamps, about = [], facts(1, 0)
    elif kind == "nothing given":
        stamps = []
    elif kind == "another address":
        stamps[40] = next(labels(41, 41, base="https://other.example.vn"))
    elif kind == "address too long":
        stamps = list(labels(1, 60, GTIN, base=f"https://{'truy-xuat-nguon-goc-' * 4}.vn"))
    return stamps, about


@pytest.mark.parametrize(
    "kind",
    [
        "gap",
        "too few",
        "too many",
        "starts elsewhere",
        "no stamps",
        "nothing given",
        "another address",
        "address too long",
    ],
)
def test_a_sheet_that_would_not_be_what_it_says_is_not_made(kind: str) -> None:
    stamps, about = spoilt(kind)
    out = io.BytesIO()
    with pytest.raises(SheetError):
        render_sheet(stamps, out, facts=about)
    assert out.getvalue() == b""


def test_a_symbol_that_does_not_read_back_stops_the_sheet() -> None:
    stamps = list(labels(1, 60))
    longer = stamps[55].code + "00"
    stamps[55] = StampLabel(56, longer, stamp_uri(BASE, longer))
    out = io.BytesIO()
    with pytest.raises(SymbolError, match="read back as"):
        render_sheet(stamps, out, facts=facts(1, 60))
    assert out.getvalue() == b""


# --- the symbols -----------------------------------------------------------------------------------

PREFIXES = {
    f"{BASE}/t/": 27,
    f"{BASE}/01/{GTIN}/21/": 24,
    "http://127.0.0.1:8000/t/": 24,
    "HTTPS://T.OCOP.VN/T/": 0,
    "HTTPS://T.OCOP.VN/TT/": 1,
}
"""Address before the code, and how many of its letters stand in the byte segment."""

symbols_of = functools.cache(Symbols)


def modules_of(symbols: Symbols, bitmap: bytes) -> list[list[int]]:
    side = symbols.pixels
    image = Image.frombytes("1", (side, side), bitmap, "raw", "1;I")
    half = PIXELS_PER_MODULE // 2
    pixels = [
        [
            image.getpixel((x * PIXELS_PER_MODULE + half, y * PIXELS_PER_MODULE + half))
            for x in range(symbols.modules)
        ]
        for y in range(symbols.modules)
    ]
    return [[0 if pixel else 1 for pixel in row] for row in pixels]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(PREFIXES)), codes)
def test_a_symbol_is_the_one_that_segno_draws(prefix: str, code: str) -> None:
    symbols = symbols_of(prefix)
    split = PREFIXES[prefix]
    segments: Any = [(prefix[split:] + code, consts.MODE_ALPHANUMERIC)]
    if split:
        segments.insert(0, (prefix[:split], consts.MODE_BYTE))
    drawn = segno.make(
        segments, error="m", boost_error=False, micro=False, version=symbols.version, mask=symbols.mask
    )
    assert modules_of(symbols, symbols.bitmap(code)) == [
        [module & 1 for module in row] for row in drawn.matrix
    ]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PREFIXES)), codes)
def test_a_symbol_reads_back_as_its_address(prefix: str, code: str) -> None:
    symbols = symbols_of(prefix)
    assert symbols.read_back(symbols.bitmap(code)) == prefix + code


def test_a_wrong_or_unreadable_bitmap_is_found_out() -> None:
    symbols = symbols_of(f"{BASE}/t/")
    code, other = encode_range(1, 2, KEY)
    symbols.verify(code, symbols.bitmap(code))
    with pytest.raises(SymbolError):
        symbols.verify(code, symbols.bitmap(other))
    with pytest.raises(SymbolError):
        symbols.verify(code, bytes(len(symbols.bitmap(code))))


@pytest.mark.parametrize("code", ["", "0" * 15, "UUUUUUUUUUUUUUUU", "abcdefghjkmnpqrs"])
def test_only_stamp_codes_are_drawn(code: str) -> None:
    with pytest.raises(ValueError, match="no stamp code"):
        symbols_of(f"{BASE}/t/").bitmap(code)


def test_an_address_outside_ascii_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Symbols("https://nguồn.vn/t/")


def test_a_full_page_is_fifty_stamps() -> None:
    assert FIFTY_A_PAGE.per_page == 50
