"""RunList: the runs that a workspace lists. What shows it is imported when a notebook asks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.runs.run import Run as Run


class RunList(list["Run"]):
    """Runs, as a list that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        from zenml_pin.pipelines.runs.displays import show_runs

        return show_runs(self)
