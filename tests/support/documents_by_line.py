"""Documents with one source on each line, so that a test knows the locations."""

from __future__ import annotations

FIRST_LINE = 4


def document(*sources: str, name: str = "mine") -> str:
    """Return a document whose first source is on line 4, column 16, and the others on the lines below."""
    source = "zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0"
    head = f"version: '1'\npipeline: {{name: {name}, type: training, source: {source}}}\n"
    steps = "".join(f"  s{number}: {{source: {source}}}\n" for number, source in enumerate(sources))
    return f"{head}steps:\n{steps}"
