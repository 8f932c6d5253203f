"""completion: a script for each shell, made from the parser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.run_command import run


def completed(script: str, folder: Path, *words: str) -> list[str]:
    """Return what bash proposes for the last word of a line."""
    line = " ".join(words)
    asked = (
        f"{script}\n"
        "_get_comp_words_by_ref() { :; }\n"
        f'COMP_LINE="{line}"; COMP_POINT={len(line)}; COMP_WORDS=({" ".join(w or repr("") for w in words)})\n'
        f"COMP_CWORD={len(words) - 1}\n"
        "made=$(complete -p zenml-pin); made=${made#*-F }; ${made%% *} zenml-pin\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", asked], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_bash_completes_commands_and_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """In a real bash: the beginning of a command, and of an option of a command."""
    code, script, err = run(capsys, "completion", "bash")

    assert (code, err) == (0, "")
    assert completed(script, tmp_path, "zenml-pin", "che") == ["check"]
    assert completed(script, tmp_path, "zenml-pin", "check", "--sta") == ["--staged"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_script_is_one_that_the_shell_reads(
    shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It names each command; where the shell is installed, it parses it."""
    code, script, err = run(capsys, "completion", shell)

    assert (code, err) == (0, "")
    assert all(word in script for word in ("check", "audit", "staged"))
    if shutil.which(shell):
        file = tmp_path / "script"
        file.write_text(script)
        subprocess.run([shell, "-n", file], check=True)
