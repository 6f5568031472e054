"""Sets up what a fresh machine lacks, once: `python3 scripts/setup.py try|test`.

Standard library only, and it starts on old Pythons too, so that it can say what is missing. What
was done is remembered under .deskbell/stamps by a fingerprint of what it was made from: a second
run only compares fingerprints.
"""

from __future__ import annotations

import os
import sys

from machine import browser, node_env, python_env, time_zones
from machine.shell import STARTERS, SetupError, only_one_at_a_time, say


def main(arguments: list[str]) -> int:
    """Set up to `try` (Python, Node, the widget) or to `test` (that, the tools and Chromium)."""
    if arguments not in (["try"], ["test"]):
        say("usage: python3 scripts/setup.py try|test")
        return 2
    os.environ["PATH"] = f"{STARTERS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        python_env.use_new_enough_python()
        with only_one_at_a_time():
            set_up(for_tests=arguments == ["test"])
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; run the same command again to go on.")
        return 130
    return 0


def set_up(*, for_tests: bool) -> None:
    python_env.install_packages("dev" if for_tests else "try")
    node_env.build_widget()
    time_zones.set_up_time_zones()
    if for_tests:
        browser.set_up_chromium()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
