"""Alcohol is a fact that someone records; words in a name may only withhold a product from sale, never release it.

What may be an alcoholic drink is not sold on line (Law 44/2019/QH14, article 16): recorded as one, or named like one
until an officer of the programme has said that it is none. A producer's word alone releases no such name.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Final

from sqlalchemy.orm import Session

from app.catalogue.models import AlcoholRecord, AlcoholRecorder, Product
from app.core.audit import Actor, record
from app.core.errors import InvalidInput, NotFound, WrongState
from app.core.text import exact_tokens, tokens

# Written with or without accents, in whatever composition: no other word of a label folds to these.
_FOLDED_WORDS: Final = frozenset(
    {
        *("ruou", "ruu", "vodka", "whisky", "whiskey", "brandy", "cognac", "tequila", "soju", "sake"),
        *("shochu", "makgeolli", "wine", "beer", "lager", "cider", "liqueur", "cocktail", "champagne"),
    }
)
# Their accents tell them from other words: "vang" (wine) is not "vàng", "bia" not "bìa", "tửu" not "tựu".
_EXACT_WORDS: Final = frozenset({"vang", "bia", "tửu", "tuu", "rum", "gin"})
_PHRASES: Final = ("có cồn", "co con", "sâm panh", "sam panh", "sâm banh", "sam banh")
_OLD_LETTER: Final = str.maketrans("ƣƢ", "ưƯ")  # old fonts wrote the ư of rượu as ƣ

REASONS: Final = ("label", "papers", "name-only", "food", "drink")
"""Why an officer decides: seen on the label, in the papers, a name and no drink, food made with it, a drink."""


def is_suspicious(name: str) -> bool:
    """Whether a word of the name is one of alcoholic drinks, wherever it stands and whatever the group."""
    name = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    name = name.translate(_OLD_LETTER)
    if not _FOLDED_WORDS.isdisjoint(tokens(name)):
        return True
    words = exact_tokens(name)
    said = f" {' '.join(words)} "
    return not _EXACT_WORDS.isdisjoint(words) or any(f" {phrase} " in said for phrase in _PHRASES)


def judge(product: Product) -> None:
    """Set whether the product is withheld, from its name and from what is recorded. To be called after each change."""
    if product.alcohol_record == AlcoholRecord.NOT_ALCOHOL:
        released = product.alcohol_recorder == AlcoholRecorder.PROGRAMME or not is_suspicious(product.name)
        product.alcohol = not released
    else:
        product.alcohol = product.alcohol_record == AlcoholRecord.ALCOHOL or is_suspicious(product.name)


def state_alcohol(
    session: Session, product: Product, *, alcohol: bool, actor: Actor, now: dt.datetime
) -> None:
    """The producer's word on its own product: a yes is always taken, a no only where the programme has not said yes.

    Raises WrongState at alcohol (`alcohol-decided`).
    """
    stated = AlcoholRecord.ALCOHOL if alcohol else AlcoholRecord.NOT_ALCOHOL
    if stated == product.alcohol_record:
        return
    if product.alcohol_recorder == AlcoholRecorder.PROGRAMME and not alcohol:
        raise WrongState("alcohol-decided", field="alcohol")
    _set(session, product, stated, AlcoholRecorder.PRODUCER, actor=actor, now=now)


def decide_alcohol(
    session: Session, *, product_id: int, alcohol: bool, reason: str, actor: Actor, now: dt.datetime
) -> Product:
    """The programme's word, which stands above the producer's and above the name.

    Raises InvalidInput at reason (`alcohol-reason`), NotFound. Whose product it is, the caller has asked.
    """
    if reason not in REASONS:
        raise InvalidInput("alcohol-reason", field="reason", reason=reason)
    product = session.get(Product, product_id, with_for_update=True)
    if product is None:
        raise NotFound
    decided = AlcoholRecord.ALCOHOL if alcohol else AlcoholRecord.NOT_ALCOHOL
    if (product.alcohol_record, product.alcohol_recorder) != (decided, AlcoholRecorder.PROGRAMME):
        _set(session, product, decided, AlcoholRecorder.PROGRAMME, actor=actor, now=now, basis=reason)
    return product


def forget_record(product: Product) -> None:
    """A name was changed: what was said of the old one holds no longer, unless it was that it is alcohol."""
    if product.alcohol_record == AlcoholRecord.NOT_ALCOHOL:
        product.alcohol_record = AlcoholRecord.NOT_RECORDED
        product.alcohol_recorder = product.alcohol_recorded_by = product.alcohol_recorded_at = None


def _set(
    session: Session,
    product: Product,
    stated: AlcoholRecord,
    recorder: AlcoholRecorder,
    *,
    actor: Actor,
    now: dt.datetime,
    basis: str | None = None,
) -> None:
    product.alcohol_record, product.alcohol_recorder = stated, recorder
    product.alcohol_recorded_by, product.alcohol_recorded_at = actor.label, now
    judge(product)
    session.flush()
    record(
        session,
        "product.alcohol-recorded",
        ("product", product.id),
        actor=actor,
        now=now,
        alcohol=stated,
        name=product.name,
        basis=basis,
    )
