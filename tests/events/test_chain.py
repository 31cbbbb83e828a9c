"""A link is made of exactly four parts, and no two sets of parts make the same one."""

from __future__ import annotations

import datetime as dt
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from app.events.chain import BEFORE_THE_FIRST, link_of

HASH = "ni:///sha-256;" + "ab" * 32 + "?ver=CBV2.0"
MOMENT = dt.datetime(2026, 11, 21, 9, 0, 0, 1_500, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def test_the_first_link_of_a_chain_is_made_byte_by_byte_as_documented() -> None:
    stated = b"\0" * 32 + HASH.encode() + b"2026-11-21T02:00:00.001500Z"
    assert link_of(BEFORE_THE_FIRST, HASH, MOMENT, None) == hashlib.sha256(stated).hexdigest()


def test_a_later_link_stands_on_the_one_before_and_says_what_was_declared_wrong() -> None:
    before, declared = "0f" * 32, '{"reason":"did_not_occur","nguon:vì":"ghi nhầm"}'
    stated = b"\x0f" * 32 + HASH.encode() + b"2026-11-21T02:00:00.001500Z" + declared.encode()
    assert link_of(before, HASH, MOMENT, declared) == hashlib.sha256(stated).hexdigest()


parts = st.tuples(
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.binary(min_size=32, max_size=32).map(lambda digest: f"ni:///sha-256;{digest.hex()}?ver=CBV2.0"),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.one_of(st.none(), st.text(min_size=1)),
)


@given(parts, parts)
def test_other_parts_make_another_link(
    first: tuple[str, str, dt.datetime, str | None], second: tuple[str, str, dt.datetime, str | None]
) -> None:
    assert (link_of(*first) == link_of(*second)) == (first == second)
