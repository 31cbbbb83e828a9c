"""Numbers that people type have one reader, `app.core.numbers`."""

from __future__ import annotations

import ast

from tests.rules.refusals import sources

EDGES = ("forms", "fields", "views", "places", "places_field", "spots")
READERS = {"int", "float", "Decimal"}
FORBIDDEN = {"IntegerField", "DecimalField", "FloatField", "DecimalRangeField", "IntegerRangeField"}
ALLOWED = {
    ("app.geography.spots", "float(lat)"): "degrees, where the point and the comma are both decimal",
    ("app.geography.spots", "float(lon)"): "degrees, likewise",
    ("app.geography.spots", "Decimal(found[1])"): "degrees as programs write them into addresses",
    ("app.geography.spots", "Decimal(found[2])"): "degrees, likewise",
    (
        "app.geography.spots",
        "Decimal((pair[f'{part}_{number}'] or '0').replace(',', '.'))",
    ): "degrees, minutes and seconds",
    ("app.staff.views", "int(raw)"): "an id out of a list",
    ("app.shop.buying.forms", "int(raw)"): "the total in a hidden field, as the page wrote it",
}


def test_no_form_and_no_view_reads_numbers_by_itself() -> None:
    found = set()
    for source in sources():
        if source.path.stem not in EDGES:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS:
                found.add((source.module.__name__, ast.unparse(node)))
    reading = {(module, call) for module, call in found if module != "app.web.fields"}
    assert reading == ALLOWED.keys()
    assert {call for module, call in found - reading} == {"float(read)"}, "of what the reader gave"


def test_no_form_has_a_field_of_numbers_from_the_library() -> None:
    found = [
        source.place(node)  # type: ignore[arg-type]
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("wtforms")
        and any(name.name in FORBIDDEN for name in node.names)
    ]
    assert found == []
