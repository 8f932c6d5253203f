"""Arguments of old documents: classes are pins, and nothing else is ever made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.old_documents import SHAPES, old_document
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, write
from tests.support.run_command import run
from zenml_pin.errors import DocumentError
from zenml_pin.pipelines.documents.document import parse_document
from zenml_pin.pipelines.documents.source_spans import rewrite_sources, source_spans
from zenml_pin.yaml.reading import read

TRAINER = """\
from zenml.steps.trainer import BaseTrainerStep


class MyTrainer(BaseTrainerStep):
    def __init__(self, model=None, shape=None, **kwargs):
        self.model, self.shape = model, shape
        super().__init__(model=model, shape=shape, **kwargs)

    def run_fn(self, **kwargs):
        nets = self.model if isinstance(self.model, list) else [self.model]
        return [net if isinstance(net, str) else net.layers for net in nets], self.shape
"""
FILES = {
    "predictor": {"__init__.py": "", "tf.py": "class Net:\n    layers = 3\n"},
    "old": {"__init__.py": "", "step.py": TRAINER},
}
MISSING = "deadbeef" * 5


def _write(project: Project, text: str, name: str = "old") -> None:
    write(project.repo, {"pipelines": {f"{name}.yaml": text}})


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_that_is_an_argument_is_a_pin(
    project: Project, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is checked, audited, listed and bundled, and the step gets the class."""
    head = commit(project.repo, FILES)
    pin = f"predictor.tf.Net@{head}"
    args = json.dumps({"model": [pin, "json.loads"], "shape": {"deep": [pin, "me@home.org"]}})
    _write(project, old_document(shape, f"old.step.MyTrainer@{head}", args))

    code, shown, _ = run(capsys, "check", "--format", "json")
    audited = run(capsys, "audit")
    steps = run(capsys, "steps")
    ran = project.repository.get_pipeline_by_name("old").run()

    assert project.repository.get_step_versions()["predictor.tf.Net"] == {head}
    assert project.repository.get_step_versions_by_type("predictor.tf.Net") == {head}
    assert (code, audited[0], steps[0]) == (0, 0, 0)
    paths = [source["key_path"] for source in json.loads(shown)["documents"][0]["sources"]]
    assert [path.partition("args")[2] for path in paths if "args" in path] == [".model[0]", ".shape.deep[0]"]
    assert pin in audited[1]
    assert f"{pin}\told" in steps[1]
    assert ran.output("model")[0] == [3, "json.loads"]
    assert ran.output("model")[1]["deep"][1] == "me@home.org"
    assert run(capsys, "bundle", "pipelines/old.yaml", "-o", "old.bundle")[0] == 0
    assert f"predictor.tf.Net@{head}" in run(capsys, "verify", "old.bundle")[1]


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_pin_of_an_argument_must_exist(
    project: Project, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A commit that is missing is found, at the line of the argument."""
    head = commit(project.repo, FILES)
    args = json.dumps({"model": f"predictor.tf.Net@{MISSING}"})
    _write(project, old_document(shape, f"old.step.MyTrainer@{head}", args))

    code, shown, _ = run(capsys, "check")

    assert code == 1
    assert "error ZP003" in shown
    assert ".args.model: commit deadbeef" in shown


@pytest.mark.parametrize("shape", SHAPES)
def test_only_the_pin_of_an_argument_is_rewritten(shape: str) -> None:
    """Inside a JSON text too; a longer source that contains it stays."""
    old, new = f"a.Net@{MISSING}", f"a.Net@{'1' * 40}"
    text = old_document(
        shape, f"b.T@{MISSING}", json.dumps({"x": old, "y": [f"my.{old}", old], "z": "a.Net"})
    )

    changed = rewrite_sources(text, {old: new})

    assert changed == text.replace(f'"{old}"', f'"{new}"')
    assert [span.source for span in source_spans(changed) if span.source.startswith("a.")] == [new, new]


ODD = {
    "!!python/tuple [1, !!python/tuple [2]]": {"$tuple": [1, {"$tuple": [2]}]},
    "!!python/name:old.step.MyTrainer ''": {"$class": "old.step.MyTrainer"},
    "!!python/name:len ''": {"$python": "!!python/name:len ''"},
    "!!python/object/apply:os.system ['exit 3']": {"$python": "!!python/object/apply:os.system ['exit 3']"},
    "!!python/object:a.B {x: 1}": {"$python": "!!python/object:a.B {x: 1}"},
    "!!python/module:os ''": {"$python": "!!python/module:os ''"},
    "!!set {a: null}": {"$python": "!!set {a: null}"},
    "!!binary aGk=": {"$python": "!!binary aGk="},
    "!!python/unicode 'x'": "x",
    "!!python/long 7": 7,
    "!!int x": {"$python": "!!int x"},
    "{? [1, 2] : 3}": {"$python": "{? [1, 2] : 3}"},
    "{? !!python/tuple [1, 2] : 3}": {"$python": "{? !!python/tuple [1, 2] : 3}"},
    "{null: 3}": {"$python": "{None: 3}"},
    "2020-01-31": {"$python": "2020-01-31"},
    "{$artifact: 3}": {"$python": "{'$artifact': 3}"},
    "{a: [&id001 {}, *id001]}": {"a": [{}, {}]},
}


@pytest.mark.parametrize("shape", ["steps", "0.1.4", "0.3.3"])
@pytest.mark.parametrize(("args", "value"), ODD.items(), ids=list(ODD))
def test_an_odd_argument_does_not_lose_the_document(shape: str, args: str, value: object) -> None:
    """A tuple is a tuple, a name is a source, and everything else is only shown."""
    text = old_document(shape, f"old.step.MyTrainer@{MISSING}", f"{{shape: {args}, next: 1}}")

    document = parse_document(text, "old.yaml")

    assert document.steps["training"].args == {"shape": value, "next": 1}
    assert document.steps["training"].source == f"old.step.MyTrainer@{MISSING}"


def test_what_is_only_shown_is_a_note_and_is_never_made(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other pins of the document are read; the pipeline does not load, and the error names the argument."""
    head = commit(project.repo, FILES)
    odd = "{model: !!python/object/apply:os.system ['touch owned'], shape: !!python/tuple [1, 2]}"
    _write(project, old_document("0.1.4", f"old.step.MyTrainer@{head}", odd))

    code, shown, _ = run(capsys, "check")

    assert code == 0
    assert shown.count("note ZP025") == 1
    assert "1 pin" in shown
    with pytest.raises(DocumentError, match=r"is the Python object '!!python/object/apply:os\.system"):
        project.repository.get_pipeline_by_name("old")
    assert not Path("owned").exists()


def test_a_tuple_and_a_name_are_handed_over(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A name is a source without a pin, which `pin FILE` pins as text."""
    head = commit(project.repo, FILES)
    odd = "{model: !!python/name:predictor.tf.Net '', shape: !!python/tuple [1, 2]}"
    _write(project, old_document("0.1.4", f"old.step.MyTrainer@{head}", odd))

    found = run(capsys, "check")
    pinned = run(capsys, "pin", "pipelines/old.yaml")

    assert (found[0], found[1].count("ZP001")) == (1, 1)
    assert pinned[0] == 0
    text = Path("pipelines/old.yaml").read_text()
    assert f"{{model: predictor.tf.Net@{head}, shape: !!python/tuple [1, 2]}}" in text
    assert run(capsys, "check")[0] == 0
    assert project.repository.get_pipeline_by_name("old").run().output("model") == ([3], (1, 2))


def test_tags_belong_to_zenml() -> None:
    """In a document of today, and for every other text, they are refused as before."""
    today = (
        "pipeline: {name: a, type: b, source: c.D}\nsteps: {x: {source: a.B, args: {x: !!python/tuple [1]}}}"
    )

    for parse in (parse_document, read):
        with pytest.raises(DocumentError, match=r"tag 'tag:yaml\.org,2002:python/tuple' is refused"):
            parse(today)
    with pytest.raises(DocumentError, match="tag '!mine' is refused"):
        parse_document(old_document("0.1.4", "a.B", "{x: !mine 1}"))
