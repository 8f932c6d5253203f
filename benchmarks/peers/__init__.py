"""The compared ways to load a class of a commit, one in each file.

Of this project, each file imports only its neighbours, so that a cold start does not import another way. Each has

    class Loader:
        def __init__(self, repo: str) -> None: ...
        def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
            '''Return a class as of a commit. Run its module again; refuse a unit with uncommitted changes.'''

All do the same work: they refuse a folder with uncommitted changes, and run the module for each load. The exception is
`with_zenml_pin_again`, which measures our `load`: like every import, it keeps a pin's modules.
"""
