"""Random reads of files beside the code, in many ways; the same program runs in a checkout and in a pin.

    python -c "from pkg.reads import main; main(SEED, COUNT)"

prints one line of JSON for each read. The package is made by `make_package`.
"""

from __future__ import annotations

import io
import random
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tests.support.repositories import Executable, Link

READS = r"""
import codecs, csv, glob, hashlib, importlib.resources, importlib.util, json, linecache, os, pathlib, pkgutil, random
import shutil, sqlite3, tempfile, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = pathlib.Path(__file__).resolve().parent
PACKAGE = __name__.rpartition(".")[0]
DEEP = "../../top"


def digest(data):
    return hashlib.sha256(data).hexdigest()


def with_open(path, choose):
    with open(path, choose(["rb"])) as file:
        return digest(file.read())


def as_text(path, choose):
    with open(path, encoding="latin-1", newline=choose([None, "", "\n"])) as file:
        return file.readlines()[:3]


def by_descriptor(path, choose):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return digest(os.pread(descriptor, choose([10, 10**6]), choose([0, 5])))
    finally:
        os.close(descriptor)


def by_path(path, choose):
    place = pathlib.Path(path)
    return [digest(place.read_bytes()), place.name, place.suffix, place.stat().st_size, place.is_file()]


def by_mmap(path, choose):
    import mmap
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return "empty"
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return digest(bytes(view))


def about(path, choose):
    info = os.stat(path)
    return [info.st_size, os.path.exists(path), os.path.isfile(path), os.path.islink(path),
            os.access(path, os.X_OK) if os.path.splitext(path)[1] == ".sh" else None,
            os.path.relpath(os.path.realpath(path), os.path.realpath(HERE))]


def copied(path, choose):
    with tempfile.TemporaryDirectory() as folder:
        return digest(pathlib.Path(shutil.copyfile(path, os.path.join(folder, "x"))).read_bytes())


def lines(path, choose):
    return linecache.getlines(path)[:2]


def data_of_package(path, choose):
    name = os.path.relpath(path, HERE)
    if name.startswith(".."):
        return "outside"
    return digest(pkgutil.get_data(PACKAGE, name.replace(os.sep, "/")))


def resource(path, choose):
    name = os.path.relpath(path, HERE)
    if name.startswith(".."):
        return "outside"
    found = importlib.resources.files(PACKAGE).joinpath(*name.split(os.sep))
    with importlib.resources.as_file(found) as real:
        return [digest(found.read_bytes()), digest(real.read_bytes())]


def listed(path, choose):
    folder = os.path.dirname(path)
    names = [name for name in os.listdir(folder) if name != "__pycache__" and not name.endswith(".py")]
    return sorted(names)


def scanned(path, choose):
    with os.scandir(os.path.dirname(path)) as items:
        return sorted((item.name, item.is_dir(), item.is_symlink()) for item in items
                      if item.name != "__pycache__" and not item.name.endswith(".py"))


def globbed(path, choose):
    pattern = choose(["*.txt", "*.c*", "**/*.json", "**/*.txt", "data/*", "plug_*.py"])
    found = glob.glob(os.path.join(HERE, pattern), recursive=True)
    return sorted(os.path.relpath(name, HERE) for name in found if "__pycache__" not in name)


def walked(path, choose):
    names = [os.path.relpath(os.path.join(folder, name), HERE)
             for folder, _, files in os.walk(HERE) for name in files if "__pycache__" not in folder]
    return digest("\n".join(sorted(names)).encode())


def rglobbed(path, choose):
    return sorted(str(found.relative_to(PLACE)) for found in PLACE.rglob(choose(["*.csv", "*.sqlite", "a*"])))


def absent(path, choose):
    name = path + choose([".bak", ".json", "x"])
    try:
        open(name)
    except OSError as error:
        return [type(error).__name__, error.errno, os.path.exists(name), os.path.lexists(name)]
    return "there"


def table(path, choose):
    import pandas
    kind = os.path.splitext(path)[1]
    if kind == ".csv":
        return pandas.read_csv(path).to_csv()
    if kind == ".json":
        return pandas.read_json(path, typ="series").to_json()
    return None


def array(path, choose):
    import numpy
    kind = os.path.splitext(path)[1]
    if kind == ".npy":
        return numpy.load(path, mmap_mode=choose([None, "r"])).tolist()
    if kind == ".npz":
        return numpy.load(path)["a"].tolist()
    if kind == ".bin":
        return numpy.fromfile(path, dtype=numpy.uint8).tolist()[:20]
    return None


def database(path, choose):
    if not path.endswith(".sqlite"):
        return None
    connection = sqlite3.connect(choose([path, "file:" + path + "?mode=ro"]), uri=True)
    try:
        return connection.execute("select * from t order by a").fetchall()
    finally:
        connection.close()


def archive(path, choose):
    if not path.endswith(".zip"):
        return None
    with zipfile.ZipFile(path) as file:
        return [file.namelist(), digest(file.read(file.namelist()[0]))]


def rows(path, choose):
    if not path.endswith(".csv"):
        return None
    with open(path, newline="") as file:
        return list(csv.reader(file))[:4]


def parsed(path, choose):
    if not path.endswith(".json"):
        return None
    with codecs.open(path, encoding="utf-8") as file:
        return json.load(file)


WAYS = [with_open, as_text, by_descriptor, by_path, by_mmap, about, copied, lines, data_of_package, resource, listed,
        scanned, globbed, walked, rglobbed, absent, table, array, database, archive, rows, parsed]


for name in ("numpy", "pandas"):
    if importlib.util.find_spec(name) is None:
        WAYS = [way for way in WAYS if way is not {"numpy": array, "pandas": table}[name]]


def candidates():
    below = [os.path.join(folder, name) for folder, _, files in os.walk(HERE) for name in files]
    above = [os.path.join(HERE, "..", name) for name in ("side.csv", "VERSION")]
    above += [os.path.join(HERE, "..", "..", name) for name in ("root.txt", "top/deep.json")]
    kept = [path for path in below if "__pycache__" not in path and not path.endswith(".py")]
    return sorted(kept) + above


def main(seed, count):
    chance = random.Random(seed)
    paths = candidates()
    done = 0
    while done < count:
        way, path = chance.choice(WAYS), chance.choice(paths)
        result = way(path, chance.choice)
        if result is not None:
            done += 1
            print(json.dumps([way.__name__, os.path.relpath(path, HERE), result], default=str))
"""


def make_package(seed: int) -> dict[str, Any]:
    """Return a repository whose package `src/pkg` has data files of many kinds, some of them beside it."""
    chance = random.Random(seed)

    def text() -> str:
        return "".join(chance.choice("abc é\n,;1") for _ in range(chance.randrange(200)))

    def csv() -> str:
        rows = [f"{chance.random()},{chance.randrange(99)}" for _ in range(chance.randrange(1, 9))]
        return "a,b\n" + "\n".join(rows) + "\n"

    data: dict[str, Any] = {
        "one.csv": csv(),
        "two.csv": csv(),
        "one.json": '{"a": 1, "b": [1, 2]}',
        "a.txt": text(),
        "empty.txt": "",
        "crlf.txt": "a\r\nb\r\n",
        "raw.bin": chance.randbytes(5000),
        "base.sqlite": database(chance),
        "all.zip": archive(text()),
        "linked.txt": Link("../a.txt"),
        "run.sh": Executable("#!/bin/sh\necho 1\n"),
        "deep": {"deeper": {"x.txt": text(), "x.json": "[1]", "all": Link("../../one.csv")}},
    }
    try:
        import numpy
    except ImportError:
        pass
    else:
        for name, save in (("one.npy", numpy.save), ("one.npz", lambda file, a: numpy.savez(file, a=a))):
            file = io.BytesIO()
            save(file, numpy.arange(12).reshape(3, 4))
            data[name] = file.getvalue()
    package = {"__init__.py": "", "reads.py": READS, "plug_a.py": "", "a.txt": text(), "data": data}
    return {
        "root.txt": text(),
        "top": {"deep.json": '{"deep": true}'},
        "src": {"VERSION": "3", "side.csv": csv(), "pkg": package},
    }


def database(chance: random.Random) -> bytes:
    """Return a SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.sqlite")
        connection = sqlite3.connect(path)
        connection.execute("create table t (a integer, b text)")
        connection.executemany("insert into t values (?, ?)", [(n, str(chance.random())) for n in range(50)])
        connection.commit()
        connection.close()
        return path.read_bytes()


def archive(content: str) -> bytes:
    """Return a zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("inside/a.txt", content)
    return file.getvalue()
