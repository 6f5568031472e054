"""What a port may raise. Ports translate everything into this tree; stores show it.

    BackendError                 word
    ├── NetworkDown              network         nothing answered in time; try again later
    ├── SignedOut                signed_out      the session is over
    │   ├── WrongPassword        wrong_password
    │   └── NotAnAgent           not_an_agent    signed in, but in no workspace
    ├── Refused                                  the database said no (docs/sql-api.md, Refusals)
    │   ├── Taken                taken           `by` is the agent who accepted first
    │   ├── AtLimit              at_limit
    │   ├── Ended                ended
    │   ├── Stale                stale
    │   ├── NotFound             not_found
    │   ├── Forbidden            forbidden
    │   ├── Invalid              invalid
    │   ├── TooMany              too_many
    │   └── NobodyThere          offline
    └── Broken                   broken          the server failed; the log has its words

`word` is stable: screens look up the sentence `error.<word>` in the reader's language.
"""

from __future__ import annotations

from typing import ClassVar


class BackendError(Exception):
    """Anything that went wrong behind a port."""

    word: ClassVar[str] = "broken"


class NetworkDown(BackendError):
    """Nothing answered in time."""

    word = "network"


class SignedOut(BackendError):
    """There is no session, or the server has ended it."""

    word = "signed_out"


class WrongPassword(SignedOut):
    """The email and the password do not fit."""

    word = "wrong_password"


class NotAnAgent(SignedOut):
    """The account belongs to no workspace."""

    word = "not_an_agent"


class Broken(BackendError):
    """The server failed in a way that has no word."""


class Refused(BackendError):
    """The database refused; `details` is what it added."""

    def __init__(self, message: str = "", details: str | None = None) -> None:
        super().__init__(message)
        self.details = details


class Taken(Refused):
    """Another agent accepted first."""

    word = "taken"

    @property
    def by(self) -> str | None:
        """The display name of the agent who was faster, when the server told it."""
        return self.details


class AtLimit(Refused):
    """The agent has as many active chats as they may have."""

    word = "at_limit"


class Ended(Refused):
    """The chat is over."""

    word = "ended"


class Stale(Refused):
    """Somebody changed it in between, or it is too late."""

    word = "stale"


class NotFound(Refused):
    """No such thing, or not ours to know about."""

    word = "not_found"


class Forbidden(Refused):
    """Seen, but not allowed."""

    word = "forbidden"


class Invalid(Refused):
    """An argument is missing, too long or of the wrong shape; `details` names it."""

    word = "invalid"


class TooMany(Refused):
    """Too much in too short a time."""

    word = "too_many"


class NobodyThere(Refused):
    """Nobody is there to do it."""

    word = "offline"


_REFUSALS: dict[str, type[Refused]] = {
    kind.word: kind
    for kind in (
        Taken,
        AtLimit,
        Ended,
        Stale,
        NotFound,
        Forbidden,
        Invalid,
        TooMany,
        NobodyThere,
    )
}


def refusal(hint: str | None, message: str, details: str | None) -> BackendError:
    """The error for a refusal's stable word; words we do not know become Broken."""
    kind = _REFUSALS.get(hint or "")
    return kind(message, details) if kind else Broken(message)
