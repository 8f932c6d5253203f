"""Tools for every room: values, locks, hashing, files, limits, HTML, dates. Imports no other room."""
