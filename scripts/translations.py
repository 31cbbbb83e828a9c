"""Are the translations complete? Says what is missing and answers 1; `--update` takes new strings from the code.

The Vietnamese text is the msgid. Whoever changes a sentence runs `make translations` and writes the English beside it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # templates are read with a tag of app.web.fragments
LANGUAGES = ("en",)
METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
_OF_TEMPLATES = {"silent": "false", "extensions": "app.web.fragments.FragmentCache"}
OPTIONS = {"templates/**.html": _OF_TEMPLATES, "templates/**.txt": _OF_TEMPLATES}
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}


def strings_of_the_code() -> Catalog:
    """Every string that app/ and templates/ pass through gettext, with the files it stands in."""
    found = Catalog(project="Nguồn", charset="utf-8")
    for folder in ("app", "templates"):
        rows = extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS],
            options_map={pattern.removeprefix(f"{folder}/"): options for pattern, options in OPTIONS.items()},
            keywords=KEYWORDS,
            comment_tags=("NB:",),
        )
        for file, line, message, comments, context in rows:
            found.add(message, None, [(f"{folder}/{file}", line)], auto_comments=comments, context=context)
    return found


def file_of(language: str) -> Path:
    return ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    file = file_of(language)
    if not file.exists():
        return Catalog(locale=language, project="Nguồn", charset="utf-8", fuzzy=False)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def update(language: str, strings: Catalog) -> None:
    """Add what is new, drop what is gone; nothing is guessed (a changed sentence is a new one)."""
    catalog = read(language)
    catalog.update(strings, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.header_comment = (
        "# Nguồn: the msgid is the Vietnamese text. `make translations` keeps this file in step."
    )
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    file = file_of(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        write_po(target, catalog, width=110, sort_by_file=True, include_lineno=False)


def faults(language: str, strings: Catalog) -> list[str]:
    """What keeps this language from being complete, a line each."""
    catalog = read(language)
    said = []
    for message in strings:
        if not message.id:
            continue
        place = message.locations[0][0]
        sentence = message.id if isinstance(message.id, str) else message.id[0]
        known = catalog.get(message.id, context=message.context)
        texts = [] if known is None else [known.string] if isinstance(known.string, str) else known.string
        if not texts or not all(texts):
            said.append(f"{language}: not translated: {sentence!r} ({place})")
        elif known is not None and known.fuzzy:
            said.append(f"{language}: marked fuzzy: {sentence!r} ({place})")
    for message, errors in catalog.check():
        said += [f"{language}: {error}: {message.id!r}" for error in errors]
    return said


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--update", action="store_true", help="take new strings from the code")
    strings = strings_of_the_code()
    if options.parse_args().update:
        for language in LANGUAGES:
            update(language, strings)
    said = [line for language in LANGUAGES for line in faults(language, strings)]
    print(*said, f"{len(strings)} strings, {len(said)} faults", sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
