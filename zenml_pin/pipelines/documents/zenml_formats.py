"""Documents of ZenML 0.1.4 and 0.3.8, read to the same `Document`.

                    0.1.4                                   0.3.8
    name, type      environment.pipeline_name               pipeline.args.name      both <type>_<name>_<uuid4>
    cache           environment.enable_cache                pipeline.args.enable_cache
    pipeline class  follows from the type                   pipeline.source
    datasource      datasource; its args in steps.data      pipeline.datasource
    steps           steps                                   pipeline.steps, args as a JSON text
    backends        environment.backends                    backend, and those of datasource and steps

Sources keep their text; `pipelines/loading.py` maps those of `zenml` to our classes. Backends of type 'local' are
left out: without a backend, steps run in this process too. Arguments that were classes are texts in these documents,
and stay texts.
"""

from __future__ import annotations

import json
import re
from typing import Any

from zenml_pin.pipelines.documents.checked_view import CheckedView
from zenml_pin.pipelines.documents.model import ComponentEntry, Document
from zenml_pin.yaml.writing import MAX_DEPTH

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
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(rf"({'|'.join(_CLASSES)})_(.+)_{_UUID}\Z", re.DOTALL)


def find_era(root: CheckedView) -> str:
    """Return the era of a document: "1", "0.3.8" or "0.1.4".

    Raises:
        DocumentError: The document is of no known era.
    """
    pipeline = root.child("pipeline")
    if pipeline.present:
        return "0.3.8" if "steps" in pipeline.mapping() and not root.has("steps") else "1"
    if root.has("steps") and root.child("environment").has("pipeline_name"):
        return "0.1.4"
    if root.has("steps"):
        raise root.error("key 'pipeline' is missing", "it holds the pipeline's name, type and source")
    raise root.error("it is not a pipeline document", "a pipeline document has 'pipeline' and 'steps'")


def parse_legacy(root: CheckedView, era: str) -> Document:
    """Return the document of an older era.

    Raises:
        DocumentError: A value does not have the type that this era wrote.
    """
    return _parse_014(root) if era == "0.1.4" else _parse_038(root)


def _parse_014(root: CheckedView) -> Document:
    environment = root.child("environment")
    kind, name = _split_name(environment.text("pipeline_name"))
    steps = _steps(root.child("steps"))
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
        pipeline=ComponentEntry(f"zenml.core.pipelines.{_CLASSES[kind]}@zenml_0.1.4"),
        datasource=datasource,
        steps=steps,
        backends=_backends(environment.child("backends")),
        artifact_store=environment.optional_text("artifact_store"),
        metadata=_metadata(environment),
        enable_cache=environment.flag("enable_cache", True),
        path=root.text_of.path or None,
        era="0.1.4",
    )


def _parse_038(root: CheckedView) -> Document:
    pipeline = root.child("pipeline")
    args = pipeline.child("args")
    kind, name = _split_name(args.text("name"))
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
        era="0.3.8",
    )


def _split_name(text: str) -> tuple[str, str]:
    """Split a stored name into type and name. A name of another form is of a training pipeline.

    >>> _split_name("training_my_pipeline_6f0d6f0a-4a2b-4c3d-8e9f-000000000000")
    ('training', 'my_pipeline')
    >>> _split_name("mine")
    ('training', 'mine')
    """
    match = _NAME.match(text)
    return (match[1], match[2]) if match else ("training", text)


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
    # 0.1.4 gives only a type. No such class exists; loading fails with an error that shows this name.
    source = view.optional_text("source") or f"zenml.core.backends.{key}.{view.text('type')}"
    return ComponentEntry(source, _args(view.child("args")))


def _metadata(view: CheckedView) -> dict[str, Any] | None:
    metadata = view.child("metadata")
    return metadata.plain_args() if metadata.present else None


def _args(view: CheckedView) -> dict[str, Any]:
    """Return arguments. 0.3.8 wrote them as a JSON text."""
    if type(view.value) is not str:
        return view.plain_args()
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
