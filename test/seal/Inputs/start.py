#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""start.py RUNTIME PLAN CHANGE PROGRAM [ARGUMENT...]: hands the runtime a launch plan that is not as mpk-run wrote it.

PLAN comes from `mpk-run-test --plan-only`. Its objects that were memfds get the identity of the files themselves, so that the
seal gets as far as the changed part. CHANGE says what is changed; "nothing" must run. Layout: verifier/runtime/plan.h."""

import ctypes
import mmap
import os
import struct
import sys

HEADER = struct.Struct("<Q12Ii2Ii2IQ")
FIELDS = ("magic version size object_count objects_at patch_count patches_at import_count imports_at key_count keys_at "
          "filter_count filter_at landlock_fd vault_count vaults_at rseq_object simulate boot_flags rseq_offset").split()
OBJECT = struct.Struct("<IIIIQII")
MAIN, CLIENT, SYSTEM, LD_SO, RUNTIME = 1, 2, 3, 4, 5


def identity(path):
    """Device and inode as /proc/self/maps shows them for a mapping of the file."""
    with open(path, "rb") as file:
        view = mmap.mmap(file.fileno(), mmap.PAGESIZE, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        with open("/proc/self/maps", encoding="utf-8") as maps:
            for line in maps:
                fields = line.split(None, 5)
                if len(fields) == 6 and fields[5].strip() == os.path.realpath(path):
                    major, minor = fields[3].split(":")
                    return int(major, 16), int(minor, 16), int(fields[4])
    sys.exit(f"start.py: /proc/self/maps does not show {path}")


def text(plan, at):
    return plan[at:plan.index(b"\0", at)].decode()


def landlock():
    """A rule set that restricts next to nothing."""
    handled = ctypes.c_uint64(1 << 6)  # LANDLOCK_ACCESS_FS_MAKE_CHAR
    fd = ctypes.CDLL(None).syscall(444, ctypes.byref(handled), 8, 0)
    if fd < 0:
        sys.exit("start.py: no Landlock")
    os.set_inheritable(fd, True)
    return fd


def change(plan, header, what):
    """Applies the change; returns nothing. Offsets as in plan.h."""
    first_import, first_patch = header["imports_at"], header["patches_at"]
    if what == "magic":
        header["magic"] ^= 1
    elif what == "version":
        header["version"] += 1
    elif what == "table-outside":
        header["imports_at"] = header["size"] - 8
    elif what == "too-many-objects":
        header["object_count"] = 100000
    elif what == "slot-outside":  # import: object, caller, gate, vault, class, slot, index
        struct.pack_into("<Q", plan, first_import + 8, 0x10)
    elif what == "slot-in-another-object":
        struct.pack_into("<Q", plan, first_import + 8, 1 << 40)
    elif what == "class-unknown":
        plan[first_import + 7] = 2
    elif what == "vault-unknown":
        plan[first_import + 6] = 1
    elif what == "patch-differs":  # patch: object, size, vaddr, expected[16]
        plan[first_patch + 16] ^= 1
    elif what == "patch-missing":
        header["patch_count"] -= 1
    elif what == "inode-differs":
        for i in range(header["object_count"]):
            at = header["objects_at"] + i * OBJECT.size
            if OBJECT.unpack_from(plan, at)[0] == SYSTEM:
                struct.pack_into("<Q", plan, at + 16, 1)
    elif what == "no-filter":
        header["filter_count"] = 0
    elif what == "no-landlock":
        header["landlock_fd"] = -1
    elif what == "rseq-forgotten":
        header["rseq_object"] = -1
    elif what == "vault-truncated":
        struct.pack_into("<I", plan, header["vaults_at"] + 4, 64)  # vault: image, its size, name, gate, header
    elif what == "vault-header-moved":
        plan[header["vaults_at"] + 16] += 64
    elif what == "no-bind-now":
        del os.environ["LD_BIND_NOW"]
    elif what != "nothing":
        sys.exit(f"start.py: no change is called {what}")


def main():
    runtime, plan_file, what, program = sys.argv[1:5]
    with open(plan_file, "rb") as file:
        plan = bytearray(file.read())
    header = dict(zip(FIELDS, HEADER.unpack_from(plan)))
    preload = []
    for i in range(header["object_count"]):
        at = header["objects_at"] + i * OBJECT.size
        kind, name_at, *_, segments, segments_at = OBJECT.unpack_from(plan, at)
        path = {MAIN: program, RUNTIME: runtime}.get(kind) or text(plan, name_at)
        OBJECT.pack_into(plan, at, kind, name_at, *identity(path), segments, segments_at)
        if kind not in (MAIN, LD_SO):
            preload.append(path)
    header["landlock_fd"] = landlock()
    os.environ["LD_BIND_NOW"] = "1"
    change(plan, header, what)
    HEADER.pack_into(plan, 0, *(header[name] for name in FIELDS))
    fd = os.memfd_create("plan", 0)
    os.write(fd, plan)
    os.set_inheritable(fd, True)
    os.environ.update(LD_PRELOAD=":".join(preload), MPKGATE_PLAN=str(fd))
    os.execve(program, [program] + sys.argv[5:], os.environ)


if __name__ == "__main__":
    main()
