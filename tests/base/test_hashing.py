"""Hashes as git makes them, with the interpreter's own SHA-1 as long as that is faster."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import zenml_pin
from zenml_pin.base.hashing import hex_digest, new_hasher


@given(st.binary(), st.binary(), st.sampled_from(["sha1", "sha256"]))
def test_hash_equals_hashlibs(first: bytes, second: bytes, algorithm: str) -> None:
    """In one call, or part by part."""
    expected = hashlib.new(algorithm, first + second).hexdigest()
    hasher = new_hasher(algorithm, len(first + second))
    hasher.update(first)
    hasher.update(second)

    assert hasher.hexdigest() == expected
    assert hex_digest(first + second, algorithm) == expected


SIZES = {"little": (10, False), "a mebibyte at once": (2**20, True), "much in small parts": (2**19 + 1, True)}


@pytest.mark.parametrize(("size", "imports"), SIZES.values(), ids=SIZES)
def test_hashlib_is_imported_when_much_is_hashed(size: int, imports: bool) -> None:
    """A small load hashes without it, with the same result."""
    root = str(Path(zenml_pin.__file__).parents[1])
    code = (
        f"import sys\nsys.path.insert(0, {root!r})\nfrom zenml_pin.base.hashing import hex_digest\n"
        f"one, two = hex_digest(bytes({size})), hex_digest(bytes({size}))\n"
        "early = 'hashlib' in sys.modules\nimport hashlib\n"
        f"print(early, {{one, two}} == {{hashlib.sha1(bytes({size})).hexdigest()}})"
    )

    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(imports), "True"]
