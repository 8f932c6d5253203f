"""A document with two steps that are pinned to commits; its rows are in a file that the commits have."""

from __future__ import annotations

_DOCUMENT = """\
version: '1'
pipeline: {{name: {name}, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0, args: {{}}}}
datasource:
  id: 11111111-2222-3333-4444-555555555555
  name: rows
  source: zenml_pin.datasources.CSVDatasource@zenml_0.1.0
  args: {{path: rows.csv}}
environment: {{backends: {{orchestrator: {{source: zenml_pin.backends.LocalBackend@zenml_0.1.0, args: {{}}}}}}}}
steps:
  training: {{source: {training}, args: {args}}}
"""


def locked_document(name: str, training: str, evaluator: str | None, args: str = "{}") -> str:
    """Return the document of a pipeline.

    Args:
        name: The pipeline's name.
        training: The source of its trainer.
        evaluator: The source of its evaluator; None for no such step.
        args: The arguments of the trainer, as YAML.
    """
    text = _DOCUMENT.format(name=name, training=training, args=args)
    return text if evaluator is None else f"{text}  evaluator: {{source: {evaluator}, args: {{}}}}\n"
