"""The commands, a file each: `add_parser(verbs)` adds its arguments, `run(arguments)` answers with the exit code.

A command only prints; functions of the library compute what it prints.
"""
