"""Work of unknown length ends: by itself, by its limits, or before it begins."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.errors import Busy, InvalidInput
from app.core.sandbox import Sandbox, as_bytes
from app.core.sandbox_child import OUT_OF_MEMORY, main
from tests.core import at_work


def sandbox(seconds: float = 30, cpu_seconds: float = 5, megabytes: int = 500) -> Sandbox:
    """Patient: what these tests wait for is an end, not a moment."""
    return Sandbox(seconds=seconds, cpu_seconds=cpu_seconds, megabytes=megabytes)


def test_what_a_function_gives_comes_back_as_plain_data() -> None:
    given = sandbox().run(at_work.measure, b"\x00\xff" * 300_000, "a", [240, 480])
    assert given == {"length": 600_000, "facts": ["a", [240, 480]], "body": "AP8A"}
    assert as_bytes(given["body"]) == b"\x00\xff\x00"


def test_a_decoder_taken_over_finds_no_secret_no_site_and_no_open_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the site")
    found = sandbox().run(at_work.look_around, b"")
    assert "SECRET_KEY" not in found["environment"]
    assert found["site"] == []
    assert max(found["descriptors"]) <= 3  # in, out, faults, and the folder it looks at


def test_it_leaves_no_file_behind(tmp_path: Path) -> None:
    left = tmp_path / "left"
    with pytest.raises((InvalidInput, RuntimeError)):
        sandbox().run(at_work.write_a_file, bytes(left))
    assert not left.exists() or left.read_bytes() == b""


def test_a_refusal_is_raised_again_at_the_field_and_a_fault_stays_a_fault() -> None:
    with pytest.raises(InvalidInput) as refused:
        sandbox().run(at_work.refuse, b"", field="photo")
    assert (refused.value.code, refused.value.field) == ("photo-too-small", "photo")
    assert refused.value.facts == {"width": 3}
    with pytest.raises(RuntimeError, match="ZeroDivisionError: ours"):
        sandbox().run(at_work.break_down, b"")


@pytest.mark.parametrize("work", [at_work.compute_without_end, at_work.want_memory, at_work.die])
def test_what_costs_too_much_or_breaks_the_child_is_refused(work: Callable[[bytes], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        sandbox(cpu_seconds=0.3).run(work, b"", field="picture")
    assert (refused.value.code, refused.value.field) == ("too-costly", "picture")


def test_a_child_that_is_not_ready_in_time_is_ended_and_the_caller_told_to_come_back() -> None:
    with pytest.raises(Busy) as refused:
        sandbox(seconds=0.2).run(at_work.sleep_without_end, b"")
    assert refused.value.code == "too-many-at-once"
    assert refused.value.facts["retry_after"] > 0


def test_a_queue_has_a_length_and_an_end(tmp_path: Path) -> None:
    ready, box, answers = tmp_path / "ready", sandbox(), list[Any]()

    def ask() -> None:
        answers.append(box.run(at_work.wait_for, bytes(ready)))

    callers = [threading.Thread(target=ask) for _ in range(2)]
    for caller in callers:
        caller.start()
    while box._places._value:
        pass  # until both are in
    with pytest.raises(Busy, match="too-many-at-once"):
        box.run(at_work.measure, b"")
    assert sandbox().run(at_work.measure, b"")["length"] == 0  # another queue goes on
    ready.touch()
    for caller in callers:
        caller.join()
    assert answers == ["there", "there"]
    assert box.run(at_work.measure, b"")["length"] == 0


def test_all_queues_together_leave_a_thread_of_the_site_free(tmp_path: Path) -> None:
    ready, boxes = tmp_path / "ready", [sandbox() for _ in range(4)]
    callers = [threading.Thread(target=box.run, args=(at_work.wait_for, bytes(ready))) for box in boxes[:3]]
    for caller in callers:
        caller.start()
    for box in boxes[:3]:
        while not box._turn.locked():
            pass
    with pytest.raises(Busy):
        boxes[3].run(at_work.measure, b"")
    ready.touch()
    for caller in callers:
        caller.join()


def test_who_waits_longer_than_allowed_is_told_to_come_back() -> None:
    box = sandbox(seconds=0.1)
    with box._turn, pytest.raises(Busy):
        box.run(at_work.measure, b"")


def test_nothing_begins_inside_a_transaction(session: Session) -> None:
    with atomic(), pytest.raises(RuntimeError, match="inside atomic"):
        sandbox().run(at_work.measure, b"")


def answered(name: str, *facts: object) -> Any:
    out = io.BytesIO()
    assert main([f"tests.core.at_work:{name}", json.dumps(facts)], io.BytesIO(b"abc"), out) == 0
    return json.loads(out.getvalue())


def test_the_child_tells_results_refusals_and_faults_apart() -> None:
    assert answered("measure", 1) == {"result": {"length": 3, "facts": [1], "body": "YWJj"}}
    assert answered("refuse") == {"refused": ["InvalidInput", "photo-too-small", None, {"width": 3}]}
    assert "ZeroDivisionError" in answered("break_down")["failed"]


def test_the_child_says_when_it_was_refused_memory() -> None:
    name = "tests.core.at_work:raise_memory_error"
    assert main([name, "[]"], io.BytesIO(), io.BytesIO()) == OUT_OF_MEMORY
