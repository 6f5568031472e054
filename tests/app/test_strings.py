"""Every language says everything, with the same blanks, in the right number."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest

import desk
from desk.model.times import When
from desk.strings import CATALOGS, words_for
from desk.strings.languages import LANGUAGES

KEYS = re.compile(
    r"""words\(\s*"([a-z_.0-9]+)"|notices\.say\(\s*"([a-z_.]+)"|Notice\(\s*"([a-z_.]+)\""""
)


def blanks(entry: object) -> set[str]:
    texts = [entry] if isinstance(entry, str) else list(entry.values())  # type: ignore[attr-defined]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(CATALOGS))
def test_a_language_has_every_key_with_the_same_blanks(language: str) -> None:
    english, other = CATALOGS["en"], CATALOGS[language]
    assert set(other) == set(english)
    for key, entry in english.items():
        assert blanks(other[key]) - {"count"} == blanks(entry) - {"count"}, key


def test_every_key_in_the_code_exists() -> None:
    folder = Path(desk.__file__).parent
    used = {
        next(filter(None, match.groups()))
        for path in folder.rglob("*.py")
        for match in KEYS.finditer(path.read_text(encoding="utf-8"))
    }
    assert used - set(CATALOGS["en"]) == set()
    assert len(used) > 60


def test_the_readers_first_known_language_wins() -> None:
    assert words_for(["xx", "ar-EG", "en"]).language == "ar"
    assert words_for(["en_GB.UTF-8"]).language == "en"
    assert words_for([]).language == "en"
    assert words_for(["ar"]).rtl


def test_a_visitors_language_has_a_name_in_the_readers_language() -> None:
    english, arabic = words_for(["en"]), words_for(["ar"])
    assert english.language_name("pt-BR") == "Portuguese"
    assert arabic.language_name("en") == "الإنجليزية"
    assert english.language_name("tlh") == "tlh"
    assert set(LANGUAGES["ar"]) == set(LANGUAGES["en"])
    assert set(LANGUAGES) == set(CATALOGS)


def test_plurals_follow_the_language() -> None:
    english, arabic = words_for(["en"]), words_for(["ar"])
    assert english("visitors.ringing", 1) == "1 chat rings"
    assert english("visitors.ringing", 5) == "5 chats ring"
    assert arabic("visitors.ringing", 2) == "محادثتان ترنّان"
    assert "3" in arabic("visitors.ringing", 3)


def test_moments_and_days_are_worded() -> None:
    words = words_for(["en"])
    at = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    assert words.when(When("minutes", at, 5)) == "5 min"
    assert words.when(When("clock", at)) == "09:05"
    assert words.when(When("weekday", at)) == "Friday"
    assert words.day(date(2026, 11, 20), date(2026, 11, 22)) == "Friday, 20 Nov 2026"
