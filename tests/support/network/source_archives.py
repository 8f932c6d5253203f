"""Releases' source archives as their authors uploaded them; pip would run code in them to learn their metadata."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

_SECONDS = 60.0


def unpack_sources(folder: Path, name: str, versions: Sequence[str]) -> dict[str, Path]:
    """Download versions of a distribution, and return each one's unpacked folder, by version, in that order."""
    # Only here: the quick suite runs without it.
    from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple

    folder.mkdir(exist_ok=True)
    with PyPISimple(os.environ.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT)) as client:
        packages = client.get_project_page(name, timeout=_SECONDS).packages
        found = {package.version: package for package in packages if package.filename.endswith(".tar.gz")}

        def one(version: str) -> Path:
            return _unpack(client, found[version], folder / f"{name}-{version}")

        # Requests to an index are waits; four at once are usual.
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(versions, pool.map(one, versions), strict=True))


def _unpack(client: PyPISimple, package: DistributionPackage, folder: Path) -> Path:
    archive = folder.parent / package.filename
    client.download_package(package, archive, timeout=_SECONDS)
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    archive.unlink()
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    return inner
