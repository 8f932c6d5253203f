"""env: which environments there are, and how they go away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.backends.environments.test_stored import make
from tests.support.run_command import run
from zenml_pin.backends.environments.stored import hold
from zenml_pin.cli.plain_data import schema


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments."""
    monkeypatch.setenv("ZENML_PIN_ENVIRONMENTS", str(tmp_path / "environments"))
    for key in ("abc", "def"):
        hold(key, make).release()


def answer(capsys: pytest.CaptureFixture[str], name: str, *words: str) -> dict[str, Any]:
    """Return the JSON of the command, after it was compared with the schema."""
    code, out, err = run(capsys, "env", *words, "--format", "json")
    assert code == 0, err
    facts: dict[str, Any] = json.loads(out)
    jsonschema.validate(facts, schema(name))
    return facts


def test_environments_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The latest used first."""
    _, out, _ = run(capsys, "env")

    assert [line.split()[0] for line in out.splitlines()] == ["def", "abc"]
    listed = answer(capsys, "env", "list")["environments"]
    assert [(item["key"], item["packages"]) for item in listed] == [
        ("def", {"tiny": "1.0"}),
        ("abc", {"tiny": "1.0"}),
    ]


@pytest.mark.slow
def test_environments_are_removed(capsys: pytest.CaptureFixture[str]) -> None:
    """By their ids, or all."""
    assert answer(capsys, "env_remove", "remove", "a")["removed"] == ["abc"]
    code, out, _ = run(capsys, "env", "remove", "--all")

    assert (code, out) == (0, "removed def (uv.lock)\n")
    assert run(capsys, "env") == (0, "", "")


def test_one_in_use_stays_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The others go."""
    held = hold("abc", make)

    code, out, err = run(capsys, "env", "remove", "--all")

    assert (code, out) == (1, "removed def (uv.lock)\n")
    assert err.startswith("error: environment 'abc' is in use")
    held.release()


BAD = {
    "nothing to remove": (["remove"], "'env remove' needs ids, or --all"),
    "both": (["remove", "abc", "--all"], "'env remove' needs ids, or --all"),
    "ids to list": (["list", "abc"], "'env list' takes no ids"),
    "unknown": (["remove", "xyz"], "no environment is named 'xyz'"),
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize(("words", "reason"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], words: list[str], reason: str) -> None:
    """Nothing is removed."""
    code, out, err = run(capsys, "env", *words)

    assert (code, out) == (2, "")
    assert err.startswith(f"error: {reason}")
    assert len(answer(capsys, "env")["environments"]) == 2
