"""The pinned namespace: `zenml_pin.at.g<commit id>.<module>` is that module as of that commit.

Importing this package puts one finder on `sys.meta_path` and one hook on `sys.path_hooks`; nothing else does that. A
fresh process finds a commit through ZENML_PIN_PATH, or in the repository at or above the current folder.

A pinned name is an ordinary dotted name: every tool that takes a dotted name takes it. R means
`zenml_pin.at.g<commit id>`:

    import                      from R.trainers.step import Trainer
    importlib, pkgutil          import_module("R.trainers.step"), pkgutil.resolve_name("R.trainers.step:Trainer")
    python -m, runpy            python -m R.scripts.train, runpy.run_module("R.scripts.train")
    pickle, multiprocessing     unchanged: a class carries its pinned name into the other process
    entry points                mine = R.trainers.step:Trainer
    PyYAML (unsafe loaders)     !!python/object/apply:R.trainers.step.Trainer [5]
    logging.config              class: R.trainers.step.Handler
    pydantic ImportString       "R.trainers.step.Trainer"
    Django import_string        "R.trainers.step.Trainer", as in any setting that takes a dotted path
    Hydra                       _target_: R.trainers.step.Trainer
    unittest.mock               patch("R.trainers.step.Trainer.epochs", 3)

Loggers of pinned code, `logging.getLogger(__name__)`, have the pinned name and hang below the root logger, so records
reach the root's handlers. What is set for a plain name, such as the level of "trainers", does not apply to them.

What cannot work, because it does not go through an import statement of the pin:

    plain names in strings      mock.patch("trainers.step.Trainer"), a pickle or a doctest that says trainers.step:
                                they mean the working tree's module; write R before them
    native code by C            a native module that imports trainers.step by itself gets the plain one
    tools that need real files  numba's cache on disk, joblib.Memory, AutoGraph: load with materialize=DIR, so that code
                                has a file name that stays the same
"""

from __future__ import annotations

from zenml_pin.importing.finder import FolderHook, PinFinder, install
from zenml_pin.importing.registry import Registry
from zenml_pin.importing.watched_imports import run_for_imported

# A package without a folder: the finder finds everything below it.
__path__: list[str] = []

registry = Registry()
_finder = PinFinder(registry.find_namespace)
install(_finder, FolderHook(_finder, registry.namespace_of_entry))
run_for_imported()
