"""An environment that has what this one has, and more."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import zenml_pin


def make_environment_on_top(folder: Path, *requirements: str) -> str:
    """Make an environment, and return its interpreter.

    Only what this environment does not have is downloaded. It has this package, too.
    """
    venv.create(folder)
    (site,) = folder.glob("lib/python3*/site-packages")
    project = str(Path(zenml_pin.__file__).parents[1])
    folders = [path for path in sys.path if path.endswith("site-packages")]
    # Their own `.pth` files count, as those of editable installations.
    lines = [project, *(f"import site; site.addsitedir({path!r})" for path in folders)]
    site.joinpath("this_environment.pth").write_text("\n".join(lines) + "\n")
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True, capture_output=True)
    return python
