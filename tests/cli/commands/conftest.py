"""The fixtures of bundles, for the commands that open them."""

from tests.bundles.conftest import empty as empty, forget as forget
