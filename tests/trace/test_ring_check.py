"""A ring without the keys of the rolls is a fault of the site, never an accusation of the goods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.audit import Actor
from app.core.db import atomic
from app.core.errors import Conflict
from app.core.parts import part
from app.core.stores import Stores
from app.trace.stamps.codes import encode
from app.trace.stamps.keys import KeyRing, StampKey
from app.trace.stamps.models import StampRoll
from app.trace.stamps.ring_check import confirm_keys, keys_in_use
from app.trace.stamps.rolls import issue_roll
from tests.factories.client import Visitor
from tests.factories.supply import make_batch
from tests.factories.trace import KEY, make_activation, make_roll

RING = KeyRing((KEY,))
CHANGED = KeyRing((StampKey("k1", bytes(range(32))),))
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}


def test_a_fingerprint_tells_secrets_apart_and_says_nothing_of_them() -> None:
    assert KEY.fingerprint == StampKey("k2", KEY.secret).fingerprint != CHANGED.issuing.fingerprint
    assert len(KEY.fingerprint) == 16
    assert KEY.fingerprint not in KEY.secret.hex()
    assert KEY.secret.hex() not in repr(KEY)


def test_keys_are_named_with_what_the_ring_knows_of_them(session: Session) -> None:
    make_roll(session, count=10)
    make_roll(session, count=5)
    make_roll(session, count=3, key_fingerprint=None)
    make_roll(session, count=2, key_id="k0", key_fingerprint="f" * 16)
    uses = {
        (use.key_id, use.fingerprint): (use.rolls, use.stamps, use.state)
        for use in keys_in_use(session, RING)
    }
    assert uses == {
        ("k0", "f" * 16): (1, 2, "missing"),
        ("k1", None): (1, 3, "unconfirmed"),
        ("k1", KEY.fingerprint): (2, 15, "right"),
    }
    assert [use.key_id for use in keys_in_use(session, RING) if use.faulty] == ["k0"]
    assert [(use.key_id, use.state) for use in keys_in_use(session, CHANGED) if use.faulty] == [
        ("k0", "missing"),
        ("k1", "another-secret"),
    ]


def test_old_rolls_are_confirmed_but_not_against_what_others_know(session: Session) -> None:
    old = make_roll(session, key_fingerprint=None)
    with atomic() as writing:
        assert confirm_keys(writing, RING) == 1
    with atomic() as writing:
        assert confirm_keys(writing, RING) == 0
    session.refresh(old)
    assert old.key_fingerprint == KEY.fingerprint
    older = make_roll(session, key_fingerprint=None)
    with atomic() as writing:
        assert confirm_keys(writing, CHANGED) == 0
    session.refresh(older)
    assert older.key_fingerprint is None


def test_no_roll_is_issued_under_a_key_id_that_had_another_secret(session: Session, now: dt.datetime) -> None:
    make_roll(session)
    batch = make_batch(session)
    with pytest.raises(Conflict) as refusal, atomic() as writing:
        issue_roll(
            writing,
            producer_id=batch.producer_id,
            variant_id=batch.variant_id,
            batch_id=batch.id,
            count=1,
            key=CHANGED.issuing,
            actor=Actor(None, "Lan"),
            now=now,
        )
    assert refusal.value.code == "key-changed"
    assert session.scalar(sa.select(sa.func.count()).select_from(StampRoll)) == 1


def test_a_site_without_its_keys_is_not_ready_and_calls_no_honest_stamp_a_fake(
    client: Visitor, session: Session, make_app: Callable[..., Flask]
) -> None:
    roll = make_roll(session)
    make_activation(session, roll=roll)
    code = encode(roll.first_number, KEY)
    part(Stores).establish(session)
    other = make_app(STAMP_KEYS="k1:" + "ab" * 32)
    visitor = other.test_client()
    assert "keys" in visitor.get("/readyz").get_json()["checks"]["stores"]
    for address in (f"/t/{code}", f"/t/{code}.", f"/t?code={code}"):
        answer = visitor.get(address, headers=PHONE)
        assert answer.status_code == 503
        assert "chưa kiểm được" in answer.text and "giả" not in answer.text
    assert visitor.get("/t/7K4M", headers=PHONE).status_code == 400
    assert client.get(f"/t/{code}", headers=PHONE).status_code == 200
    assert client.get("/t/7K4M9XQ2T0RBH5WE", headers=PHONE).status_code == 404


def test_the_command_names_the_keys_and_fails_where_stamps_do_not_open(
    session: Session, runner: FlaskCliRunner
) -> None:
    make_roll(session, count=1_200, key_fingerprint=None)
    asked = runner.invoke(args=["stamps", "keys"])
    assert (asked.exit_code, asked.output) == (0, "k1 -: 1 rolls, 1,200 stamps, unconfirmed\n")
    confirmed = runner.invoke(args=["stamps", "keys", "--confirm"])
    assert confirmed.output == f"1 rolls confirmed\nk1 {KEY.fingerprint}: 1 rolls, 1,200 stamps, right\n"
    make_roll(session, key_id="k0")
    assert runner.invoke(args=["stamps", "keys"]).exit_code == 1
