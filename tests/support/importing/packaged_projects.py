"""A project for each build backend, from the example of its own documentation, and the modules that its wheel has.

Sources: setuptools "Package Discovery" and "Configuring setuptools using setup.cfg files"; Hatch "Build configuration";
Poetry "The pyproject.toml file"; PDM "Build Configuration"; Flit "The pyproject.toml config file"; uv "The uv build
backend"; maturin "Mixed Rust/Python project"; scikit-build-core "Configuration"; meson-python "Tutorial".
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.repositories import Files

PACKAGE: Files = {
    "__init__.py": "NAME = __name__\n",
    "step.py": "from PKG import NAME\n\n\nclass A:\n    name = NAME\n",
}
_METADATA = '[project]\nname = "PKG"\nversion = "1.0"\n'


@dataclass(frozen=True)
class Project:
    """A project.

    Attributes:
        files: Its files.
        modules: By the file's path, the module that the wheel has.
        requires: The backend's distributions; empty where no wheel is built without other programs.
        roots: The source roots.
    """

    files: Files
    modules: dict[str, str]
    requires: tuple[str, ...]
    roots: tuple[str, ...]


def _package(name: str) -> Files:
    return {file: str(text).replace("PKG", name) for file, text in PACKAGE.items()}


def _modules(folder: str, name: str) -> dict[str, str]:
    path = f"{folder}/{name}" if folder else name
    return {f"{path}/__init__.py": name, f"{path}/step.py": f"{name}.step"}


def _toml(backend: str, requires: str, text: str, name: str = "mypkg") -> str:
    system = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'
    return f"{system}\n{_METADATA.replace('PKG', name)}\n{text}"


_SETUPTOOLS = ("setuptools.build_meta", "setuptools")
_SETUP_PY = "from setuptools import find_packages, setup\n\nsetup(\n    name='mypkg',\n    version='1.0',\n"
PROJECTS: dict[str, Project] = {
    "setuptools, setup.cfg with package_dir": Project(
        {
            "setup.cfg": "[metadata]\nname = mypkg\nversion = 1.0\n[options]\npackages = find:\n"
            "package_dir =\n    = lib\n[options.packages.find]\nwhere = lib\n",
            "setup.py": "from setuptools import setup\n\nsetup()\n",
            "lib": {"mypkg": _package("mypkg")},
        },
        _modules("lib", "mypkg"),
        ("setuptools",),
        ("lib", ""),
    ),
    "setuptools, pyproject.toml with package-dir": Project(
        {
            "pyproject.toml": _toml(
                *_SETUPTOOLS, '[tool.setuptools]\npackages = ["mypkg"]\npackage-dir = {"" = "lib"}\n'
            ),
            "lib": {"mypkg": _package("mypkg")},
        },
        _modules("lib", "mypkg"),
        ("setuptools",),
        ("lib", ""),
    ),
    "setuptools, pyproject.toml with packages.find": Project(
        {
            "pyproject.toml": _toml(
                *_SETUPTOOLS, '[tool.setuptools.packages.find]\nwhere = ["project/python"]\n'
            ),
            "project": {"python": {"mypkg": _package("mypkg"), "other": _package("other")}},
        },
        {**_modules("project/python", "mypkg"), **_modules("project/python", "other")},
        ("setuptools",),
        ("project/python", ""),
    ),
    "setuptools, a package in a folder of another path": Project(
        {
            "pyproject.toml": _toml(
                *_SETUPTOOLS,
                '[tool.setuptools]\npackages = ["mypkg"]\n[tool.setuptools.package-dir]\nmypkg = "code/python/mypkg"\n',
            ),
            "code": {"python": {"mypkg": _package("mypkg")}},
        },
        _modules("code/python", "mypkg"),
        ("setuptools",),
        ("code/python", ""),
    ),
    "setuptools, setup.py": Project(
        {
            "setup.py": f"{_SETUP_PY}    package_dir={{'': 'lib'}},\n    packages=find_packages('lib'),\n)\n",
            "lib": {"mypkg": _package("mypkg")},
        },
        _modules("lib", "mypkg"),
        ("setuptools",),
        ("lib", ""),
    ),
    "setuptools, setup.py with a name and where=": Project(
        {
            "setup.py": _SETUP_PY.replace("\nsetup", "\nROOT = 'python'\n\nsetup")
            + "    package_dir={'': ROOT},\n    packages=find_packages(where=ROOT),\n)\n",
            "python": {"mypkg": _package("mypkg")},
        },
        _modules("python", "mypkg"),
        ("setuptools",),
        ("python", ""),
    ),
    "hatch, packages": Project(
        {
            "pyproject.toml": _toml(
                "hatchling.build",
                "hatchling",
                '[tool.hatch.build.targets.wheel]\npackages = ["python/mypkg"]\n',
            ),
            "python": {"mypkg": _package("mypkg")},
        },
        _modules("python", "mypkg"),
        ("hatchling",),
        ("python", ""),
    ),
    "hatch, only-include and sources": Project(
        {
            "pyproject.toml": _toml(
                "hatchling.build",
                "hatchling",
                '[tool.hatch.build.targets.wheel]\nonly-include = ["code/mypkg"]\nsources = ["code"]\n',
            ),
            "code": {"mypkg": _package("mypkg")},
        },
        _modules("code", "mypkg"),
        ("hatchling",),
        ("code", ""),
    ),
    "hatch, a table of sources": Project(
        {
            "pyproject.toml": _toml(
                "hatchling.build",
                "hatchling",
                '[tool.hatch.build.targets.wheel]\nonly-include = ["code/mypkg"]\n'
                '[tool.hatch.build.targets.wheel.sources]\n"code/mypkg" = "mypkg"\n',
            ),
            "code": {"mypkg": _package("mypkg")},
        },
        _modules("code", "mypkg"),
        ("hatchling",),
        ("code", ""),
    ),
    "hatch, hatch.toml": Project(
        {
            "pyproject.toml": _toml("hatchling.build", "hatchling", ""),
            "hatch.toml": '[build.targets.wheel]\npackages = ["python/mypkg"]\n',
            "python": {"mypkg": _package("mypkg")},
        },
        _modules("python", "mypkg"),
        ("hatchling",),
        ("python", ""),
    ),
    "poetry": Project(
        {
            "pyproject.toml": _toml(
                "poetry.core.masonry.api",
                "poetry-core",
                '[tool.poetry]\npackages = [{ include = "mypkg", from = "lib" }, { include = "extra" }]\n',
            ),
            "lib": {"mypkg": _package("mypkg")},
            "extra": _package("extra"),
        },
        {**_modules("lib", "mypkg"), **_modules("", "extra")},
        ("poetry-core",),
        ("lib", ""),
    ),
    "PDM": Project(
        {
            "pyproject.toml": _toml(
                "pdm.backend", "pdm-backend", '[tool.pdm.build]\npackage-dir = "mysrc"\n'
            ),
            "mysrc": {"mypkg": _package("mypkg")},
        },
        _modules("mysrc", "mypkg"),
        ("pdm-backend",),
        ("mysrc", ""),
    ),
    "flit": Project(
        {
            "pyproject.toml": _toml(
                "flit_core.buildapi", "flit_core", '[tool.flit.module]\nname = "mypkg"\n', name="dist-name"
            ).replace('version = "1.0"', 'version = "1.0"\ndescription = "An example"'),
            "src": {"mypkg": _package("mypkg")},
        },
        _modules("src", "mypkg"),
        ("flit_core",),
        ("", "src"),
    ),
    "uv_build": Project(
        {
            "pyproject.toml": _toml("uv_build", "uv_build", '[tool.uv.build-backend]\nmodule-root = "lib"\n'),
            "lib": {"mypkg": _package("mypkg")},
        },
        _modules("lib", "mypkg"),
        ("uv_build",),
        ("lib", ""),
    ),
    "uv_build, module-root of the repository": Project(
        {
            "pyproject.toml": _toml("uv_build", "uv_build", '[tool.uv.build-backend]\nmodule-root = ""\n'),
            "mypkg": _package("mypkg"),
        },
        _modules("", "mypkg"),
        ("uv_build",),
        ("",),
    ),
    "maturin": Project(
        {
            "pyproject.toml": _toml(
                "maturin", "maturin", '[tool.maturin]\npython-source = "python"\nbindings = "bin"\n'
            ),
            "Cargo.toml": '[package]\nname = "mypkg"\nversion = "1.0.0"\nedition = "2021"\n'
            '[[bin]]\nname = "mypkg"\npath = "rust/main.rs"\n',
            "rust": {"main.rs": "fn main() {}\n"},
            "python": {"mypkg": _package("mypkg")},
        },
        _modules("python", "mypkg"),
        ("maturin",),
        ("python", ""),
    ),
    "scikit-build-core": Project(
        {
            "pyproject.toml": _toml(
                "scikit_build_core.build",
                "scikit-build-core",
                '[tool.scikit-build]\nwheel.cmake = false\nwheel.packages = ["code/mypkg"]\n',
            ),
            "code": {"mypkg": _package("mypkg")},
        },
        _modules("code", "mypkg"),
        ("scikit-build-core",),
        ("code", ""),
    ),
    "scikit-build-core, its default": Project(
        {
            "pyproject.toml": _toml(
                "scikit_build_core.build", "scikit-build-core", "[tool.scikit-build]\nwheel.cmake = false\n"
            ),
            "python": {"mypkg": _package("mypkg")},
        },
        _modules("python", "mypkg"),
        ("scikit-build-core",),
        ("src", "python", ""),
    ),
    "meson-python": Project(
        {
            "pyproject.toml": _toml("mesonpy", "meson-python", ""),
            "meson.build": "project('mypkg', version: '1.0')\npy = import('python').find_installation(pure: true)\n"
            "py.install_sources('code/mypkg/__init__.py', 'code/mypkg/step.py', subdir: 'mypkg')\n",
            "code": {"mypkg": _package("mypkg")},
        },
        _modules("code", "mypkg"),
        ("meson-python",),
        ("code", ""),
    ),
    "meson-python, a meson.build in the package": Project(
        {
            "pyproject.toml": _toml("mesonpy", "meson-python", ""),
            "meson.build": "project('mypkg', version: '1.0')\npy = import('python').find_installation(pure: true)\n"
            "subdir('lib/mypkg')\n",
            "lib": {
                "mypkg": {
                    "meson.build": "sources = ['__init__.py', 'step.py']\n"
                    "py.install_sources(sources, subdir: 'mypkg')\n",
                    **_package("mypkg"),
                }
            },
        },
        _modules("lib", "mypkg"),
        ("meson-python",),
        ("lib", ""),
    ),
}
