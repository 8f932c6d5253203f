"""Base classes of the trainers that ZenML's users wrote in 2020 and 2021.

In ZenML a trainer read TFRecords and saved its model itself: `run_fn()` had no arguments. Here `run_fn` gets `splits`,
and returns the model. An old trainer that overrides `run_fn()` loads and can be looked into; it runs where its own code
does.
"""

from __future__ import annotations

from typing import Any

from zenml_pin.legacy.needed import needs
from zenml_pin.steps.trainer import BaseTrainerStep

SPLIT_MAPPING = "split_mapping"
TRAIN_SPLITS = "train_splits"
EVAL_SPLITS = "eval_splits"
TEST_SPLITS = "test_splits"


class OldTrainer(BaseTrainerStep):
    """What the trainers of ZenML have in common: attributes that old code reads, and methods that it overrides.

    Args:
        split_mapping: The splits to train, evaluate and test with, by "train_splits", "eval_splits", "test_splits".
        options: Other arguments of ZenML's own classes; each is an attribute.
    """

    input_patterns: Any = None
    output_patterns: Any = None
    serving_model_dir: Any = None
    transform_output: Any = None
    tf_transform_output: Any = None
    train_files: Any = None
    eval_files: Any = None
    log_dir: Any = None
    schema: Any = None

    def __init__(self, /, split_mapping: dict[str, list[str]] | None = None, **options: Any) -> None:
        self.__dict__.update(options)
        self.split_mapping = split_mapping or {
            TRAIN_SPLITS: ["train"],
            EVAL_SPLITS: ["eval"],
            TEST_SPLITS: ["test"],
        }

    def input_fn(self, *args: Any, **options: Any) -> Any:
        """Raise: ZenML's own read TFRecords."""
        raise needs(self, "input_fn")

    def model_fn(self, *args: Any, **options: Any) -> Any:
        """Raise: it is the user's, or that of a feed-forward trainer."""
        raise needs(self, "model_fn")

    def test_fn(self, *args: Any, **options: Any) -> Any:
        """Raise: ZenML's own wrote TFRecords."""
        raise needs(self, "test_fn")

    def get_run_fn(self) -> Any:
        """Return `run_fn`, as releases before 0.3.5 did."""
        return self.run_fn

    def run_fn(self, *args: Any, **options: Any) -> Any:
        """Raise: it is the user's, or that of a feed-forward trainer."""
        raise needs(self, "run_fn")


class TFBaseTrainerStep(OldTrainer):
    """The base of trainers with TensorFlow."""

    NEEDS = "tensorflow"


class TorchBaseTrainerStep(OldTrainer):
    """The base of trainers with PyTorch."""

    NEEDS = "torch"
