"""Making a fair: what it is, where and when, and whether people see its showcase. Its goods: `selection`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.core.names import checked_name
from app.core.text import clean_line, clean_text, slugify
from app.geography.lookup import gazetteer
from app.promotion.models import Showcase

BY_HASH: Final = "hash"
BY_NAME: Final = "name"
BY_HAND: Final = "hand"
RULES: Final = (BY_HASH, BY_NAME, BY_HAND)
LONGEST: Final = {"name": 120, "place": 160, "introduction": 2000, "note": 300}
LONGEST_FAIR: Final = dt.timedelta(days=366)
FIRST_FAIR: Final = dt.date(2018, 5, 7)
"""The day the programme began: an OCOP fair of an earlier year is a slip of the hand."""
FURTHEST_AHEAD: Final = dt.timedelta(days=5 * 366)
"""Nobody plans a fair further ahead."""


class AlreadyExists(Conflict):
    """The same fair, at the same place on the same days, is there already; `id` among the facts."""

    code = "already-made"


class NothingChosen(WrongState):
    """A showcase without goods is not published."""

    code = "no-goods"


def make_showcase(
    session: Session,
    *,
    name: str,
    place: str,
    province_id: str | None,
    starts_on: dt.date,
    ends_on: dt.date,
    introduction: str,
    actor: Actor,
    now: dt.datetime,
) -> Showcase:
    """Make a fair that nobody sees yet; its goods will stand by hash until somebody chooses another rule.

    Raises InvalidInput at `name`, `place`, `province_id`, `starts_on`, `ends_on`, `introduction`, and AlreadyExists: a
    second click makes no second fair.
    """
    facts = _checked(
        session,
        name=name,
        place=place,
        province_id=province_id,
        starts_on=starts_on,
        ends_on=ends_on,
        introduction=introduction,
        today=vietnam_day(now),
    )
    # The slug first: a twin that commits after this read is either seen by the next one or holds the same slug.
    slug = _free_slug(session, facts["name"])
    _refuse_twin(session, facts)
    showcase = Showcase(
        slug=slug,
        order_rule=BY_HASH,
        created_at=now,
        created_by=actor.id,
        **facts,
    )
    try:
        with session.begin_nested():
            session.add(showcase)
    except IntegrityError:  # somebody else added one of that name in the same moment
        raise AlreadyExists(field="name") from None
    audit.record(
        session, "showcase.made", ("showcase", showcase.id), actor=actor, now=now, name=showcase.name
    )
    return showcase


def change_showcase(
    session: Session,
    showcase_id: int,
    *,
    name: str,
    place: str,
    province_id: str | None,
    starts_on: dt.date,
    ends_on: dt.date,
    introduction: str,
    actor: Actor,
    now: dt.datetime,
) -> Showcase:
    """Change the facts of a fair; its address stays, for it is printed.

    Raises as `make_showcase`, and NotFound.
    """
    showcase = locked(session, showcase_id)
    facts = _checked(
        session,
        name=name,
        place=place,
        province_id=province_id,
        starts_on=starts_on,
        ends_on=ends_on,
        introduction=introduction,
        today=vietnam_day(now),
    )
    changed = sorted(key for key, value in facts.items() if getattr(showcase, key) != value)
    for key, value in facts.items():
        setattr(showcase, key, value)
    if changed:
        record(session, "showcase.changed", showcase, actor, now, fields=changed)
    return showcase


def _checked(
    session: Session,
    *,
    name: str,
    place: str,
    province_id: str | None,
    starts_on: dt.date,
    ends_on: dt.date,
    introduction: str,
    today: dt.date,
) -> dict[str, Any]:
    name, place, introduction = clean_line(name), clean_line(place), clean_text(introduction)
    for field, text in (("name", name), ("place", place)):
        if not text:
            raise InvalidInput("missing", field=field)
    name = checked_name(name, longest=LONGEST["name"])
    for field, text in (("place", place), ("introduction", introduction)):
        if len(text) > LONGEST[field]:
            raise InvalidInput("too-long", field=field, most=LONGEST[field])
    if province_id is not None and gazetteer(session).province(province_id) is None:
        raise InvalidInput("unknown-province", field="province_id")
    if starts_on < FIRST_FAIR:
        raise InvalidInput("before-the-programme", field="starts_on", first=FIRST_FAIR.isoformat())
    if starts_on > today + FURTHEST_AHEAD:
        raise InvalidInput("too-far-ahead", field="starts_on", latest=(today + FURTHEST_AHEAD).isoformat())
    if ends_on < starts_on:
        raise InvalidInput("ends-before-it-starts", field="ends_on")
    if ends_on - starts_on > LONGEST_FAIR:
        raise InvalidInput("too-many-days", field="ends_on", most=LONGEST_FAIR.days)
    return {
        "name": name,
        "place": place,
        "province_id": province_id,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "introduction": introduction or None,
    }


def _refuse_twin(session: Session, facts: dict[str, Any]) -> None:
    same = {key: facts[key] for key in ("name", "place", "starts_on", "ends_on")}
    twin = session.scalar(sa.select(Showcase.id).filter_by(**same))
    if twin is not None:
        raise AlreadyExists(field="name", id=twin)


def _free_slug(session: Session, name: str) -> str:
    """The name as an address, numbered from 2 on where it is taken. A race for it ends at the UNIQUE column."""
    wanted = slugify(name) or "phien-cho"
    taken = set(
        session.scalars(sa.select(Showcase.slug).where(Showcase.slug.startswith(wanted, autoescape=True)))
    )
    if wanted not in taken:
        return wanted
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{wanted}-{n}") not in taken)


def publish(session: Session, showcase_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Let people see the showcase; twice is the same as once. Raises NotFound, NoGoods."""
    showcase = locked(session, showcase_id)
    if not showcase.items:
        raise NothingChosen
    if showcase.published_at is None:
        showcase.published_at = now
        record(session, "showcase.published", showcase, actor, now)


def unpublish(session: Session, showcase_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Hide the showcase; what was chosen stays. Raises NotFound."""
    showcase = locked(session, showcase_id)
    if showcase.published_at is not None:
        showcase.published_at = None
        record(session, "showcase.hidden", showcase, actor, now)


def locked(session: Session, showcase_id: int) -> Showcase:
    """The showcase and its items as they are now, for one writer at a time. Raises NotFound."""
    showcase = session.get(Showcase, showcase_id, with_for_update=True, populate_existing=True)
    if showcase is None:
        raise NotFound
    session.refresh(showcase, ["items"])
    return showcase


def record(
    session: Session, act: str, showcase: Showcase, actor: Actor, now: dt.datetime, **facts: Any
) -> None:
    """Record an act on a showcase in the audit log."""
    audit.record(session, act, ("showcase", showcase.id), actor=actor, now=now, **facts)
