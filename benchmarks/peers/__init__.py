"""The ways to load a class of a commit that are compared, one a file.

Each file is a script of its own and imports nothing of this project but its neighbours, so that a cold start pays for
no other. Each has

    class Loader:
        def __init__(self, repo: str) -> None: ...
        def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
            '''Return a class as of a commit, its module run anew, when the unit has no uncommitted changes.'''

All do the same work: they refuse a folder with uncommitted changes, and run the module each time they are asked;
only `with_zenml_pin_again` shows what our `load` does instead, which keeps a pin's modules as every import does.
"""
