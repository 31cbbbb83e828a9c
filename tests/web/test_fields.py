"""What a page writes into a field of numbers is read back as the same number, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.producers.fields import DongField, HectareField
from app.web.fields import DecimalField, WholeField


class Figures(Form):
    """A field of each kind."""

    whole = WholeField()
    decimal = DecimalField()
    hectares = HectareField()
    dong = DongField()


def written(**data: Any) -> dict[str, str]:
    return {name: Figures(data=data)[name]._value() for name in data}


def read(**typed: str) -> Figures:
    form = Figures(MultiDict(typed))
    form.validate()
    return form


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_number_a_page_writes_is_read_back(worker_app: Flask, language: str) -> None:
    @given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**11))
    def holds(whole: int, ten_thousandths: int) -> None:
        decimal = ten_thousandths / 10_000
        data = {"whole": whole, "dong": whole, "decimal": decimal, "hectares": decimal}
        assert read(**written(**data)).data == data

    with worker_app.test_request_context(f"/?lang={language}"):
        holds()


@pytest.mark.parametrize(
    ("typed", "hectares"),
    [
        ("1.500", 1500.0),
        ("1500", 1500.0),
        ("1,5", 1.5),
        ("0.125", 0.125),
        ("1.500,25 ha", 1500.25),
        ("1500ha", 1500.0),
        ("2 héc-ta", 2.0),
        ("1\u00a0500 Hecta", 1500.0),
        ("", None),
    ],
)
def test_hectares_as_people_write_them(worker_app: Flask, typed: str, hectares: float | None) -> None:
    with worker_app.test_request_context("/"):
        form = read(hectares=typed)
        assert (form.hectares.data, form.hectares.errors) == (hectares, [])


@pytest.mark.parametrize(
    ("language", "typed", "words"),
    [
        ("vi", "1,500", "Số “1,500” đọc được hai cách. Ghi 1,5 hoặc 1.500."),
        ("en", "1.500", "The number “1.500” can be read in two ways. Write 1.5 or 1,500."),
        ("vi", "nhiều", "Ghi số héc-ta, như 1.500,5."),
        ("en", "15.000 m2", "Write hectares, like 1,500.5."),
    ],
)
def test_what_is_read_in_two_ways_or_none_is_asked_back(
    worker_app: Flask, language: str, typed: str, words: str
) -> None:
    with worker_app.test_request_context(f"/?lang={language}"):
        form = read(hectares=typed)
        assert form.hectares.errors == [words]
        assert form.hectares._value() == typed
