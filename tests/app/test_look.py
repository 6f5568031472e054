"""The themes that are written as maps are what Flet's own classes would send."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import flet as ft
import msgpack
import pytest
from flet.controls import theme as flet_theme
from flet.controls.base_control import BaseControl
from flet.messaging.protocol import configure_encode_object_for_msgpack

from desk.ui import look

PACK = configure_encode_object_for_msgpack(BaseControl)
SHAPES = {"roundedRectangle": ft.RoundedRectangleBorder}


def sent(value: Any) -> Any:
    """What the client receives."""
    return msgpack.unpackb(msgpack.packb(value, default=PACK) or b"")


def built(kind: Any, values: Any) -> Any:
    """An object of Flet's class with these values; an unknown name raises TypeError."""
    if not isinstance(values, dict):
        return values
    if "_type" in values:
        kind = SHAPES[values["_type"]]
    hints = get_type_hints(kind, {**vars(flet_theme), **vars(ft)})
    return kind(
        **{name: _part(hints.get(name), value) for name, value in values.items() if name != "_type"}
    )


def _part(hint: Any, value: Any) -> Any:
    kinds = [kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)]
    return built(kinds[0], value) if kinds else value


@pytest.mark.parametrize("scheme", [look._LIGHT, look._DARK])
def test_a_theme_is_what_flets_own_classes_would_send(scheme: look.Map) -> None:
    ours = look.themed(scheme)
    assert sent(built(ft.Theme, ours)) == sent(ours)
