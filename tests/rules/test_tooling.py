"""The locks install anywhere, no library sits unused, what is copied is named, and no file knows this machine."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Libraries that are called by a name in a string or behind another library, and where: file, words that call them.
CALLED_BY_NAME = {
    "email-validator": ("app/accounts/forms.py", "Email("),
    "fontpkg-be-vietnam-pro": ("app/trace/printing/pdf.py", '"fontpkg_be_vietnam_pro"'),
    "gunicorn": ("app/cli/serve.py", '"gunicorn"'),
    "psycopg": ("config.py", "postgresql+psycopg"),
}
# Places of the machines this was written on, and hosts of package registries; no word of it matches this file.
ELSEWHERE = re.compile(
    r"(?<![\w.:/-])/(?:work|root|opt/wheels|opt/pypi[a-z-]*)/"
    r"|(?:pypi|python"
    r"hosted)[.]org|registry[.]npmjs"
)


def tracked() -> list[Path]:
    """Every file of the repository, as git knows it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.fail(f"git cannot list the files: {listed.stderr}")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(file: str) -> list[str]:
    """The libraries that a requirements file names itself."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line and line[0] not in "#-")
    return [canonical(name.group()) for name in names if name]


def locked(file: str) -> dict[str, str]:
    """Package → everything the lock says about it, hashes included."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    return {canonical(line.split("==")[0]): line for line in text.splitlines() if line.strip()}


def imported(*folders: str) -> set[str]:
    """Top-level names of all modules that the Python files of these folders import."""
    return {name for folder in folders for file in python_files(folder) for name in imports_of(file)}


def python_files(folder: str) -> Iterator[Path]:
    place = ROOT / folder
    return place.rglob("*.py") if place.is_dir() else iter((place,))


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_fixes_every_package_by_version_and_hash(file: str) -> None:
    loose = [name for name, line in locked(file).items() if "==" not in line or "--hash=sha256:" not in line]
    assert locked(file)
    assert not loose


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_names_no_address(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("source", "lock"), [("requirements.in", LOCKS[0]), ("requirements-dev.in", LOCKS[1])]
)
def test_a_lock_holds_all_that_is_asked_for(source: str, lock: str) -> None:
    assert set(direct(source)) <= set(locked(lock))


def test_both_locks_agree_on_the_versions_of_the_running_site() -> None:
    running, developing = locked(LOCKS[0]), locked(LOCKS[1])
    assert {name: line.split()[0] for name, line in running.items()} == {
        name: developing[name].split()[0] for name in running
    }


def test_no_library_sits_unused() -> None:
    used = imported("app", "config.py", "wsgi.py", "migrations")
    names = {
        canonical(dist)
        for module, dists in packages_distributions().items()
        if module in used
        for dist in dists
    }
    for library, (file, words) in CALLED_BY_NAME.items():
        if (ROOT / file).exists() and words in (ROOT / file).read_text(encoding="utf-8"):
            names.add(library)
    assert sorted(set(direct("requirements.in")) - names) == []


def test_the_running_site_imports_nothing_that_its_lock_does_not_hold() -> None:
    running = set(locked(LOCKS[0]))
    found = packages_distributions()
    modules = imported("app", "config.py", "wsgi.py", "migrations") - sys.stdlib_module_names
    modules -= {"app", "config", "wsgi", "_typeshed"}  # the last is the type checker's own
    assert (
        sorted(name for name in modules if not {canonical(dist) for dist in found.get(name, [])} & running)
        == []
    )


def test_the_notice_names_every_file_and_folder_that_holds_the_work_of_others() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    files = [file.relative_to(ROOT) for file in tracked()]
    folders = {file.parent.as_posix() for file in files if file.parts[:2] == ("static", "fonts")}
    folders |= {"/".join(file.parts[:3]) for file in files if file.parts[:2] == ("static", "vendor")}
    data = {file.as_posix() for file in files if file.parts[0] == "data" and len(file.parts) == 2}
    assert sorted(name for name in folders | data if name not in notice) == []


def test_all_that_the_notice_names_is_there() -> None:
    named = re.findall(r"(?:data|static)/[\w./-]*\w", (ROOT / "NOTICE").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_file_knows_this_machine() -> None:
    found = []
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if ELSEWHERE.search(text):
            found.append(file.relative_to(ROOT).as_posix())
    assert found == []


def test_ci_calls_the_two_commands() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert {"make check", "make test"} <= set(lines)


def test_the_commands_that_people_are_told_of_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    told = {
        word
        for file in ("README.md", "CONTRIBUTING.md", ".ci/run")
        if (ROOT / file).exists()
        for word in re.findall(
            r"(?:`|^)make ([a-z0-9-]+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert {"run", "test", "check"} <= told
    assert told <= targets
