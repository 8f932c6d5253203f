"""Objects from a server: URLs, credentials, requests, and the cache of fetched objects.

A server gets requests only if a caller names a URL, or asks to fetch.
"""
