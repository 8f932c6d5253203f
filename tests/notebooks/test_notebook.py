"""A notebook, executed: what it shows of our values, and what becomes of classes that are defined in a cell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit, init, write
from zenml_pin.errors import PinnedAttributeError
from zenml_pin.pipelines.repository import Repository

# The libraries around notebooks warn of their own future.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

NOTEBOOK = Path(__file__).with_name("displays.ipynb")
STEP = (
    "from zenml_pin.steps import BaseTrainerStep\n\n\n"
    "class MyTrainer(BaseTrainerStep):\n    epochs = {}\n\n    def run_fn(self, data):\n        return self.epochs\n"
)
DOCUMENT = """version: '1'
pipeline: {{name: mine, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}
steps:
  training:
    source: trainers.step.MyTrainer@{}
    args: {{}}
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A trainer that was committed twice and edited since, and a pipeline that pins the first commit."""
    repo = init(tmp_path_factory.mktemp("notebook") / "repo")
    first = commit(repo, {"trainers": {"step.py": STEP.format(1)}})
    document = {"mine.yaml": DOCUMENT.format(first)}
    commit(repo, {"trainers": {"step.py": STEP.format(2)}, "pipelines": document}, message="Two epochs\n")
    write(repo, {"trainers": {"step.py": STEP.format(3)}})
    return repo


@pytest.fixture(scope="module")
def shown(repo: Repo, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The texts that the code cells of the notebook show: as HTML where there is some, and what was written."""
    nbformat = pytest.importorskip("nbformat", reason="nbformat, nbclient and ipykernel are not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbformat, nbclient and ipykernel are not installed")
    pytest.importorskip("ipykernel", reason="nbformat, nbclient and ipykernel are not installed")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": repo.path}})
    client.execute(env={"PATH": "", "HOME": str(tmp_path_factory.mktemp("home"))})
    return ["\n".join(map(_text, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.data.get("text/html", output.data["text/plain"]))


def _read(html: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())


# By the cell's place: what a person reads there.
DISPLAYS = {
    "source": (0, ["trainers.step.MyTrainer", "[0-9a-f]{40}"]),
    "status": (1, ["1 uncommitted", "trainers/step.py", "modified"]),
    "pipeline": (2, ["mine", "training", "trainers.step.MyTrainer"]),
    "audit": (3, ["warning 1", "1 have other code than HEAD", "1 behind"]),
    "diff": (4, ["MyTrainer", "epochs = 1", "epochs = 3"]),
    "versions": (5, ["Two epochs", "mine"]),
}


@pytest.mark.parametrize("value", DISPLAYS)
def test_a_notebook_displays(value: str, shown: list[str]) -> None:
    """As HTML that loads and runs nothing."""
    place, texts = DISPLAYS[value]

    html = shown[place]

    assert html.startswith("<")
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in Seen(html).tags}
    for text in texts:
        assert re.search(text, _read(html)), _read(html)


def test_a_class_of_a_cell_stays_unpinned(shown: list[str]) -> None:
    """A warning says why and what helps; whoever wants a pin gets an error that says the same."""
    said = "'__main__.OfACell' {}: it is not defined in a file"

    assert (
        f"UnpinnedWarning: {said.format('stays unpinned')}; move it to a module of the repository" in shown[6]
    )
    assert "unpinned" in _read(shown[6])
    assert shown[7] == f"{said.format('cannot be pinned')}\nmove it to a module of the repository\n"


def test_a_class_of_a_cell_runs_and_is_recorded_as_it_is(shown: list[str], repo: Repo) -> None:
    """The run succeeds; elsewhere its document says, in a line, why nobody can load it."""
    assert "6\n" in shown[8]
    assert "source: __main__.OfACell" in shown[8]

    with pytest.raises(
        PinnedAttributeError, match="'__main__' of this process has no class or function 'OfACell'"
    ) as caught:
        Repository(repo.path).get_pipeline_by_name("tried", allow_dirty=True)
    assert "defined in a notebook" in caught.value.hint


def test_a_function_of_a_cell_is_a_step(shown: list[str]) -> None:
    """It runs unpinned, and the warning says so, as for a class."""
    assert "2 sources stay unpinned: it is not defined in a file" in shown[9]
    assert "('__main__.OfACell', '__main__.total')" in shown[9]
    assert "{'total': 6} __main__.total" in shown[9]
