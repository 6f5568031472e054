"""`python -m desk_cli` is the `deskbell` command."""

import sys

from desk_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
