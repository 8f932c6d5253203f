"""Objects on disk and in a bundle: loose files, packs and their indexes. All are read by hand; dulwich only writes.

`git/objects` hashes every object; this room checks its size before it inflates it.
"""
