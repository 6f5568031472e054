"""What stops the command, as one tree.

Trouble
└── Ended       a program that it started has ended by itself
"""

from __future__ import annotations


class Trouble(Exception):
    """Says in one sentence what is wrong and what to do; shown as it is, never with a traceback."""


class Ended(Trouble):
    """A program that has to keep running has ended."""
