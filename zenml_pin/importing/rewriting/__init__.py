"""From a source file to code that imports from its pin: imports are scanned, routed, rewritten and compiled.

The commit is a `route.Target` here; `importing.namespace.Namespace` is one.
"""
