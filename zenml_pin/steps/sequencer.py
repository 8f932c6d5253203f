"""Sequencers: they turn the rows of each split into sequences."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep


class BaseSequencerStep(BaseStep):
    """Makes sequences: `run_fn(splits)` returns new splits, a dict of names to data."""

    KEY = "sequencer"
    OUTPUT = "splits"
