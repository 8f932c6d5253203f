"""Runs scripts of ZenML 0.1 to 0.3 with stand-ins for every library that is not installed. Python 3.8.

    python3.8 stand_ins.py FOLDER_OF_ZENML WORKSPACE SCRIPT [WORKSPACE SCRIPT ...]

Each script runs in its workspace, in a process of its own that forks after ZenML was imported; what it prints is
written to `WORKSPACE.log`. ZenML builds the document of a pipeline, and writes it, before it hands the pipeline to
TensorFlow Extended. So libraries that take any call and do nothing are enough for documents.
"""
# mypy: ignore-errors

import abc
import importlib.machinery
import os
import re
import runpy
import shutil
import signal
import sys
import traceback
import types

# What clouds answered in 2021: the newest image of a disk, and the credentials of a session.
_TEXTS = {
    "selfLink": "projects/cos-cloud/global/images/cos-85-13310-1041-38",
    "access_key": "key",
    "secret_key": "secret",
    "region_name": "eu-central-1",
}
_IMPORT = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


class _Meta(abc.ABCMeta):
    """A stand-in is a class: it can be called, derived from, indexed and used as a decorator."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _TEXTS.get(name) or _stand_in(name)

    def __getitem__(cls, key):
        return _TEXTS.get(key) or cls

    def __iter__(cls):
        return iter(())

    def __call__(cls, *args, **options):
        if cls.__bases__ == (object,) and cls.is_stand_in:
            # As a decorator it returns what it decorates.
            is_decorated = len(args) == 1 and not options and _is_users(args[0])
            return args[0] if is_decorated else _stand_in("made")
        return super().__call__(*args, **options)

    def __or__(cls, other):
        return cls

    __ror__ = __rshift__ = __rrshift__ = __add__ = __radd__ = __mul__ = __or__

    def __lt__(cls, other):
        return False

    def __len__(cls):
        return 0


def _is_users(value):
    """Tell whether a value is a function or class of the code that runs, and no type of Python or of a library."""
    is_class = isinstance(value, type) and not isinstance(value, _Meta) and value.__module__ != "builtins"
    return isinstance(value, types.FunctionType) or is_class


def _stand_in(name):
    return _Meta(name, (object,), {"is_stand_in": True, "__init_subclass__": classmethod(_mark)})


def _mark(cls, **options):
    cls.is_stand_in = False


class _FileIO:
    """TensorFlow's functions for files, of which ZenML uses these; here for files on this machine."""

    FileIO = staticmethod(open)
    copy_v = copy_v2 = staticmethod(lambda source, target, overwrite=False: shutil.copy(source, target))
    create_dir_v2 = staticmethod(os.mkdir)
    delete_file_v2 = staticmethod(os.remove)
    delete_recursively_v2 = staticmethod(shutil.rmtree)
    file_exists_v2 = staticmethod(os.path.exists)
    is_directory_v2 = staticmethod(os.path.isdir)
    list_directory_v2 = staticmethod(os.listdir)
    recursive_create_dir_v2 = staticmethod(lambda path: os.makedirs(path, exist_ok=True))
    rename_v2 = staticmethod(lambda source, target, overwrite=False: os.replace(source, target))
    walk_v2 = staticmethod(os.walk)

    @staticmethod
    def read_file_to_string(path, binary_mode=False):
        with open(path, "rb" if binary_mode else "r") as file:
            return file.read()

    @staticmethod
    def write_string_to_file(path, text):
        with open(path, "w") as file:
            file.write(text)


# Modules that are not stand-ins, by their names.
_KNOWN = {"file_io": _FileIO, "_REMOTE_FS_PREFIX": ["gs://", "hdfs://", "s3://"]}


class _Module(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name not in ("__version__",):
            raise AttributeError(name)
        value = "2.3.0" if name == "__version__" else _KNOWN.get(name) or _stand_in(name)
        setattr(self, name, value)
        return value


class Finder:
    """Finds what files below some folders import and nothing else finds, except below libraries that are there."""

    def __init__(self):
        self._tops = set()

    def add(self, folder):
        for place, _, files in os.walk(folder):
            for file in files:
                if file.endswith(".py"):
                    with open(os.path.join(place, file), encoding="utf-8") as text:
                        self._tops.update(_IMPORT.findall(text.read()))
        self._tops -= {"zenml"}

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in self._tops or (top != name and not isinstance(sys.modules.get(top), _Module)):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        pass


def main(zenml, *work):
    """Import ZenML, then run each script in its workspace."""
    finder = Finder()
    finder.add(os.path.join(zenml, "zenml"))
    sys.path.insert(0, zenml)
    sys.meta_path.append(finder)
    repository = _prepare()
    for workspace, script in zip(work[::2], work[1::2]):  # noqa: B905  # Python 3.8 has no `strict`
        child = os.fork()
        if not child:
            _run(finder, repository, workspace, script)
        os.waitpid(child, 0)


def _prepare():
    """Import what scripts import, in the places where the releases had it; return ZenML's `Repository`."""
    try:
        from zenml.utils import requirement_utils

        requirement_utils.check_integration = lambda integration: None
    except ImportError:
        pass
    try:
        from zenml.repo import Repository
    except ImportError:
        from zenml.core.repo.repo import Repository
    try:
        from zenml.pipelines.base_pipeline import BasePipeline
    except ImportError:
        from zenml.core.pipelines.base_pipeline import BasePipeline
    # The metadata store is a stand-in, which knows no run.
    BasePipeline.is_executed_in_metadata_store = False
    BasePipeline.run = _with_stores_of_datasource(BasePipeline.run)
    return Repository


def _with_stores_of_datasource(run):
    """Give a datasource the stores of its pipeline, which 0.3.8 asks for and its own examples forgot."""

    def wrapped(self, *args, **options):
        for store in ("metadata_store", "artifact_store"):
            if options.get(store) and hasattr(self.datasource, store):
                setattr(self.datasource, store, options[store])
        return run(self, *args, **options)

    return wrapped


def _run(finder, repository, workspace, script):
    """Make a folder a workspace, run a script in it, and end the process."""
    log = os.open(workspace + ".log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.alarm(60)
    try:
        os.chdir(workspace)
        finder.add(workspace)
        sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
        repository.init_repo(repo_path=workspace, analytics_opt_in=False)
        sys.argv[:] = [script]
        runpy.run_path(script, run_name="__main__")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
