"""Which foreign key an embedded relation means. Pure: standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.rest.query import Embed
    from gateway.rest.shape import Link, Relation, Shape


class NoLink(LookupError):
    """Nothing links the two relations (PGRST200)."""

    def __init__(self, parent: str, embed: Embed) -> None:
        super().__init__(parent)
        self.parent, self.embed = parent, embed


class ManyLinks(LookupError):
    """Several links are possible (PGRST201)."""

    def __init__(self, parent: str, embed: Embed, names: list[str]) -> None:
        super().__init__(parent)
        self.parent, self.embed, self.names = parent, embed, names


@dataclass(frozen=True, slots=True)
class Through:
    """The table in the middle of a many-to-many link."""

    relation: Relation
    to_parent: tuple[tuple[str, str], ...]
    to_target: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """How to get from a row of the parent to the rows of `relation`.

    `pairs` are (parent's column, relation's column); empty when the link goes `through` a table.
    """

    relation: Relation
    to_one: bool
    pairs: tuple[tuple[str, str], ...]
    label: str
    through: Through | None = None


def resolve(shape: Shape, schema: str, parent: Relation, embed: Embed) -> Join:
    """The one link that `embed` means. Raises NoLink or ManyLinks."""
    direct = [join for join in _direct(shape, schema, parent, embed) if _fits(join, embed.hint)]
    found = direct or [
        join for join in _through(shape, schema, parent, embed) if _fits(join, embed.hint)
    ]
    if not found:
        raise NoLink(parent.name, embed)
    if len(found) > 1:
        raise ManyLinks(parent.name, embed, [join.label for join in found])
    return found[0]


def _fits(join: Join, hint: str) -> bool:
    """A hint names the constraint, a column of it, or the table in the middle."""
    if not hint:
        return True
    names = {join.label, *(column for pair in join.pairs for column in pair)}
    return hint in names or (join.through is not None and hint == join.through.relation.name)


def _direct(shape: Shape, schema: str, parent: Relation, embed: Embed) -> Iterator[Join]:
    for link in shape.links.get(schema, ()):
        pairs = tuple(zip(link.columns, link.target_columns, strict=True))
        if link.source == parent.name and _names(embed.relation, link):
            yield Join(shape.relations[schema, link.target], True, pairs, link.name)
        if link.target == parent.name and embed.relation == link.source:
            turned = tuple((target, source) for source, target in pairs)
            yield Join(shape.relations[schema, link.source], link.unique, turned, link.name)


def _names(wanted: str, link: Link) -> bool:
    return wanted in {link.target, link.name} or (wanted,) == link.columns


def _through(shape: Shape, schema: str, parent: Relation, embed: Embed) -> Iterator[Join]:
    links = shape.links.get(schema, ())
    for near in (link for link in links if link.target == parent.name):
        for far in (
            link for link in links if link.source == near.source and link.target == embed.relation
        ):
            middle = shape.relations[schema, near.source]
            if far is near or not {*near.columns, *far.columns} <= set(middle.primary_key):
                continue
            yield Join(
                shape.relations[schema, far.target],
                False,
                (),
                middle.name,
                Through(
                    middle,
                    tuple(zip(near.columns, near.target_columns, strict=True)),
                    tuple(zip(far.columns, far.target_columns, strict=True)),
                ),
            )
