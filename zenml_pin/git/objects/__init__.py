"""Git's objects: blobs, trees, commits and tags, hashed on each read; walks through trees and histories.

No file here knows where objects are stored: an `ObjectSource` provides them.
"""
