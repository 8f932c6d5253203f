"""`python -m zenml_pin` is `zenml-pin`."""

import sys

from zenml_pin.cli import main

if __name__ == "__main__":
    sys.exit(main())
