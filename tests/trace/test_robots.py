"""People count with whatever they scan; programs that nobody looks at do not."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.trace.scans.cookie import is_scan
from app.trace.scans.robots import ROBOTS, Robot, is_robot

AGENTS = json.loads((Path(__file__).parent / "user_agents.json").read_text())
PHONE = (
    "Mozilla/5.0 (Linux; Android 13; {} Build/TP1A.1; wv) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(("agent", "counts"), [(row["agent"], row["is_scan"]) for row in AGENTS])
def test_a_person_is_counted_and_a_program_without_one_is_not(agent: str, counts: bool) -> None:
    assert is_scan("GET", {"HTTP_USER_AGENT": agent}) is counts


def test_who_names_no_program_is_counted() -> None:
    assert is_scan("GET", {})


@pytest.mark.parametrize("robot", ROBOTS, ids=[robot.name for robot in ROBOTS])
def test_every_row_names_a_whole_token_and_a_source(robot: Robot) -> None:
    name, source, alone = robot
    assert is_robot(f"{name.upper()}/1.0")
    assert is_robot(f"{PHONE.format('X')} (compatible; {name}/1.0)") is not alone
    assert not is_robot(PHONE.format(f"A{name}"))
    assert not is_robot(PHONE.format(f"{name}_X"))
    address = urlsplit(source)
    assert address.scheme == "https" and address.hostname


def test_a_name_is_in_the_table_once() -> None:
    assert len({robot.name for robot in ROBOTS}) == len(ROBOTS)
