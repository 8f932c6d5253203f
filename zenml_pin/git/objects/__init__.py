"""Git's objects: blobs, trees, commits and tags, hashed whenever they are read; trees and histories walked.

Nothing in here knows where objects are stored: they come from an `ObjectSource`.
"""
