"""The text of a module with a trainer step, as long as such modules usually are."""

from __future__ import annotations

TRAINER = '''\
"""A trainer of the shape that the documentation shows."""

import math

from zenml_pin.steps import BaseTrainerStep


class MyTrainer(BaseTrainerStep):
    """Fits a line by gradient descent."""

    def __init__(self, epochs=20, rate=0.1, **options):
        super().__init__(epochs=epochs, rate=rate, **options)
        self.epochs = epochs
        self.rate = rate

    def run_fn(self, splits):
        slope = offset = 0.0
        for _ in range(self.epochs):
            for row in splits["train"]:
                error = slope * row["x"] + offset - row["y"]
                slope -= self.rate * error * row["x"]
                offset -= self.rate * error
        if math.isnan(slope):
            raise ValueError("the rate is too high")
        return slope, offset
'''
