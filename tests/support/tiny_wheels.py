"""Tiny wheels, made here, as the only packages that the user's own settings offer."""

from __future__ import annotations

import zipfile
from hashlib import sha256
from pathlib import Path

import pytest


class Wheels:
    """A folder of wheels, which uv takes packages from; it asks no index.

    Attributes:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(
        self,
        name: str,
        version: str,
        code: str = "",
        requires: tuple[str, ...] = (),
        tag: str = "py3-none-any",
    ) -> str:
        """Make a wheel whose package has `VERSION` and some code; return its hash, as locks write it."""
        info = f"{name}-{version}.dist-info"
        needed = "".join(f"Requires-Dist: {item}\n" for item in requires)
        files = {
            f"{name}/__init__.py": f"VERSION = '{version}'\n{code}",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
        path = self.folder / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(zipfile.ZipInfo(file), text)
        return f"sha256:{sha256(path.read_bytes()).hexdigest()}"

    def line(self, name: str, version: str, **options: str) -> str:
        """Make a wheel; return the line of a file of requirements that locks it."""
        return f"{name}=={version} --hash={self.add(name, version, **options)}\n"  # type: ignore[arg-type]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheels:
    """An empty folder of wheels; environments and uv's cache have folders of the test's own."""
    made = Wheels(tmp_path / "wheels")
    monkeypatch.setenv("UV_FIND_LINKS", str(made.folder))
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("ZENML_PIN_ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    return made
