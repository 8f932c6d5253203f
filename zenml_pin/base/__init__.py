"""What every room may use: values, locks, hashing, files, limits, HTML, dates. Imports nothing of ours."""
