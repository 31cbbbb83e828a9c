"""Migrations are named in sequence, agree with the models, and lose no row of a filled database."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.catalogue.models import FormerGtin, Product
from app.catalogue.variants import VariantFacts, change_variant
from app.certification.models import Certificate
from app.certification.standing import standing_of
from app.core import clock
from app.core.audit import Actor, record
from app.core.db import Model, atomic, db
from app.factory import create_app
from app.orders.models import OrderLine
from app.trace.stamps.models import AddressForm, StampRoll
from config import load_settings
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.database import PostgresDatabase
from tests.factories.orders import make_order
from tests.factories.supply import make_batch
from tests.factories.trace import make_exception, make_roll

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
NOT_DATA = {"alembic_version", "content_version", "changes"}


def test_names_are_sequential_and_each_follows_the_one_before() -> None:
    for number, path in enumerate(VERSIONS, start=1):
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(rf"{number:04d}_[a-z0-9_]+\.py", path.name), path.name
        assert f'revision = "{number:04d}"' in text
        before = f'"{number - 1:04d}"' if number > 1 else "None"
        assert f"down_revision = {before}" in text


def installation(tmp_path: Path, name: str = "var", **env: str) -> Flask:
    return create_app(load_settings({"DATA_DIR": str(tmp_path / name), **env}))


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table there is."""
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - NOT_DATA
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
            for name in sorted(names)
        }


def filled(app: Flask) -> None:
    """The real register, a row in every table that it leaves empty, and orders of goods known by year only."""
    from tests.factories.everything import fill

    assert app.test_cli_runner().invoke(args=["data", "load"]).exit_code == 0
    with app.app_context():
        fill(db.session())
        _order_by_year(db.session())


def _order_by_year(session: Session) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    product = make_product(session)
    variant = make_variant(session, product=product)
    make_certificate(session, product=product, recognised_year=2020, stars=4, decides_until=yesterday)
    make_certificate(session, product=product, recognised_year=2025, stars=4, decides_from=yesterday)
    before = clock.now() - dt.timedelta(days=9)
    for placed_at, line in (
        (before, {"standing": "lapsed", "stars": 4, "recognised_year": 2020}),
        (clock.now(), {"standing": "in-force", "stars": 4, "recognised_year": 2025}),
        (clock.now(), {"standing": "in-force", "stars": 5}),  # by a certificate that is known no more
        (clock.now(), {"standing": "none"}),
    ):
        make_order(session, variant=variant, placed_at=placed_at, line=line)


def years_held(session: Session) -> list[int | None]:
    return list(session.scalars(sa.select(OrderLine.recognised_year).order_by(OrderLine.id)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment that names an empty database on either engine."""
    if request.param == "sqlite":
        yield {}
        return
    with PostgresDatabase(request.getfixturevalue("postgres_url"), f"nguon_{uuid.uuid4().hex[:12]}") as made:
        yield {"DATABASE_URL": made.url}


@pytest.mark.parametrize("steps", [len(VERSIONS) - 1])
def test_going_back_and_forth_over_a_filled_database_loses_nothing(
    tmp_path: Path, database: dict[str, str], steps: int
) -> None:
    app = installation(tmp_path, **database)
    with app.app_context():
        upgrade()
    filled(app)
    with app.app_context():
        before = counts(db.engine)
        years = years_held(db.session())
        assert years[-4:] == [2020, 2025, None, None]
        db.session.remove()
        assert all(
            before[table.name] for table in Model.metadata.sorted_tables if not _derived(table.name)
        ), before
        for _ in range(steps):
            downgrade(revision="-1")
        kept = counts(db.engine)
        assert {name: before[name] for name in kept} == kept
        upgrade()
        after = counts(db.engine)
        assert {name: after[name] for name in kept} == kept
        assert set(after) == set(before)
        assert years_held(db.session()) == years
        db.session.remove()
        db.engine.dispose()


def test_states_written_by_hand_stop_the_upgrade_that_would_forbid_them(
    tmp_path: Path, database: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    app = installation(tmp_path, **database)
    (number,) = (n for n, path in enumerate(VERSIONS, 1) if "states_and_rank_rules" in path.name)
    by_hand = {"batches": "stopped", "dossiers": "refused", "stamp_exceptions": "lost"}
    tables = {name: sa.table(name, sa.column("state")) for name in by_hand}
    with app.app_context():
        upgrade()
        assert app.test_cli_runner().invoke(args=["data", "load"]).exit_code == 0
        make_exception(db.session(), roll=make_roll(db.session()))
        make_batch(db.session())
        db.session.remove()
        downgrade(revision=f"{number - 1:04d}")
        with db.engine.begin() as connection:
            for name, state in by_hand.items():
                connection.execute(sa.update(tables[name]).values(state=state))
        with pytest.raises(SystemExit):
            upgrade()
        with db.engine.connect() as connection:
            kept = {name: set(connection.scalars(sa.select(tables[name].c.state))) for name in by_hand}
            assert kept == {name: {state} for name, state in by_hand.items()}
            assert (
                connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == f"{number - 1:04d}"
            )
        db.engine.dispose()
    assert all(f"{name}.state" in caplog.text for name in by_hand)


def test_who_used_a_mailed_link_before_has_confirmed_the_address(
    tmp_path: Path, database: dict[str, str]
) -> None:
    app = installation(tmp_path, **database)
    (number,) = (n for n, path in enumerate(VERSIONS, 1) if path.stem.endswith("_sessions"))
    made, reset = clock.now() - dt.timedelta(days=9), clock.now() - dt.timedelta(days=2)
    with app.app_context():
        upgrade()
        by_link, by_hand, later = (make_user(db.session(), confirmed=False) for _ in range(3))
        with atomic() as session:
            for user, actor in ((by_link, by_link.id), (by_hand, None), (later, None)):
                record(session, "user.created", ("user", user.id), actor=Actor(actor, "x"), now=made)
            record(session, "password.reset", ("user", later.id), actor=Actor(later.id, "x"), now=reset)
            record(session, "user.created", ("product", by_hand.id), actor=Actor(by_hand.id, "x"), now=made)
        known = {by_link.id: made, by_hand.id: None, later.id: reset}
        db.session.remove()
        downgrade(revision=f"{number - 1:04d}")
        upgrade()
        rows = db.session.execute(sa.select(User.id, User.email_confirmed_at))
        assert {row.id: row.email_confirmed_at for row in rows} == known
        db.session.remove()
        db.engine.dispose()


def test_an_erased_withdrawal_comes_back_and_names_are_judged_again(
    tmp_path: Path, database: dict[str, str]
) -> None:
    app = installation(tmp_path, **database)
    (number,) = (n for n, path in enumerate(VERSIONS, 1) if "dated_facts_and_rights" in path.name)
    typed = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)  # the 21st in Vietnam
    issued, taken, since = dt.date(2026, 10, 5), dt.date(2026, 11, 10), dt.date(2026, 11, 21)
    with app.app_context():
        upgrade()
        assert app.test_cli_runner().invoke(args=["data", "load"]).exit_code == 0
        session = db.session()
        product = make_product(session, name="Phở khô Phúc Vang")
        tea = make_product(session, name="Trà hoa vàng")
        old = make_certificate(
            session, product=product, withdrawn_on=taken, withdrawn_reason="voluntary", decides_until=issued
        )
        new = make_certificate(session, product=product, decides_from=issued, created_at=typed)
        kept = make_certificate(session, product=tea, decides_until=issued)
        after = make_certificate(session, product=tea, decides_from=issued, created_at=typed)
        ids = [old.id, new.id, kept.id, after.id]
        goods = [product.id, tea.id]
        db.session.remove()
        downgrade(revision=f"{number - 1:04d}")
        upgrade()
        session = db.session()
        spans = [
            (c.decides_from, c.decides_until) for c in (session.get_one(Certificate, each) for each in ids)
        ]
        assert [spans[0][1], spans[1][0], spans[2][1], spans[3][0]] == [since, since, issued, issued]
        assert [standing_of(session, goods[0], day).state for day in (taken, since)] == [
            "withdrawn",
            "in-force",
        ]
        assert [session.get_one(Product, each).alcohol for each in goods] == [True, False]
        db.session.remove()
        db.engine.dispose()


def test_rolls_printed_before_keep_the_number_their_goods_had_then(
    tmp_path: Path, database: dict[str, str]
) -> None:
    """The GTIN was a slip, printed, corrected, emptied and given anew: the audit log knows all of it."""
    app = installation(tmp_path, **database)
    (number,) = (n for n, path in enumerate(VERSIONS, 1) if "printed_facts" in path.name)
    slip, right, last = "08935012345011", "08935012345028", "08935012345035"
    hour = dt.timedelta(hours=1)
    with app.app_context():
        upgrade()
        assert app.test_cli_runner().invoke(args=["data", "load"]).exit_code == 0
        session = db.session()
        variant, plain = make_variant(session, gtin=slip), make_variant(session)
        start = clock.now()
        printed_at = [start + hour * hours for hours in (1, 3, 5, 7)]
        rolls = [make_roll(session, variant=variant, printed_at=at).id for at in printed_at]
        not_printed, without = make_roll(session, variant=variant).id, make_roll(session, variant=plain).id
        without_number = make_roll(session, variant=plain, printed_at=start).id
        changes: tuple[tuple[int, str | None], ...] = ((2, right), (4, None), (6, last))
        for hours, gtin in changes:
            with atomic() as writing:
                change_variant(
                    writing,
                    producer_id=writing.get_one(StampRoll, rolls[0]).producer_id,
                    variant_id=variant.id,
                    facts=VariantFacts(pack=f"Hộp {hours}", gtin=gtin),
                    actor=Actor(None, "Lan"),
                    now=start + hour * hours,
                )
        former = {(row.gtin, row.until) for row in db.session.scalars(sa.select(FormerGtin))}
        db.session.remove()
        downgrade(revision=f"{number - 1:04d}")
        upgrade()
        kept = {
            roll.id: (roll.gtin, roll.address_form, roll.key_fingerprint)
            for roll in db.session.scalars(sa.select(StampRoll))
        }
        link, stamp = AddressForm.DIGITAL_LINK, AddressForm.STAMP
        assert [kept[roll] for roll in rolls] == [
            (slip, link, None),
            (right, link, None),
            (None, stamp, None),
            (last, link, None),
        ]
        assert kept[not_printed] == kept[without] == (None, None, None)
        assert kept[without_number] == (None, stamp, None)
        after = {(row.gtin, row.until) for row in db.session.scalars(sa.select(FormerGtin))}
        assert after == former == {(slip, start + 2 * hour), (right, start + 4 * hour)}
        db.session.remove()
        db.engine.dispose()


def _derived(name: str) -> bool:
    """Tables that are rebuilt from others, and the version counter."""
    return name.startswith("product_search") or name in NOT_DATA


def test_an_upgrade_of_a_database_in_use_is_refused_by_nothing_and_runs_twice_harmlessly(
    tmp_path: Path,
) -> None:
    app = installation(tmp_path)
    with app.app_context():
        upgrade()
        first = counts(db.engine)
        upgrade()
        assert counts(db.engine) == first


def test_foreign_keys_are_on_again_after_a_migration(tmp_path: Path) -> None:
    app = installation(tmp_path)
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    app = installation(tmp_path)
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder)
    number = len(VERSIONS) + 1
    (folder / "versions" / f"{number:04d}_broken.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '{number:04d}'\ndown_revision = '{number - 1:04d}'\n"
        "def upgrade():\n"
        "    op.create_table('half_done', sa.Column('id', sa.Integer))\n"
        "    raise RuntimeError('half-way')\n"
    )
    with app.app_context():
        upgrade()
        before = counts(db.engine)
        with pytest.raises(SystemExit):
            upgrade(directory=str(folder))
        assert counts(db.engine) == before
