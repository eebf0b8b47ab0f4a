#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""test/bench/start/run.py [--runs N] [--vm] [--build DIR]: how long a program takes from exec to main, with and without mpk-run.

For a program with 2 and with 40 libraries of its own. Where the CPU has protection keys, all of it is measured. Where it has
none, a program cannot be sealed, and what is measured is mpk-run's own part: it resolves, copies and judges all files and writes
the launch plan (mpk-run-test --plan-only); the seal's part (a copy and a scan of all code, the low range, the lock-down) is
left out, and the table says so. --vm measures all of it in the virtual machine, where a time means little by itself: the
instructions are emulated; only the ratio to the plain start in the same run says something. Aim: 10 ms, and 1 ms for each 4 MiB
of code."""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PKUVM = ROOT / "test/vm/pkuvm"
LIBRARIES = (2, 40)
CODE = 60 * 1024  # bytes of each library

MAIN = r"""
#include <stdio.h>
#include <time.h>
int main(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    return 0;
}
"""


def library(number):
    """As much code as a small library has; what it does is of no matter to whoever copies, scans and maps it."""
    return f"__asm__(\".text\\n.globl f{number}\\nf{number}: .rept {CODE}\\n nop\\n.endr\\n ret\");\n"


def compile_program(folder, count):
    """A program with so many libraries. Returns its path."""
    place = folder / str(count)
    place.mkdir()
    for i in range(count):
        (place / f"l{i}.c").write_text(library(i), encoding="ascii")
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", f"l{i}.c", "-o", f"libl{i}.so", f"-Wl,-soname,libl{i}.so,-z,now"],
                       cwd=place, check=True)
    (place / "main.c").write_text(MAIN, encoding="ascii")
    subprocess.run(["cc", "-O2", "-fPIE", "-pie", "main.c", "-o", "main", "-Wl,--no-as-needed,-z,now", f"-Wl,-rpath,{place}",
                    f"-L{place}", *(f"-ll{i}" for i in range(count))], cwd=place, check=True)
    return place / "main"


def code_of(program, extra):
    """MiB of executable segments of everything that the process has mapped."""
    listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    files = [word for line in listed.splitlines() for word in line.split() if word.startswith("/")]
    size = 0
    for file in [program, *files, *extra]:
        headers = subprocess.run(["readelf", "-lW", file], stdout=subprocess.PIPE, text=True, check=True).stdout
        size += sum(int(line.split()[5], 16) for line in headers.splitlines() if "LOAD" in line and " R E " in line)
    return size / (1 << 20)


def once(command, to_main):
    """Time to main, and processor time of the whole, in ms."""
    start, before = time.clock_gettime_ns(time.CLOCK_MONOTONIC), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    end, after = time.clock_gettime_ns(time.CLOCK_MONOTONIC), resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return ((int(done.stdout) if to_main else end) - start) / 1e6, used * 1e3


def measure(command, runs, to_main=True):
    """Medians. Without to_main: to the end of the command, which is not the program."""
    once(command, to_main)
    return [statistics.median(values) for values in zip(*(once(command, to_main) for _ in range(runs)))]


def inside(options):
    """Prints the rows; runs where the measuring is done."""
    print(f"{'':>9} | {'':>8} | {'to main, ms':^27} | {'processor time, ms':^27} |")
    print(f"{'libraries':>9} | {'MiB code':>8} | {'plain':>7} | {'mpk-run':>7} | {'ratio':>7} | {'plain':>7} | {'mpk-run':>7} | "
          f"{'ratio':>7} | aim, ms more")
    for count in LIBRARIES:
        program = options.folder / str(count) / "main"
        extra = [options.build / "lib" / name for name in ("libmpkgate.so", "libmpkgate-compat.so", "vault.so")]
        code = code_of(program, extra)
        plain = measure([program], options.runs)
        if options.sealed:
            both = measure([options.build / "bin/mpk-run", "--no-vault-needed", "--", program], options.runs)
        else:
            own = measure([options.build / "bin/mpk-run-test", "--no-vault-needed", f"--plan-only={options.folder}/plan", "--",
                           program], options.runs, False)
            both = [a + b for a, b in zip(plain, own)]
        print(f"{count:>9} | {code:>8.1f} | " + " | ".join(f"{a:>7.1f} | {b:>7.1f} | {b / a:>7.1f}" for a, b in zip(plain, both)) +
              f" | {10 + code / 4:.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--vm", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--sealed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.folder:
        inside(options)
        return
    with tempfile.TemporaryDirectory(dir=options.build) as name:
        os.chmod(name, 0o755)
        options.folder = pathlib.Path(name)
        for count in LIBRARIES:
            compile_program(options.folder, count)
        native = subprocess.run([PKUVM, "has-pku"], check=False).returncode == 0
        options.sealed = native or options.vm
        if not options.vm:
            print("natively" if native else "natively, WITHOUT THE SEAL: this CPU has no protection keys; mpk-run's own part only")
            inside(options)
            return
        print("in the virtual machine: emulated, only the ratio means something", flush=True)
        subprocess.run([PKUVM, "run", "--share", options.build, "--", "/usr/bin/python3", __file__, "--runs", str(options.runs),
                        "--build", options.build, "--folder", options.folder, "--sealed"], check=True)


if __name__ == "__main__":
    main()
