"""BaseDatasource: a name, an id and one method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from zenml_pin.steps.component import Component, arguments_of
from zenml_pin.steps.signatures import refuse_unknown, tolerant

DatasourceT = TypeVar("DatasourceT", bound="BaseDatasource")


class BaseDatasource(Component):
    """The base of all datasources. Subclass it and write `process`.

    Attributes:
        name: The argument `name`, or the class's name if there is none.
        id: A new id for each new object; a datasource from a document has the document's id.
    """

    name: str
    id: str

    def __new__(cls: type[DatasourceT], /, *args: Any, **options: Any) -> DatasourceT:
        """Create a datasource with a name and an id; a subclass may set others."""
        datasource = super().__new__(cls, *args, **options)
        recorded = datasource.__dict__.get("_zenml_pin_args") or {}
        name = arguments_of(datasource).get("name") if recorded else None
        datasource.identify(name if isinstance(name, str) else cls.__name__, str(uuid4()))
        return datasource

    @tolerant
    def __init__(self, /, name: str | None = None, **options: Any) -> None:
        refuse_unknown(self, options)

    def identify(self, name: str, id: str) -> None:
        """Set name and id, also of a frozen subclass; properties of these names stay."""
        self.__dict__.update(name=name, id=id)

    if TYPE_CHECKING:
        process: Any
    else:

        def process(self) -> object:
            """Return the data."""
            raise NotImplementedError(f"{type(self).__name__} has no process method")
