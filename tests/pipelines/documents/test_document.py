"""Pipeline documents: three eras are read, one is written, and every error has its location."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from zenml_pin.base.limits import Limits
from zenml_pin.base.values import evolve
from zenml_pin.errors import DocumentError
from zenml_pin.pipelines import read_document
from zenml_pin.pipelines.documents.document import (
    STEP_KEYS,
    ComponentEntry,
    Document,
    document_paths,
    dump_document,
    load_document,
    parse_document,
    pipeline_file_name,
)
from zenml_pin.yaml.writing import dump

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"
UUID = "6f0d6f0a-4a2b-4c3d-8e9f-0123456789ab"
TRAINER = f"trainers.my_awesome_trainer.my_trainer_step.MyAwesomeTrainer@{ID}"

TODAY = f"""\
version: '1'
pipeline:
  name: My Awesome Pipeline
  number: 2
  type: training
  enable_cache: false
  source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0
  args: {{}}
datasource:
  id: {UUID}
  name: Pima
  source: zenml_pin.datasources.CSVDatasource@zenml_0.1.0
  args:
    path: data/pima.csv
environment:
  backends:
    orchestrator:
      source: zenml_pin.backends.LocalBackend@zenml_0.1.0
      args: {{}}
  artifact_store: runs
  metadata:
    uri: runs/metadata.db
steps:
  split:
    source: split.mine.MySplit
    args: {{}}
  training:
    source: {TRAINER}
    args:
      epochs: 20
      layers:
        $tuple:
        - 64
        - 1
      loss:
        $class: losses.Focal@{ID}
"""

ERA_014 = f"""\
datasource:
  id: {UUID}
  name: Pima Indians Diabetes
  source: zenml.core.datasources.csv_datasource.CSVDatasource@zenml_0.1.4
environment:
  artifact_store: /abs/repo/.zenml/local_store
  backends:
    orchestrator: {{args: {{}}, type: local}}
    processing: {{args: {{project: p}}, type: dataflow}}
    training: {{args: {{}}, type: local}}
  enable_cache: true
  metadata: {{args: {{uri: /abs/repo/.zenml/local_store/metadata.db}}, type: sqlite}}
  pipeline_name: training_My_Awesome Pipeline_{UUID}
steps:
  data:
    args: {{path: 'gs://zenml_quickstart/diabetes.csv', schema: null}}
    source: zenml.core.steps.data.csv_data_step.CSVDataStep@zenml_0.1.4
  split: {{args: {{split_map: {{eval: 0.3, train: 0.7}}}}, source: zenml.core.steps.RandomSplit@zenml_0.1.4}}
  preprocessing: {{args: {{}}, source: zenml.core.steps.preprocesser.standard.StandardPreprocesser@zenml_0.1.4}}
  training:
    args: {{epochs: 20, last_activation: sigmoid, loss: binary_crossentropy, metrics: [accuracy], output_units: 1}}
    source: {TRAINER}
  evaluation: {{args: {{}}, source: my.evaluator.Mine}}
  deployment: {{args: {{}}, source: my.deployer.Mine}}
version: '1'
"""

ERA_038 = f"""\
artifact_store: /abs/store
backend: {{args: {{}}, source: zenml.backends.orchestrator.OrchestratorBaseBackend@zenml_0.3.8, type: local}}
metadata: {{args: {{uri: x}}, type: sqlite}}
pipeline:
  args: {{enable_cache: false, name: training_my_pipeline_{UUID}, extra: 1}}
  datasource:
    args: '{{"path": "d.csv"}}'
    artifact_store: x
    backend: {{}}
    id: {UUID}
    metadata: {{}}
    name: Pima
    source: zenml.datasources.CSVDatasource@zenml_0.3.8
  datasource_commit_id: null
  source: zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8
  steps:
    trainer:
      args: '{{"epochs": 20, "rate": 0.5, "names": ["é"], "json": "json.loads"}}'
      backend: {{args: {{}}, source: my.gpu.Backend@{ID}, type: gcp}}
      source: {TRAINER}
    preprocesser: {{args: {{}}, source: zenml.steps.preprocesser.StandardPreprocesser@zenml_0.3.8}}
version: '1'
"""


def parse(text: str) -> Document:
    return parse_document(text.encode(), "p.yaml")


def test_todays_shape_is_read() -> None:
    """Every part, with the stored sources and arguments."""
    document = parse(TODAY)

    assert (document.name, document.number, document.type) == ("My Awesome Pipeline", 2, "training")
    assert document.pipeline == ComponentEntry("zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0")
    assert document.datasource == ComponentEntry(
        "zenml_pin.datasources.CSVDatasource@zenml_0.1.0", {"path": "data/pima.csv"}, UUID, "Pima"
    )
    assert document.steps["training"].source == TRAINER
    assert document.steps["training"].args == {
        "epochs": 20,
        "layers": {"$tuple": [64, 1]},
        "loss": {"$class": f"losses.Focal@{ID}"},
    }
    assert list(document.steps) == ["split", "training"]
    assert document.backends == {
        "orchestrator": ComponentEntry("zenml_pin.backends.LocalBackend@zenml_0.1.0")
    }
    assert (document.artifact_store, document.metadata) == ("runs", {"uri": "runs/metadata.db"})
    assert (document.enable_cache, document.path, document.era) == (False, "p.yaml", "1")


def test_todays_shape_is_written_as_it_is_read() -> None:
    """The text of the example comes back, byte for byte."""
    assert dump_document(parse(TODAY)) == TODAY


def test_absent_parts_are_empty_ones() -> None:
    """The smallest document of a pipeline."""
    document = parse("pipeline: {name: mine, type: data, source: a.P}")

    assert document == Document("mine", 1, "data", ComponentEntry("a.P"))
    assert dump_document(document) == (
        "version: '1'\npipeline:\n  name: mine\n  type: data\n  source: a.P\n  args: {}\nsteps: {}\n"
    )


def test_era_014_is_read_to_the_same_shape() -> None:
    """Today's step keys; the data step's arguments become the datasource's; a backend's type becomes its class."""
    document = parse(ERA_014)

    assert (document.era, document.name, document.type) == ("0.1.4", "My_Awesome Pipeline", "training")
    assert list(document.steps) == ["split", "preprocesser", "training", "evaluator", "deployer"]
    assert document.steps["training"].source == TRAINER
    assert document.steps["training"].args["metrics"] == ["accuracy"]
    assert document.datasource == ComponentEntry(
        "zenml.core.datasources.csv_datasource.CSVDatasource@zenml_0.1.4",
        {"path": "gs://zenml_quickstart/diabetes.csv", "schema": None},
        UUID,
        "Pima Indians Diabetes",
    )
    assert document.pipeline.source == "zenml.core.pipelines.training_pipeline.TrainingPipeline@zenml_0.1.4"
    assert document.backends == {
        "processing": ComponentEntry(
            "zenml.core.backends.processing.processing_dataflow_backend.ProcessingDataFlowBackend@zenml_0.1.4",
            {"project": "p"},
        )
    }
    assert document.artifact_store == "/abs/repo/.zenml/local_store"
    assert document.enable_cache


def test_own_data_step_of_era_014_stays_a_step() -> None:
    """Only the step that ZenML added itself belongs to the datasource."""
    document = parse(
        ERA_014.replace("zenml.core.steps.data.csv_data_step.CSVDataStep@zenml_0.1.4", "my.Data")
    )

    assert document.steps["data"].source == "my.Data"
    assert document.datasource is not None
    assert document.datasource.args == {}


def test_era_038_is_read_to_the_same_shape() -> None:
    """Arguments are read from their JSON texts; a text that names a function stays a text."""
    document = parse(ERA_038)

    assert (document.era, document.name, document.type) == ("0.3.8", "my_pipeline", "training")
    assert list(document.steps) == ["training", "preprocesser"]
    assert document.steps["training"] == ComponentEntry(
        TRAINER, {"epochs": 20, "rate": 0.5, "names": ["é"], "json": "json.loads"}
    )
    assert document.datasource == ComponentEntry(
        "zenml.datasources.CSVDatasource@zenml_0.3.8", {"path": "d.csv"}, UUID, "Pima"
    )
    assert document.pipeline == ComponentEntry(
        "zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8", {"extra": 1}
    )
    assert document.backends == {"training": ComponentEntry(f"my.gpu.Backend@{ID}")}
    assert not document.enable_cache


@pytest.mark.parametrize("text", [ERA_014, ERA_038], ids=["0.1.4", "0.3.8"])
def test_old_document_is_written_in_todays_shape(text: str) -> None:
    """Only its era is lost."""
    document = parse(text)

    again = parse(dump_document(document))

    assert again == evolve(document, era="1")


NAMES = {
    f"training_my_pipeline_{UUID}": ("training", "my_pipeline"),
    f"nlp_a/b c.d_{UUID}": ("nlp", "a/b c.d"),
    f"training_1610366400000_{UUID}": ("training", "1610366400000"),
    f"other_x_{UUID}": ("other", "x"),
    "plain": ("training", "plain"),
}


@pytest.mark.parametrize("stored", NAMES)
def test_old_name_is_split_at_its_type_and_uuid(stored: str) -> None:
    """Whatever the name contains."""
    document = parse(ERA_014.replace(f"training_My_Awesome Pipeline_{UUID}", stored))

    assert (document.type, document.name) == NAMES[stored]


# For each key, values that it must not have, by the required type.
WRONG: dict[str, list[Any]] = {
    "text": [3, 1.5, True, ["x"], {"a": 1}, ""],
    "mapping": [3, "x", True, ["x"]],
    "flag": [3, "yes", ["x"], {}],
    "number": ["2", 1.5, True, 0, -1, 10**9, [1]],
}
KEYS = {
    ("pipeline",): "mapping",
    ("pipeline", "name"): "text",
    ("pipeline", "number"): "number",
    ("pipeline", "type"): "text",
    ("pipeline", "source"): "text",
    ("pipeline", "args"): "mapping",
    ("pipeline", "enable_cache"): "flag",
    ("datasource",): "mapping",
    ("datasource", "id"): "text",
    ("datasource", "name"): "text",
    ("datasource", "source"): "text",
    ("datasource", "args"): "mapping",
    ("environment",): "mapping",
    ("environment", "backends"): "mapping",
    ("environment", "backends", "orchestrator"): "mapping",
    ("environment", "backends", "orchestrator", "source"): "text",
    ("environment", "backends", "orchestrator", "args"): "mapping",
    ("environment", "artifact_store"): "text",
    ("environment", "metadata"): "mapping",
    ("steps",): "mapping",
    ("steps", "training"): "mapping",
    ("steps", "training", "source"): "text",
    ("steps", "training", "args"): "mapping",
}
KEYS_014 = {
    ("datasource",): "mapping",
    ("datasource", "source"): "text",
    ("environment",): "mapping",
    ("environment", "backends"): "mapping",
    ("environment", "backends", "processing"): "mapping",
    ("environment", "backends", "processing", "type"): "text",
    ("environment", "enable_cache"): "flag",
    ("environment", "metadata"): "mapping",
    ("environment", "pipeline_name"): "text",
    ("environment", "artifact_store"): "text",
    ("steps",): "mapping",
    ("steps", "data"): "mapping",
    ("steps", "training", "source"): "text",
    ("steps", "training", "args"): "mapping",
}
KEYS_038 = {
    ("backend",): "mapping",
    ("metadata",): "mapping",
    ("artifact_store",): "text",
    ("pipeline", "args"): "mapping",
    ("pipeline", "args", "name"): "text",
    ("pipeline", "args", "enable_cache"): "flag",
    ("pipeline", "source"): "text",
    ("pipeline", "datasource"): "mapping",
    ("pipeline", "datasource", "source"): "text",
    ("pipeline", "datasource", "args"): "mapping",
    ("pipeline", "steps"): "mapping",
    ("pipeline", "steps", "trainer"): "mapping",
    ("pipeline", "steps", "trainer", "source"): "text",
    ("pipeline", "steps", "trainer", "backend"): "mapping",
}


def _cases() -> list[tuple[str, tuple[str, ...], str]]:
    eras = {TODAY: KEYS, ERA_014: KEYS_014, ERA_038: KEYS_038}
    return [(text, key, kind) for text, keys in eras.items() for key, kind in keys.items()]


@pytest.mark.quick(every=3)
@pytest.mark.parametrize(("text", "key_path", "kind"), _cases(), ids=lambda value: ".".join(value)[:40])
def test_wrong_type_is_named_with_file_line_and_key_path(
    text: str, key_path: tuple[str, ...], kind: str
) -> None:
    """At every key, in every era."""
    from zenml_pin.yaml.reading import read

    good = read(text).data
    for wrong in WRONG[kind]:
        data = copy.deepcopy(good)
        _put(data, key_path, wrong)
        written = dump(data)

        with pytest.raises(DocumentError) as caught:
            parse(written)

        error = caught.value
        assert (error.path, error.key_path) == ("p.yaml", ".".join(key_path))
        assert f"{key_path[-1]}:" in written.splitlines()[error.line - 1] or isinstance(wrong, (list, dict))
        assert "expected" in error.message


def _put(data: Any, key_path: tuple[str, ...], value: Any) -> None:
    for key in key_path[:-1]:
        data = data[key]
    data[key_path[-1]] = value


FAULTS: dict[str, tuple[str, str, str]] = {
    "empty": ("", "", "it is empty"),
    "comment only": ("# none\n", "", "it is empty"),
    "list": ("- a\n", "", "expected a mapping, found a list"),
    "text": ("just text", "", "expected a mapping, found text"),
    "other YAML": ("services: {web: {image: x}}", "", "it is not a pipeline document"),
    "no pipeline": ("steps: {}", "", "key 'pipeline' is missing"),
    "newer version": ("version: '2'\npipeline: {}", "version", "expected version '1', found '2'"),
    "version as true": ("version: true\npipeline: {}", "version", "expected version '1', found True"),
    "no name": ("pipeline: {type: t, source: a.P}", "pipeline", "key 'name' is missing"),
    "no source": ("pipeline: {name: n, type: t}", "pipeline", "key 'source' is missing"),
    "step without source": (
        "pipeline: {name: n, type: t, source: a.P}\nsteps: {training: {args: {}}}",
        "steps.training",
        "key 'source' is missing",
    ),
    "empty step": (
        "pipeline: {name: n, type: t, source: a.P}\nsteps: {training: }",
        "steps.training",
        "key 'source' is missing",
    ),
    "unknown key": (
        "pipeline: {name: n, type: t, source: a.P}\nsteps: {training: {source: a.T, arg: {}}}",
        "steps.training.arg",
        "key 'arg' is unknown",
    ),
    "number as step": (
        "pipeline: {name: n, type: t, source: a.P}\nsteps: {1: {source: a.T}}",
        "steps[1]",
        "expected text as the key, found an integer",
    ),
    "number as argument": (
        "pipeline: {name: n, type: t, source: a.P, args: {1: 2}}",
        "pipeline.args[1]",
        "expected text as the key",
    ),
    "step under two names": (
        ERA_038.replace("preprocesser:", "training:"),
        "pipeline.steps.training",
        "step 'training' is given twice",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_text_that_is_not_a_document_is_refused(name: str) -> None:
    """The error says what is missing, and where."""
    text, key_path, reason = FAULTS[name]

    with pytest.raises(DocumentError) as caught:
        parse(text)

    assert caught.value.key_path == key_path
    assert reason in caught.value.message


def test_unknown_key_gives_a_similar_key() -> None:
    """A typing error is not ignored."""
    with pytest.raises(DocumentError) as caught:
        parse(TODAY.replace("  training:", "  training:\n    agrs: {}"))

    assert caught.value.hint == "did you mean 'args'?"


JSON = {
    "no JSON": "{epochs: 20}",
    "no object": "[1]",
    "key twice": '{"a": 1, "a": 2}',
    "deep": "[" * 100_000,
    "deeper than data may be": json.dumps({"a": 1}).replace("1", "[" * 70 + "]" * 70),
}


@pytest.mark.parametrize("args", JSON.values(), ids=JSON)
def test_hostile_json_is_refused(args: str) -> None:
    """Arguments of era 0.3.8 are a text inside the text."""
    text = ERA_038.replace('{"path": "d.csv"}', args)

    with pytest.raises(DocumentError) as caught:
        parse(text)

    assert caught.value.key_path == "pipeline.datasource.args"


def test_read_document_gives_plain_data(tmp_path: Path) -> None:
    """In the form of the file; a file that is not a document is refused."""
    path = tmp_path / "p.yaml"
    path.write_text(ERA_014)

    assert read_document(path)["environment"]["enable_cache"] is True
    assert load_document(path).path == str(path)
    with pytest.raises(DocumentError, match="more than the limit of 10"):
        read_document(path, limits=Limits(document=10))
    path.write_text("a: 1")
    with pytest.raises(DocumentError, match="it is not a pipeline document"):
        read_document(path)


# File names


FILE_NAMES = {
    "My Awesome Pipeline": "My_Awesome_Pipeline.yaml",
    "my_pipeline": "my_pipeline.yaml",
    "nlp/été v1.2": "nlp_été_v1.2.yaml",
    "日本語": "日本語.yaml",
    "../../etc/passwd": "etc_passwd.yaml",
    ".hidden": "hidden.yaml",
    "...": "pipeline.yaml",
    "a\0b\nc": "a_b_c.yaml",
    "-rf": "rf.yaml",
    "e\u0301te\u0301": "été.yaml",
}


@pytest.mark.parametrize("name", FILE_NAMES)
def test_file_name_is_safe_and_readable(name: str) -> None:
    """Spaces, slashes, dots and any script."""
    assert pipeline_file_name(name) == FILE_NAMES[name]


def test_number_follows_the_name() -> None:
    """The first content of a name has no number."""
    assert pipeline_file_name("My Pipeline", 1) == "My_Pipeline.yaml"
    assert pipeline_file_name("My Pipeline", 12) == "My_Pipeline-12.yaml"


def test_taken_file_name_gets_a_hash() -> None:
    """Two names may have one file name; some file systems ignore upper and lower case."""
    first = pipeline_file_name("a b")

    second = pipeline_file_name("A/B", taken=[first])

    assert first == "a_b.yaml"
    assert second.startswith("A_B_")
    assert second == pipeline_file_name("A/B", taken=[first])


@given(st.text(), st.integers(1, 10**6))
def test_file_name_is_one_for_every_name(name: str, number: int) -> None:
    """It is a single path component of fewer than 255 bytes that is listed as a document."""
    file = pipeline_file_name(name, number)

    assert "/" not in file
    assert "\0" not in file
    assert len(file.encode()) <= 255
    assert file.endswith(".yaml")
    assert not file.startswith((".", "-"))


def test_only_documents_are_listed(tmp_path: Path) -> None:
    """Not files with a similar name, hidden files or folders; a folder that does not exist has none."""
    for name in ("b.yaml", "a.yml", "xyaml", ".gitkeep", ".zenml-pin-1.yaml", "c.txt"):
        (tmp_path / name).touch()
    (tmp_path / "d.yaml").mkdir()

    assert document_paths(str(tmp_path)) == [str(tmp_path / "a.yml"), str(tmp_path / "b.yaml")]
    assert document_paths(str(tmp_path / "absent")) == []


# Properties

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(_TEXT, children, max_size=3),
    max_leaves=5,
)
_ARGS = st.dictionaries(_TEXT, _PLAIN, max_size=3)
_SOURCE = st.sampled_from([TRAINER, "a.B", "zenml_pin.steps.RandomSplit@zenml_0.1.0", "é.Ünïcode"])
_ENTRY = st.builds(ComponentEntry, _SOURCE, _ARGS, st.none() | _TEXT, st.none() | _TEXT)
_DOCUMENT = st.builds(
    Document,
    name=_TEXT,
    number=st.integers(1, 1000),
    type=_TEXT,
    pipeline=st.builds(ComponentEntry, _SOURCE, _ARGS, st.none() | _TEXT),
    datasource=st.none() | _ENTRY,
    steps=st.dictionaries(st.sampled_from(STEP_KEYS) | _TEXT, _ENTRY, max_size=3),
    backends=st.dictionaries(_TEXT, _ENTRY, max_size=2),
    artifact_store=st.none() | _TEXT,
    metadata=st.none() | _ARGS,
    enable_cache=st.booleans(),
)


@given(_DOCUMENT)
def test_dump_and_parse_are_inverse(document: Document) -> None:
    """Field by field, types of arguments included."""
    again = parse_document(dump_document(document).encode())

    assert repr(again) == repr(document)
