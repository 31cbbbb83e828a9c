"""GS1 Digital Link addresses lead on, or answer plainly that they cannot."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories.catalogue import make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.supply import make_batch

GTIN = "09520000000011"


def test_a_stamped_unit_leads_to_its_stamp_and_tells_what_it_claims(client: Visitor) -> None:
    answer = client.get(f"/01/{GTIN}/21/7K4M9XQ2T0RBH5WE?17=280117&gtin=1")
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/t/7K4M9XQ2T0RBH5WE?gtin={GTIN}&17=280117"


def test_a_gtin_leads_to_its_product_and_keeps_the_query(client: Visitor, session: Session) -> None:
    product = make_product(session)
    make_variant(session, product=product, gtin=GTIN)
    answer = client.get(f"/01/{GTIN}?3103=000250")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/products/{product.slug}?3103=000250")


def test_a_lot_leads_to_its_batch_and_an_unknown_lot_to_the_product(
    client: Visitor, session: Session
) -> None:
    product = make_product(session)
    batch = make_batch(session, variant=make_variant(session, product=product, gtin=GTIN))
    assert client.get(f"/01/{GTIN}/10/{batch.code}").headers["Location"] == f"/batches/{batch.public_id}"
    assert client.get(f"/01/{GTIN}/10/NONE").headers["Location"] == f"/products/{product.slug}"


def test_goods_not_published_are_not_found(client: Visitor, session: Session) -> None:
    make_variant(session, product=make_product(session, published=False), gtin=GTIN)
    assert client.get(f"/01/{GTIN}").status_code == 404
    assert client.get("/01/09520000000028").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/01/09520000000012",
        "/01/9520000000011",
        "/01/x",
        f"/01/{GTIN}/foo",
        f"/01/{GTIN}/21",
        f"/01/{GTIN}/21/A/10/B",
        f"/01/{GTIN}/99/A",
        "/01/%00",
        "/414/123",
        "/414/9520123456789",
    ],
)
def test_wrong_syntax_is_400_with_a_kind_page(client: Visitor, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "<main" in answer.get_data(as_text=True)


def test_a_right_gln_that_nobody_here_has_is_404(client: Visitor) -> None:
    assert client.get("/414/9520123456788").status_code == 404


def test_the_description_file_names_the_address_and_the_keys(client: Visitor) -> None:
    description = client.get("/.well-known/gs1resolver").get_json()
    assert description["resolverRoot"] == "http://localhost"
    assert description["supportedPrimaryKeys"] == ["01", "414"]
