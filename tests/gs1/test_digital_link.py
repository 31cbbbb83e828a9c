"""GS1 numbers and Digital Link addresses are read strictly and written so that they read back."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gs1.digital_link import (
    DigitalLink,
    DigitalLinkError,
    LinkReason,
    check_query,
    gln_uri,
    gtin_uri,
    parse_path,
    stamp_uri,
)

GTIN = "09520123456788"
GLN = "9520123456788"
BASE = "https://nguon.example.vn"
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

part = st.text(alphabet=SET_82, min_size=1, max_size=20).filter(lambda text: text not in {".", ".."})


# --- addresses read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (f"/01/{GTIN}", DigitalLink("01", GTIN)),
        (f"/01/{GTIN}/", DigitalLink("01", GTIN)),
        (f"/01/{GTIN}/22/2A", DigitalLink("01", GTIN, cpv="2A")),
        (f"/01/{GTIN}/10/L2411A/21/x", DigitalLink("01", GTIN, lot="L2411A", serial="x")),
        (f"/01/{GTIN}/22/test/10/abc/21/xyz", DigitalLink("01", GTIN, "test", "abc", "xyz")),
        (f"/01/{GTIN}/10/A%2fB", DigitalLink("01", GTIN, lot="A/B")),
        (f"/01/{GTIN}/10/A+B%25", DigitalLink("01", GTIN, lot="A+B%")),
        (f"/01/{GTIN}/10/{'9' * 20}", DigitalLink("01", GTIN, lot="9" * 20)),
        (f"/414/{GLN}", DigitalLink("414", GLN)),
        (f"/414/{GLN}/254/32a%2Fb", DigitalLink("414", GLN, extension="32a/b")),
    ],
)
def test_a_path_of_the_standard_is_opened(path: str, link: DigitalLink) -> None:
    assert parse_path(path) == link


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", LinkReason.NO_KEY),
        ("/", LinkReason.NO_KEY),
        (f"01/{GTIN}", LinkReason.NO_KEY),
        (f"/gtin/{GTIN}", LinkReason.NO_KEY),
        (f"/shop/01/{GTIN}", LinkReason.NO_KEY),
        ("/00/006141411234567890", LinkReason.NO_KEY),
        ("/01", LinkReason.MISSING_VALUE),
        ("/01/", LinkReason.MISSING_VALUE),
        (f"/01//{GTIN}", LinkReason.MISSING_VALUE),
        (f"/01/{GTIN}//", LinkReason.MISSING_VALUE),
        (f"/01/{GTIN}/10", LinkReason.MISSING_VALUE),
        (f"/01/{GTIN}/10//21/x", LinkReason.MISSING_VALUE),
        (f"/01/{GTIN}/foo", LinkReason.UNKNOWN_QUALIFIER),
        (f"/01/{GTIN}/lot/A", LinkReason.UNKNOWN_QUALIFIER),
        (f"/01/{GTIN}/17/261231", LinkReason.UNKNOWN_QUALIFIER),
        (f"/01/{GTIN}/254/1", LinkReason.UNKNOWN_QUALIFIER),
        (f"/01/{GTIN}/%32%31/1", LinkReason.UNKNOWN_QUALIFIER),
        (f"/01/{GTIN}/21/x/10/y", LinkReason.QUALIFIER_ORDER),
        (f"/01/{GTIN}/10/x/22/y", LinkReason.QUALIFIER_ORDER),
        (f"/01/{GTIN}/10/x/10/x", LinkReason.QUALIFIER_ORDER),
        ("/01/9520123456788", LinkReason.GTIN_LENGTH),
        (f"/01/0{GTIN}", LinkReason.GTIN_LENGTH),
        ("/01/09520123456789", LinkReason.CHECK_DIGIT),
        ("/01/0952012345678x", LinkReason.FOREIGN_CHARACTER),
        ("/01/0952012345678%00", LinkReason.FOREIGN_CHARACTER),
        (f"/414/{GTIN}", LinkReason.GLN_LENGTH),
        ("/414/9520123456789", LinkReason.CHECK_DIGIT),
        (f"/01/{GTIN}/10/{'9' * 21}", LinkReason.TOO_LONG),
        (f"/01/{GTIN}/10/A%20B", LinkReason.FOREIGN_CHARACTER),
        (f"/01/{GTIN}/10/m%E1%BA%ADt", LinkReason.FOREIGN_CHARACTER),
        (f"/01/{GTIN}/10/A~B", LinkReason.FOREIGN_CHARACTER),
        (f"/01/{GTIN}/10/A B", LinkReason.BAD_ENCODING),
        (f"/01/{GTIN}/10/mật", LinkReason.BAD_ENCODING),
        (f"/01/{GTIN}/10/A%2", LinkReason.BAD_ENCODING),
        (f"/01/{GTIN}/10/A%zz", LinkReason.BAD_ENCODING),
        (f"/01/{GTIN}/10/<b>", LinkReason.BAD_ENCODING),
        (f"/01/{GTIN}/10/A\n", LinkReason.BAD_ENCODING),
    ],
)
def test_a_path_outside_the_standard_is_refused_with_its_reason(path: str, reason: LinkReason) -> None:
    with pytest.raises(DigitalLinkError) as refusal:
        parse_path(path)
    assert refusal.value.reason is reason


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda tail: f"/01/{GTIN}/{tail}"))
def test_garbage_is_opened_or_refused_and_never_another_error(path: str) -> None:
    try:
        assert parse_path(path).key in {"01", "414"}
    except DigitalLinkError as refusal:
        assert refusal.reason in LinkReason


VECTORS = Path(__file__).with_name("gs1_digital_link_uris.json")


def gs1_cases() -> list[dict[str, object]]:
    """GS1's own cases whose path begins with a key of this site."""
    cases = json.loads(VECTORS.read_text())
    return [case for case in cases if urlsplit(case["uri"]).path.startswith(("/01/", "/414/"))]


def test_gs1s_own_cases_agree() -> None:
    cases = gs1_cases()
    assert len(cases) >= 30
    for case in cases:
        # GS1 joins keys and values with ^ after a value of variable length; the query's elements follow.
        uri, element_string = str(case["uri"]), str(case["element_string"])
        raw_path, _, query = uri.partition("#")[0].split("/", 3)[3].partition("?")
        if not case["valid"]:
            with pytest.raises(DigitalLinkError):
                check_query(query, parse_path(f"/{raw_path}"))
            continue
        link = parse_path(f"/{raw_path}")
        check_query(query, link)
        parts = [("22", link.cpv), ("10", link.lot), ("21", link.serial), ("254", link.extension)]
        read = "^".join(f"{ai}{value}" for ai, value in parts if value is not None)
        assert element_string.startswith(f"^{link.key}{link.value}{read}"), uri


# --- addresses written -----------------------------------------------------------------------------


@given(st.none() | part, st.none() | part, st.none() | part)
def test_what_is_written_is_read_back(cpv: str | None, lot: str | None, serial: str | None) -> None:
    uri = gtin_uri(BASE, GTIN, cpv=cpv, lot=lot, serial=serial)
    assert uri.isascii()
    assert parse_path(uri.removeprefix(BASE)) == DigitalLink("01", GTIN, cpv, lot, serial)


def test_a_stamp_carries_its_product_where_it_has_a_number_and_else_its_code_alone() -> None:
    code = "0G1HV7NA4BZ0K3XW"
    assert stamp_uri(BASE, code) == f"{BASE}/t/{code}"
    assert stamp_uri(f"{BASE}/", code, GTIN) == f"{BASE}/01/{GTIN}/21/{code}"
    assert stamp_uri("http://192.168.1.7:8000", code) == f"http://192.168.1.7:8000/t/{code}"


def test_a_place_has_an_address() -> None:
    assert parse_path(gln_uri(BASE, GLN).removeprefix(BASE)) == DigitalLink("414", GLN)


@pytest.mark.parametrize(
    "base_url", ["", "nguon.vn", "ftp://nguon.vn", "https://", "https://nguon.vn/?a=1", "https://a/#b"]
)
def test_nothing_is_printed_for_an_address_that_leads_nowhere(base_url: str) -> None:
    with pytest.raises(ValueError, match="base address"):
        stamp_uri(base_url, "0G1HV7NA4BZ0K3XW")


@pytest.mark.parametrize(
    ("gtin14", "lot"),
    [
        ("9520123456788", None),
        ("09520123456789", None),
        (GTIN, ""),
        (GTIN, "lô 1"),
        (GTIN, "9" * 21),
        (GTIN, ".."),
    ],
)
def test_a_bad_part_is_refused_before_it_is_printed(gtin14: str, lot: str | None) -> None:
    with pytest.raises(DigitalLinkError):
        gtin_uri(BASE, gtin14, lot=lot)
