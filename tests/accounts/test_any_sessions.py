"""Whatever people do in whatever order: a session that was ended opens nothing again, and no other one is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.accounts.members import find_member
from app.accounts.memberships import disable, enable
from app.accounts.models import LoginSession
from app.accounts.sessions import IDLE, end_all, end_by_token, end_one, forget_idle, note_seen, open_session
from app.core.audit import Actor
from app.core.db import atomic
from app.core.errors import NotFound
from tests.factories.accounts import make_user

CLI = Actor(None, "cli")
ACTS = ("open", "open", "log out", "end one", "end others", "everywhere", "use", "close", "wait", "prune")


@dataclass
class Known:
    """A session as it should be; `ended` never goes back to False."""

    owner: int
    token: str
    id: int
    seen_at: dt.datetime
    ended: bool = False

    def lives(self, now: dt.datetime) -> bool:
        return not self.ended and self.seen_at > now - IDLE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9), st.integers(0, 1)), max_size=25))
def test_no_order_of_acts_revives_a_session_or_ends_anothers(
    session: Session, now: dt.datetime, acts: list[tuple[str, int, int]]
) -> None:
    people = [make_user(session).id for _ in range(2)]
    known: list[Known] = []
    for act, which, who in acts:
        chosen = known[which % len(known)] if known else None
        mine = [one for one in known if one.owner == people[who]]
        with atomic() as writing:
            if act == "open":
                token = open_session(writing, people[who], user_agent="", now=now)
                row = writing.scalars(sa.select(LoginSession.id).order_by(LoginSession.id.desc())).first()
                known.append(Known(people[who], token, row or 0, now))
            elif act == "everywhere":
                end_all(writing, people[who])
                _end(mine)
            elif act == "close":
                disable(writing, people[who], actor=CLI, now=now)
                enable(writing, people[who], actor=CLI, now=now)
                _end(mine)
            elif act == "prune":
                forget_idle(writing, now=now)
            elif act == "log out" and chosen:
                end_by_token(writing, chosen.token)
                _end([chosen])
            elif act == "end others" and chosen:
                end_all(writing, chosen.owner, but=chosen.id)
                _end([one for one in known if one.owner == chosen.owner and one is not chosen])
            elif act == "use" and chosen and chosen.lives(now):
                note_seen(writing, chosen.id, now=now)
                chosen.seen_at = now
        if act == "wait":
            now += dt.timedelta(days=3 * which)
        if act == "end one" and chosen:
            _try_to_end(chosen, people[who])
        session.rollback()
        for one in known:
            found = find_member(session, one.token, now=now)
            assert (found.user_id if found else None) == (one.owner if one.lives(now) else None)


def _end(sessions: list[Known]) -> None:
    for one in sessions:
        one.ended = True


def _try_to_end(chosen: Known, user_id: int) -> None:
    """Its owner can; for another person there is nothing of that number."""
    try:
        with atomic() as writing:
            end_one(writing, chosen.id, user_id=user_id)
    except NotFound:
        return
    assert chosen.owner == user_id
    chosen.ended = True
