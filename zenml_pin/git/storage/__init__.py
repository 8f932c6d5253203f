"""Objects on disk and in a bundle: loose files, packs and their indexes.

Every object is hashed by the room of objects; a size is checked here before anything is inflated.
"""
