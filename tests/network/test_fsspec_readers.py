"""The readers that people use, on `pin://` URLs: pandas, pyarrow, zarr, NumPy and Dask in processes of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.network.environment_on_top import make_environment_on_top
from tests.support.repositories import Repo, git, init

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.git]

MAKE = """
import numpy, pandas, pyarrow, pyarrow.parquet, zarr
frame = pandas.DataFrame({"a": range(90), "b": numpy.arange(90) / 7, "k": [n % 3 for n in range(90)]})
frame.to_csv("x.csv", index=False)
frame.to_csv("x.csv.gz", index=False)
frame.to_parquet("x.parquet")
for part in range(3):
    frame[part * 30 : part * 30 + 30].to_csv(f"part{part}.csv", index=False)
pyarrow.parquet.write_to_dataset(pyarrow.Table.from_pandas(frame), "set", partition_cols=["k"])
array = zarr.open("array.zarr", mode="w", shape=(50, 50), chunks=(10, 10), dtype="f8")
array[:] = numpy.arange(2500).reshape(50, 50)
numpy.save("n.npy", numpy.arange(9))
"""
# It prints one line for each reader, of the commit through pin:// and of the files themselves.
READ = """
import sys
import fsspec, numpy, pandas, pyarrow.dataset, zarr
import dask.dataframe as dask

def main(base, filesystem):
    print(pandas.read_csv(f"{base}/x.csv").to_json())
    print(pandas.read_csv(f"{base}/x.csv.gz").to_json())
    print(pandas.read_parquet(f"{base}/x.parquet").to_json())
    inside = base.removeprefix("pin://")
    table = pyarrow.dataset.dataset(f"{inside}/set", filesystem=filesystem, partitioning="hive").to_table()
    print(table.sort_by("a").to_pydict())
    print(zarr.open(f"{base}/array.zarr", mode="r")[:].tolist())
    with filesystem.open(f"{base}/n.npy") as file:
        print(numpy.load(file).tolist())
    parts = dask.read_csv(f"{base}/part*.csv")
    print(parts.compute(scheduler="processes", num_workers=2).values.tolist())
    print(dask.read_parquet(f"{base}/x.parquet").b.sum().compute())

if __name__ == "__main__":
    main(sys.argv[1], fsspec.filesystem(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with this package, the `fsspec` extra and the readers."""
    wanted = ["fsspec", "pandas", "pyarrow", "zarr", "dask[dataframe]"]
    return make_environment_on_top(tmp_path_factory.mktemp("readers"), *wanted)


def _run(python: str, text: str, *arguments: str, cwd: str | Path) -> str:
    script = Path(cwd).parent / "script.py"
    script.write_text(text)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, str(script), *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_readers_give_the_data_of_the_commit(python: str, tmp_path: Path) -> None:
    """The same as from the files when they were committed; by then the working tree has other ones."""
    repo: Repo = init(tmp_path / "repo")
    _run(python, MAKE, cwd=repo.path)
    git("add", "-A", cwd=repo.path)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "data", cwd=repo.path)
    head = git("rev-parse", "HEAD", cwd=repo.path).strip()
    committed = _run(python, READ, repo.path, "file", cwd=repo.path)
    for path in Path(repo.path).rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            path.write_bytes(b"of today")

    pinned = _run(python, READ, f"pin://{head}", "pin", cwd=repo.path)

    assert len(pinned.splitlines()) == 8
    assert pinned == committed
