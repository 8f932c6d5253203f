"""Values of settings: how git reads them, and which ones it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.git.compare_with_git import judge
from tests.support.git.scenario_repository import make_box
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.interface_values import is_color
from zenml_pin.git.setting_values import check_value, parse_boolean, parse_number

NUMBERS = {
    **{"0": 0, "1": 1, "-1": -1, "+1": 1, " 1": 1, "010": 8, "0x10": 16, "0X1F": 31, "1k": 1024, "1K": 1024},
    **{"2m": 2**21, "1g": 2**30, "0x1g": 2**30, "00": 0, "0k": 0, "-2g": -(2**31), "2147483647": 2**31 - 1},
    **dict.fromkeys(("", " ", "k", "0x", "08", "08k", "1_0", "1 ", "- 1", "--1", "x", "1kk", "١", "1.0")),
    **dict.fromkeys(("2g", "4g", "2147483648", "-2147483649", "9" * 30)),
}
BOOLEANS = {
    **dict.fromkeys(["true", "TRUE", "yes", "on", "1", "-1", "0x1", "1k", " 1"], True),
    **dict.fromkeys(["false", "No", "off", "", "0", "00", "0k", "0x0"], False),
    **dict.fromkeys(["4g", "1 ", "bogus", "true ", "t", "08"], None),
}
# setting: values that git accepts, and values that it refuses.
VALUES: dict[str, tuple[list[str], list[str]]] = {
    "core.autocrlf": (["INPUT", "0x0", "false"], ["4g", "1 ", "2147483648", "bogus", "08"]),
    "core.safecrlf": (["WARN", "false"], ["bogus", "2g"]),
    "core.fileMode": (["0x1", " 1", "1k"], ["x", "4g"]),
    "core.logAllRefUpdates": (["always", "ALWAYS", "0"], ["never"]),
    "core.checkStat": (["Minimal", "DEFAULT"], ["bogus", ""]),
    "core.compression": (["-1", "9", "0x9"], ["10", "-2", "x", ""]),
    "core.bigFileThreshold": (["9g", "1m"], ["-1", "x", "9" * 20, ""]),
    "core.packedGitLimit": (["128m"], ["-1", "x"]),
    "index.version": (["2", "4"], ["x", ""]),
    "index.sparse": (["false"], ["x"]),
    "feature.manyFiles": (["false"], ["x"]),
    "status.relativePaths": (["false"], ["x"]),
    "user.useConfigOnly": (["false"], ["x"]),
    "advice.statusHints": (["false", "", "1"], ["x", "4g"]),
    "advice.detachedHead": (["true"], ["x"]),
    "advice.ofAnotherProgram": (["x"], []),
    "color.ui": (["never", "Always", "AUTO", "true", "1", ""], ["bogus", "4g"]),
    "color.status": (["always"], ["bogus"]),
    "color.diff": (["auto"], ["bogus"]),
    "color.advice": (["auto"], ["bogus"]),
    "color.pager": (["true"], ["auto"]),
    "color.branch": (["bogus"], []),
    "color.status.added": (["bold red", "Reset Red"], ["redx", "red green blue", "256", "true"]),
    "color.status.noBranch": (["red"], ["x"]),
    "color.status.other": (["x"], []),
    "color.diff.plain": (["red"], ["x"]),
    "color.diff.newMovedAlternativeDimmed": (["red"], ["x"]),
    "color.advice.hint": (["red"], ["x"]),
    "color.branch.current": (["x"], []),
    "diff.color.old": (["red"], ["x"]),
    "status.color.added": (["red"], ["x"]),
    "push.default": (["nothing", "tracking"], ["Simple", "true", ""]),
    "branch.autoSetupMerge": (["always", "inherit", "true", ""], ["ALWAYS", "x"]),
    "branch.autoSetupRebase": (["never", "remote"], ["Never", ""]),
    "column.ui": (["always,row", "column dense", ""], ["x", "-1"]),
    "column.status": (["nodense"], ["x"]),
    "status.showUntrackedFiles": (["no", "normal", "all"], ["ALL", "x"]),
    "status.renames": (["Copies", "copy", "true"], ["x"]),
    "status.renameLimit": (["1"], ["x", ""]),
    "status.showStash": (["true"], ["x"]),
    "status.submoduleSummary": (["1", "true"], ["x"]),
    "status.aheadBehind": (["true"], ["x"]),
    "diff.renames": (["COPY"], ["x"]),
    "diff.mnemonicPrefix": (["true"], ["x"]),
    "diff.algorithm": (["Myers", "histogram"], ["x", ""]),
    "diff.colorMoved": (["zebra", "true"], ["Zebra", "x"]),
    "diff.ignoreSubmodules": (["dirty", "none"], ["All", ""]),
    "diff.interHunkContext": (["1"], ["-1", "x"]),
    "diff.statNameWidth": (["1"], ["x"]),
    "core.abbrev": (["auto", "off", "", "7"], ["3", "true", "x"]),
    "core.createObject": (["rename"], ["LINK"]),
    "index.threads": (["4", "true"], ["x"]),
    "pack.compression": (["9"], ["10", ""]),
    "pack.packSizeLimit": (["9g"], ["-1"]),
}
# Older versions of git take every value of these.
NEWER = ("core.checkStat", "diff.statNameWidth")


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_numbers(text: str, number: int | None) -> None:
    """With units, signs, and the bases of C."""
    assert parse_number(text) == number


@pytest.mark.parametrize(("text", "boolean"), BOOLEANS.items())
def test_booleans(text: str, boolean: bool | None) -> None:
    """Words and numbers."""
    assert parse_boolean(text) is boolean


def test_the_setting_is_named() -> None:
    """So that the user can find it."""
    with pytest.raises(UnsupportedError, match=r"core\.safecrlf = 'bogus' where it needs true or false"):
        check_value(("core", "safecrlf"), "bogus")


@pytest.mark.git
@pytest.mark.parametrize("text", [text for text in [*NUMBERS, *BOOLEANS] if text != "-2g"])
def test_texts_are_booleans_where_they_are_for_git(text: str) -> None:
    """`git config --type=bool` is the judge; "-2g" is too small for older versions."""
    done = subprocess.run(
        ["git", "-c", f"a.b={text}", "config", "--type=bool", "a.b"],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = parse_boolean(text)
    assert ours is (None if done.returncode else done.stdout.strip() == "true")


@pytest.mark.quick(every=9)
@pytest.mark.git
@pytest.mark.parametrize("name", VALUES)
def test_value_that_git_refuses_is_not_clean(tmp_path: Path, name: str) -> None:
    """And accepted values are clean; older versions accept more."""
    box = make_box(str(tmp_path / "repo"), str(tmp_path / "outside"))
    taken, refused = VALUES[name]
    verdicts = []
    for value in [*taken, *refused]:
        with open(box.at(".git/config"), "r+", encoding="utf-8") as file:
            before = file.read()
            section, _, last = name.rpartition(".")
            file.write(f'[{section}]\n\t{last} = "{value}"\n')
        (judgement,) = judge(box.root, ("pkg",))
        assert judgement.status.clean is (value in taken), (value, str(judgement))
        assert not (judgement.refused and value in taken), value
        verdicts.append(judgement.refused)
        Path(box.at(".git/config")).write_text(before)
    assert any(verdicts) or name in NEWER or not refused


COLORS = {
    **dict.fromkeys(["red", "RED", "", " ", "normal", "default", "red green", "red bold ul", "nobold"], True),
    **dict.fromkeys(["no-bold", "#ff0000", "#FF0000", "255", "-1", "010", "+1", "brightRed", "reset"], True),
    **dict.fromkeys(["reset red", "RESET", "italic", "no-strike", " red ", "red  red", "red\tblue"], True),
    **dict.fromkeys(["#ff00", "256", "-2", "red green blue", "bold,red", "redx", "Bold", "NoBold"], False),
    **dict.fromkeys(
        ["brightdefault", "brightnormal", "0x1", "1k", "1_0", "no", "no-", "#gg0000", "١"], False
    ),
    **dict.fromkeys(["bright", "red1", "no-red", "noreset", "- 1", "#", "true"], False),
}


@pytest.mark.git
@pytest.mark.parametrize(("text", "accepted"), COLORS.items())
def test_texts_are_colours_where_they_are_for_git(text: str, accepted: bool) -> None:
    """`git config --type=color` is the judge."""
    done = subprocess.run(
        ["git", "-c", f"a.b={text}", "config", "--type=color", "--get", "a.b"],
        capture_output=True,
        check=False,
    )

    assert is_color(text) is accepted
    assert (done.returncode == 0) is accepted


def test_short_colour() -> None:
    """Newer versions of git accept it."""
    assert is_color("#fff")


@pytest.mark.git
def test_a_bad_value_that_another_one_overrides_is_refused(tmp_path: Path) -> None:
    """git checks each of them."""
    box = make_box(str(tmp_path / "repo"), str(tmp_path / "outside"))
    with open(box.at(".git/config"), "a", encoding="utf-8") as file:
        file.write("[core]\n\tautocrlf = 4g\n\tautocrlf = false\n")
    (judgement,) = judge(box.root, ("pkg",))

    assert judgement.refused
    assert not judgement.status.clean
