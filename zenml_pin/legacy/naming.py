"""How ZenML named columns after preprocessing: facts that old trainers rely on. Ours keep the names of columns.

>>> check_if_transformed_label(transformed_label_name("sick"))
True
"""

from __future__ import annotations

TRANSFORM_SUFFIX = "_xf"
LABEL_SUFFIX = "_xl"
OUTPUT_SUFFIX = "_o"


def transformed_feature_name(name: str) -> str:
    """Return the name of a feature's column after preprocessing."""
    return name + TRANSFORM_SUFFIX


# Its name before ZenML 0.3.5.
transformed_name = transformed_feature_name


def transformed_label_name(name: str) -> str:
    """Return the name of a label's column after preprocessing."""
    return name + LABEL_SUFFIX


def output_name(name: str) -> str:
    """Return the name of a model's output."""
    return name + OUTPUT_SUFFIX


def check_if_transformed_feature(name: str) -> bool:
    """Tell whether a column is a feature after preprocessing."""
    return name.endswith(TRANSFORM_SUFFIX)


def check_if_transformed_label(name: str) -> bool:
    """Tell whether a column is a label after preprocessing."""
    return name.endswith(LABEL_SUFFIX)


def check_if_output_name(name: str) -> bool:
    """Tell whether a column is a model's output."""
    return name.endswith(OUTPUT_SUFFIX)
