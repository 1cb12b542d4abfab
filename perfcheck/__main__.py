"""Start perfcheck; `--version` is answered before anything heavy is imported."""

import sys

from perfcheck import __version__


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"perfcheck {__version__}\n")
        return
    from perfcheck.cli import app

    app()


if __name__ == "__main__":
    main()
