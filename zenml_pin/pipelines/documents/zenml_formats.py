"""Documents of ZenML 0.1 to 0.3, read to the same `Document`.

                    0.1.4                                   0.3.8
    name, type      environment.pipeline_name               pipeline.args.name      both <type>_<name>_<uuid4>
    cache           environment.enable_cache                pipeline.args.enable_cache
    pipeline class  follows from the type                   pipeline.source
    datasource      datasource; its args in steps.data      pipeline.datasource
    steps           steps                                   pipeline.steps, args as a JSON text
    backends        environment.backends                    backend, and those of datasource and steps

A document of ZenML's documentation has `version` and `steps` alone (era "steps"): its file gives the name, its steps
give the type, and the pipeline's class is ours of that type.

Sources keep their text; `pipelines/loading.py` maps those of `zenml` to our classes. Backends of type 'local' are
left out: without a backend, steps run in this process too. An argument that was a class is the text of a pinned source
in these documents, and becomes `{$class: ...}`.
"""

from __future__ import annotations

import os

from zenml_pin.base.values import evolve
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.pipelines.documents.checked_view import CheckedView
from zenml_pin.pipelines.documents.model import ComponentEntry, Document
from zenml_pin.pipelines.documents.old_values import old_value
from zenml_pin.source import RELEASE_PREFIX
from zenml_pin.yaml.writing import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STEPS = {
    "trainer": "training",
    "preprocessing": "preprocesser",
    "evaluation": "evaluator",
    "deployment": "deployer",
}
_CLASSES = {
    "base": "base_pipeline.BasePipeline",
    "data": "data_pipeline.DataPipeline",
    "training": "training_pipeline.TrainingPipeline",
    "infer": "infer_pipeline.BatchInferencePipeline",
    "nlp": "nlp_pipeline.NLPPipeline",
    "deploy": "deploy_pipeline.DeploymentPipeline",
}
# Ours, by type; a pipeline of another type is one of these too.
_OWN_CLASSES = {"data": "DataPipeline", "training": "TrainingPipeline"}
# The step that tells a document's type, where nothing else does.
_TYPES = {"training": "training", "infer": "infer", "tokenizer": "nlp"}
# The era of a document that has steps and nothing else.
STEPS_ALONE = "steps"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A pipeline class of the user's may have a type of its own.
_NAME = rf"(?s:([^_]+)_(.+)_({_UUID})\Z)"
# ZenML 0.1 and 0.2 named backends by their type alone; these classes had the types.
_BACKENDS = {
    ("orchestrator", "beam"): "orchestrator.beam.orchestrator_beam_backend.OrchestratorBeamBackend",
    ("orchestrator", "gcp"): "orchestrator.gcp.orchestrator_gcp_backend.OrchestratorGCPBackend",
    (
        "orchestrator",
        "kubeflow",
    ): "orchestrator.kubeflow.orchestrator_kubeflow_backend.OrchestratorKubeFlowBackend",
    ("orchestrator", "kubernetes"): (
        "orchestrator.kubernetes.orchestrator_kubernetes_backend.OrchestratorKubernetesBackend"
    ),
    ("processing", "dataflow"): "processing.processing_dataflow_backend.ProcessingDataFlowBackend",
    ("processing", "spark"): "processing.processing_spark_backend.ProcessingSparkBackend",
    ("training", "gcaip"): "training.training_gcaip_backend.SingleGPUTrainingGCAIPBackend",
}


def era_of(root: CheckedView) -> str:
    """Return the era of a document: "1", "0.3.8", "0.1.4" or "steps".

    Raises:
        DocumentError: The document is of no known era.
    """
    pipeline = root.child("pipeline")
    if pipeline.present:
        return "0.3.8" if "steps" in pipeline.mapping() and not root.has("steps") else "1"
    if root.has("steps") and root.child("environment").has("pipeline_name"):
        return "0.1.4"
    if root.child("steps").mapping():
        return STEPS_ALONE
    if root.has("steps"):
        raise root.error("key 'pipeline' is missing", "it holds the pipeline's name, type and source")
    raise root.error("it is not a pipeline document", "a pipeline document has 'pipeline' and 'steps'")


def parse_legacy(root: CheckedView, era: str) -> Document:
    """Return the document of an older era.

    Raises:
        DocumentError: A value does not have the type that this era wrote.
    """
    if era == "0.3.8":
        return _parse_038(root)
    stored_name = root.child("environment").text("pipeline_name") if era == "0.1.4" else None
    return _parse_014(root, stored_name)


def _parse_014(root: CheckedView, stored_name: str | None) -> Document:
    environment = root.child("environment")
    steps = _steps(root.child("steps"))
    kind, name, run_id = _split_name(stored_name or name_of_file(root.text_of.path), type_of(steps))
    datasource = _datasource(root.child("datasource"))
    data = steps.get("data")
    if datasource is not None and data is not None and data.source.startswith("zenml."):
        # In ZenML this step read the data; here the datasource reads it.
        steps.pop("data")
        datasource = ComponentEntry(
            datasource.source, {**data.args, **datasource.args}, datasource.id, datasource.name
        )
    return Document(
        name=name,
        number=1,
        type=kind,
        pipeline=ComponentEntry(_class_of(kind) if stored_name else own_class(kind)),
        datasource=datasource,
        steps=steps,
        backends=_backends(environment.child("backends")),
        artifact_store=environment.optional_text("artifact_store"),
        metadata=_metadata(environment),
        enable_cache=environment.flag("enable_cache", True),
        path=root.text_of.path or None,
        run_id=run_id,
        era="0.1.4" if stored_name else STEPS_ALONE,
    )


def _parse_038(root: CheckedView) -> Document:
    pipeline = root.child("pipeline")
    args = pipeline.child("args")
    kind, name, run_id = _split_name(args.text("name"))
    backends = {
        "orchestrator": root.child("backend"),
        "datasource": pipeline.child("datasource").child("backend"),
    }
    for key, step in pipeline.child("steps").children():
        backends[_STEPS.get(key, key)] = step.child("backend")
    entries = {key: _backend(key, view) for key, view in backends.items()}
    return Document(
        name=name,
        number=1,
        type=kind,
        pipeline=ComponentEntry(
            pipeline.text("source"),
            {key: value for key, value in args.plain_args().items() if key not in ("name", "enable_cache")},
        ),
        datasource=_datasource(pipeline.child("datasource")),
        steps=_steps(pipeline.child("steps")),
        backends={key: entry for key, entry in entries.items() if entry is not None},
        artifact_store=root.optional_text("artifact_store"),
        metadata=_metadata(root),
        enable_cache=args.flag("enable_cache", True),
        path=root.text_of.path or None,
        run_id=run_id,
        era="0.3.8",
    )


def name_of_file(path: str) -> str:
    """Return the stored name that a document's file has, without folder, commit and suffix.

    >>> name_of_file("pipelines/pipeline_1.yaml")
    'pipeline_1'
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    return stem.rpartition(":")[2].strip() or "pipeline"


def type_of(steps: dict[str, ComponentEntry]) -> str:
    """Return the type of a pipeline that has these steps."""
    return next((kind for key, kind in _TYPES.items() if key in steps), "data")


def is_steps_alone(document: Document) -> bool:
    """Tell whether the file's name and the steps of a document say all that it says."""
    backends = [entry.source.partition("@")[0] for entry in document.backends.values()]
    return evolve(document, backends={}) == Document(
        name=name_of_file(document.path or ""),
        number=1,
        type=type_of(document.steps),
        pipeline=ComponentEntry(own_class(document.type)),
        steps=document.steps,
        era=STEPS_ALONE,
    ) and set(backends) <= {f"{PACKAGE}.backends.LocalBackend"}


def _class_of(kind: str) -> str:
    """Return the source of the pipeline class of ZenML 0.1 of a type; of a type of the user's, the base class."""
    return f"zenml.core.pipelines.{_CLASSES.get(kind, _CLASSES['base'])}@zenml_0.1.4"


def own_class(kind: str) -> str:
    """Return the source of our pipeline class of a type."""
    name = _OWN_CLASSES.get(kind, "BasePipeline")
    return f"{PACKAGE}.pipelines.{name}@{RELEASE_PREFIX}{__version__}"


def _split_name(text: str, kind: str = "training") -> tuple[str, str, str]:
    """Split a stored name into type, name and the run's id. A name of another form has the given type, and no id.

    >>> _split_name("training_my_pipeline_6f0d6f0a-4a2b-4c3d-8e9f-000000000000")
    ('training', 'my_pipeline', '6f0d6f0a-4a2b-4c3d-8e9f-000000000000')
    >>> _split_name("mine", "data")
    ('data', 'mine', '')
    """
    import re

    match = re.match(_NAME, text)
    return (match[1], match[2], match[3]) if match else (kind, text, "")


def _steps(view: CheckedView) -> dict[str, ComponentEntry]:
    steps: dict[str, ComponentEntry] = {}
    for key, step in view.children():
        new = _STEPS.get(key, key)
        if new in steps:
            raise step.error(f"step '{new}' is given twice, under two of its names", "keep one of them")
        steps[new] = _entry(step)
    return steps


def _datasource(view: CheckedView) -> ComponentEntry | None:
    return _entry(view) if view.mapping() else None


def _entry(view: CheckedView) -> ComponentEntry:
    return ComponentEntry(
        view.text("source").strip(),
        _args(view.child("args")),
        view.optional_text("id"),
        view.optional_text("name"),
    )


def _backends(view: CheckedView) -> dict[str, ComponentEntry]:
    entries = {key: _backend(key, backend) for key, backend in view.children()}
    return {key: entry for key, entry in entries.items() if entry is not None}


def _backend(key: str, view: CheckedView) -> ComponentEntry | None:
    if not view.mapping() or view.optional_text("type") == "local":
        return None
    return ComponentEntry(
        view.optional_text("source") or _source_of_type(key, view.text("type")), _args(view.child("args"))
    )


def _source_of_type(key: str, kind: str) -> str:
    """Return the source of the class that ZenML 0.1 had for a type of backend, or one that no release had."""
    known = _BACKENDS.get((key, kind))
    return f"zenml.core.backends.{known}@zenml_0.1.4" if known else f"zenml.core.backends.{key}.{kind}"


def _metadata(view: CheckedView) -> dict[str, Any] | None:
    metadata = view.child("metadata")
    return metadata.plain_args() if metadata.present else None


def _args(view: CheckedView) -> dict[str, Any]:
    """Return arguments, with classes in their form of today. 0.3.8 wrote them as a JSON text."""
    args = _json_args(view) if type(view.value) is str else dict(view.children())
    return {
        name: old_value(value.value if isinstance(value, CheckedView) else value)
        for name, value in args.items()
    }


def _json_args(view: CheckedView) -> dict[str, Any]:
    import json

    try:
        args = json.loads(view.value, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise view.error(f"expected JSON: {reason}") from error
    if not isinstance(args, dict):
        raise view.error(f"expected a JSON object, found '{view.value[:40]}'")
    if _height(args) > MAX_DEPTH:
        raise view.error(f"it is nested deeper than {MAX_DEPTH} levels")
    return args


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key '{twice}' is given twice")
    return mapping


def _height(value: Any) -> int:
    """Return how many levels JSON data has. Not recursive: the data may be as deep as the JSON parser allows."""
    level, height = [value], 0
    while level:
        height += 1
        nested = [item for item in level if isinstance(item, (dict, list))]
        level = [child for item in nested for child in (item.values() if isinstance(item, dict) else item)]
    return height
