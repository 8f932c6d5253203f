"""Steps of ZenML 0.1 to 0.3 other than trainers. The splits work; the rest needs TensorFlow Extended."""

from __future__ import annotations

from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.legacy.needed import KeepsArguments, needs
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.data import BaseDataStep
from zenml_pin.steps.deployer import BaseDeployerStep
from zenml_pin.steps.evaluator import BaseEvaluatorStep
from zenml_pin.steps.sequencer import BaseSequencerStep
from zenml_pin.steps.split import BaseSplitStep, CategoricalSplit, RandomSplit, Splits
from zenml_pin.steps.table import cell_of, rows_of


class ThinStep(KeepsArguments, BaseStep):
    """A step that only ZenML can run."""

    def run_fn(self, **inputs: object) -> object:
        """Raise: a class of your own, derived from this one, may do the work."""
        raise needs(self, "run_fn")


class TFMAEvaluator(ThinStep, BaseEvaluatorStep):
    """Measured a model with TensorFlow Model Analysis."""

    NEEDS = "tensorflow_model_analysis"


class AgnosticEvaluator(ThinStep, BaseEvaluatorStep):
    """Measured the stored outputs of any model with TensorFlow Model Analysis."""

    NEEDS = "tensorflow_model_analysis"


class GCAIPDeployer(ThinStep, BaseDeployerStep):
    """Deployed a model to Google AI Platform."""

    NEEDS = "tfx and Google AI Platform"


class CortexDeployer(ThinStep, BaseDeployerStep):
    """Deployed a model to Cortex; its argument `predictor` is a class."""

    NEEDS = "cortex"


class BaseTokenizer(ThinStep):
    """Turned text into tokens."""

    KEY = "tokenizer"
    OUTPUT = "splits"
    NEEDS = "tokenizers and tensorflow"


class HuggingFaceTokenizerStep(BaseTokenizer):
    """Turned text into tokens with a tokenizer of Hugging Face."""


class BaseInferrer(ThinStep):
    """Applied a stored model to data."""

    KEY = "infer"
    OUTPUT = "predictions"


class TensorflowInferrer(BaseInferrer):
    """Applied a model of TensorFlow."""

    NEEDS = "tensorflow"


class FileWriterInferrer(BaseInferrer):
    """Wrote the predictions to a file."""

    NEEDS = "apache_beam"


class StandardSequencer(ThinStep, BaseSequencerStep):
    """Resampled rows by time and cut them into sequences."""

    NEEDS = "apache_beam and tensorflow_transform"


class BQDataStep(ThinStep, BaseDataStep):
    """Read a table of BigQuery."""

    NEEDS = "apache_beam and BigQuery"


class PostgresDataStep(ThinStep, BaseDataStep):
    """Read a table of PostgreSQL."""

    NEEDS = "apache_beam and beam_nuggets"


class ImageDataStep(ThinStep, BaseDataStep):
    """Read images of a folder."""

    NEEDS = "apache_beam and tensorflow"


class NoSplit(BaseSplitStep):
    """All rows are the split "train"; its arguments, if there are any, are not used."""

    def __init__(self, /, **options: object) -> None:
        pass

    def run_fn(self, data: Any) -> Splits:
        """Return the one split."""
        return {"train": rows_of(data)}


class CategoricalDomainSplit(BaseSplitStep):
    """Splits rows by the values of a column.

    Args:
        categorical_column: The column.
        split_map: Values of each split, such as {"train": ["BE", "FR"], "eval": ["DE"]}.
        unknown_category_policy: The split of rows with another value; "skip" leaves them out.
        options: Other arguments of ZenML's own class; not used.
    """

    def __init__(
        self,
        categorical_column: str,
        split_map: dict[str, list[Any]],
        unknown_category_policy: str = "skip",
        **options: object,
    ) -> None:
        unknown = None if unknown_category_policy == "skip" else unknown_category_policy
        self._split = CategoricalSplit(categorical_column, split_map, unknown)

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        return self._split.run_fn(data)


class CategoricalRatioSplit(BaseSplitStep):
    """Splits the values of a column by shares, so that all rows of a value are in one split.

    Args:
        categorical_column: The column.
        categories: Its values.
        split_ratio: Share of the values of each split, such as {"train": 0.7, "eval": 0.3}.
        unknown_category_policy: The split of rows with another value; "skip" leaves them out.
        options: Other arguments of ZenML's own class; not used.
    """

    def __init__(
        self,
        categorical_column: str,
        categories: list[Any],
        split_ratio: dict[str, float],
        unknown_category_policy: str = "skip",
        **options: object,
    ) -> None:
        self._column = categorical_column
        self._unknown = unknown_category_policy
        shares = RandomSplit(split_ratio)
        self._split_of: dict[Any, str] = {}
        for name, rows in shares.run_fn([{"value": value} for value in categories]).items():
            self._split_of |= {row["value"]: name for row in rows}
        self._names = list(split_ratio)
        if self._unknown not in ("skip", *self._names):
            raise ComponentError(f"'{self._unknown}' is not a split", f"splits are {', '.join(self._names)}")

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        splits: Splits = {name: [] for name in self._names}
        for row in rows_of(data):
            name = self._split_of.get(cell_of(row, self._column), self._unknown)
            if name in splits:
                splits[name].append(row)
        return splits
