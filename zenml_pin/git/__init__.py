"""Reading git: repositories and servers, objects, refs and the clean check.

Only this room and `bundles` import dulwich. No code here starts a process (except `ssh`, for an ssh URL) or runs a
program that a configuration names; only `new_repository` writes. For callers, ids are lower-case hex `str`, and paths
are posix `str` relative to the repository root (bytes that are not UTF-8 as surrogate escapes).

Order of the parts, top first; imports point down:

    revision
    any_repository status
    repository
    clone
    bundle bundle_address remote patch
    refs settings
    index
    layout storage
    include_conditions interfaces
    config new_repository objects reftable signers wildmatch
    c_quotes discovery jujutsu setting_values signature_format
    interface_values
"""
