"""Reading git: layouts, objects, trees, revisions and the clean check. The only importer of dulwich.

Nothing in here starts a process or runs what a configuration names; only `write` writes. Ids are lower-case hex
`str`, paths posix `str` relative to the repository root (bytes that are not UTF-8 as surrogate escapes) for all who
call.
"""
