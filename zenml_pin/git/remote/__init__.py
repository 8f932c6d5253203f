"""Objects from a server: URLs, credentials, requests, and what was fetched before.

A server is asked only where a caller names a URL, or asks to fetch.
"""
