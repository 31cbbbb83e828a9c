"""The index follows the catalogue: what is indexed, and that no change is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core import outbox
from app.core.db import atomic
from app.core.outbox import OutboxMessage
from app.core.parts import part
from app.listing.indexing import UPDATE, documents, reindex
from app.listing.search import SearchBackend, open_search
from app.listing.setup import mend
from tests.factories.accounts import make_admin
from tests.factories.catalogue import make_producer, make_product
from tests.factories.client import Visitor
from tests.factories.places import SUOI_GIANG, YEN_BAI


@pytest.fixture
def search(app: Flask) -> SearchBackend:
    backend: SearchBackend = part(SearchBackend, app)
    return backend


def queued(session: Session) -> list[dict[str, object]]:
    session.rollback()
    return list(
        session.scalars(
            sa.select(OutboxMessage.payload)
            .where(OutboxMessage.kind == UPDATE, OutboxMessage.done_at.is_(None))
            .order_by(OutboxMessage.id)
        )
    )


def test_a_document_holds_the_names_a_product_is_looked_for_by(session: Session) -> None:
    producer = make_producer(session, name="HTX Suối Giàng", province_id=YEN_BAI)
    make_product(
        session,
        producer=producer,
        name="Chè Shan",
        group_code="beverage",
        commune_id=SUOI_GIANG,
        raw_material="búp chè cổ thụ",
        description="Sao tay.",
    )
    make_product(session, name="Ẩn", published=False)
    (document,) = documents(session)
    assert (document.name, document.producer) == ("Chè Shan", "HTX Suối Giàng")
    for place in ("Yên Bái", "Lào Cai", "Suối Giàng", "Văn Chấn"):
        assert place in document.place_terms
    assert "Đồ uống" in document.group_terms
    assert document.description == "Sao tay. búp chè cổ thụ"


def test_a_change_queues_its_update_in_the_same_transaction(session: Session) -> None:
    product = make_product(session)
    assert {"products": [product.id], "producers": []} in queued(session)

    def fail() -> None:
        with atomic() as writing:
            writing.merge(product).name = "Tên mới"
            writing.flush()
            raise ZeroDivisionError

    before = len(queued(session))
    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(queued(session)) == before


def test_the_sweep_brings_the_index_up_to_date(session: Session, search: SearchBackend) -> None:
    product = make_product(session, name="Chè Shan")
    reindex(session, search)
    with atomic() as writing:
        writing.merge(product).name = "Mật ong bạc hà"
    outbox.sweep()
    assert search.query("bạc hà").ids == (product.id,)
    assert search.query("shan").total == 0
    assert queued(session) == []


def test_hiding_a_product_takes_it_out_of_the_index(session: Session, search: SearchBackend) -> None:
    product = make_product(session, name="Chè Shan")
    reindex(session, search)
    with atomic() as writing:
        writing.merge(product).published_at = None
    outbox.sweep()
    assert search.query("shan").total == 0


def test_a_producers_new_name_reaches_its_products(session: Session, search: SearchBackend) -> None:
    producer = make_producer(session, name="HTX Cũ")
    product = make_product(session, producer=producer, name="Chè")
    reindex(session, search)
    with atomic() as writing:
        writing.merge(producer).name = "HTX Đổi Tên"
    outbox.sweep()
    assert search.query("đổi tên").ids == (product.id,)


def test_many_changes_build_the_index_anew(session: Session, search: SearchBackend) -> None:
    first = make_product(session, name="Chè Shan")
    facts = {column.key: getattr(first, column.key) for column in sa.inspect(Product).column_attrs}
    with atomic() as writing:
        writing.add_all([Product(**facts | {"id": None, "slug": f"che-{n}"}) for n in range(201)])
    assert queued(session)[-1] == {"all": True}
    outbox.sweep()
    assert search.query("chè").total == 202


def test_a_lost_index_is_built_again(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = open_search(database_url="sqlite:", data_dir=tmp_path)
    monkeypatch.setitem(app.extensions["nguon"], SearchBackend, search)
    make_product(session, name="Chè Shan")
    assert not search.healthy()
    mend()
    assert search.query("shan").total == 1
    mend()
    assert search.healthy()


def test_an_empty_index_beside_published_products_is_noticed_and_built(
    session: Session, client: Visitor, search: SearchBackend
) -> None:
    def status() -> str:
        return str(client.get("/readyz").get_json()["checks"]["search"])

    search.rebuild([])
    make_product(session, name="Chè ẩn", published=False)
    mend()
    assert status() == "ok", "nothing is published, so nothing is missing"
    make_product(session, name="Chè Shan")
    assert search.healthy()
    assert status() == "unavailable"
    mend()
    assert status() == "ok"
    assert search.query("chè").total == 1


def test_a_change_after_the_index_was_emptied_builds_it_whole(
    session: Session, search: SearchBackend
) -> None:
    tea = make_product(session, name="Chè Shan")
    make_product(session, name="Mật ong")
    outbox.sweep()
    search.rebuild([])
    with atomic() as writing:
        writing.merge(tea).description = "Sao tay"
    outbox.sweep()
    assert (search.query("chè").total, search.query("mật").total) == (1, 1)


def test_the_admin_sees_that_the_index_is_lost(
    session: Session, client: Visitor, search: SearchBackend
) -> None:
    client.log_in(make_admin(session))
    reindex(session, search)
    assert client.get("/admin/").text.count("có chuyện") == 1, "only the jobs are silent"
    make_product(session)
    assert client.get("/admin/").text.count("có chuyện") == 2


def test_the_command_says_how_many(session: Session, runner: FlaskCliRunner, search: SearchBackend) -> None:
    make_product(session, name="Chè Shan")
    result = runner.invoke(args=["search", "reindex"])
    assert result.exit_code == 0
    assert "1 products indexed" in result.output
    assert search.query("shan").total == 1
