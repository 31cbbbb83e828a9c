"""The description of the API and the API, compared by an outside judge: Schemathesis draws requests from the one and
sends them to the other.
"""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from sqlalchemy.orm import Session

from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.supply import make_batch

PATHS = ("/api/v1/products", "/api/v1/products/{slug}", "/api/v1/provinces", "/api/v1/groups")
load_all_checks()


@pytest.fixture
def api(app: Flask, session: Session) -> BaseSchema:
    product = make_product(session, group_code="food")
    make_certificate(session, product=product, stars=4)
    make_batch(session, variant=make_variant(session, product=product))
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app)


def test_every_address_of_the_api_is_judged(api: BaseSchema) -> None:
    assert set(api) == set(PATHS)


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        *((path, GenerationMode.POSITIVE) for path in PATHS),
        (PATHS[0], GenerationMode.NEGATIVE),  # of the others nothing that can be asked is wrong
    ],
)
def test_what_the_description_allows_is_answered_as_it_says_and_the_rest_refused(
    api: BaseSchema, path: str, mode: GenerationMode
) -> None:
    operation = api[path]["GET"]

    @hypothesis.settings(
        max_examples=25,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"Accept-Encoding": "identity"})  # its client unpacks nothing

    ask()
