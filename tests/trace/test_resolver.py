"""GS1 Digital Link addresses lead on, or answer plainly that they cannot."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.catalogue.variants import VariantFacts, change_variant
from app.core.audit import Actor
from app.core.db import atomic
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


@pytest.mark.parametrize(
    "path", ["", "/21/7K4M9XQ2T0RBH5WE", "/10/2611-01", "/22/2A/10/2611-01/21/7K4M9XQ2T0RBH5WE"]
)
@pytest.mark.parametrize(
    "query", ["a=1&a=2", "a=2&a=1&b=&c", "linkType=gs1:pip&a=%2B+", "17=280117&3103=000250"]
)
def test_a_query_is_passed_on_as_it_came(client: Visitor, session: Session, path: str, query: str) -> None:
    make_variant(session, product=make_product(session), gtin=GTIN)
    target = client.get(f"/01/{GTIN}{path}?{query}").headers["Location"]
    assert target.endswith((f"?{query}", f"&{query}"))


@pytest.mark.parametrize(
    "query",
    [
        "999=faux",
        "99=A&99=A",
        f"01={GTIN}",
        "99=ABC%00DEF",
        "99=",
        "17",
        "1=2",
        "99=m%E1%BA%ADt",
        "10=A&10=B",
    ],
)
def test_what_the_standard_refuses_in_a_query_is_refused(client: Visitor, query: str) -> None:
    assert client.get(f"/01/{GTIN}/21/7K4M9XQ2T0RBH5WE?{query}").status_code == 400
    assert client.get(f"/01/{GTIN}/21/7K4M9XQ2T0RBH5WE?a=1&{query}&b=2").status_code == 400


def test_a_qualifier_of_the_path_is_not_said_again_in_the_query(client: Visitor) -> None:
    assert client.get(f"/01/{GTIN}/10/ABC/21/X?10=ABC").status_code == 400
    assert client.get(f"/01/{GTIN}/21/X?10=ABC").status_code == 307


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("/21/{}", ""),
        ("/10/2611-01/21/{}", "&lot=2611-01"),
        ("/22/2A/10/A%2FB/21/{}", "&lot=A%2FB"),
        ("/22/2A/21/{}", ""),
    ],
)
def test_a_lot_beside_the_serial_is_told_to_the_stamp(client: Visitor, path: str, claim: str) -> None:
    code = "7K4M9XQ2T0RBH5WE"
    answer = client.get(f"/01/{GTIN}{path.format(code)}?a=1")
    assert answer.headers["Location"] == f"/t/{code}?gtin={GTIN}{claim}&a=1"


def test_a_number_in_print_leads_to_the_goods_after_it_was_corrected(
    client: Visitor, session: Session, now: dt.datetime
) -> None:
    old, new = GTIN, "08935012345028"
    first, second = (make_variant(session, product=make_product(session)) for _ in range(2))
    batch = make_batch(session, variant=first)
    slugs = {variant.id: session.get_one(Product, variant.product_id).slug for variant in (first, second)}

    def give(variant: Variant, gtin: str | None, hours: int) -> None:
        with atomic() as writing:
            change_variant(
                writing,
                producer_id=writing.get_one(Product, variant.product_id).producer_id or 0,
                variant_id=variant.id,
                facts=VariantFacts(pack="Hộp 100 g", price=50_000, gtin=gtin),
                actor=Actor(None, "Lan"),
                now=now + dt.timedelta(hours=hours),
            )

    def found(gtin: str) -> str:
        answer = client.get(f"/01/{gtin}")
        return answer.headers.get("Location", str(answer.status_code))

    give(first, old, 0)
    give(first, new, 1)
    assert found(old) == found(new) == f"/products/{slugs[first.id]}"
    assert client.get(f"/01/{old}/10/{batch.code}").headers["Location"] == f"/batches/{batch.public_id}"
    give(first, None, 2)
    assert found(old) == found(new) == f"/products/{slugs[first.id]}"
    give(second, old, 3)
    assert found(old) == f"/products/{slugs[second.id]}", "who has the number now comes first"
    give(second, None, 4)
    assert found(old) == f"/products/{slugs[second.id]}", "then who had it last"
    with atomic() as writing:
        writing.get_one(Product, second.product_id).published_at = None
    assert found(old) == f"/products/{slugs[first.id]}", "then anybody who had it and is shown"
    assert found("08935012345035") == "404"


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
