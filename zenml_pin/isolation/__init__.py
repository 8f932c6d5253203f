"""Isolation: a class is loaded in another process, with limits and behind walls, and never in the caller's.

    try_source(source, repository, limits, mode="auto")     one load, behind walls: a `Trial` with the outcome
    judge_source(source, repository, tester, limits, mode="auto")   a load and a test of the class: a `Judgement`
    standing_walls()                                        which walls this machine has

Used by the audit, by `zenml_pin.isolated` and by the command line. No root, no daemon and no other program is needed.

    parent          starts the process, sends the request, waits, and judges the answer
    supervisor      in the first process of the namespace: passes on the trial's messages, ends the remaining processes
    code_process    in the process that runs the code: puts up the walls, loads the class, answers

Order of the parts, top first; imports point down:

    judging warm_parent
    walls_here sandboxed
    parent needed_code
    child warm_process
    supervisor
    code_process
    tester
    own_walls mounts attempt facts received_bundle events import_path
    landlock seccomp namespaces capabilities
    readable shared_caches syscalls channel private_folder trial
    probes
    trial_event
    walls limits outcomes
"""
