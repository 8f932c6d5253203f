"""Importing a commit: finder, loader, rewritten imports and resources of `zenml_pin.at.g<commit id>`.

Each of the rules N1 to N12 (.github/CONTRIBUTING.md) is in the module that keeps it: names in `namespace`, what is
first-party in `locate` and `rewriting.route`, import statements in `rewriting.imports`, code in
`rewriting.code_cache`, `sys.meta_path` and `sys.modules` in `finder`.

Order of the parts, top first; imports point down:

    registry
    materialize
    finder
    zenml_modules
    zenml_eras
    code_files loader native_loader path_finders watched_imports
    resources worktree_copy
    namespace
    laid_files
    rewriting
    given_roots
    beside source_roots
    packaging
    project_files
    locate loggers modules_by_file other_interpreters other_repositories suggestions worktree_guard
    virtual_paths
    zenml_names
    zenml_releases
"""
