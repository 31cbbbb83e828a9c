"""The portal says what stamps in print carry, before and after a GTIN changes, and stays quick with many ranges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.producers.labels import RANGES_SHOWN, bar_parts
from app.producers.stamps.queries import ACTIVE, BLANK, VOID, RangeView, RollView, cut_into_ranges
from app.trace.stamps.codes import encode
from app.trace.stamps.models import ExceptionState, StampActivation, StampException, StampRoll
from tests.factories.client import Visitor
from tests.factories.supply import make_batch
from tests.factories.trace import KEY, make_roll
from tests.producers.conftest import SampleSite

OLD, NEW = "8935012345011", "8935012345028"
FORM = {"pack": "Hộp 100 g", "net_weight": "100", "net_unit": "g", "price": "50000"}


def variant_form(sample: SampleSite) -> str:
    return f"/portal/suoi-giang/products/{sample.product.slug}/variants/{sample.variant.public_id}"


def give(portal: Visitor, sample: SampleSite, gtin: str) -> str:
    """The page after the GTIN was saved."""
    saved = portal.post(variant_form(sample), data=FORM | {"gtin": gtin})
    assert saved.status_code == 303
    return portal.get(saved.location).text


def test_the_form_says_before_and_after_how_many_stamps_in_print_carry_the_number(
    portal: Visitor, sample: SampleSite
) -> None:
    give(portal, sample, OLD)
    assert "tem trong các cuộn đã in" not in portal.get(variant_form(sample)).text
    portal.get(f"/portal/suoi-giang/stamps/{sample.roll.public_id}/sheet.pdf?first=1&last=5").close()
    assert "60 tem trong các cuộn đã in mang mã GTIN này" in portal.get(variant_form(sample)).text
    assert f"60 tem trong các cuộn đã in vẫn mang mã cũ {OLD}" in give(portal, sample, NEW)
    assert f"60 tem trong các cuộn đã in vẫn mang mã cũ {OLD}" in portal.get(variant_form(sample)).text
    assert "mã cũ" not in give(portal, sample, ""), "no stamp carries NEW"
    assert f"mã cũ {OLD}" in portal.get(variant_form(sample)).text


def test_a_slip_found_after_printing_accuses_no_stamp(
    portal: Visitor, client: Visitor, session: Session, sample: SampleSite
) -> None:
    """As a producer does it: a number typed wrong, a roll issued and printed, the number corrected, later emptied."""
    give(portal, sample, OLD)
    issued = portal.post(
        "/portal/suoi-giang/stamps/new",
        data={"batch": sample.batch.public_id, "count": "5", "seen": str(sample.roll.label)},
    )
    portal.get(f"{issued.location}/sheet.pdf").close()
    roll = session.scalars(sa.select(StampRoll).order_by(StampRoll.id.desc())).first()
    assert roll is not None
    address = f"/01/0{OLD}/21/{encode(roll.first_number, KEY)}"

    def verdict() -> str:
        answer = client.get(address)
        assert answer.status_code == 307
        return client.get(answer.location).text.partition('data-verdict="')[2].partition('"')[0]

    said = [verdict()]
    for number in (NEW, ""):
        give(portal, sample, number)
        said.append(verdict())
        assert client.get(f"/01/0{OLD}").location == f"/products/{sample.product.slug}"
    assert said == ["not-activated"] * 3
    portal.post(f"{issued.location}/activate", data={"first": "1", "last": "5"})
    assert verdict().startswith("genuine-")


def test_the_page_of_a_roll_says_what_its_stamps_carry(portal: Visitor, sample: SampleSite) -> None:
    address = f"/portal/suoi-giang/stamps/{sample.roll.public_id}"
    give(portal, sample, OLD)
    assert "GTIN trên tem" not in portal.get(address).text
    portal.get(f"{address}/sheet.pdf?first=1&last=1").close()
    give(portal, sample, NEW)
    page = portal.get(address).text
    assert "GTIN trên tem" in page and OLD in page and "/01/GTIN/21/…" in page
    assert NEW not in page


def test_a_roll_printed_without_a_number_says_so(portal: Visitor, sample: SampleSite) -> None:
    address = f"/portal/suoi-giang/stamps/{sample.roll.public_id}"
    portal.get(f"{address}/sheet.pdf?first=1&last=1").close()
    give(portal, sample, NEW)
    page = BeautifulSoup(portal.get(address).text, "html.parser").get_text(" ", strip=True)
    assert "GTIN trên tem không có" in page and "/t/…" in page


def many(session: Session, sample: SampleSite, count: int) -> StampRoll:
    """A roll with so many activations, each with a void stamp in the middle."""
    batch = make_batch(session, variant=sample.variant, quantity=100 * count)
    roll = make_roll(session, variant=sample.variant, count=100 * count, batch_id=batch.id)
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    firsts = [roll.first_number + 100 * place for place in range(count)]
    shared = {"roll_id": roll.id}
    session.execute(
        sa.insert(StampActivation),
        [
            shared | {"batch_id": batch.id, "first_number": n, "last_number": n + 79, "activated_at": at}
            for n in firsts
        ],
    )
    session.execute(
        sa.insert(StampException),
        [
            shared
            | {
                "state": ExceptionState.VOID,
                "reason": "nhòe",
                "first_number": n + 40,
                "last_number": n + 40,
                "at": at,
            }
            for n in firsts
        ],
    )
    session.commit()
    return roll


def test_a_roll_of_many_ranges_is_listed_in_pages_and_drawn_whole(
    session: Session, portal: Visitor, sample: SampleSite, statements: list[str]
) -> None:
    def asked(address: str) -> tuple[BeautifulSoup, int]:
        statements.clear()
        return BeautifulSoup(portal.get(address).text, "html.parser"), len(statements)

    few, roll = many(session, sample, 2), many(session, sample, 120)
    _, questions = asked(f"/portal/suoi-giang/stamps/{few.public_id}")
    page, more = asked(f"/portal/suoi-giang/stamps/{roll.public_id}")
    assert questions == more
    assert len(page.select(".roll-ranges li")) == RANGES_SHOWN
    assert len(page.select(".roll-bar rect")) <= 150
    bar = page.select_one(".roll-bar")
    assert bar is not None
    assert bar["aria-label"] == "9.480 tem hoạt động, 120 tem đã hủy, 2.400 tem chưa kích hoạt"
    shown = set[str]()
    for number in range(1, 11):
        page, _ = asked(f"/portal/suoi-giang/stamps/{roll.public_id}?page={number}")
        shown |= {item.get_text() for item in page.select(".roll-ranges li")}
    assert len(shown) == 120 * 4
    undone = set[str]()
    for number in range(1, 4):
        page, _ = asked(f"/portal/suoi-giang/stamps/{roll.public_id}?acts={number}")
        undone |= {str(form["action"]) for form in page.select("form[action*=undo]")}
    assert len(undone) == 120
    last, _ = asked(f"/portal/suoi-giang/stamps/{roll.public_id}?page=999&acts=x")
    assert len(last.select(".roll-ranges li")) == 120 * 4 % RANGES_SHOWN


def test_the_page_of_a_batch_lists_the_first_ranges_and_says_how_many_follow(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    roll = many(session, sample, 20)
    batch = session.execute(
        sa.text("SELECT public_id FROM batches WHERE id = :id"), {"id": roll.batch_id}
    ).scalar_one()
    page = BeautifulSoup(portal.get(f"/portal/suoi-giang/batches/{batch}").text, "html.parser")
    assert len(page.select(".roll-ranges li")) == RANGES_SHOWN
    assert "và 30 dải nữa" in page.get_text()


# --- a roll cut into ranges, compared with its stamps one by one -------------------------------------------------

COUNT = 40


class Row:
    """A row as the select gives it."""

    def __init__(self, first: int, last: int) -> None:
        self.first_number, self.last_number = 100 + first, 100 + last
        self.at, self.who, self.code, self.reason = (
            dt.datetime(2026, 11, 21, tzinfo=dt.UTC),
            None,
            "L",
            "nhòe",
        )


def spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    cuts = sorted(draw(st.sets(st.integers(0, COUNT - 1), max_size=12)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return [(first, last - draw(st.integers(0, 1)) * (last > first)) for first, last in pairs]


SPANS = st.composite(spans)()


def view(ranges: Iterator[RangeView], count: int) -> RollView:
    facts = dict.fromkeys(RollView.__dataclass_fields__)
    return RollView(**facts | {"ranges": tuple(ranges), "count": count})  # type: ignore[arg-type]


@given(SPANS, SPANS)
def test_a_roll_cut_into_ranges_says_of_each_stamp_what_it_is(
    active: list[tuple[int, int]], void: list[tuple[int, int]]
) -> None:
    roll = StampRoll(first_number=100, last_number=100 + COUNT - 1)
    cut = cut_into_ranges(roll, [Row(*span) for span in active], [Row(*span) for span in void])  # type: ignore[misc]
    whole = view(cut, COUNT)

    def state(place: int) -> str:
        if any(first <= place <= last for first, last in void):
            return VOID
        return ACTIVE if any(first <= place <= last for first, last in active) else BLANK

    said = [part.state for part in whole.ranges for _ in range(part.count)]
    assert said == [state(place) for place in range(COUNT)]
    assert [part.first for part in whole.ranges] == [1, *(part.last + 1 for part in whole.ranges[:-1])]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([ACTIVE, VOID, BLANK])), min_size=1, max_size=400)
)
def test_a_bar_covers_the_whole_roll_in_parts_that_can_be_told_apart(parts: list[tuple[int, str]]) -> None:
    ranges, first = [], 1
    for count, state in parts:
        ranges.append(RangeView(first, first + count - 1, state))
        first += count
    roll = view(iter(ranges), first - 1)
    bar = bar_parts(roll)
    assert len(bar) <= 150
    assert [part.first for part in bar] == [1, *(part.last + 1 for part in bar[:-1])]
    assert bar[-1].last == first - 1
    for part in bar:
        within = {other.state for other in ranges if other.first <= part.last and other.last >= part.first}
        assert part.state in within
