# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One virtual machine: QEMU under TCG (the one thing that has PKU everywhere) with two shares of the host.

"rootfs" is the host's /, read-only (the guest's root cannot remount it: the bind mount itself is read-only here), cached
for ever. "live" holds the folders that clients ask for, each a bind mount added while the machine runs; it is never
stale, which a cached share under an overlay is for files that appear after a first failed look-up.

Neither QEMU nor a virtiofsd survives this process: each asks for SIGKILL at its parent's death."""

import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess

from .kernel import cpio
from .places import Error, need

PR_SET_PDEATHSIG = 1
VIRTIOFSD_DIRS = ("/usr/lib/qemu", "/usr/libexec")
# File systems of the host that a guest must not or need not see.
HIDDEN_TYPES = {"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "debugfs", "tracefs", "securityfs",
                "bpf", "pstore", "configfs", "fusectl", "hugetlbfs", "binfmt_misc", "efivarfs", "autofs", "rpc_pipefs",
                "nsfs", "ramfs"}
HIDDEN_DIRS = ("/proc", "/sys", "/dev", "/run")
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def unescape(name):
    """A mount point as /proc/self/mountinfo spells it."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), name)


def host_mounts():
    """Mount points of the host's file systems that hold ordinary files, / first."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ", 1)
        point, kind = unescape(left.split()[4]), right.split()[0]
        hidden = any(point == d or point.startswith(d + "/") for d in HIDDEN_DIRS)
        if kind not in HIDDEN_TYPES and not hidden and os.path.isdir(point) and point not in found:
            found.append(point)
    return found


class Machine:
    """folder: an empty private folder for sockets, console and mount points. Call start() once, stop() always."""

    def __init__(self, folder, kernel, init, options):
        self.folder = pathlib.Path(folder)
        self.kernel = pathlib.Path(kernel)
        self.init = init
        self.options = options
        self.children = []
        self.shares = {}  # folder -> (name, writable)
        self.console = self.folder / "console.log"

    def start(self):
        """Starts everything. Returns the socket that is the guest's virtio-serial port."""
        (self.folder / "ro").mkdir()
        (self.folder / "live").mkdir()
        root_socket, self.root_daemon = self.start_share("ro", self.root_mounts(), "always")
        # cache=auto with no timeout asks the host on every look-up, so new, renamed and rewritten files are seen at
        # once, and unlike cache=none a file can be mapped shared.
        live_mount = ['mount -t tmpfs -o mode=0755 live "$FOLDER/live"']
        live_socket, self.live_daemon = self.start_share("live", live_mount, "auto", "-o", "timeout=0")
        initrd = self.folder / "initrd"
        head = cpio([("dev", 0o040755, b""), ("init", 0o100755, pathlib.Path(self.init).read_bytes())])
        initrd.write_bytes(head + (self.kernel / "modules.cpio").read_bytes())
        ours, theirs = socket.socketpair()
        self.qemu = self.spawn(self.qemu_command(initrd, root_socket, live_socket, theirs.fileno()),
                               "qemu.log", pass_fds=[theirs.fileno()])
        theirs.close()
        return ours

    def spawn(self, command, log, **kwargs):
        with open(self.folder / log, "wb") as out:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                     preexec_fn=die_with_parent, **kwargs)
        self.children.append((child, log))
        return child

    def root_mounts(self):
        """Shell commands that make the read-only view of the host, one bind mount a file system."""
        commands = []
        for point in host_mounts():
            quoted = "'" + point.replace("'", "'\\''") + "'"
            commands.append(f'mount --bind {quoted} "$FOLDER/ro"{quoted if point != "/" else ""} && '
                            f'mount -o remount,bind,ro "$FOLDER/ro"{quoted if point != "/" else ""}')
        return commands

    def start_share(self, name, mounts, cache, *more):
        """A virtiofsd in a mount namespace of its own. Returns its socket's path and the process."""
        path = self.folder / f"{name}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        daemon = need("virtiofsd", "qemu-system-common", VIRTIOFSD_DIRS)
        # Slave, so that file systems mounted on the host later can still be shared.
        script = " && ".join(["mount --make-rslave /", *mounts, 'exec "$@"'])
        child = self.spawn(
            [need("unshare", "util-linux"), "-m", "--propagation", "unchanged", "sh", "-c", script, "sh", daemon,
             f"--fd={listener.fileno()}", "-o", f"source={self.folder / name}", "-o", f"cache={cache}", *more,
             "-o", "sandbox=chroot", "-o", "modcaps=-mknod", "-o", "log_level=err", "--thread-pool-size=0", "-f"],
            f"virtiofsd-{name}.log", pass_fds=[listener.fileno()], env={**os.environ, "FOLDER": str(self.folder)})
        listener.close()
        return path, child

    def qemu_command(self, initrd, root_socket, live_socket, port_fd):
        o = self.options
        tcg = "tcg,thread=multi"
        return [
            need("qemu-system-x86_64", "qemu-system-x86"), "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-M", "q35,memory-backend=mem", "-accel", tcg, "-cpu", "max,-smap,-pku" if o.no_pku else "max,-smap",
            "-smp", str(o.smp), "-m", f"{o.memory}M",
            "-object", f"memory-backend-memfd,id=mem,size={o.memory}M,share=on",
            "-kernel", str(self.kernel / "vmlinux"), "-initrd", str(initrd),
            # A panic ends QEMU. An oops must not: QEMU 7.2 does a user-mode lret's and iret's stack accesses with the
            # kernel's rights, so hostile user code can cause one (CPU: it faults); the process alone is killed, by
            # SIGKILL. Without SMAP the difference is left for stacks that are not mapped only.
            "-append", "console=ttyS0 quiet panic=-1 cryptomgr.notests",
            "-chardev", f"file,id=con,path={self.console}", "-serial", "chardev:con",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=cmd,fd={port_fd}",
            "-device", "virtserialport,chardev=cmd,name=vm.cmd",
            "-chardev", f"socket,id=fs0,path={root_socket}",
            "-device", "vhost-user-fs-pci,chardev=fs0,tag=rootfs,queue-size=1024",
            "-chardev", f"socket,id=fs1,path={live_socket}",
            "-device", "vhost-user-fs-pci,chardev=fs1,tag=live,queue-size=1024",
        ]

    def add_share(self, folder, writable):
        """Makes a host folder part of the live share. Returns (name, is new)."""
        if folder in self.shares:
            name, has_write = self.shares[folder]
            if writable and not has_write:
                self.in_live(f'mount -o remount,bind,rw "{self.folder}/live/{name}"')
                self.shares[folder] = (name, True)
            return name, False
        name = str(len(self.shares) + 1)
        point = f"{self.folder}/live/{name}"
        mode = "rw" if writable else "ro"
        self.in_live(f'mkdir "{point}" && mount --bind "$1" "{point}" && mount -o remount,bind,{mode} "{point}"',
                     folder)
        self.shares[folder] = (name, writable)
        return name, True

    def in_live(self, script, *arguments):
        done = subprocess.run([need("nsenter", "util-linux"), "-t", str(self.live_daemon.pid), "-m", "sh", "-c", script,
                               "sh", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Error(f"cannot share {' '.join(arguments) or 'a folder'} with the machine: {done.stderr.strip()}")

    def wait_for_end(self):
        """Gives QEMU a moment to end by itself, so that the console is complete and its status known."""
        try:
            self.qemu.wait(2)
        except subprocess.TimeoutExpired:
            pass

    def dead_part(self):
        """Names a process of the machine that has ended, or None."""
        for child, log in self.children:
            if child.poll() is not None:
                return f"{log.removesuffix('.log')} ended with status {child.returncode}"
        return None

    def tail(self, lines=100):
        """What the console and the daemons said last, for an error message."""
        out = []
        for path in [self.console, *(self.folder / log for _, log in self.children)]:
            text = path.read_bytes().decode(errors="replace") if path.exists() else ""
            kept = [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
            if kept or path == self.console:
                out.append(f"last lines of {path.name}:" if kept else f"{path.name} is empty")
                out += [f"  | {line}" for line in kept]
        return "\n".join(out)

    def stop(self):
        """Ends every process of the machine; nothing in it is worth keeping."""
        for child, _ in self.children:
            if child.poll() is None:
                child.kill()
        for child, _ in self.children:
            child.wait()
