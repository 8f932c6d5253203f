"""Which objects one request asks for together."""

from __future__ import annotations

from zenml_pin.git.objects.tree import FILE, FOLDER, Entry
from zenml_pin.git.remote.batching import FEW, SEVERAL, Wants


def entries(*names: str) -> dict[str, Entry]:
    """Return a tree's entries, each with its name as its id; folders end in a slash."""
    return {
        name.strip("/").rpartition(":")[2]: Entry(
            name.strip("/").rpartition(":")[2], FOLDER if name.endswith("/") else FILE, name.strip("/")
        )
        for name in names
    }


def test_object_that_no_tree_contains_may_be_a_commit() -> None:
    """Only then a server gets the question for its history's depth."""
    wants = Wants()
    wants.add_root("root")
    wants.add_tree("root", entries("trainers/", "README.md"))

    assert wants.is_commit("another")
    assert not wants.is_commit("trainers")
    assert not wants.is_commit("root")


def test_below_the_root_only_files_that_name_modules_are_fetched_too() -> None:
    """The root may have large files and many folders."""
    wants = Wants()
    wants.add_root("root")
    wants.add_tree("root", entries("trainers/", "data/", "src/", "README.md", "setup.cfg"))

    assert wants.beside("trainers") == ["setup.cfg", "src"]


def test_folders_of_the_root_come_one_by_one_and_then_all() -> None:
    """A caller may list the whole commit."""
    wants = Wants()
    wants.add_root("root")
    many = [f"folder{number}" for number in range(SEVERAL + 2)]
    wants.add_tree("root", entries(*(f"{name}/" for name in many), "README.md"))

    assert [wants.beside(name) for name in many[:SEVERAL]] == [[]] * SEVERAL
    assert set(wants.beside(many[SEVERAL])) == {*many} - {many[SEVERAL]}


def test_folder_comes_with_its_neighbours() -> None:
    """Their listings, and the `__init__.py` that an import of any of them runs first."""
    wants = Wants()
    wants.add_root("root")
    wants.add_tree("root", entries("trainers/"))
    wants.add_tree("trainers", entries("mine/", "yours/", "__init__.py", "large.csv"))

    assert set(wants.beside("mine")) == {"yours", "__init__.py"}


def test_source_comes_with_the_sources_of_its_folder() -> None:
    """And with the `__init__.py` of the folders above; data files are not fetched."""
    wants = Wants()
    wants.add_root("root")
    wants.add_tree("root", entries("trainers/", "setup.py"))
    wants.add_tree("trainers", entries("mine/", "1:__init__.py", "other.py"))
    wants.add_tree("mine", entries("2:__init__.py", "step.py", "helper.py", "large.csv"))

    assert set(wants.beside("step.py")) == {"2:__init__.py", "helper.py", "1:__init__.py"}


def test_source_of_a_large_folder_comes_alone_at_first() -> None:
    """The second one that is read brings all the others."""
    wants = Wants()
    wants.add_root("root")
    wants.add_tree("root", entries("trainers/"))
    many = [f"step{number}.py" for number in range(FEW + 1)]
    wants.add_tree("trainers", entries(*many))

    assert wants.beside(many[0]) == []
    assert set(wants.beside(many[1])) == {*many} - {many[1]}
