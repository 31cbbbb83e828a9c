"""All the places, loaded once a module into a transaction that is never committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import db
from app.geography.loading import load_units
from app.geography.lookup import forget
from app.geography.models import AdministrativeUnit, AdministrativeUnitSuccession
from tests.factories.database import WorkerDatabase

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return DATA


@pytest.fixture(scope="module")
def all_places(worker_app: Flask, worker_database: WorkerDatabase) -> Iterator[Session]:
    """A session that holds every unit; the few places that tests of other packages share are set aside."""
    worker_database.reset(worker_app)  # what the last test of another package left may point at places
    with worker_app.app_context():
        engine = db.engine
    with Session(engine) as session:
        session.execute(sa.delete(AdministrativeUnitSuccession))
        session.execute(sa.delete(AdministrativeUnit).where(AdministrativeUnit.level == "commune"))
        session.execute(sa.delete(AdministrativeUnit).where(AdministrativeUnit.level == "district"))
        session.execute(sa.delete(AdministrativeUnit))
        load_units(session, DATA)
        yield session
        session.rollback()
        forget(session)


@pytest.fixture
def session(all_places: Session) -> Iterator[Session]:
    """That session within a savepoint: what a test writes is gone after it."""
    savepoint = all_places.begin_nested()
    yield all_places
    savepoint.rollback()
    all_places.expire_all()
