"""Importing a commit: finder, loader, rewritten imports and resources of `zenml_pin.at.g<commit id>`.

The rules N1 to N12 are in the modules that keep them: names in `pin`, what is first-party in `locate` and `route`,
import statements in `rewrite`, code in `code`, `sys.meta_path` and `sys.modules` in `finder`.
"""
