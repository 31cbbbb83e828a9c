"""Sheets of stamps to print, cut and stick: A4, PDF, each symbol read back before the sheet is released.

What the paper guarantees (checked by tests on the rendered page): modules of at least 0.396 mm (GS1 General
Specifications 5.12.3.1), four modules of quiet zone on every side, error correction M, the code in words
beside its symbol, and a running number on every stamp, so that a person can name "from 209 to 220".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from itertools import islice
from string import printable
from typing import BinaryIO
from urllib.parse import urlsplit

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.trace.printing.symbols import QUIET_MODULES, Symbols
from app.trace.stamps.codes import group

MIN_MODULE_MM = 0.396
"""The smallest module GS1 allows on goods at a till."""

_PLAIN, _BOLD = "BeVietnamPro", "BeVietnamPro-SemiBold"
_FONT_FILES = {_PLAIN: "BeVietnamPro-Regular.ttf", _BOLD: "BeVietnamPro-SemiBold.ttf"}

# A stamp's face, mm: what holds lines and text off the quiet zone, the margin of the words, and how far
# below the upper edge each line stands.
_EDGE, _MARGIN = 0.5, 1.2
_NUMBER_DOWN, _CODE_DOWN, _CODE_LEADING, _PRODUCT_DOWN, _PRODUCER_DOWN = 2.8, 5.9, 2.9, 11.9, 16.7


class SheetError(ValueError):
    """The stamps given do not make the sheet announced."""


@dataclass(frozen=True, slots=True)
class StampLabel:
    """One stamp to print: its running number in the roll, its code, and the address in its symbol."""

    sequence: int
    code: str
    uri: str


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What every page shows: the roll, the running numbers printed (both ends in), and whose goods these are."""

    roll: str
    first: int
    last: int
    product: str
    producer: str
    batch: str | None = None

    @property
    def count(self) -> int:
        """How many stamps are printed."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class SheetTexts:
    """The texts on the paper. Goods made in Vietnam carry Vietnamese; the edge may give another language."""

    scan: str = "Quét để biết nguồn gốc"
    typed: str = "hoặc gõ mã tại {host}"
    number: str = "Số"
    roll: str = "Cuộn tem {roll}"
    batch: str = "Lô {batch}"
    span: str = "Tem số {first}–{last} (trong {start}–{end})"
    page: str = "Trang {page}/{pages}"


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """How stamps stand on A4; lengths in millimetres. `symbol` is the box of a symbol with its quiet zone."""

    columns: int = 5
    rows: int = 10
    margin: float = 10.0
    header: float = 12.0
    symbol: float = 18.5

    @property
    def per_page(self) -> int:
        """Stamps on a full page."""
        return self.columns * self.rows

    @property
    def cell_width(self) -> float:
        """Width of one stamp, mm."""
        return float(A4[0] / mm - 2 * self.margin) / self.columns

    @property
    def cell_height(self) -> float:
        """Height of one stamp, mm."""
        return float(A4[1] / mm - 2 * self.margin - self.header) / self.rows

    def module(self, modules: int) -> float:
        """The module, mm, of a symbol `modules` wide; SheetError if it would be too small to scan."""
        size = self.symbol / (modules + 2 * QUIET_MODULES)
        if size < MIN_MODULE_MM:
            raise SheetError(
                f"the address is too long for this layout: modules of {size:.3f} mm, {MIN_MODULE_MM} wanted"
            )
        return size


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What was printed: `module_mm` and `version` of the symbols; all `stamps` were read back."""

    stamps: int
    pages: int
    module_mm: float
    version: int


FIFTY_A_PAGE = SheetLayout()


def render_sheet(
    stamps: Iterable[StampLabel],
    out: BinaryIO,
    *,
    facts: SheetFacts,
    layout: SheetLayout = FIFTY_A_PAGE,
    texts: SheetTexts | None = None,
    progress: Callable[[int], None] | None = None,
) -> SheetReport:
    """Write the PDF of `stamps` to `out`, after decoding every symbol as drawn.

    `stamps` come in order and without a gap from `facts.first` to `facts.last`, all with one address
    before their code. `progress` hears, after each page, how many are done. Raises SheetError when they
    do not fit the facts or the paper, SymbolError when a symbol does not read back: then `out` is untouched.
    """
    if facts.count < 1:
        raise SheetError(f"no stamps from {facts.first} to {facts.last}")
    labels = _in_order(stamps, facts)
    first = next(labels)
    symbols = Symbols(first.uri.removesuffix(first.code))
    sheet = _Sheet(
        out,
        facts=facts,
        layout=layout,
        texts=texts or SheetTexts(),
        symbols=symbols,
        host=urlsplit(first.uri).netloc,
    )
    printed = 0
    for page in _pages(first, labels, layout.per_page):
        sheet.draw_page(page)
        printed += len(page)
        if progress:
            progress(printed)
    sheet.save()
    return SheetReport(printed, sheet.pages, layout.module(symbols.modules), symbols.version)


def _in_order(stamps: Iterable[StampLabel], facts: SheetFacts) -> Iterator[StampLabel]:
    expected = facts.first
    for label in stamps:
        if label.sequence != expected or expected > facts.last:
            raise SheetError(f"stamp {label.sequence} came where {expected} of {facts.last} was due")
        yield label
        expected += 1
    if expected != facts.last + 1:
        raise SheetError(f"stamps end before {expected}, {facts.last} was to be the last")


def _pages(first: StampLabel, rest: Iterator[StampLabel], size: int) -> Iterator[list[StampLabel]]:
    page = [first, *islice(rest, size - 1)]
    while page:
        yield page
        page = list(islice(rest, size))


@cache
def _register_fonts() -> None:
    for name, file in _FONT_FILES.items():
        with as_file(files("fontpkg_be_vietnam_pro") / "files" / file) as path:
            registerFont(TTFont(name, path))


class _ThriftyCanvas(Canvas):
    """A canvas for many pages and short ASCII texts, two things reportlab does at some cost."""

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """End the page and store it compressed; reportlab would hold all pages in clear until the end."""
        super().showPage()
        page = self._doc.Pages[-1]
        packed = zlib.compress(page.stream.encode("latin-1"))
        page.Contents = pdfdoc.PDFStream(
            pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFName("FlateDecode")}), packed
        )
        page.stream = None

    def ascii_font(self, name: str) -> str:
        """The PDF name under which `name` shows ASCII letters by their own codes (a TTFont's first subset)."""
        font = getFont(name)
        font.splitString(printable, self._doc)
        return str(font.getSubsetInternalName(0, self._doc))


class _Sheet:
    """One PDF being drawn. Lengths in points; a stamp's origin is its lower left corner."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        facts: SheetFacts,
        layout: SheetLayout,
        texts: SheetTexts,
        symbols: Symbols,
        host: str,
    ) -> None:
        _register_fonts()
        self._facts, self._layout, self._texts, self._symbols, self._host = (
            facts,
            layout,
            texts,
            symbols,
            host,
        )
        self._module = layout.module(symbols.modules) * mm
        self._width, self._height = layout.cell_width * mm, layout.cell_height * mm
        self._box_bottom = self._height - (layout.symbol + _EDGE) * mm
        self._text_x = (layout.symbol + 2 * _EDGE) * mm
        self._number_x = self._text_x + stringWidth(f"{texts.number} ", _PLAIN, 6)
        self.pages = -(-facts.count // layout.per_page)
        self._canvas = _ThriftyCanvas(out, pagesize=A4, pageCompression=1, lang="vi")
        self._canvas.setTitle(texts.roll.format(roll=_clean(facts.roll)))
        self._canvas.setAuthor(_clean(facts.producer))
        self._canvas.setSubject(_clean(facts.product))
        self._plain, self._bold = self._canvas.ascii_font(_PLAIN), self._canvas.ascii_font(_BOLD)
        self._page = 0
        self._draw_common_face()

    def save(self) -> None:
        self._canvas.save()

    def draw_page(self, labels: list[StampLabel]) -> None:
        self._page += 1
        self._draw_header(labels[0].sequence, labels[-1].sequence)
        for place, label in enumerate(labels):
            self._draw_stamp(label, *self._corner(place))
        self._canvas.showPage()

    def _corner(self, place: int) -> tuple[float, float]:
        row, column = divmod(place, self._layout.columns)
        top = A4[1] - (self._layout.margin + self._layout.header) * mm
        return self._layout.margin * mm + column * self._width, top - (row + 1) * self._height

    def _draw_header(self, first: int, last: int) -> None:
        facts, texts, canvas = self._facts, self._texts, self._canvas
        left, right = self._layout.margin * mm, A4[0] - self._layout.margin * mm
        top = A4[1] - self._layout.margin * mm
        span = texts.span.format(first=first, last=last, start=facts.first, end=facts.last)
        page = texts.page.format(page=self._page, pages=self.pages)
        canvas.setFont(_BOLD, 9)
        canvas.drawString(left, top - 9, texts.roll.format(roll=_clean(facts.roll)))
        canvas.drawRightString(right, top - 9, f"{span} · {page}")
        about = [facts.product, facts.producer]
        if facts.batch:
            about.append(texts.batch.format(batch=facts.batch))
        canvas.setFont(_PLAIN, 8)
        canvas.drawString(
            left, top - 21, _fit(" · ".join(map(_clean, about)), _PLAIN, 8, right - left, lines=1)[0]
        )

    def _draw_common_face(self) -> None:
        """What all stamps of the roll share, drawn once: cutting lines, words, product and producer."""
        canvas, facts, texts = self._canvas, self._facts, self._texts
        canvas.beginForm("face", 0, 0, self._width, self._height)
        canvas.setStrokeGray(0.75)
        canvas.setLineWidth(0.25)
        canvas.rect(0, 0, self._width, self._height)
        canvas.setFont(_PLAIN, 6)
        canvas.drawString(self._text_x, self._height - _NUMBER_DOWN * mm, texts.number)
        self._draw_lines(self._text_x, _PRODUCT_DOWN, facts.product, _BOLD, 6, lines=2)
        self._draw_lines(self._text_x, _PRODUCER_DOWN, facts.producer, _PLAIN, 5.5, lines=2)
        below = self._layout.symbol + _EDGE
        self._draw_lines(_MARGIN * mm, below + 3.0, texts.scan, _BOLD, 6.5, lines=1)
        self._draw_lines(_MARGIN * mm, below + 5.5, texts.typed.format(host=self._host), _PLAIN, 5.5, lines=1)
        canvas.endForm()

    def _draw_lines(self, x: float, down: float, text: str, font: str, size: float, *, lines: int) -> None:
        """`text` from `x` to the stamp's right margin, its first baseline `down` mm below the upper edge."""
        self._canvas.setFont(font, size)
        y = self._height - down * mm
        for line in _fit(_clean(text), font, size, self._width - x - _MARGIN * mm, lines=lines):
            self._canvas.drawString(x, y, line)
            y -= size * 1.12

    def _draw_stamp(self, label: StampLabel, x: float, y: float) -> None:
        code = group(label.code)
        self._canvas.addLiteral(f"q 1 0 0 1 {x:.3f} {y:.3f} cm")
        self._canvas.doForm("face")
        self._draw_symbol(label)
        number_y, code_y = self._height - _NUMBER_DOWN * mm, self._height - _CODE_DOWN * mm
        self._canvas.addLiteral(
            f"BT {self._plain} 6 Tf {self._number_x:.3f} {number_y:.3f} Td ({label.sequence}) Tj ET "
            f"BT {self._bold} 7 Tf {self._text_x:.3f} {code_y:.3f} Td ({code[:9]}) Tj "
            f"0 {-_CODE_LEADING * mm:.3f} Td ({code[10:]}) Tj ET Q"
        )

    def _draw_symbol(self, label: StampLabel) -> None:
        """The symbol as an image mask: dark pixels are inked, the rest stays paper."""
        symbols = self._symbols
        if label.uri != symbols.prefix + label.code:
            raise SheetError(f"stamp {label.sequence} has an address unlike the others: {label.uri}")
        bitmap = symbols.bitmap(label.code)
        symbols.verify(label.code, bitmap)
        size, quiet = symbols.modules * self._module, QUIET_MODULES * self._module
        self._canvas.addLiteral(
            f"q {size:.4f} 0 0 {size:.4f} {_EDGE * mm + quiet:.4f} {self._box_bottom + quiet:.4f} cm "
            f"BI /W {symbols.pixels} /H {symbols.pixels} /IM true /D [1 0] /F [/AHx /Fl] ID "
            f"{zlib.compress(bitmap).hex()}> EI Q"
        )


def _clean(text: str) -> str:
    """One line: names come from people, with line ends and double blanks."""
    return " ".join(text.split())


def _fit(text: str, font: str, size: float, width: float, *, lines: int) -> list[str]:
    """`text` broken into at most `lines` lines of `width` points, the last one cut with an ellipsis."""
    broken: list[str] = simpleSplit(text, font, size, width) or [""]
    shown = [_cut(line, font, size, width) for line in broken[:lines]]
    if len(broken) > lines:
        shown[-1] = _cut(f"{shown[-1].removesuffix('…')}…", font, size, width)
    return shown


def _cut(line: str, font: str, size: float, width: float) -> str:
    if stringWidth(line, font, size) <= width:
        return line
    shortened = line.removesuffix("…")
    while shortened and stringWidth(f"{shortened}…", font, size) > width:
        shortened = shortened[:-1]
    return f"{shortened.rstrip()}…"
