"""No address without a rule of access, no form without its token."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.access import access_rule
from app.web.security import csrf
from tests.factories.client import Visitor

PUBLIC = frozenset(
    {
        "assets.bundle",
        "assets.file",
        "health.healthz",
        "health.metrics",
        "health.readyz",
        "media.photo",
        "plates.plate",
        "static",
        "styleguide.index",
    }
)
"""Endpoints of app/web, which lies below the rules and knows nobody, and Flask's own."""

PUBLIC_PREFIXES = ("api-docs.", "api_docs.")
"""The pages with which flask-smorest describes the API."""

WITHOUT_FORM_TOKEN: frozenset[str] = frozenset()
"""Views that take a POST from programs, which have no session to abuse. Named here one by one."""

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def writing_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if WRITING & (rule.methods or set())]


def address(rule: Rule) -> str:
    """An address that meets the rule, with something in each of its gaps."""
    values = {name: 1 if name.endswith("_id") else "x" for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    return built[1] if built else str(rule)


def test_every_endpoint_carries_a_rule_or_is_named_public(worker_app: Flask) -> None:
    bare = {
        endpoint
        for endpoint, view in worker_app.view_functions.items()
        if access_rule(view) is None and endpoint not in PUBLIC and not endpoint.startswith(PUBLIC_PREFIXES)
    }
    assert bare == set()


def test_the_public_list_names_nothing_that_has_a_rule(worker_app: Flask) -> None:
    assert {
        name
        for name in PUBLIC & set(worker_app.view_functions)
        if access_rule(worker_app.view_functions[name])
    } == set()


def test_rooms_are_closed_to_guests(worker_app: Flask) -> None:
    rooms = ("/portal", "/staff", "/programme", "/admin")
    open_doors = {
        str(rule)
        for rule in worker_app.url_map.iter_rules()
        if str(rule).startswith(rooms)
        and access_rule(worker_app.view_functions[rule.endpoint]) in (None, "public")
    }
    assert open_doors == set()


def test_nothing_is_written_without_the_token_of_the_form(
    app: Flask, client: Visitor, session: Session
) -> None:
    taken = []
    for rule in writing_rules(app):
        if rule.endpoint in WITHOUT_FORM_TOKEN:
            continue
        for method in WRITING & (rule.methods or set()):
            answer = client.open(address(rule), method=method, csrf=False, data={"a": "b"})
            if answer.status_code != 400 or not _says_form_expired(answer.text):
                taken.append(f"{method} {rule} {answer.status_code}")
    assert taken == []


def _says_form_expired(text: str) -> bool:
    return "Trang này mở đã lâu" in text or "form-expired" in text


def test_only_named_views_are_exempt_from_the_token(worker_app: Flask) -> None:
    exempt = {name.rpartition(".")[2] for name in csrf._exempt_views}
    exempt |= {
        blueprint if isinstance(blueprint, str) else blueprint.name for blueprint in csrf._exempt_blueprints
    }
    assert exempt == {name.rpartition(".")[2] for name in WITHOUT_FORM_TOKEN}
