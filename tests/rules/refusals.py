"""Every refusal that the program can raise, found in its source and made once with the facts its raiser gives."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from app.certification.models import ProgrammeLevel
from app.core.errors import Refusal
from app.orders.models import OrderState

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-21"
Choices = Sequence[Any]


TEXTS: Mapping[str, Choices] = {
    "state": tuple(OrderState),
    "name": ("Mật ong",),
    "given": ("2611-01",),
    "text": ("https://thu.example",),
    "parameter": ("stars",),
    "value": ("7",),
    "gtin": ("09520000000011",),
    "gln": ("9520000000004",),
    "found": ("x",),
    "file": ("a.csv",),
    "column": ("name",),
    "reason": ("a reason",),
    "store": ("journal", "media", "index", "keys"),
    "key": ("k1",),
    "former": ("k2",),
    "lat": (None, "21,7"),
    "swapped": (True, False),
    "faults": ((),),
    "addresses": (["a@thu.example"],),
    "wanted": ("shipped", 3),
    "level": tuple(ProgrammeLevel),
    "successor": ("Mật ong",),
}
"""Values of facts that are no numbers, by name. Every other fact stands for a number, nought among them."""
NUMBERS: Choices = (7, 0)
COUNTS = ("round", "len", "max", "min", "int")


@dataclass(frozen=True)
class Raised:
    """A refusal as one place of the source raises it."""

    place: str
    refusal: Refusal


@dataclass(frozen=True)
class Source:
    """A module: its names and its syntax."""

    path: Path
    module: ModuleType
    tree: ast.Module

    def place(self, node: ast.expr) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"

    def thing(self, node: ast.expr) -> object:
        """What a plain or dotted name stands for in the module, None for anything else."""
        if isinstance(node, ast.Name):
            return getattr(self.module, node.id, None)
        if isinstance(node, ast.Attribute):
            owner = self.thing(node.value)
            return getattr(owner, node.attr, None) if isinstance(owner, ModuleType | type) else None
        return None

    def refusal_type(self, node: ast.expr) -> type[Refusal] | None:
        kind = self.thing(node)
        return kind if isinstance(kind, type) and issubclass(kind, Refusal) else None


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the program."""
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.append(Source(path, importlib.import_module(name), tree))
    return tuple(found)


@cache
def raised() -> tuple[Raised, ...]:
    """Every refusal, once for each code and each choice of facts that its place can give."""
    return tuple(raising for source in sources() for raising in _raised_in(source))


def _raised_in(source: Source) -> Iterator[Raised]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (kind := source.refusal_type(node.func)):
            for refusal in _made(source, node, kind):
                yield Raised(source.place(node), refusal)
        if isinstance(node, ast.Raise) and node.exc and (kind := source.refusal_type(node.exc)):
            yield Raised(source.place(node.exc), kind())


def _made(source: Source, call: ast.Call, kind: type[Refusal]) -> Iterator[Refusal]:
    hints = get_type_hints(kind.__init__)
    names = list(inspect.signature(kind.__init__).parameters)[1:]
    given = [*zip(names, call.args, strict=False), *((word.arg or "", word.value) for word in call.keywords)]
    choices = [
        _codes(source, node) if name == "code" else _values(source, node, name, hints.get(name))
        for name, node in given
    ]
    for values in itertools.product(*choices):
        facts = {name: value for (name, _), value in zip(given, values, strict=True)}
        yield kind(**facts)


def _codes(source: Source, node: ast.expr) -> Choices:
    """The codes that an expression can be: a constant, one of two, or what a dataclass of rules was made with."""
    if isinstance(node, ast.Constant):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        return (*_codes(source, node.body), *_codes(source, node.orelse))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return _codes_of_rules(source, node)
    raise AssertionError(f"{source.place(node)}: the code cannot be read here: {ast.unparse(node)}")


def _codes_of_rules(source: Source, node: ast.Attribute) -> Choices:
    """The codes given as the field `node.attr` to every object of the class in which the expression stands."""
    (owner,) = (
        definition.name
        for definition in ast.walk(source.tree)
        if isinstance(definition, ast.ClassDef) and node in ast.walk(definition)
    )
    kind: type = getattr(source.module, owner)
    codes: list[str] = []
    for other in sources():
        for call in ast.walk(other.tree):
            if isinstance(call, ast.Call) and other.thing(call.func) is kind:
                bound = inspect.signature(kind).bind(
                    *call.args, **{w.arg or "": w.value for w in call.keywords}
                )
                codes += _codes(other, bound.arguments[node.attr])
    return codes


def _values(source: Source, node: ast.expr, name: str, hint: object) -> Choices:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return tuple(hint)
    if get_origin(hint) is Literal:
        return _literal(node) or get_args(hint)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "isoformat":
        return (DAY,)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COUNTS:
        return NUMBERS
    known = _constant(source, node)
    if known is not None:
        return (known,)
    if name == "field":
        return ("field",)
    return TEXTS.get(name, NUMBERS)


def _literal(node: ast.expr) -> Choices:
    return (node.value,) if isinstance(node, ast.Constant) else ()


def _constant(source: Source, node: ast.expr) -> object:
    """The value of an expression made of constants of the module, None for one with variables in it."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    if not all(name.isupper() for name in names) or any(
        isinstance(part, ast.JoinedStr) for part in ast.walk(node)
    ):
        return None
    return eval(compile(ast.Expression(node), "facts", "eval"), vars(source.module))
