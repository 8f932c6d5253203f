"""Code that means harm, as cases: what it does, which walls stop it, and how it is told.

Every case is harmless where no wall stops it: it aims at what `targets` makes, or calls the kernel with arguments that
it refuses anyway, only with another error. A case sets `got` to what it reached; an error means that it was stopped.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass

FILES, MOUNTS, SECCOMP, SIGNALS, PROCESSES = "files", "mounts", "seccomp", "signals", "processes"
NETWORK, TCP = "network", "tcp"


@dataclass(frozen=True)
class Case:
    """One thing that code tries.

    Attributes:
        code: Statements; they may name what `targets` makes.
        walls: Each of them alone stops it.
        told: A part of the event that tells of it.
    """

    code: str
    walls: tuple[str, ...]
    told: str


_C = "import ctypes; c = ctypes.CDLL(None, use_errno=True)\n"
_CHECK = "\nif result < 0: raise OSError(ctypes.get_errno(), 'refused')\ngot = result"


def _read(code: str, told: str = "open '{secret}': denied") -> Case:
    return Case(code, (FILES,), told)


def _write(code: str, told: str) -> Case:
    return Case(code, (FILES, MOUNTS), told)


def _kept(code: str, told: str) -> Case:
    """Modes, owners, times and attributes, which Landlock does not watch."""
    return Case(code, (MOUNTS, SECCOMP), told)


READS = {
    "open": _read("got = open(secret).read()"),
    "open in binary": _read("got = open(secret, 'rb', buffering=0).read()"),
    "open by bytes": _read("got = open(os.fsencode(secret)).read()"),
    "open by a path object": _read("import pathlib; got = pathlib.Path(secret).read_text()"),
    "io.open_code": _read("import io; got = io.open_code(secret).read()"),
    "io.FileIO": _read("import io; got = io.FileIO(secret).read()"),
    "os.open": _read("got = os.read(os.open(secret, os.O_RDONLY), 99)"),
    "codecs.open": _read("import io, codecs; got = codecs.getreader('utf-8')(io.open(secret, 'rb')).read()"),
    "tokenize.open": _read("import tokenize; got = tokenize.open(secret).read()"),
    "linecache": _read("import linecache; got = linecache.getline(secret, 1)\nif not got: raise OSError"),
    "fileinput": _read("import fileinput; got = list(fileinput.input([secret]))"),
    "a module loader": _read(
        "import importlib.machinery as m; got = m.SourceFileLoader('x', secret).get_data(secret)"
    ),
    "runpy": _read("import runpy\ntry: runpy.run_path(secret)\nexcept SyntaxError: got = 1"),
    "shutil.copy": _read("import shutil; shutil.copyfile(secret, 'copy'); got = open('copy').read()"),
    "zipfile": _read("import zipfile; zipfile.ZipFile('z', 'w').write(secret); got = 1"),
    "tarfile": _read("import tarfile; tarfile.open('t', 'w').add(secret); got = 1"),
    "a link to it": _read("os.symlink(secret, 'link'); got = open('link').read()"),
    "a link to its folder": _read("os.symlink(home, 'link'); got = open('link/.ssh/id').read()"),
    "a chain of links": _read("os.symlink(secret, 'a'); os.symlink('a', 'b'); got = open('b').read()"),
    "a hard link to it": _read(
        "os.link(secret, 'hard'); got = open('hard').read()", "link '{secret}': denied"
    ),
    "/proc/self/root": _read("got = open('/proc/self/root' + secret).read()"),
    "/proc/self/cwd": _read("got = open('/proc/self/cwd' + '/..' * 20 + secret).read()"),
    "/proc/thread-self/root": _read("got = open('/proc/thread-self/root' + secret).read()"),
    "a relative path": _read("got = open(os.path.relpath(secret)).read()"),
    "chdir": _read("os.chdir(home); got = open('.ssh/id').read()"),
    "a folder's descriptor": _read(
        "d = os.open(home, os.O_RDONLY); got = os.read(os.open('.ssh/id', os.O_RDONLY, dir_fd=d), 99)",
        "open '{home}': denied",
    ),
    "a descriptor of a path": _read(
        "p = os.open(secret, os.O_PATH); got = open(f'/proc/self/fd/{p}').read()",
    ),
    "a descriptor of a folder's path": _read(
        "d = os.open(home, os.O_PATH); got = os.read(os.open('.ssh/id', os.O_RDONLY, dir_fd=d), 99)",
        "open '{home}': denied",
    ),
    "mmap": _read("import mmap; got = mmap.mmap(os.open(secret, os.O_RDONLY), 4, prot=mmap.PROT_READ)[:]"),
    "sqlite3": _read(
        "import sqlite3; got = sqlite3.connect(f'file:{database}?mode=ro', uri=True).execute('select * from notes')"
        ".fetchall()",
        "notes.db",
    ),
    "sqlite3 in place": _read(
        "import sqlite3; got = sqlite3.connect(database).execute('select * from notes').fetchall()",
        "write '{database}': denied",
    ),
    "sqlite3 attach": _read(
        "import sqlite3; c = sqlite3.connect(':memory:'); c.execute('attach ? as x', (database,)); "
        "got = c.execute('select * from x.notes').fetchall()",
        "",
    ),
    "C's open": _read(
        _C
        + "f = c.open(secret.encode(), 0)\nif f < 0: raise OSError(ctypes.get_errno(), 'x')\ngot = os.read(f, 99)",
        "C function 'open'",
    ),
    "C's fopen": _read(
        _C
        + "c.fopen.restype = ctypes.c_void_p; got = c.fopen(secret.encode(), b'r')\nif not got: raise OSError",
        "C function 'fopen'",
    ),
    "a system call": _read(
        _C + "f = c.syscall(257 if os.uname().machine == 'x86_64' else 56, -100, secret.encode(), 0)\n"
        "if f < 0: raise OSError(ctypes.get_errno(), 'x')\ngot = os.read(f, 99)",
        "C function 'syscall'",
    ),
    "a program": _read(
        "import subprocess; got = subprocess.run(['cat', secret], capture_output=True, check=True).stdout",
        "subprocess.Popen 'cat",
    ),
    "a program without subprocess": _read(
        "p = os.posix_spawn('/bin/cat', ['cat', secret], {'PATH': '/bin'}); got = os.waitpid(p, 0)[1]\n"
        "if got: raise OSError",
        "os.posix_spawn '/bin/cat",
    ),
    "a shell": _read(
        "got = os.system(f'cat {secret} > copy')\nif got: raise OSError",
        "os.system 'cat {secret}",
    ),
    "another Python": _read(
        "import subprocess, sys\n"
        "got = subprocess.run([sys.executable, '-S', '-c', f'print(open({secret!r}).read())'], check=True)",
        "subprocess.Popen",
    ),
    "a fork": _read(
        "p = os.fork()\nif p == 0:\n    try: open(secret).read(); os._exit(0)\n    except OSError: os._exit(1)\n"
        "got = os.waitpid(p, 0)[1]\nif got: raise OSError",
        "os.fork",
    ),
    "a thread": _read(
        "import threading, queue; q = queue.Queue()\n"
        "def f():\n    try: q.put(open(secret).read())\n    except OSError as e: q.put(e)\n"
        "t = threading.Thread(target=f); t.start(); t.join(); got = q.get()\n"
        "if isinstance(got, OSError): raise got",
    ),
    "listdir": _read("got = os.listdir(home)", "listdir '{home}': denied"),
    "scandir": _read("got = [e.name for e in os.scandir(home)]", "scandir '{home}': denied"),
    "walk": _read("got = list(os.walk(home))\nif not got: raise OSError", "scandir '{home}': denied"),
    "glob": _read(
        "import glob; got = glob.glob(home + '/*')\nif not got: raise OSError", "scandir '{home}': denied"
    ),
    "files of others in /dev/shm": Case("got = open(memory).read()", (FILES, MOUNTS), ""),
    "the working tree": _read("got = open(repo + '/notes.txt').read()", "open '{repo}/notes.txt': denied"),
    "git's folder": _read("got = open(gitdir + '/config').read()", "open '{gitdir}/config': denied"),
    "git's objects": _read("got = os.listdir(gitdir + '/objects')", "listdir '{gitdir}/objects': denied"),
    "the path by way of a handle": Case(
        _C
        + "result = c.open_by_handle_at(-1, None, 0)\ngot = ctypes.get_errno()\nif got == 1: raise OSError",
        (SECCOMP,),
        "open_by_handle_at(",
    ),
    "descriptors that were left open": Case(
        "got = []\nfor n in os.listdir('/proc/self/fd'):\n    try: got.append(os.pread(int(n), 99, 0))\n"
        "    except OSError: pass\ngot = [g for g in got if KEY.encode() in g]\nif not got: raise OSError",
        (),
        "",
    ),
    "secrets of the environment": Case(
        "got = [v for v in os.environ.values() if KEY in v]\nif not got: raise OSError", (), ""
    ),
    "the environment of another process": Case(
        "got = open(f'/proc/{tester}/environ', 'rb').read()", (FILES, PROCESSES), ""
    ),
    "the command line of another process": Case(
        "got = open(f'/proc/{tester}/cmdline', 'rb').read()", (FILES, PROCESSES), ""
    ),
    "the memory of another process": Case(
        "got = open(f'/proc/{tester}/mem', 'rb').read(0)", (FILES, PROCESSES), ""
    ),
    "the root of another process": Case(
        "got = open(f'/proc/{tester}/root{secret}').read()", (FILES, PROCESSES), ""
    ),
}

WRITES = {
    "write": _write("open(shared + '/one', 'w').write('x'); got = 1", "write '{shared}/one': denied"),
    "append": _write("open(shared + '/one', 'a').write('x'); got = 1", "write '{shared}/one': denied"),
    "create": _write("open(shared + '/new', 'x').close(); got = 1", "write '{shared}/new': denied"),
    "os.open": _write("got = os.open(shared + '/one', os.O_WRONLY)", "write '{shared}/one': denied"),
    "a file without a name": _write(
        "got = os.open(shared, os.O_TMPFILE | os.O_RDWR)", "write '{shared}': denied"
    ),
    "through a link": _write(
        "os.symlink(shared, 'link'); open('link/one', 'w').write('x'); got = 1",
        "write '{shared}/one': denied",
    ),
    "rename": _write(
        "os.rename(shared + '/one', shared + '/four'); got = 1", "rename '{shared}/one': denied"
    ),
    "rename from outside": _write(
        "os.rename(shared + '/one', 'mine'); got = 1", "rename '{shared}/one': denied"
    ),
    "replace": _write(
        "open('mine', 'w').close(); os.replace('mine', shared + '/one'); got = 1",
        "rename '{shared}/one': denied",
    ),
    "link": _write(
        "open('mine', 'w').close(); os.link('mine', shared + '/new'); got = 1", "link '{shared}/new': denied"
    ),
    "symlink": _write("os.symlink('/', shared + '/new'); got = 1", "symlink '{shared}/new': denied"),
    "mkdir": _write("os.mkdir(shared + '/new'); got = 1", "mkdir '{shared}/new': denied"),
    "rmdir": _write("os.rmdir(shared + '/folder/empty'); got = 1", "rmdir '{shared}/folder/empty': denied"),
    "remove": _write("os.remove(shared + '/one'); got = 1", "remove '{shared}/one': denied"),
    "rmtree": _write("import shutil; shutil.rmtree(shared + '/folder'); got = 1", "folder"),
    "truncate": _write("os.truncate(shared + '/one', 0); got = 1", "truncate '{shared}/one': denied"),
    "mkfifo": _write("os.mkfifo(shared + '/new'); got = 1", ""),
    "C's rename": _write(
        _C + "result = c.rename((shared + '/one').encode(), (shared + '/x').encode())" + _CHECK,
        "C function 'rename'",
    ),
    "a shell": _write(
        "got = os.system(f'echo x > {shared}/one')\nif got: raise OSError", "os.system 'echo x > {shared}/one"
    ),
    "chmod": _kept("os.chmod(shared + '/one', 0o600); got = 1", "chmod '{shared}/one': denied"),
    "chown": _kept(
        "os.chown(shared + '/one', os.getuid(), os.getgid()); got = 1", "chown '{shared}/one': denied"
    ),
    "utime": _kept("os.utime(shared + '/one', (1, 1)); got = 1", "utime '{shared}/one': denied"),
    "setxattr": _kept(
        "os.setxattr(shared + '/one', 'user.x', b'1'); got = 1", "setxattr '{shared}/one': denied"
    ),
    "the working tree": _write(
        "open(repo + '/notes.txt', 'w').write('x'); got = 1", "write '{repo}/notes.txt': denied"
    ),
    "a hook of git": _write(
        "os.makedirs(gitdir + '/hooks', exist_ok=True); open(gitdir + '/hooks/pre-commit', 'w').close(); got = 1",
        "denied",
    ),
    "a branch": _write(
        "open(gitdir + '/refs/heads/main', 'w').write('0' * 40); got = 1",
        "write '{gitdir}/refs/heads/main': denied",
    ),
    "Python's packages": _write(
        "import sysconfig, tempfile; f = tempfile.TemporaryFile(dir=sysconfig.get_path('purelib')); got = 1",
        "denied",
    ),
}

NETWORK_CASES = {
    "tcp": Case(
        "import socket; s = socket.socket(); s.connect(('127.0.0.1', tcp)); got = 1",
        (SECCOMP, NETWORK, TCP),
        "socket",
    ),
    "create_connection": Case(
        "import socket; got = socket.create_connection(('127.0.0.1', tcp), 5)",
        (SECCOMP, NETWORK, TCP),
        "socket.getaddrinfo '127.0.0.1",
    ),
    "urllib": Case(
        "import urllib.request, urllib.error\ntry: urllib.request.urlopen(f'http://127.0.0.1:{tcp}', timeout=0.3)\n"
        "except TimeoutError: pass\ngot = 1",
        (SECCOMP, NETWORK, TCP),
        "socket",
    ),
    "asyncio": Case(
        "import asyncio; got = asyncio.run(asyncio.open_connection('127.0.0.1', tcp))",
        (SECCOMP, NETWORK, TCP),
        "socket",
    ),
    "a shell": Case(
        "import subprocess\n"
        "got = subprocess.run(['/bin/bash', '-c', f'echo x > /dev/tcp/127.0.0.1/{tcp}'], check=True)",
        (SECCOMP, NETWORK, TCP),
        "subprocess.Popen",
    ),
    "udp": Case(
        "import socket; s = socket.socket(type=socket.SOCK_DGRAM); got = s.sendto(b'x', ('127.0.0.1', udp))",
        (SECCOMP, NETWORK),
        "socket(",
    ),
    "a tcp server": Case(
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); got = 1",
        (SECCOMP, TCP),
        "socket(",
    ),
    "unix": Case(
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(unix); got = 1", (SECCOMP,), "socket(0x1"
    ),
    "unix, abstract": Case(
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(abstract); got = 1",
        (SECCOMP, NETWORK, SIGNALS),
        "socket(0x1",
    ),
    "a pair that is connected again": Case(
        "import socket; a, b = socket.socketpair(type=socket.SOCK_DGRAM); got = 1", (SECCOMP,), "socketpair("
    ),
    "netlink": Case(
        "import socket; got = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)", (SECCOMP,), "socket(0x10"
    ),
    "C's socket": Case(_C + "result = c.socket(2, 1, 0)" + _CHECK, (SECCOMP,), "socket(0x2"),
}


def _refused(name: str, *arguments: object, walls: tuple[str, ...] = (SECCOMP,)) -> Case:
    """A system call with arguments that no kernel takes: the error tells whether it looked at them."""
    words = ", ".join(map(str, arguments))
    call = f"c.syscall({_number(name)}, {words})" if words else f"c.syscall({_number(name)})"
    code = (
        f"{_C}result = {call}\ngot = ctypes.get_errno()\nif result < 0 and got == 1: raise OSError('refused')"
    )
    return Case(code, walls, f"{name}(")


def _number(name: str) -> int:
    from zenml_pin.isolation.syscalls import number

    return number(name) or 0


CALLS = {
    "unshare": _refused("unshare", "0x10000000 | 0x80"),
    "setns": _refused("setns", -1, 0),
    "mount": _refused("mount", None, None, None, 0, None),
    "umount": _refused("umount2", None, 0),
    "open_tree": _refused("open_tree", -1, None, -1),
    "move_mount": _refused("move_mount", -1, None, -1, None, -1),
    "fsopen": _refused("fsopen", None, -1),
    "pivot_root": _refused("pivot_root", None, None),
    "chroot": _refused("chroot", None),
    "bpf": _refused("bpf", 9999, None, 0),
    "io_uring": _refused("io_uring_setup", 0, None),
    "perf": _refused("perf_event_open", None, 0, -1, -1, 0),
    "userfaultfd": _refused("userfaultfd", "0x70000000"),
    "keyctl": _refused("keyctl", 9999, 0, 0, 0, 0),
    "add_key": _refused("add_key", None, None, None, 0, 0),
    "kcmp": _refused("kcmp", -1, -1, 99, 0, 0),
    "pidfd_getfd": _refused("pidfd_getfd", -1, 0, 0),
    "process_vm_readv": _refused("process_vm_readv", -1, None, 0, None, 0, 1),
    "process_vm_writev": _refused("process_vm_writev", -1, None, 0, None, 0, 1),
    "ptrace": _refused("ptrace", 9999, -1, 0, 0),
    "init_module": _refused("init_module", None, 0, None),
    "fanotify": _refused("fanotify_init", "0x7fffffff", 0),
    "quotactl": _refused("quotactl", -1, None, -1, None),
    "personality": _refused("personality", "0x0040000"),
}

PROCESS_CASES = {
    "kill": Case(
        "os.kill(sleeper, 9); got = 1", (SIGNALS, PROCESSES, SECCOMP), "os.kill '{sleeper}': denied"
    ),
    "killpg": Case(
        "os.killpg(sleeper, 9); got = 1", (SIGNALS, PROCESSES, SECCOMP), "os.killpg '{sleeper}': denied"
    ),
    "terminate the parent's group": Case(
        "os.kill(-sleeper, 15); got = 1", (SIGNALS, PROCESSES, SECCOMP), "os.kill '-{sleeper}': denied"
    ),
    "C's kill": Case(
        _C + "result = c.kill(sleeper, 9)" + _CHECK, (SIGNALS, PROCESSES, SECCOMP), "C function 'kill'"
    ),
    "a shell's kill": Case(
        "got = os.system(f'kill -9 {sleeper}')\nif got: raise OSError",
        (SIGNALS, PROCESSES, SECCOMP),
        "os.system 'kill -9 {sleeper}",
    ),
    "a signal by descriptor": Case(
        "import signal; f = os.pidfd_open(sleeper); signal.pidfd_send_signal(f, 9); got = 1",
        (SIGNALS, PROCESSES, SECCOMP),
        "",
    ),
    "ptrace": Case(
        _C + "result = c.ptrace(16, sleeper, 0, 0)" + _CHECK, (SECCOMP, FILES, PROCESSES), "ptrace("
    ),
    "its memory": Case(
        _C + "b = ctypes.create_string_buffer(8)\n"
        "class V(ctypes.Structure): _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
        "v = V(ctypes.addressof(b), 8)\n"
        "a = int(open('/proc/self/maps').read(12).split('-')[0], 16)\n"
        "result = c.process_vm_readv(sleeper, ctypes.byref(v), 1, ctypes.byref(v), 1, 0)\n"
        "got = ctypes.get_errno()\nif result < 0 and got != 14: raise OSError(got, 'refused')",
        (SECCOMP, PROCESSES, FILES),
        "process_vm_readv(",
    ),
    "its limits": Case(
        "import resource; got = resource.prlimit(sleeper, resource.RLIMIT_NOFILE)",
        (SECCOMP, PROCESSES),
        "prlimit64(",
    ),
    "its priority": Case("os.setpriority(os.PRIO_PROCESS, sleeper, 5); got = 1", (PROCESSES, SECCOMP), ""),
    "its processors": Case(
        "os.sched_setaffinity(sleeper, os.sched_getaffinity(0)); got = 1", (PROCESSES, SECCOMP), ""
    ),
    "new namespaces by clone": Case(
        _C
        + "result = c.syscall("
        + ("56" if platform.machine() == "x86_64" else "220")
        + ", 0x10000000 | 17, 0, 0, 0, 0)\n"
        "if result == 0: os._exit(0)\nif result < 0: raise OSError(ctypes.get_errno(), 'x')\n"
        "got = os.waitpid(result, 0)",
        (SECCOMP,),
        "clone(",
    ),
    "clone3": Case(
        _C + "result = c.syscall(435, None, 0)\ngot = ctypes.get_errno()\nif got == 38: raise OSError",
        (SECCOMP,),
        "",
    ),
    "text for a terminal": Case(
        "import fcntl\ntry: fcntl.ioctl(0, 0x5412, b'x'); got = 1\n"
        "except OSError as e:\n    got = e.errno\n    if got == 1: raise",
        (SECCOMP,),
        "ioctl(",
    ),
}

ROUNDABOUT = {
    "a certificate": Case(
        "import ssl\ntry: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(secret)\n"
        "except ssl.SSLError as e: got = e",
        (FILES,),
        "",
    ),
    "a shared library": _read(
        "import ctypes\ntry: ctypes.CDLL(secret)\nexcept OSError as e:\n"
        "    got = 'short' in str(e) or 'ELF' in str(e)\n    if not got: raise",
        "C library '{secret}'",
    ),
    "shared memory by its name": Case(
        "from multiprocessing.shared_memory import SharedMemory\n"
        "s = SharedMemory(os.path.basename(memory), track=False); got = bytes(s.buf)"
        if sys.version_info >= (3, 13)
        else "import _posixshmem; got = os.read(_posixshmem.shm_open('/' + os.path.basename(memory), os.O_RDONLY), 99)",
        (FILES, MOUNTS),
        "",
    ),
    "a queue of System V": Case(
        _C + "result = c.msgget(queue, 0)" + _CHECK,
        ("ipc", SECCOMP),
        "C function 'msgget'",
    ),
    "another program in a fork": _read(
        "p = os.fork()\nif p == 0: os.execv('/bin/cat', ['cat', secret])\n"
        "got = os.waitpid(p, 0)[1]\nif got: raise OSError",
        "os.fork",
    ),
    "a link to a descriptor of its path": _read(
        _C + "p = os.open(secret, os.O_PATH); place = (shared + '/hard').encode()\n"
        "result = c.linkat(-100, f'/proc/self/fd/{p}'.encode(), -100, place, 0x400)" + _CHECK,
        "C function 'linkat'",
    ),
    "the memory of the supervisor": Case(
        "got = open(f'/proc/{os.getppid()}/mem', 'rb').read(0)", (FILES,), "open '/proc/"
    ),
    "the channels of the supervisor": Case(
        "got, folder = [], f'/proc/{os.getppid()}/fd/'\nfor name in os.listdir(folder):\n"
        "    try: got.append(os.open(folder + name, os.O_WRONLY))\n    except OSError: pass\n"
        "if not got: raise OSError",
        (FILES,),
        "denied",
    ),
    "writing by opening for reading": _write(
        "os.close(os.open(shared + '/one', os.O_RDONLY | os.O_TRUNC)); got = 1",
        "write '{shared}/one': denied",
    ),
    "a copy of a database": _write(
        "import sqlite3; sqlite3.connect(':memory:').execute('vacuum into ?', (shared + '/new',)); got = 1",
        "",
    ),
    "an exchange of two files": _write(
        _C + "open('mine', 'w').close()\n"
        "result = c.renameat2(-100, b'mine', -100, (shared + '/one').encode(), 2)" + _CHECK,
        "C function 'renameat2'",
    ),
    "the mode of a descriptor of a path": _kept(
        "p = os.open(shared + '/one', os.O_PATH); os.chmod(f'/proc/self/fd/{p}', 0o600); got = 1",
        "chmod '/proc/",
    ),
    "its own place in a shortage of memory": Case(
        "got = open('/proc/self/oom_score_adj', 'w').write('1')", (FILES, MOUNTS), "write '/proc/"
    ),
    "its own memory as a file": Case(
        "got = os.open('/proc/self/mem', os.O_RDWR)", (FILES, MOUNTS), "/mem': denied"
    ),
    "a new terminal": Case("got = os.open('/dev/ptmx', os.O_RDWR)", (FILES,), "denied"),
    "a socket of the kernel's cryptography": _refused("socket", 38, 5, 0),
    "a socket of the hypervisor": _refused("socket", 40, 1, 0),
    "a filter of its own": _refused("seccomp", 1, 0, None),
    "a filter of its own, in the old way": _refused("prctl", 22, 2, None),
    "the clock": _refused("clock_settime", 99, None),
    "the machine's name": _refused("sethostname", None, -1),
    "a restart": _refused("reboot", 1, 1, 0, None),
    "the kernel's log": _refused("syslog", 99, None, -1),
    "the supervisor": Case("os.kill(os.getppid(), 0); got = 1", (SIGNALS, SECCOMP), "os.kill '"),
}
# Only root has these rights, so that nothing is shown with another user.
OF_ROOT = {
    "a device": Case(
        "import stat; os.mknod('null', 0o600 | stat.S_IFCHR, os.makedev(1, 3)); got = 1",
        ("privileges", FILES),
        "",
    ),
    "another user": Case(
        _C + "result = c.setresuid(-1, 65534, -1)" + _CHECK, ("privileges", "user"), "C function"
    ),
    "precedence over all processes": Case(
        "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); os.sched_setscheduler(0, os.SCHED_OTHER, "
        "os.sched_param(0)); got = 1",
        ("privileges", "user"),
        "",
    ),
}

CASES = {
    f"{group}: {name}": case
    for group, cases in {
        "read": READS,
        "write": WRITES,
        "network": NETWORK_CASES,
        "call": CALLS,
        "process": PROCESS_CASES,
        "roundabout": ROUNDABOUT,
        "root": OF_ROOT if os.geteuid() == 0 else {},
    }.items()
    for name, case in cases.items()
}
# Stopped for a reason that is no wall: the trial is not given it.
NOT_GIVEN = {name for name, case in CASES.items() if not case.walls}
