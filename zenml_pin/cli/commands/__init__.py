"""The commands, a file each: `add_parser(verbs)` adds its arguments, `run(arguments)` answers with the exit code.

They print; what they print is computed below, by a function of the library.
"""
