"""ErrorType: the type of every error, which keeps `dir` and `pydoc` of an error to what the error adds."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Type checkers know less of classes that have a type of their own.
    ErrorType = type
else:

    class ErrorType(type):
        """A type whose `dir` leaves out the names that each exception has from Python.

        Without it, 2,000 of the 3,700 lines of `pydoc zenml_pin` repeat the methods of BaseException.

        >>> class MyError(ValueError, metaclass=ErrorType):
        ...     limit = 5
        >>> dir(MyError)
        ['limit']
        """

        def __dir__(cls) -> list[str]:
            own = (vars(base) for base in cls.__mro__ if isinstance(base, ErrorType))
            return sorted({name for names in own for name in names if not name.startswith("__")})
