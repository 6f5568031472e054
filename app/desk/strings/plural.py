"""Plural forms by language, after the Unicode CLDR rules for whole numbers."""

from __future__ import annotations


def plural_form(language: str, count: int) -> str:
    """The CLDR category of `count`: zero, one, two, few, many or other."""
    return _arabic(count) if language == "ar" else ("one" if count == 1 else "other")


def _arabic(count: int) -> str:
    if count in (0, 1, 2):
        return ("zero", "one", "two")[count]
    rest = count % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"
