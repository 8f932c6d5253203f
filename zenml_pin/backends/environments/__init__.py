"""Environments: the libraries that a commit locks, installed for steps of that commit.

    settings, wanted       what a caller allows; what a lock asks for
    lock_file              which file of a commit states its libraries: the nearest one to the class
    uv_lock, pylock, requirements, project     one reader for each kind of file
    toml_values            what these readers take from TOML
    pythons                which installed Pythons a commit can run in
    uv                     the program that installs
    stored                 the environments on disk: made once, listed, removed
    preparing              from a source to its environment
    stand_ins              classes that only the other process imports
    worker, serving        a process of the environment's Python, from both sides

A lock is a stranger's text. Nothing in it reaches the installer but names, versions, hashes and, where the caller
trusts it, URLs; the installer gets a file that is written here, in a private folder.
"""
