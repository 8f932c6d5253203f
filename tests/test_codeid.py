"""Code id: the same for the same code, whatever the commit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.repos import Repo, commit
from zenml_pin.at import registry
from zenml_pin.codeid import code_id
from zenml_pin.source import Source

FILES: dict[str, Any] = {
    "trainers": {"__init__.py": "", "step.py": "from common.util import x\nclass T: pass\n", "data.txt": "1"},
    "common": {"__init__.py": "", "util.py": "x = 1\n", "other.py": "y = 1\n"},
    "readme.txt": "",
}
CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "the module": ({"trainers": {"step.py": "from common.util import x\nclass T: a = 1\n"}}, True),
    "a data file beside it": ({"trainers": {"data.txt": "2"}}, True),
    "a new file in the folder": ({"trainers": {"new.py": ""}}, True),
    "what it imports": ({"common": {"util.py": "x = 2\n"}}, True),
    "the package above what it imports": ({"common": {"__init__.py": "z = 1\n"}}, True),
    "what it does not import": ({"common": {"other.py": "y = 2\n"}}, False),
    "something else": ({"readme.txt": "new"}, False),
    "a document beside it": ({"trainers": {"p.yaml": "version: '1'\npipeline: {}\nsteps: {}\n"}}, False),
    "a configuration beside it": ({"trainers": {"p.yaml": "rate: 3\n"}}, True),
}


@pytest.mark.parametrize(("change", "differs"), CHANGES.values(), ids=CHANGES)
def test_code_id_follows_the_code(repo: Repo, change: dict[str, Any], differs: bool) -> None:
    """Its folder and its first-party imports count, documents and the rest do not."""
    first = commit(repo, FILES)
    second = commit(repo, change, base=first)
    place = registry.open(repo.path)
    ids = [code_id(Source("trainers.step", "T", commit_id=head), place) for head in (first, second)]

    assert len(ids[0]) == 64
    assert (ids[0] != ids[1]) is differs
