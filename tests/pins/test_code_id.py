"""Code id: the same for the same code, whatever the commit."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin.at import registry
from zenml_pin.pins.code_id import code_id
from zenml_pin.source import Source

FILES: dict[str, Any] = {
    "trainers": {"__init__.py": "", "step.py": "from common.util import x\nclass T: pass\n", "data.txt": "1"},
    "common": {"__init__.py": "", "util.py": "x = 1\n", "other.py": "y = 1\n"},
    "readme.txt": "",
}
DOCUMENT = "version: '1'\npipeline: {}\nsteps: {}\n"
CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "the module": ({"trainers": {"step.py": "from common.util import x\nclass T: a = 1\n"}}, True),
    "a data file beside it": ({"trainers": {"data.txt": "2"}}, True),
    "a new file in the folder": ({"trainers": {"new.py": ""}}, True),
    "what it imports": ({"common": {"util.py": "x = 2\n"}}, True),
    "the package above what it imports": ({"common": {"__init__.py": "z = 1\n"}}, True),
    "what it does not import": ({"common": {"other.py": "y = 2\n"}}, False),
    "something else": ({"readme.txt": "new"}, False),
    "what looks like a document beside it": ({"trainers": {"p.yaml": DOCUMENT}}, True),
    "a document in the pipelines folder": ({"pipelines": {"p.yaml": DOCUMENT, "p.bundle": "x"}}, False),
    "a data file beside what it imports": ({"common": {"params.json": "2"}}, True),
    "a data file below what it imports": ({"common": {"data": {"params.json": "2"}}}, True),
    "a configuration beside it": ({"trainers": {"p.yaml": "rate: 3\n"}}, True),
}


@pytest.mark.parametrize(("change", "differs"), CHANGES.values(), ids=CHANGES)
def test_code_id_follows_the_code(repo: Repo, change: dict[str, Any], differs: bool) -> None:
    """Its folder and its first-party imports count; documents and other files do not."""
    first = commit(repo, FILES)
    second = commit(repo, change, base=first)
    repository = registry.open(repo.path)
    ids = [code_id(Source("trainers.step", "T", commit_id=head), repository) for head in (first, second)]

    assert len(ids[0]) == 64
    assert (ids[0] != ids[1]) is differs


DYNAMIC = {
    "importlib": "from importlib import import_module\nimport_module('common.late')\n",
    "__import__": "__import__('common.late')\n",
    "exec": "exec('import common.late')\n",
    "pkgutil": "import pkgutil\npkgutil.get_data('common', 'late.py')\n",
    "a spec": "import common\ncommon.__spec__.loader\n",
    "another name for a package": "import sys, common\nsys.modules['also'] = common\nfrom also import late\n",
    "the same, by another name": "from sys import modules\nimport common\nmodules.update(also=common)\n",
    "the same, with brackets": "import sys, common\nsys.modules[names[0]] = common\n",
    "the same, by |=": "import sys, common\nsys.modules |= {'also': common}\n",
    "the same, by its method": "import sys, common\nsys.modules.__setitem__('also', common)\n",
    "the same, by an alias": "import sys, common\nm = sys.modules\nm['also'] = common\n",
    "the same, over lines": "import sys, common\nsys.modules[\n'also'\n] = common\n",
    "the same, by another sys": "import sys as s, common\ns.modules['also'] = common\n",
    "what typing says, with a type": "import typing\ntyping.TYPE_CHECKING: bool = True\nimport common.lazy\n",
    "what typing says, by vars": "import typing\nvars(typing)['TYPE_CHECKING'] = True\nimport common.lazy\n",
    "another package, with a type": "__package__: str = 'common'\nfrom . import late\n",
    "what typing says of itself": "import typing\ntyping.TYPE_CHECKING = True\nimport common.lazy\n",
    "another package": "__package__ = 'common'\nfrom . import late\n",
}


@pytest.mark.parametrize("helper", DYNAMIC.values(), ids=DYNAMIC)
def test_code_that_looks_for_more_at_run_time_counts_with_everything(repo: Repo, helper: str) -> None:
    """Everything in the source roots may be its code; documents of the pipelines folder are not."""
    first = commit(repo, {**FILES, "common": {"util.py": helper + "x = 1\n", "late.py": "a = 1\n"}})
    document = commit(repo, {"pipelines": {"p.yaml": DOCUMENT}}, base=first)
    second = commit(repo, {"common": {"late.py": "a = 2\n"}}, base=first)
    repository = registry.open(repo.path)
    ids = [
        code_id(Source("trainers.step", "T", commit_id=head), repository)
        for head in (first, document, second)
    ]

    assert ids[0] == ids[1] != ids[2]


def test_documents_may_be_in_another_folder(repo: Repo) -> None:
    """The workspace's settings name the folder."""
    first = commit(repo, FILES)
    second = commit(repo, {"trainers": {"p.yaml": DOCUMENT}}, base=first)
    repository = registry.open(repo.path)
    ids = [
        code_id(Source("trainers.step", "T", commit_id=head), repository, "trainers")
        for head in (first, second)
    ]

    assert ids[0] == ids[1]


# From 3.12 on the invalid escape gives a SyntaxWarning; from 3.14 on so does the `return`, and `is` has always done so.
LOUD = (
    "import importlib\nPATTERN = '\\d'\nclass T:\n    def run(self):\n"
    "        return importlib.import_module('common.late').a is 1\n"
    "    def stop(self):\n        for _ in '1':\n            try: pass\n            finally: break\n"
)
FILTERS = {
    "default": (),
    "all": ("-W", "always"),
    "errors": ("-W", "error"),
    "syntax warnings are errors": ("-W", "error::SyntaxWarning"),
    "development mode": ("-X", "dev"),
}
PRINT_IDS = """
import sys
from zenml_pin.at import registry
from zenml_pin.pins.code_id import code_id
from zenml_pin.source import Source
repository = registry.open(sys.argv[1])
for commit_id in sys.argv[2:]:
    print(code_id(Source("trainers.step", "T", commit_id=commit_id), repository))
"""


@pytest.mark.slow
def test_code_id_does_not_depend_on_the_warnings_filter(repo: Repo) -> None:
    """Code that gives warnings where it is parsed has one code id, whether they are shown, ignored or errors."""
    first = commit(repo, {**FILES, "trainers": {"step.py": LOUD}, "common": {"late.py": "a = 1\n"}})
    second = commit(repo, {"common": {"late.py": "a = 2\n"}}, base=first)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-c", PRINT_IDS, repo.path, first, second]
        return subprocess.run(command, capture_output=True, text=True, check=True)

    outputs = {name: run(*options) for name, options in FILTERS.items()}

    assert {name: done.stderr for name, done in outputs.items()} == dict.fromkeys(FILTERS, "")
    assert len({done.stdout for done in outputs.values()}) == 1
    before, after = outputs["default"].stdout.split()
    assert before != after
