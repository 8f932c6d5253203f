"""Which findings of `check` count: as the working tree's own files say, in ruff's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.audit import audit, check
from zenml_pin.errors import DocumentError

# One source is unpinned (ZP001), one names a commit that nobody has (ZP003).
DOCUMENT = """\
pipeline: {name: %s, type: training, source: zenml_pin.pipelines.TrainingPipeline}
steps: {training: {source: trainers.step.Mine@%s}}
"""
PYPROJECT = {
    "nothing": ("", ["ZP001", "ZP001", "ZP003", "ZP003"]),
    "select": ('select = ["ZP003"]', ["ZP003", "ZP003"]),
    "select by a beginning": ('select = ["ZP00"]', ["ZP001", "ZP001", "ZP003", "ZP003"]),
    "ignore": ('ignore = ["ZP001"]', ["ZP003", "ZP003"]),
    "select and ignore": ('select = ["ZP0"]\nignore = ["ZP003"]', ["ZP001", "ZP001"]),
    "per file": ('[tool.zenml_pin.per-file-ignores]\n"pipelines/old_*.yaml" = ["ZP0"]', ["ZP001", "ZP003"]),
    "per file by its name": (
        '[tool.zenml_pin.per-file-ignores]\n"old_*" = ["ZP001"]',
        ["ZP001", "ZP003", "ZP003"],
    ),
    "severity": ('severity = {ZP001 = "note", ZP003 = "note"}', ["ZP001", "ZP001", "ZP003", "ZP003"]),
}
SETUP_CFG = {
    "select": "select = ZP003",
    "ignore": "ignore =\n    ZP001\n    ZP002",
    "per file": "per-file-ignores =\n    pipelines/*.yaml: ZP001, ZP002",
}


@pytest.fixture
def root(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository with two documents, which is the current folder."""
    absent = "1" * 40
    documents = {f"{name}.yaml": DOCUMENT % (name, absent) for name in ("new", "old_one")}
    commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}, "pipelines": documents})
    monkeypatch.chdir(repo.path)
    return Path(repo.path)


@pytest.mark.parametrize(("text", "rules"), PYPROJECT.values(), ids=PYPROJECT)
def test_settings_in_pyproject(text: str, rules: list[str], root: Path) -> None:
    """Each chooses the findings that count; the report says that some do not. `audit` shows all."""
    (root / "pyproject.toml").write_text(f"[tool.zenml_pin]\n{text}\n")

    report = check()

    assert sorted(finding.rule.id for finding in report.findings) == rules
    left_out = {0: "", 1: "1 finding does not count"}.get(
        4 - len(rules), f"{4 - len(rules)} findings do not count"
    )
    assert left_out in " ".join(report.notes)
    assert report.is_clean is (text.startswith("severity"))
    assert len([finding for finding in audit().findings if finding.rule.id in ("ZP001", "ZP003")]) == 4


@pytest.mark.parametrize("text", SETUP_CFG.values(), ids=SETUP_CFG)
def test_settings_in_setup_cfg(text: str, root: Path) -> None:
    """The same words, in the section that has the source roots too."""
    (root / "setup.cfg").write_text(f"[zenml_pin]\nsource_roots = .\n{text}\n")

    assert [finding.rule.id for finding in check().findings] == ["ZP003", "ZP003"]


WRONG = {
    "unknown rule": ('ignore = ["ZP999"]', "no rule begins with 'ZP999'"),
    "not a list": ("ignore = 3", "expected a list of rules"),
    "unknown level": ('severity = {ZP001 = "fatal"}', "'ZP001 = fatal' is not a level of a rule"),
    "not TOML": ("ignore = [", "zenml"),
}


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG)
def test_mistakes_in_settings_are_errors(
    text: str, reason: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate that misreads its settings would be green for the wrong reason."""
    (root / "pyproject.toml").write_text(f"[tool.zenml_pin]\n{text}\n")

    with pytest.raises(DocumentError):
        check()

    code, out, err = run(capsys, "check")
    assert (code, out) == (2, "")
    assert "pyproject.toml" in err
    assert reason in err or reason == "zenml"


def test_baseline_lists_what_is_known(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After --write-baseline old findings do not count, also when lines move; new ones do."""
    assert run(capsys, "check")[0] == 1

    code, out, _ = run(capsys, "check", "--write-baseline")

    assert (code, out) == (0, f"{root / 'zenml-pin-baseline.json'}: 4 findings\n")
    assert run(capsys, "check")[0] == 0
    document = root / "pipelines" / "new.yaml"
    document.write_text(f"# a comment\n{document.read_text()}")
    code, out, _ = run(capsys, "check")
    assert code == 0
    assert "lists 4 findings as known" in out
    (root / "pipelines" / "newer.yaml").write_text(DOCUMENT % ("newer", "2" * 40))
    found = json.loads(run(capsys, "check", "--format", "json")[1])["findings"]
    assert {finding["path"] for finding in found} == {"pipelines/newer.yaml"}
    assert run(capsys, "check")[0] == 1
    (root / "zenml-pin-baseline.json").write_text("[]")
    assert run(capsys, "check")[0] == 2
