"""The second step of log-in: a code of the person's authenticator application (TOTP, RFC 6238), or a recovery code.

The secret of an application is made from a random seed, the person and the site's SECRET_KEY, and stored nowhere: a
copy of the database alone makes no codes. A new SECRET_KEY ends all applications; recovery codes go on.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from typing import Final

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import PRIVILEGED, Membership, RecoveryCode, SecondFactor, User
from app.accounts.passwords import require_password
from app.accounts.sessions import end_all
from app.core.audit import Actor, record
from app.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from app.core.ids import public_id

ISSUER: Final = "Nguồn"
STEP: Final = 30
"""Seconds for which a code stands; the one before and the one after are taken too (RFC 6238, section 5.2)."""
RECOVERY_CODES: Final = 10
_SEED_LENGTH: Final = 32
_SALT: Final = b"nguon.second-factor"
_READ_ALIKE: Final = str.maketrans("oil", "011", " -")


class WrongCode(InvalidInput):
    """Neither a present code of the application nor an unused recovery code."""

    code = "wrong-code"

    def __init__(self) -> None:
        super().__init__(field="code")


class SecondFactorNeeded(NotAllowed):
    """A role that speaks for an authority works only once its person has set up a second factor."""

    code = "second-factor-needed"


class SecondFactorRequired(WrongState):
    """Somebody with such a role cannot turn the second factor off."""

    code = "second-factor-required"


def new_seed() -> str:
    """A seed for a secret, 128 bits; of no use to anybody but the person for whom it is used."""
    return secrets.token_hex(_SEED_LENGTH // 2)


def secret_of(user_public_id: str, seed: str, *, key: str) -> str:
    """The secret that an application holds, in base 32 (160 bits, RFC 4226, section 4)."""
    made = hmac.digest(
        key.encode(), b"\n".join((_SALT, user_public_id.encode(), seed.encode())), hashlib.sha1
    )
    return base64.b32encode(made).decode()


def setup_address(user: tuple[str, str], seed: str, *, key: str) -> str:
    """The otpauth: address that an application reads from a QR code. `user`: public id and mail address."""
    public, email = user
    return pyotp.TOTP(secret_of(public, seed, key=key)).provisioning_uri(name=email, issuer_name=ISSUER)


def set_up(
    session: Session,
    user_id: int,
    *,
    seed: str,
    code: str,
    password: str,
    key: str,
    session_id: int,
    actor: Actor,
    now: dt.datetime,
) -> list[str]:
    """Ask for codes from now on, those of the application that was shown this seed; returns the recovery codes.

    An application of before is replaced, and every session but `session_id` is over. Raises WrongPassword, WrongCode.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    require_password(user, password, field="password")
    step = _step_of(user, seed, code, key=key, now=now) if _is_seed(seed) else None
    factor = session.get(SecondFactor, user_id) or SecondFactor(user_id=user_id)
    if step is None or (factor.seed == seed and step <= factor.last_step):
        raise WrongCode
    factor.seed, factor.last_step, factor.set_at = seed, step, now
    session.add(factor)
    end_all(session, user_id, but=session_id)
    record(session, "second-factor.set", ("user", user_id), actor=actor, now=now)
    return _new_codes(session, user_id)


def prove(session: Session, user_id: int, *, code: str, key: str, now: dt.datetime) -> int | None:
    """Take a code as the second step of a log-in; returns how many recovery codes are left when it was one.

    A code is taken once: of two log-ins with the same one the database lets one through. Raises WrongCode.
    """
    user = session.get_one(User, user_id)
    factor = session.get(SecondFactor, user_id)
    step = _step_of(user, factor.seed, code, key=key, now=now) if factor else None
    if step is not None:
        taken = session.execute(
            sa.update(SecondFactor)
            .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
            .values(last_step=step)
            .returning(SecondFactor.user_id)
        )
        if taken.scalar() is None:
            raise WrongCode
        return None
    used = session.execute(
        sa.delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _code_hash(code))
        .returning(RecoveryCode.id)
    )
    if used.scalar() is None:
        raise WrongCode
    left = recovery_codes_left(session, user_id)
    actor = Actor(user_id, user.name)
    record(session, "second-factor.recovered", ("user", user_id), actor=actor, now=now, left=left)
    return left


def renew_codes(
    session: Session, user_id: int, *, password: str, actor: Actor, now: dt.datetime
) -> list[str]:
    """New recovery codes; those of before are worth nothing. Raises WrongPassword, and NotFound without a factor."""
    user = _with_factor(session, user_id)
    require_password(user, password, field="password")
    record(session, "second-factor.codes-renewed", ("user", user_id), actor=actor, now=now)
    return _new_codes(session, user_id)


def turn_off(session: Session, user_id: int, *, password: str, actor: Actor, now: dt.datetime) -> None:
    """Ask for no code any more. Raises WrongPassword, SecondFactorRequired, and NotFound without a factor."""
    user = _with_factor(session, user_id)
    require_password(user, password, field="password")
    bound = sa.exists().where(Membership.user_id == user_id, Membership.role.in_(PRIVILEGED))
    if session.scalar(sa.select(bound)):
        raise SecondFactorRequired
    _remove(session, user_id)
    record(session, "second-factor.turned-off", ("user", user_id), actor=actor, now=now)


def reset(session: Session, user_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Take the factor of a person who lost telephone and codes; every session of the person is over.

    Raises NotFound without a factor.
    """
    _with_factor(session, user_id)
    _remove(session, user_id)
    end_all(session, user_id)
    record(session, "second-factor.reset", ("user", user_id), actor=actor, now=now)


def is_set(session: Session, user_id: int) -> bool:
    """Whether log-in asks this person for a code."""
    return session.get(SecondFactor, user_id) is not None


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes were not used yet."""
    mine = sa.select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return session.scalar(mine) or 0


def without_second_factor(session: Session) -> list[str]:
    """The mail addresses of people whose role needs a second factor that they have not set up."""
    return list(
        session.scalars(
            sa.select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
            .where(
                Membership.role.in_(PRIVILEGED), User.disabled_at.is_(None), SecondFactor.user_id.is_(None)
            )
            .distinct()
            .order_by(User.email)
        )
    )


def _is_seed(seed: str) -> bool:
    return len(seed) == _SEED_LENGTH and seed.isascii() and seed.isalnum()


def _step_of(user: User, seed: str, code: str, *, key: str, now: dt.datetime) -> int | None:
    """The step whose code this is, this one or a neighbour; None for another code."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal()):
        return None
    application = pyotp.TOTP(secret_of(user.public_id, seed, key=key), interval=STEP)
    present = int(now.timestamp()) // STEP
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if hmac.compare_digest(application.generate_otp(step), digits)), None)


def _with_factor(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None or not is_set(session, user_id):
        raise NotFound
    return user


def _remove(session: Session, user_id: int) -> None:
    for table in (SecondFactor, RecoveryCode):
        session.execute(sa.delete(table).where(table.user_id == user_id))


def _code_hash(code: str) -> str:
    """Of a code as people copy it: capitals, dashes and letters read as figures are no difference."""
    return hashlib.sha256(code.strip().lower().translate(_READ_ALIKE).encode()).hexdigest()


def _new_codes(session: Session, user_id: int) -> list[str]:
    """Ten codes of 80 bits in groups of four; the database keeps their hashes."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [public_id() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_code_hash(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]
