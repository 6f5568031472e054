"""Every word shown, by language. `words_for` picks the reader's language, English otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.strings import ar, en
from desk.strings.languages import LANGUAGES
from desk.strings.plural import plural_form

if TYPE_CHECKING:
    from datetime import date

    from desk.model.times import When

Catalog = Mapping[str, "str | Mapping[str, str]"]

CATALOGS: dict[str, Catalog] = {"en": en.WORDS, "ar": ar.WORDS}
RIGHT_TO_LEFT = frozenset({"ar"})


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; calling it gives the sentence for a key."""

    language: str
    catalog: Catalog = field(repr=False)

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    def __call__(self, key: str, count: int | None = None, /, **values: object) -> str:
        """The sentence for `key`; `count` picks the plural form and is `{count}` in the text."""
        entry = self.catalog[key]
        if isinstance(entry, str):
            text = entry
        else:
            text = entry.get(plural_form(self.language, count or 0), entry["other"])
        return text.format(count=count, **values)

    def has(self, key: str) -> bool:
        """Whether the language has a word for `key`."""
        return key in self.catalog

    def language_name(self, tag: str) -> str:
        """The name of a language by its tag ("pt-BR"); a tag without a name is given back."""
        return LANGUAGES[self.language].get(main_language(tag), tag)

    def when(self, moment: When) -> str:
        """A short telling of a moment for lists and bubbles."""
        if moment.kind == "now":
            return self("time.now")
        if moment.kind == "minutes":
            return self("time.minutes", moment.minutes)
        if moment.kind == "clock":
            return f"{moment.at:%H:%M}"
        if moment.kind == "yesterday":
            return self("time.yesterday")
        if moment.kind == "weekday":
            return self(f"weekday.{moment.at.weekday()}")
        return self.date(moment.at.date())

    def date(self, day: date) -> str:
        """A date in the language's own order."""
        return self("time.date", day=day.day, month=self(f"month.{day.month}"), year=day.year)

    def day(self, day: date, today: date) -> str:
        """A day separator: today, yesterday, or weekday and date."""
        passed = (today - day).days
        if passed == 0:
            return self("time.today")
        if passed == 1:
            return self("time.yesterday")
        return self(
            "time.weekday_date", weekday=self(f"weekday.{day.weekday()}"), date=self.date(day)
        )


def main_language(tag: str) -> str:
    """The language of a tag without its region: "en_GB.UTF-8" and "en-GB" are "en"."""
    return tag.replace("_", "-").partition("-")[0].lower()


def words_for(languages: Sequence[str]) -> Words:
    """The first of `languages` ("ar-EG", "en_GB") that there is a catalog for, else English."""
    for tag in languages:
        language = main_language(tag)
        if language in CATALOGS:
            return Words(language, CATALOGS[language])
    return Words("en", CATALOGS["en"])
