"""The tests of zenml_pin."""

from __future__ import annotations

import sys

# pytest rewrites the asserts of every package that has a plugin. Ours has no asserts, and its 500 files take seconds.
for finder in sys.meta_path:
    getattr(finder, "_must_rewrite", set()).discard("zenml_pin")
