"""Datasources of ZenML 0.1 to 0.3 that read from databases, images and TensorFlow's formats."""

from __future__ import annotations

from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.legacy.needed import KeepsArguments, needs


class ThinDatasource(KeepsArguments, BaseDatasource):
    """A datasource that only ZenML can read."""

    def __init__(self, name: str = "", /, **options: object) -> None:
        super().__init__(**options)

    def process(self) -> object:
        """Raise: a class of your own, derived from this one, may read the data."""
        raise needs(self, "process")


class BigQueryDatasource(ThinDatasource):
    """Read a table of BigQuery."""

    NEEDS = "apache_beam and BigQuery"


class PostgresDatasource(ThinDatasource):
    """Read a table of PostgreSQL."""

    NEEDS = "apache_beam and beam_nuggets"


class ImageDatasource(ThinDatasource):
    """Read images of a folder."""

    NEEDS = "apache_beam and tensorflow"


class TFDSDatasource(ThinDatasource):
    """Read a dataset of TensorFlow Datasets."""

    NEEDS = "tensorflow_datasets"


class TFRecordsDatasource(ThinDatasource):
    """Read TFRecords."""

    NEEDS = "apache_beam and tensorflow"


class JSONDatasource(ThinDatasource):
    """Read JSON; ZenML never finished it."""


class NumpyDatasource(ThinDatasource):
    """Read an array; ZenML never finished it."""


class PandasDatasource(ThinDatasource):
    """Read a frame; ZenML never finished it."""
