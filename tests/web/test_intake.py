"""What no honest browser sends: it is not found or replaced before a view, a form or a database meets it."""

from __future__ import annotations

import pytest
from flask import Flask, request
from sqlalchemy.orm import Session

from app.web.intake import MOST_DIGITS
from tests.factories.accounts import make_admin, make_user
from tests.factories.client import Visitor

TOO_LARGE = ["9223372036854775808", "9" * (MOST_DIGITS + 1), "9" * 300, "١٢"]


@pytest.mark.parametrize(
    "address",
    [
        "/products/%00",
        "/products/a%00b",
        "/producers/%00",
        "/areas/%00",
        "/orders/%00",
        "/batches/%00",
        "/showcases/%00",
        "/api/v1/products/%00",
    ],
)
def test_an_address_with_a_nul_is_not_found(client: Visitor, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", TOO_LARGE)
def test_a_number_that_fits_no_column_is_not_found(client: Visitor, session: Session, number: str) -> None:
    client.log_in(make_admin(session))
    assert client.get(f"/admin/users/{number}").status_code == 404
    assert client.post(f"/admin/users/{number}/disable").status_code == 404
    assert client.get(f"/sitemaps/products-{number}.xml").status_code == 404


@pytest.mark.parametrize("address", ["/admin/users?q=%00", "/admin/audit?type=%00&id=a%00&actor=%00b"])
def test_a_nul_in_a_question_reaches_no_database(client: Visitor, session: Session, address: str) -> None:
    client.log_in(make_admin(session))
    assert client.get(address).status_code == 200


def test_a_nul_in_a_form_becomes_the_sign_for_what_cannot_be_read(client: Visitor, session: Session) -> None:
    client.log_in(make_user(session))
    answer = client.post("/account", data={"name": "Lò\0Văn", "phone": "", "language": "vi"})
    assert answer.status_code == 303
    assert "Lò\ufffdVăn" in client.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(("asked", "sent_to"), [("/admin?a=1", "/admin/?a=1"), ("/staff", "/staff/")])
def test_a_redirect_of_the_router_names_no_host(client: Visitor, asked: str, sent_to: str) -> None:
    answer = client.get(asked, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, sent_to)
    assert "evil.example" not in answer.get_data(as_text=True)


def test_slashes_merged_lead_to_no_other_host(client: Visitor) -> None:
    answer = client.get("/products//evil.example", headers={"Host": "evil.example"})
    assert answer.headers["Location"] == "/products/evil.example"


def test_repeated_parameters_keep_their_order(app: Flask) -> None:
    with app.test_request_context("/?a=2&a=\0&a=1"):
        assert request.args.getlist("a") == ["2", "\ufffd", "1"]
