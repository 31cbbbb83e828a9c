"""The register of OCOP products as collected from public pages: reading, checking, and storing the products.

`data/ocop_products.csv` has a row a product; blank means not known. Rows are all checked before the first write, and
what is wrong is reported with line, column and reason. Loading again changes nothing a person has changed since: a
product is known by `register_key`, and only what the file knows and the table does not is filled in.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.alcohol import is_suspicious
from app.catalogue.models import PRODUCER_KINDS, DataSource, FormerProductGroup, Producer, Product
from app.core.errors import InvalidInput
from app.core.text import clean_text, fold, slugify
from app.geography.communes import find_commune
from app.geography.lookup import Gazetteer, gazetteer
from app.geography.models import VN63

Progress = Callable[[str, int, int], None]
COLUMNS = [
    "source_id",
    "product_name",
    "producer_name",
    "producer_kind",
    "product_group",
    "commune",
    "district",
    "province",
    "stars",
    "recognised_year",
    "decision_number",
    "valid_until",
    "price_vnd",
    "description_vi",
    "raw_material_area",
    "status",
]
STATUSES = ("certified", "pending", "withdrawn", "lapsed")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: the file's line (the header is 1), the column, and why."""

    line: int
    column: str
    reason: str


class BadRegister(InvalidInput):
    """The file cannot be taken; `faults` are all of them, and nothing has been written."""

    code = "bad-register"

    def __init__(self, file: str, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(file=file, faults=[f"{f.line}, {f.column}: {f.reason}" for f in faults])

    def __str__(self) -> str:
        return "\n".join(f"line {f.line}, column {f.column}: {f.reason}" for f in self.faults)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A checked row. None is what the source does not state; `stars` None is an unknown rank."""

    line: int
    key: str
    sources: tuple[str, ...]
    name: str
    producer_name: str | None
    producer_kind: str
    group: str | None
    commune: str | None
    district: str | None
    province: str
    stars: int | None
    recognised_year: int | None
    decision_number: str | None
    valid_until: dt.date | None
    description: str | None
    raw_material: str | None
    status: str


def read_register(
    path: Path, *, provinces: Gazetteer, groups: dict[str, str], sources: Collection[str]
) -> list[RegisterRow]:
    """Read and check every row. Raises BadRegister with all faults."""
    faults: list[RowFault] = []
    rows: list[RegisterRow] = []
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="+")
        if list(reader.fieldnames or ()) != COLUMNS:
            raise BadRegister(path.name, [RowFault(1, "header", "expected " + ",".join(COLUMNS))])
        for raw in reader:
            line = reader.line_num
            if "+" in raw or None in raw.values():
                faults.append(RowFault(line, COLUMNS[-1], f"a row has {len(COLUMNS)} columns"))
                continue
            cells = {name: clean_text(value) for name, value in raw.items()}
            wrong = list(_faults(cells, provinces, groups, sources))
            key = "|".join(fold(cells[n]) for n in ("product_name", "producer_name", "province"))
            if key in seen:
                wrong.append(("product_name", f"the same product as on line {seen[key]}"))
            seen.setdefault(key, line)
            if wrong:
                faults.extend(RowFault(line, column, reason) for column, reason in wrong)
            else:
                rows.append(_row(line, key, cells, groups))
    if faults:
        raise BadRegister(path.name, faults)
    return rows


def source_ids(cells: dict[str, str]) -> tuple[str, ...]:
    """The sources of a row; several are separated by semicolons."""
    return tuple(code.strip() for code in cells["source_id"].split(";") if code.strip())


def _faults(
    cells: dict[str, str], provinces: Gazetteer, groups: dict[str, str], sources: Collection[str]
) -> list[tuple[str, str]]:
    faults = [
        (name, "must not be blank") for name in ("source_id", "product_name", "province") if not cells[name]
    ]
    faults += [("source_id", f"no such source: {s}") for s in source_ids(cells) if s not in sources]
    if cells["province"] and provinces.province_by_name(cells["province"], VN63) is None:
        faults.append(("province", f"no province of this name: {cells['province']!r}"))
    for name, allowed in (
        ("producer_kind", PRODUCER_KINDS),
        ("stars", ("0", "3", "4", "5")),
        ("status", STATUSES),
    ):
        if cells[name] not in allowed:
            faults.append((name, f"{cells[name]!r} is none of {', '.join(allowed)}"))
    if cells["product_group"] and cells["product_group"] not in groups:
        faults.append(("product_group", f"{cells['product_group']!r} is not a known group, old or new"))
    year = cells["recognised_year"]
    if year and not (year.isascii() and year.isdigit() and 2013 <= int(year) <= 2100):
        faults.append(("recognised_year", f"{year!r} is not a year of the programme"))
    if cells["valid_until"]:
        try:
            dt.date.fromisoformat(cells["valid_until"])
        except ValueError:
            faults.append(("valid_until", f"{cells['valid_until']!r} is not a date like 2028-01-17"))
    return faults


def _row(line: int, key: str, cells: dict[str, str], groups: dict[str, str]) -> RegisterRow:
    return RegisterRow(
        line=line,
        key=key,
        sources=source_ids(cells),
        name=cells["product_name"],
        producer_name=cells["producer_name"] or None,
        producer_kind=cells["producer_kind"],
        group=groups[cells["product_group"]] if cells["product_group"] else None,
        commune=cells["commune"] or None,
        district=cells["district"] or None,
        province=cells["province"],
        stars=int(cells["stars"]) or None,
        recognised_year=int(cells["recognised_year"]) if cells["recognised_year"] else None,
        decision_number=cells["decision_number"] or None,
        valid_until=dt.date.fromisoformat(cells["valid_until"]) if cells["valid_until"] else None,
        description=cells["description_vi"] or None,
        raw_material=cells["raw_material_area"] or None,
        status=cells["status"],
    )


def group_codes(session: Session) -> dict[str, str]:
    """Every name a group has had, old or new, and today's code."""
    rows = session.execute(sa.select(FormerProductGroup.name, FormerProductGroup.group_code))
    return {row.name: row.group_code for row in rows}


def load_sources(session: Session, path: Path) -> int:
    """Store where the rows came from. Returns how many are new."""
    known = set(session.scalars(sa.select(DataSource.id)))
    added = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cells in csv.DictReader(file):
            if cells["source_id"] not in known:
                retrieved = cells["retrieved"]
                session.add(
                    DataSource(
                        id=cells["source_id"],
                        title=cells["title"],
                        address=cells["address"],
                        retrieved_on=dt.date.fromisoformat(retrieved) if retrieved else None,
                    )
                )
                added += 1
    session.flush()
    return added


@dataclass(frozen=True, slots=True)
class LoadedProducts:
    """Product ids by register key, and how many producers and products are new."""

    ids: dict[str, int]
    producers_added: int
    products_added: int


def load_products(
    session: Session, rows: Sequence[RegisterRow], *, now: dt.datetime, progress: Progress
) -> LoadedProducts:
    """Store the rows' producers and products, published. A product already stored is left as it is."""
    ids = {str(key): product_id for product_id, key in session.execute(_REGISTERED)}
    with session.no_autoflush:
        known = _Known(session, now)
        known_producers = len(known.producers)
        fresh: list[tuple[RegisterRow, Product]] = []
        for count, row in enumerate(rows, start=1):
            if row.key not in ids:
                fresh.append((row, known.put(row)))
            if count % 50 == 0 or count == len(rows):
                progress("products", count, len(rows))
    session.flush()
    ids.update((row.key, product.id) for row, product in fresh)
    return LoadedProducts(ids, len(known.producers) - known_producers, len(fresh))


_REGISTERED = sa.select(Product.id, Product.register_key).where(Product.register_key.is_not(None))


class _Known:
    """What is stored already, while new rows are put beside it."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        self.session = session
        self.now = now
        self.names = gazetteer(session)
        self.producers = {(p.folded, p.province_id): p for p in session.scalars(sa.select(Producer))}
        self.producer_slugs = {p.slug for p in self.producers.values()}
        self.slugs = set(session.scalars(sa.select(Product.slug)))
        self.sources = {source.id: source for source in session.scalars(sa.select(DataSource))}

    def put(self, row: RegisterRow) -> Product:
        place = self._place(row)
        product = Product(
            slug=free_slug(row.name, self.slugs, row.province),
            name=row.name,
            folded=fold(row.name),
            register_key=row.key,
            producer=self._producer(row, place) if row.producer_name else None,
            producer_kind=row.producer_kind,
            group_code=row.group,
            alcohol=is_suspicious(row.name),
            commune=row.commune,
            description=row.description,
            raw_material=row.raw_material,
            sources=[self.sources[code] for code in row.sources],
            published_at=self.now,
            created_at=self.now,
            **place,
        )
        self.session.add(product)
        return product

    def _place(self, row: RegisterRow) -> dict[str, str | None]:
        province = self.names.province_by_name(row.province, VN63)
        if province is None:
            raise LookupError(row.province)  # read_register has refused such a row
        commune = None
        if row.commune:
            commune = find_commune(self.session, row.commune, province=province.id, district=row.district)
        return {
            "province_id": province.id,
            "today_province_id": self.names.today_of(province.id).id,
            "commune_id": commune.id if commune else None,
            "district": row.district,
        }

    def _producer(self, row: RegisterRow, place: dict[str, str | None]) -> Producer:
        name = row.producer_name or ""
        key = (fold(name), str(place["province_id"]))
        producer = self.producers.get(key)
        if producer is None:
            producer = self.producers[key] = Producer(
                slug=free_slug(name, self.producer_slugs, row.province),
                name=name,
                folded=key[0],
                kind=row.producer_kind,
                created_at=self.now,
                **place,
            )
            self.session.add(producer)
        return producer


def free_slug(name: str, taken: set[str], place: str = "") -> str:
    """A slug not yet taken: by the name, then with the place, then numbered. It is taken from then on."""
    base = slugify(name) or "san-pham"
    candidates = [base] + ([f"{base}-{slugify(place)}"] if place else [])
    number = 2
    while candidates[0] in taken:
        candidates.pop(0)
        if not candidates:
            candidates.append(f"{base}-{number}")
            number += 1
    taken.add(candidates[0])
    return candidates[0]
