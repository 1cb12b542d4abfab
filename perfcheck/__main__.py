"""Start perfcheck; `--version` is answered before anything heavy is imported."""

import sys

from perfcheck import __version__


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"perfcheck {__version__}\n")
        return
    try:
        from perfcheck.cli import app

        app()
    except KeyboardInterrupt:  # before a command has begun
        sys.stderr.write("perfcheck: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
