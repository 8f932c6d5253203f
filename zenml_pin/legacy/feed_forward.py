"""The feed-forward trainers of ZenML: a network of dense layers, on an installed TensorFlow or PyTorch.

They train on the rows of our splits and preprocessers, whose columns are numbers. The labels are the columns that the
preprocesser was given as labels, or that ZenML named so ("..._xl"), else the last column.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.legacy.naming import check_if_transformed_label
from zenml_pin.legacy.needed import require_library
from zenml_pin.legacy.trainers import (
    EVAL_SPLITS,
    TRAIN_SPLITS,
    OldTrainer,
    TFBaseTrainerStep,
    TorchBaseTrainerStep,
)
from zenml_pin.steps.preprocesser import labels_of
from zenml_pin.steps.table import Row, cell_of, rows_of

Columns = dict[str, list[float]]
# Features, labels and raw columns, each a dict of tensors: so ZenML's own gave them.
Batch = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


class _FeedForward(OldTrainer):
    """What both share: their arguments, and the way from splits to columns.

    Args:
        batch_size: Rows of a batch.
        lr: Learning rate of the optimizer, Adam.
        epochs: How often all rows are trained with.
        dropout_chance: Share of the units that a hidden layer drops.
        loss: Name of the loss, as Keras names it.
        metrics: Names of metrics; only TensorFlow uses them.
        hidden_layers: Units of each hidden layer.
        hidden_activation, last_activation: Names of activations.
        output_units: Units of the last layer.
        options: As in OldTrainer.
    """

    LAYERS: tuple[int, ...] = ()

    def __init__(
        self,
        batch_size: int = 8,
        lr: float = 0.001,
        epochs: int = 1,
        dropout_chance: float = 0.2,
        loss: str = "mse",
        metrics: list[str] | None = None,
        hidden_layers: list[int] | None = None,
        hidden_activation: str = "relu",
        last_activation: str = "sigmoid",
        output_units: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.batch_size = batch_size
        self.lr = lr
        self.epochs = epochs
        self.dropout_chance = dropout_chance
        self.loss = loss
        self.metrics = metrics or []
        self.hidden_layers = hidden_layers or list(self.LAYERS)
        self.hidden_activation = hidden_activation
        self.last_activation = last_activation
        self.output_units = output_units

    def rows(self, splits: dict[str, Any], kind: str) -> list[Row]:
        """Return the rows of the splits of a kind, "train_splits" or "eval_splits"."""
        names = self.split_mapping.get(kind, [])
        return [row for name in names for row in rows_of(splits.get(name, []))]

    def columns(self, splits: dict[str, Any], kind: str) -> tuple[Columns, Columns]:
        """Return features and labels by column.

        Raises:
            ComponentError: There are no rows to train with, or a cell is not a number.
        """
        rows = self.rows(splits, kind)
        if not rows and kind == TRAIN_SPLITS:
            raise ComponentError(
                f"'{type(self).__name__}' has no rows to train with", f"splits are {', '.join(splits)}"
            )
        names = list(rows[0]) if rows else []
        labels = (
            labels_of(splits) or [name for name in names if check_if_transformed_label(name)] or names[-1:]
        )
        features = [name for name in names if name not in labels]
        return _numbers(rows, features), _numbers(rows, labels)


def _numbers(rows: list[Row], names: list[str]) -> Columns:
    try:
        return {name: [float(cell_of(row, name)) for row in rows] for name in names}
    except (TypeError, ValueError) as error:
        raise ComponentError(
            f"a cell is not a number: {error}", "leave the column out, or encode it in a preprocesser"
        ) from error


class TFFeedForwardTrainer(_FeedForward, TFBaseTrainerStep):
    """Trains with TensorFlow; returns the Keras model."""

    LAYERS = (10,)

    def run_fn(self, *args: Any, **inputs: Any) -> Any:
        """Train on `splits` and return the model.

        Raises:
            UnsupportedError: TensorFlow is not installed.
        """
        require_library("tensorflow", self)
        splits = inputs["splits"]
        return self.model_fn(self._dataset(splits, TRAIN_SPLITS), self._dataset(splits, EVAL_SPLITS))

    def _dataset(self, splits: dict[str, Any], kind: str) -> Any:
        tensorflow: Any = import_module("tensorflow")
        features, labels = (
            {name: [[cell] for cell in cells] for name, cells in columns.items()}
            for columns in self.columns(splits, kind)
        )
        if not labels:
            return None
        return tensorflow.data.Dataset.from_tensor_slices((features, labels)).batch(self.batch_size)

    def model_fn(self, train_dataset: Any, eval_dataset: Any) -> Any:
        """Build and train the network on batches of (features, labels), each a dict by column."""
        keras: Any = import_module("tensorflow").keras
        features, labels = train_dataset.element_spec
        inputs = {name: keras.layers.Input(shape=(1,), name=name) for name in features}
        layer = (
            keras.layers.Concatenate()(list(inputs.values()))
            if len(inputs) > 1
            else next(iter(inputs.values()))
        )
        for units in self.hidden_layers:
            layer = keras.layers.Dense(units, activation=self.hidden_activation)(layer)
            layer = keras.layers.Dropout(self.dropout_chance)(layer)
        outputs = {
            name: keras.layers.Dense(self.output_units, activation=self.last_activation, name=name)(layer)
            for name in labels
        }
        model = keras.Model(inputs=inputs, outputs=outputs)
        losses = dict.fromkeys(outputs, self.loss)
        measured = {name: list(self.metrics) for name in outputs}
        model.compile(loss=losses, optimizer=keras.optimizers.Adam(learning_rate=self.lr), metrics=measured)
        model.fit(train_dataset, epochs=self.epochs, validation_data=eval_dataset, verbose=0)
        return model


class TorchFeedForwardTrainer(_FeedForward, TorchBaseTrainerStep):
    """Trains with PyTorch; returns the module.

    Args:
        input_units: How many features there are; the data decide where it does not fit.
    """

    LAYERS = (64, 32, 16)

    def __init__(
        self,
        batch_size: int = 32,
        lr: float = 0.0001,
        epochs: int = 10,
        dropout_chance: float = 0.2,
        loss: str = "mse",
        metrics: list[str] | None = None,
        hidden_layers: list[int] | None = None,
        hidden_activation: str = "relu",
        last_activation: str = "sigmoid",
        input_units: int = 8,
        output_units: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(
            batch_size,
            lr,
            epochs,
            dropout_chance,
            loss,
            metrics,
            hidden_layers,
            hidden_activation,
            last_activation,
            output_units,
            **options,
        )
        self.input_units = input_units

    def run_fn(self, *args: Any, **inputs: Any) -> Any:
        """Train on `splits` and return the model.

        Raises:
            UnsupportedError: PyTorch is not installed.
        """
        require_library("torch", self)
        splits = inputs["splits"]
        train = self._dataset(splits, TRAIN_SPLITS)
        model = self.model_fn(train, self._dataset(splits, EVAL_SPLITS))
        self._train(model, train)
        return model

    def _dataset(self, splits: dict[str, Any], kind: str) -> list[Batch]:
        torch: Any = import_module("torch")
        features, labels = self.columns(splits, kind)
        count = len(next(iter(labels.values()), []))
        self.input_units = len(features) or self.input_units

        def batch(columns: Columns, start: int) -> dict[str, Any]:
            stop = start + self.batch_size
            return {
                name: torch.tensor([[cell] for cell in cells[start:stop]], dtype=torch.float32)
                for name, cells in columns.items()
            }

        return [
            (batch(features, start), batch(labels, start), {}) for start in range(0, count, self.batch_size)
        ]

    def model_fn(self, train_dataset: Any, eval_dataset: Any) -> Any:
        """Build the network."""
        nn: Any = import_module("torch").nn
        layers: list[Any] = []
        size = self.input_units
        for units in self.hidden_layers:
            layers += [nn.Linear(size, units), _activation(nn, self.hidden_activation)]
            layers += [nn.Dropout(self.dropout_chance)]
            size = units
        layers += [nn.Linear(size, self.output_units), _activation(nn, self.last_activation)]
        return nn.Sequential(*layers)

    def _train(self, model: Any, batches: Any) -> None:
        torch: Any = import_module("torch")
        loss = _loss(torch.nn, self.loss)
        optimizer = torch.optim.Adam(model.parameters(), lr=self.lr)
        model.train()
        for _ in range(self.epochs):
            for features, labels, _raw in batches:
                optimizer.zero_grad()
                predicted = model(torch.cat(list(features.values()), dim=-1))
                loss(predicted, torch.cat(list(labels.values()), dim=-1)).backward()
                optimizer.step()
        model.eval()


_ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "linear": "Identity", "elu": "ELU"}
_LOSSES = {"mse": "MSELoss", "mae": "L1Loss", "binary_crossentropy": "BCELoss", "huber": "HuberLoss"}


def _activation(nn: Any, name: str) -> Any:
    if name not in _ACTIVATIONS:
        raise ComponentError(f"activation '{name}' is not known", f"there are {', '.join(_ACTIVATIONS)}")
    return getattr(nn, _ACTIVATIONS[name])()


def _loss(nn: Any, name: str) -> Any:
    if name not in _LOSSES:
        raise ComponentError(f"loss '{name}' is not known", f"there are {', '.join(_LOSSES)}")
    return getattr(nn, _LOSSES[name])()
