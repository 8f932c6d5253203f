"""BaseDatasource: a name, an id and one method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from zenml_pin.steps.component import Component, arguments_of

Made = TypeVar("Made", bound="BaseDatasource")


class BaseDatasource(Component):
    """A source of data. Subclass it and write `process`.

    Attributes:
        name: The argument `name`, else the class's name.
        id: Made for each new object; one from a document keeps the document's.
    """

    name: str
    id: str

    def __new__(cls: type[Made], /, *args: Any, **options: Any) -> Made:
        """Give it a name and an id; a subclass may set its own."""
        made = super().__new__(cls, *args, **options)
        recorded = made.__dict__.get("_zenml_pin_args") or {}
        given = arguments_of(made).get("name") if recorded else None
        made.identify(given if isinstance(given, str) else cls.__name__, str(uuid4()))
        return made

    def identify(self, name: str, id: str) -> None:
        """Give it a name and an id, also where a subclass is frozen; one that has a property of its own keeps it."""
        self.__dict__.update(name=name, id=id)

    if TYPE_CHECKING:
        process: Any
    else:

        def process(self) -> object:
            """Return the data."""
            raise NotImplementedError(f"{type(self).__name__} has no process method")
