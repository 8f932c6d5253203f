"""The command `zenml-pin`, which is also `python -m zenml_pin`."""

import sys


def main() -> int:
    """Run one command and return its exit code; Ctrl-C ends it quietly, also while its code is imported."""
    try:
        from zenml_pin.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
