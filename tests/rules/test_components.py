"""A place, a standing, an order's state and a price are each said by one component, and templates only say."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages.extract import extract_from_file
from flask import Flask
from sqlalchemy.orm import Session

from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from scripts.translations import KEYWORDS, METHODS, OPTIONS
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.places import THAI_NGUYEN, THUONG_DINH
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_roll

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATES: Final = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt", ".xml")
)
SOURCES: Final = [*TEMPLATES, *sorted((ROOT / "app").rglob("*.py"))]
COMPONENTS: Final = ("place", "standing", "order_state", "price")
LONGEST_LINE: Final = 160
TURNS_OF_PHRASE: Final = {
    "place": r"nay (là|thuộc|chủ yếu là) %",
    "standing": r"%\((rank|stars)\)s( sao)?, (đã )?(hết hạn|thu hồi|chưa rõ)",
    "order_state": r"^Đang (trên đường|soạn hàng)$|^Chờ cơ sở nhận",
    "price": r"mỗi 100 |giá ví dụ",
}
"""What only the component says, in whatever sentence it stands."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def component(name: str) -> Path:
    return ROOT / "templates" / "components" / f"{name}.html"


@cache
def texts_of(path: Path) -> frozenset[str]:
    """Every text that a file passes through gettext."""
    method = "python" if path.suffix == ".py" else "jinja2"
    options = {} if path.suffix == ".py" else OPTIONS[METHODS[1][0]]
    found = extract_from_file(method, path, keywords=KEYWORDS, options=options)
    said: set[str] = set()
    for _, message, _, _ in found:
        said.update([message] if isinstance(message, str) else message)
    return frozenset(said)


def bare(text: str) -> str:
    """A text without its facts, marks and capitals, by which two spellings of it are known to be one."""
    return " ".join(re.sub(r"%\(\w+\)s|[^\w\s]", " ", text).lower().split())


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_a_component_says_is_said_nowhere_else(name: str) -> None:
    """Of one or two words a coincidence is likely ("sao", "chưa có"); of three it is a second spelling."""
    own = {bare(text) for text in texts_of(component(name)) if len(bare(text).split()) > 2}
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for text in texts_of(path) if path != component(name) else ():
            if bare(text) in own or re.search(TURNS_OF_PHRASE[name], text):
                elsewhere[name_of(path)].append(text)
    assert elsewhere == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_makes_no_list_and_no_long_line(path: Path) -> None:
    """Lists and choices are made in view models; a long line hides what is in it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [n for n, line in enumerate(lines, start=1) if ".append(" in line or ".update(" in line] == []
    assert [n for n, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE] == []


def test_every_page_says_the_same_of_a_divided_commune(app: Flask, session: Session, client: Visitor) -> None:
    where: dict[str, Any] = {"province_id": THAI_NGUYEN, "commune_id": THUONG_DINH}
    producer = make_producer(session, **where)
    variant = make_variant(session, product=make_product(session, producer=producer, **where))
    area = make_area(session, producer=producer, **where)
    batch = make_batch(session, variant=variant, areas=[area])
    key = part(Trace, app).ring.issuing
    roll = make_roll(session, variant=variant, count=1, key_id=key.id)
    make_activation(session, roll=roll, batch=batch)
    said = (
        "xã Thượng Đình, huyện Phú Bình, Thái Nguyên, nay chủ yếu là xã Điềm Thụy, Thái Nguyên",
        "xã Thượng Đình, huyện Phú Bình, Thái Nguyên, now mostly xã Điềm Thụy, Thái Nguyên",
    )
    for address in (
        f"/products/{variant.product.slug}",
        f"/t/{encode(roll.first_number, key)}",
        f"/batches/{batch.public_id}",
        f"/producers/{producer.slug}",
        f"/areas/{area.slug}",
    ):
        for language, place in zip(("vi", "en"), said, strict=True):
            page = client.get(f"{address}?lang={language}").text
            assert place in page, (address, language)
            assert "nay là xã Điềm Thụy" not in page
