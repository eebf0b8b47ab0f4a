# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels: the distribution's cloud kernel packages, unpacked (never installed) into the cache as an uncompressed
vmlinux (a decompressor under TCG costs a second a boot) and an archive of the modules that PID 1 loads."""

import fcntl
import lzma
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

from .places import Error, as_root, cache_dir, need, say

MODULES = ("virtio_pci", "virtio_console", "virtiofs", "overlay")
ELF_MAGIC = b"\x7fELF"


def fetch(series, refresh=False):
    """The cache folder with vmlinux and modules.cpio of a kernel series such as "6.12"; made if missing."""
    if not re.fullmatch(r"\d+\.\d+", series):
        raise Error(f"--kernel {series}: give a series such as 6.12 or 6.1")
    target = cache_dir() / "kernels" / series
    target.parent.mkdir(exist_ok=True)
    with open(target.parent / f"{series}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if refresh or not (target / "version").exists():
            make(series, target)
    return target


def make(series, target):
    package = find_package(series)
    say(f"fetching kernel package {package}")
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        work = pathlib.Path(work)
        # APT's own unprivileged user cannot write into a private cache folder.
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package], cwd=work, check=True,
                       stdout=subprocess.DEVNULL)
        deb = next(work.glob("*.deb"))
        subprocess.run(["dpkg", "-x", deb, work / "tree"], check=True)
        done = work / "done"
        done.mkdir()
        image = next((work / "tree/boot").glob("vmlinuz-*"))
        (done / "vmlinux").write_bytes(extract_vmlinux(image.read_bytes()))
        (done / "modules.cpio").write_bytes(module_archive(next((work / "tree/lib/modules").iterdir())))
        (done / "version").write_text(image.name.removeprefix("vmlinuz-") + "\n")
        shutil.rmtree(target, ignore_errors=True)
        done.rename(target)


def find_package(series):
    """The package behind the meta-package of the series. Point versions change: they are looked up, never written."""
    for attempt in range(2):
        for meta in (f"linux-image-{series}-cloud-amd64", "linux-image-cloud-amd64"):
            answer = subprocess.run(["apt-cache", "depends", meta], capture_output=True, text=True, check=False)
            match = re.search(rf"Depends: (linux-image-{re.escape(series)}\.\S+)", answer.stdout)
            if match:
                return match.group(1)
        if attempt == 0:
            say("the kernel is not in APT's lists: running apt-get update")
            subprocess.run(as_root(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "update"]), check=False,
                           stdout=subprocess.DEVNULL)
    raise Error(f"no package for kernel {series}: linux-image-cloud-amd64 of Debian 12 (6.1) and "
                "linux-image-6.12-cloud-amd64 (6.12, in bookworm-security) must be in APT's sources")


def extract_vmlinux(image):
    """The ELF file inside a bzImage. Source: the kernel's Documentation/arch/x86/boot.rst, fields 0x1f1, 0x248, 0x24c."""
    if image[0x202:0x206] != b"HdrS":
        raise Error("the kernel image is not a bzImage")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = image[start:start + length]
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        # The build appends the unpacked size, which zstd(1) would take for a broken frame.
        vmlinux = unpack([need("zstd", "zstd"), "-dc"], payload[:-4])
    elif payload.startswith(b"\x02\x21\x4c\x18"):
        vmlinux = unpack([need("lz4", "lz4"), "-dc"], payload[:-4])
    elif payload.startswith(b"\xfd7zXZ"):
        vmlinux = lzma.LZMADecompressor().decompress(payload)
    else:
        raise Error(f"the kernel image is packed in a way that pkuvm does not know (magic {payload[:6].hex()})")
    if not vmlinux.startswith(ELF_MAGIC):
        raise Error("the kernel image holds no ELF file")
    return vmlinux


def unpack(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def read_module(path):
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return unpack([need("zstd", "zstd"), "-dc"], data)
    return data


def module_archive(tree):
    """A cpio archive of MODULES and what they need, numbered in load order. No depmod: the packages ship without its
    index, and the order is in the files' own depends= strings."""
    files = {path.name.split(".ko")[0].replace("-", "_"): path for path in tree.rglob("*.ko*")}
    builtin = {pathlib.Path(line).name.removesuffix(".ko").replace("-", "_")
               for line in (tree / "modules.builtin").read_text().split()}
    order, contents = [], {}

    def visit(name):
        if name in builtin or name in contents:
            return
        if name not in files:
            raise Error(f"the kernel package has no module {name}")
        contents[name] = read_module(files[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", contents[name])
        for other in depends.group(1).decode().split(",") if depends else []:
            if other:
                visit(other.replace("-", "_"))
        order.append(name)

    for name in MODULES:
        visit(name)
    entries = [("modules", 0o040755, b"")]
    entries += [(f"modules/{i:02}-{name}.ko", 0o100644, contents[name]) for i, name in enumerate(order)]
    return cpio(entries)


def cpio(entries):
    """An initramfs in the newc format: (name, mode, bytes) each. Source: the kernel's buffer-format.rst."""
    out = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)
