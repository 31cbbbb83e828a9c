"""An address that people's programs changed leads to the printed one; only what cannot be ours is called unknown."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.core.parts import part
from app.trace.pages.addresses import NO_CLAIM, Claim, code_in, passed_on, read_claim, tidy_link
from app.trace.setup import Trace
from app.trace.stamps.codes import ALPHABET, encode
from app.trace.stamps.models import StampRoll
from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.supply import make_batch
from tests.factories.trace import KEY, make_activation, make_roll

GTIN = "08935012345011"
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}
CODE = "7K4M9XQ2T0RBH5WE"
SENT_AS_IT_IS = "/?#%&=;:!,.()[]{}<>*_~'\"+$@-"

# What was found behind the codes of stamps in messages, posts and shared links.
TAILS = [
    "/", "//", ".", ",", ";", ":", "!", "?", ")", "]", "}", ">", "*", "_", "~", "'", '"', "”", "’", "»", "…", "。",
    "、", "%20", "%09", "%0A", "%0D%0A", "%C2%A0", "%E2%80%8B", "%EF%BB%BF", "%E2%80%8D", "%C2%AD", "%E2%81%A0",
    "%E2%80%8E", "%2E", "%252E", "%2520", "%25E2%2580%258B", ").", ",%20", "👍", "%20—", "%3F", "%23",
    "&fbclid=1", "&fbclid=IwAR0" + "x" * 180, "&utm_source=zalo&utm_medium=chat", "&zarsrc=30",
    "&amp;gclid=2", ";jsessionid=1",
    "%26fbclid%3D1", "%3Ffbclid=1", "%253Ffbclid%253D1", "/?fbclid=1", "/&utm_source=a", ".%20Xem%20ngay", "%20nhé",
]  # fmt: skip


@pytest.fixture
def roll(app: Flask, session: Session) -> StampRoll:
    roll = make_roll(session, variant=make_variant(session, gtin=GTIN), count=5)
    make_activation(session, roll=roll)
    return roll


@pytest.fixture
def code(roll: StampRoll) -> str:
    return encode(roll.first_number, KEY)


def scans(app: Flask, roll: StampRoll) -> int:
    return part(Trace, app).scans.peek(roll.first_number).count


def ask(client: Visitor, address: str, headers: dict[str, str] = PHONE) -> TestResponse:
    """Ask as a server hands it on: the raw address beside the decoded path. What is not ASCII is sent encoded."""
    path, _, query = quote(address, safe=SENT_AS_IT_IS).partition("#")[0].partition("?")
    raw = {"PATH_INFO": unquote(path, "latin-1"), "QUERY_STRING": query, "RAW_URI": f"{path}?{query}"}
    return client.get("/", headers=headers, environ_overrides=raw)


def follow(client: Visitor, address: str, headers: dict[str, str] = PHONE) -> tuple[TestResponse, str]:
    """The answer at the end of the redirects, and its path."""
    for _ in range(5):
        answer = ask(client, address, headers)
        if answer.status_code not in (307, 308):
            return answer, urlsplit(address).path
        address = answer.headers["Location"]
        assert address.startswith("/") and not address.startswith("//")
    raise AssertionError(f"too many redirects: {address}")


def verdict(client: Visitor, address: str) -> str:
    return follow(client, address)[0].text.partition('data-verdict="')[2].partition('"')[0]


@pytest.mark.parametrize("tail", TAILS)
def test_a_tail_leads_to_the_printed_address_and_is_no_scan(
    app: Flask, client: Visitor, roll: StampRoll, code: str, tail: str
) -> None:
    answer = ask(client, f"/t/{code}{tail}")
    if urlsplit(f"/t/{code}{tail}").path == f"/t/{code}":  # the tail is an empty query
        assert answer.status_code == 200
        return
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (308, f"/t/{code}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert scans(app, roll) == 0
    assert verdict(client, f"/t/{code}{tail}") == "genuine-first"


@pytest.mark.parametrize("tail", TAILS)
def test_so_does_a_tail_behind_an_address_with_a_gtin(client: Visitor, code: str, tail: str) -> None:
    assert verdict(client, f"/01/{GTIN}/21/{code}{tail}") == "genuine-first"


@pytest.mark.parametrize("tail", [tail for tail in TAILS if not tail.endswith(("ngay", "nhé"))])
def test_and_behind_a_gtin_alone_or_a_lot(client: Visitor, session: Session, tail: str) -> None:
    product = make_product(session)
    batch = make_batch(session, variant=make_variant(session, product=product, gtin=GTIN))
    for path, end in (
        ("", f"/products/{product.slug}"),
        (f"/10/{batch.code}", f"/batches/{batch.public_id}"),
    ):
        answer, reached = follow(client, f"/01/{GTIN}{path}{tail}")
        assert answer.status_code == 200, reached
        assert reached == end


WRITTEN = {
    "small letters": str.lower,
    "wide letters": lambda code: "".join(chr(ord(char) + 0xFEE0) for char in code),
    "encoded": lambda code: "".join(f"%{ord(char):02X}" for char in code),
    "encoded twice": lambda code: "".join(f"%25{ord(char):02X}" for char in code),
    "signs of no width inside": lambda code: f"{code[:7]}%E2%80%8B{code[7:]}",
    "in groups": lambda code: "%20".join(code[start : start + 4] for start in range(0, 16, 4)),
    "in quotes": lambda code: f"%22{code}%22",
    "a mark in front": lambda code: f"%EF%BB%BF{code}",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_however_it_is_written_it_is_that_stamp(client: Visitor, code: str, written: str) -> None:
    changed = WRITTEN[written](code)
    assert verdict(client, f"/t/{changed}") == "genuine-first"
    assert verdict(client, f"/01/{GTIN}/21/{changed}") == "genuine-first"


@pytest.mark.parametrize(
    "path", ["//t/{}", "/t//{}", "//01/{g}/21/{}", "/01//{g}/21/{}", "/01/{g}//21/{}//", "/01/{g}/21/{}/"]
)
def test_slashes_are_merged(client: Visitor, code: str, path: str) -> None:
    assert verdict(client, path.format(code, g=GTIN)) == "genuine-first"


def test_a_place_is_tidied_too(client: Visitor) -> None:
    answer = ask(client, "/414/9520123456788.?a=1")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/414/9520123456788?a=1")


def test_a_real_query_is_kept(client: Visitor, code: str) -> None:
    for changed in (f"{code}.", f"{code.lower()}", f"{code}&fbclid=1", f"{code}/"):
        answer = ask(client, f"/t/{changed}?gtin={GTIN}&a=1&a=2&b=m%E1%BA%ADt")
        assert answer.headers["Location"] == f"/t/{code}?gtin={GTIN}&a=1&a=2&b=m%E1%BA%ADt"
    answer = ask(client, f"/01/{GTIN}/21/{code}&fbclid=12345?a=1&a=2")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"/01/{GTIN}/21/{code}?a=1&a=2")


@pytest.mark.parametrize("tail", ["X", "0", "é", "Ａ", "%41", "XYZ", "%2541", "X%E2%80%8B"])
def test_a_seventeenth_letter_stays_unknown(client: Visitor, roll: StampRoll, code: str, tail: str) -> None:
    for address in (f"/t/{code}{tail}", f"/01/{GTIN}/21/{code}{tail}"):
        assert verdict(client, address) in {"unknown", ""}  # or no address of the standard at all
    answer = ask(client, f"/t/{code}{tail}")
    assert answer.status_code == 400


def test_a_code_that_is_not_ours_stays_unknown_whatever_is_behind_it(client: Visitor, code: str) -> None:
    forged = code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % 32]
    for tail in ("", ".", "/", "&fbclid=1"):
        answer = ask(client, f"/t/{forged}{tail}")
        assert answer.status_code in (400, 404)
        assert 'data-verdict="unknown"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/t/{}.",
        "/t/{}/%2F%2Fevil.example",
        "/t/%2F%2Fevil.example%2F{}",
        "/01/{g}/21/{}//evil.example",
        "/t/{}.%0d%0aLocation:%20//evil.example",
    ],
)
def test_no_address_leads_to_another_host(client: Visitor, code: str, path: str) -> None:
    answer = ask(client, path.format(code, g=GTIN))
    target = answer.headers.get("Location", "/")
    assert target.startswith("/") and not target.startswith("//")


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"User-Agent": "facebookexternalhit/1.1"}])
def test_a_machine_that_follows_a_tidied_address_is_no_scan(
    app: Flask, client: Visitor, roll: StampRoll, code: str, headers: dict[str, str]
) -> None:
    follow(client, f"/t/{code}.", headers)
    assert scans(app, roll) == 0


def test_a_pasted_address_is_looked_up_like_its_code(client: Visitor, code: str) -> None:
    for typed in (f"http://localhost/t/{code}.", f" https://nguon.vn/01/{GTIN}/21/{code}?a=1", f"{code},"):
        answer = client.get("/t", query_string={"code": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/t/{code}")


# --- what an address claims ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *("gtin=", "gtin", "gtin=&lot=", "gtin=%20", "gtin=%E2%80%8B", "gtin=abc", "gtin=1", "gtin=null"),
        f"gtin={GTIN[:-1]}9",
    ],
)
def test_what_is_no_gtin_claims_nothing(client: Visitor, code: str, query: str) -> None:
    assert verdict(client, f"/t/{code}?{query}") == "genuine-first"


@pytest.mark.parametrize(
    "value",
    [
        *(
            GTIN,
            GTIN[1:],
            f"{GTIN}.",
            f"%20{GTIN}",
            f"{GTIN}%E2%80%8B",
            f"{GTIN}%26fbclid=1",
            f"&gtin={GTIN}",
        ),
        "".join(chr(ord(digit) + 0xFEE0) for digit in GTIN),
    ],
)
def test_the_right_gtin_is_right_however_it_is_written(client: Visitor, code: str, value: str) -> None:
    assert verdict(client, f"/t/{code}?gtin={value}") == "genuine-first"
    wrong = value.replace(GTIN[1:], "8935012345028")
    if wrong != value:
        assert verdict(client, f"/t/{code}?gtin={wrong}") == "wrong-product"


@pytest.mark.parametrize(
    ("pairs", "claim"),
    [
        ([], NO_CLAIM),
        ([("gtin", GTIN), ("gtin", "08935012345028")], Claim(GTIN)),
        ([("lot", "")], NO_CLAIM),
        ([("lot", "x" * 21)], NO_CLAIM),
        ([("lot", "lô 1")], NO_CLAIM),
        ([("lot", "<b>")], Claim(lot="<b>")),
        ([("lot", "L-1&fbclid=1")], Claim(lot="L-1")),
    ],
)
def test_a_claim_is_the_first_that_can_be_meant(pairs: list[tuple[str, str]], claim: Claim) -> None:
    given = MultiDict(pairs)
    assert read_claim(given.getlist("gtin"), given.getlist("lot")) == claim


@given(st.text(max_size=40))
@example("＆")
def test_no_text_is_too_strange(text: str) -> None:
    assert code_in(text) is None or len(code_in(text) or "") == 16
    tidy_link(f"/01/{text}")
    read_claim([text], [text])


@given(st.text(alphabet=".,;:!?)]}*'\"…»” \u00a0\u200b\ufeff/&#", max_size=6), st.text(max_size=30))
def test_any_signs_behind_a_code_leave_it_as_it_was(signs: str, rest: str) -> None:
    assert code_in(CODE + signs) == CODE
    assert code_in(f"{CODE}{signs}&{rest}") == CODE
    assert code_in(quote(quote(CODE + signs))) == CODE
    assert code_in(f"{CODE}%25252525252E") == CODE, "however often: what cannot be undone is a tail"


@given(st.lists(st.tuples(st.sampled_from(["a", "gtin", "lot", "b c"]), st.text(max_size=5)), max_size=6))
def test_a_query_is_passed_on_as_it_came(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in pairs)
    kept = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in pairs if name != "gtin")
    assert passed_on(query, "gtin") == kept
