"""under_unit.py UNIT PROGRAM ARGS...: becomes PROGRAM with the system calls, address families and capabilities that the unit leaves it, and with no_new_privs.

The filter is made as systemd makes it: the first line of SystemCallFilter= says whether it lists what is allowed, `~` takes away, later lines add.
Everything else of the unit (mounts, users, namespaces) takes systemd itself.
"""
import ctypes
import os
import socket
import subprocess
import sys

NO_NEW_PRIVILEGES = 38  # prctl(2)
ALLOW, ERRNO_EPERM = 0x7FFF0000, 0x00050001  # seccomp.h: SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM)
EQUAL = 4  # SCMP_CMP_EQ


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operation", ctypes.c_int), ("value", ctypes.c_uint64), ("unused", ctypes.c_uint64)]


def settings(path):
    """Every value of every setting, in order."""
    found = {}
    for line in open(path, encoding="utf-8"):
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def groups():
    """The system calls of each @group, as this machine's systemd knows them."""
    found, group = {}, None
    for line in subprocess.run(["systemd-analyze", "syscall-filter"], check=True, capture_output=True, text=True).stdout.splitlines():
        word = line.strip()
        if line.startswith("@"):
            group = found.setdefault(word, [])
        elif line.startswith("    ") and word and not word.startswith("#") and group is not None:
            group.append(word)
    return found


def expand(words, known):
    calls = set()
    for word in words:
        calls |= expand(known[word], known) if word.startswith("@") else {word}
    return calls


def allowed(lines):
    known = groups()
    assert lines and not lines[0].startswith("~"), "the unit has no list of what is allowed"
    # systemd adds @default to every such list.
    calls = expand(["@default"], known)
    for line in lines:
        if line.startswith("~"):
            calls -= expand(line[1:].split(), known)
        else:
            calls |= expand(line.split(), known)
    return calls


def load(calls, families):
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    context = ctypes.c_void_p(seccomp.seccomp_init(ERRNO_EPERM))
    for call in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            continue  # of another architecture, or newer than this libseccomp
        # What systemd compares for RestrictAddressFamilies=: the first argument of socket(2).
        rules = [Comparison(0, EQUAL, family, 0) for family in families] if call == "socket" else [None]
        for rule in rules:
            if seccomp.seccomp_rule_add_array(context, ALLOW, number, 0 if rule is None else 1, ctypes.byref(rule) if rule else None) != 0:
                sys.exit(f"under_unit: no rule for {call}")
    if seccomp.seccomp_load(context) != 0:
        sys.exit("under_unit: the kernel refuses the filter")


def main():
    unit, program = settings(sys.argv[1]), sys.argv[2:]
    if "--filtered" not in program[:1]:
        names = [name.removeprefix("CAP_").lower() for name in " ".join(unit["CapabilityBoundingSet"]).split()]
        sets = ",".join(["-all", *("+" + name for name in names)])
        os.execvp("setpriv", ["setpriv", f"--inh-caps={sets}", f"--bounding-set={sets}", sys.executable, __file__, sys.argv[1], "--filtered", *program])
    calls = allowed(unit["SystemCallFilter"])
    families = [getattr(socket, name) if hasattr(socket, name) else {"AF_XDP": 44}[name] for name in " ".join(unit["RestrictAddressFamilies"]).split()]
    if ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        sys.exit("under_unit: no_new_privs")
    load(calls, families)
    os.execv(program[1], program[1:])


main()
