"""The headers that say how an answer should look. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rest import problems

ANY_JSON = frozenset({"", "*/*", "application/*", "application/json"})
OBJECT = "application/vnd.pgrst.object+json"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `Prefer` asks for; an empty string means that nothing was said."""

    returns: str = ""
    resolution: str = ""
    count: str = ""


def parse_prefer(header: str) -> Preferences:
    """Read `Prefer`; unknown preferences are ignored, as the standard wants."""
    wishes: dict[str, str] = {}
    for part in header.split(","):
        key, _, value = part.strip().partition("=")
        wishes[key] = value
    return Preferences(
        wishes.get("return", ""), wishes.get("resolution", ""), wishes.get("count", "")
    )


def wants_single(accept: str) -> bool:
    """Whether the answer is to be one object. Refuses what is no JSON."""
    kinds = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    for kind in kinds:
        if kind in ANY_JSON:
            return False
        if kind == OBJECT:
            return True
    raise problems.problem(
        406, "PGRST107", f"None of these media types are available: {', '.join(kinds)}"
    )
