"""Documents in the shapes of ZenML 0.1 to 0.3, made from a few parts."""

from __future__ import annotations

UUID = "7d5a2c0e-2f0b-4a37-9a5e-1b1f5f6d7c11"
# By the name of the shape; ARGS is YAML in flow style, SOURCE the trainer's source, UUID one of the run.
SHAPES = {
    "steps": """\
version: '1'
steps:
  training:
    args: ARGS
    source: SOURCE
""",
    "0.1.4": f"""\
datasource: {{}}
environment:
  artifact_store: /home/ada/p/.zenml/local_store
  backends: {{}}
  enable_cache: true
  metadata:
    args:
      uri: /home/ada/p/.zenml/local_store/metadata.db
    type: sqlite
  pipeline_name: training_old_{UUID}
steps:
  training:
    args: ARGS
    source: SOURCE
version: '1'
""",
    # Never published as a package, so nothing can write it again: by hand, as 0.3.1 writes.
    "0.3.0": f"""\
artifact_store: /home/ada/p/.zenml/local_store
backend:
  args: {{}}
  source: zenml.core.backends.orchestrator.base.orchestrator_base_backend.OrchestratorBaseBackend@zenml_0.3.0
  type: orchestrator
metadata: {{args: {{uri: /home/ada/p/m.db}}, type: sqlite}}
pipeline:
  args: {{enable_cache: true, name: training_old_{UUID}}}
  datasource: {{}}
  source: zenml.core.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.0
  steps:
    trainer:
      args: ARGS
      source: SOURCE
version: '1'
""",
    "0.3.3": f"""\
artifact_store: /home/ada/p/.zenml/local_store
metadata: {{args: {{uri: /home/ada/p/m.db}}, type: sqlite}}
pipeline:
  args: {{enable_cache: true, name: training_old_{UUID}}}
  datasource: {{}}
  source: zenml.core.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.3
  steps:
    trainer:
      args: ARGS
      source: SOURCE
version: '1'
""",
    "0.3.8": f"""\
artifact_store: /home/ada/p/.zenml/local_store
metadata: {{args: {{uri: /home/ada/p/m.db}}, type: sqlite}}
pipeline:
  args: {{enable_cache: true, name: training_old_{UUID}}}
  datasource: {{}}
  source: zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8
  steps:
    trainer:
      args: 'ARGS'
      source: SOURCE
version: '1'
""",
}


def old_document(shape: str, source: str, args: str = "{}") -> str:
    """Return a document of a shape with one trainer."""
    return SHAPES[shape].replace("SOURCE", source).replace("ARGS", args)
