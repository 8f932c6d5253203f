"""`check`, `audit` and `doctor` need nothing that only some Pythons have: symbol tables, limits of resources."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.repositories import Repo, commit

DOCUMENT = (
    "version: '1'\npipeline: {{name: p, type: training, "
    "source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0, args: {{}}}}\n"
    "steps:\n  training: {{source: step.made.{1}@{0}, args: {{}}}}\n"
)
TEXTS = {
    "class": ("class T: pass\n", "T", ""),
    "no such class": ("class T: pass\n", "U", "ZP005"),
    "guarded class": ("if __name__ == '__main__':\n    class T: pass\n", "T", "ZP005"),
    "what cannot be compiled": ("return\nclass T: pass\n", "T", "ZP012"),
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize(("text", "name", "rule"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("command", ["check", "audit", "doctor"])
def test_commands_need_neither_symbol_tables_nor_limits(
    repo: Repo, command: str, text: str, name: str, rule: str
) -> None:
    """They find the same without them."""
    first = commit(repo, {"step": {"__init__.py": "", "made.py": text}})
    commit(repo, {"pipelines": {"p.yaml": DOCUMENT.format(first, name)}}, base=first)
    code = (
        "import sys, os\n"
        "for name in ('_symtable', 'symtable', 'resource'): sys.modules[name] = None\n"
        f"from zenml_pin.cli import main\nsys.exit(main([{command!r}]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.path, capture_output=True, text=True, check=False
    )

    assert "Traceback" not in done.stderr
    if command != "doctor":
        assert rule in done.stdout
        assert done.returncode == bool(rule)
