#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""test/bench/rewrite/run.py [--rounds N] [--starts N] [--size N] [--library FILE]... [--no-objdump] [--build DIR]: what rewriting costs, as ratios in one run.

Slowdown: a program that computes digests with the distribution's libnettle, whose SHA-256 holds patterns, with that library and
with the rewritten one (aim: at most 1.01); and loops of nothing but one instruction with a pattern, the worst case, for each way
in which one is taken out. Time to rewrite: libLLVM, the largest library that most machines have (aim: under 2 s), against
objcopy, which reads and writes the same file and looks at no instruction, and against objdump -d, which looks at all of them
(once, not in rounds). Load time: a start by mpk-run with an empty cache of rewritten code and with a filled one, against a start
without rewriting; with --insecure-simulate, so on any CPU.

Time is the processor's unless it says otherwise; each ratio the median of rounds in which all are measured, every second time
the other way round. --size is the share of the usual work, to see whether it runs at all."""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NETTLE = "/usr/lib/x86_64-linux-gnu/libnettle.so.8"
LLVM = ("/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "/usr/lib/llvm-19/lib/libLLVM.so.19.1")
PLACES = {".near1": 0x20000, ".far1": 0xf10114, ".near4": 0x23000, ".var4": 0x2ade15}
DIGESTS = ((65536, 2000), (64, 700000))  # bytes, count
LOOPS = {"re-encoded": 400_000_000, "thunk": 200_000_000, "moved": 400_000_000, "split": 100_000_000}
ROUNDS_OF_REWRITING = 7
MPK_RUN_OPTIONS = ("--quiet", "--accept-meltdown", "--insecure-simulate", "--no-vault-needed")


def run(command, **environment):
    """(output, seconds of the processor, seconds)."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env={**os.environ, **environment})
    end, after = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start


def rounds(count, *calls):
    """[(seconds of the processor, seconds)] of each call, in turn, every second time the other way round."""
    found = [[] for _ in calls]
    for number in range(count):
        order = list(enumerate(calls))
        for index, call in order if number % 2 == 0 else order[::-1]:
            found[index].append(call()[1:])
    return found


def ratio(above, below, which=0):
    return statistics.median(a[which] / b[which] for a, b in zip(above, below) if b[which] > 0)


def median(found, which=0):
    return statistics.median(times[which] for times in found)


def spread(above, below):
    ratios = sorted(a[0] / b[0] for a, b in zip(above, below) if b[0] > 0)
    return f"{ratios[len(ratios) // 4]:.3f} to {ratios[3 * len(ratios) // 4]:.3f}"


def of_fastest(above, below):
    """Where others use the machine, the runs that they disturbed least say more than the median."""
    return min(a for a, _ in above) / max(min(b for b, _ in below), 1e-9)


def rewrite(options, path, output):
    run([options.build / "bin/mpk-rewrite", "--quiet", path, "-o", output])
    return output


# --- Slowdown ---

def compare(name, options, old, new):
    if old()[0] != new()[0]:
        sys.exit(f"run.py: {name}: another result after rewriting")
    before, after = rounds(options.rounds, old, new)
    print(f"{name:<40} | {median(before):>8.3f} | {median(after):>9.3f} | {ratio(after, before):.3f} ({spread(after, before)}) | "
          f"{of_fastest(after, before):.3f}",
          flush=True)


def slowdown(options, folder):
    digests, loops = folder / "digests", folder / "loops"
    subprocess.run(["cc", "-O2", HERE / "digests.c", "-o", digests, NETTLE], check=True)
    subprocess.run(["cc", "-O2", "-fPIE", "-pie", "-Wl,-z,now,-z,separate-code", HERE / "loops.c", HERE / "loops.S", "-o", loops,
                    *(f"-Wl,--section-start={name}={place:#x}" for name, place in PLACES.items())], check=True)
    for kind in ("stock", "new"):
        (folder / kind).mkdir()
    # Both from the same folder, so that it is no matter what it is.
    shutil.copy(NETTLE, folder / "stock/libnettle.so.8")
    rewrite(options, NETTLE, folder / "new/libnettle.so.8")
    rewrite(options, loops, folder / "loops.new")
    # No SHA instructions, which would be in the place of the code that holds the patterns.
    os.environ["NETTLE_FAT_OVERRIDE"] = "none"
    print(f"{'slowdown':<40} | {'stock, s':>8} | {'rewritten':>9} | {'ratio (quartiles)':<22} | of the fastest of {options.rounds}")
    for size, count in DIGESTS:
        command = [digests, str(size), str(max(1, int(count * options.size)))]
        compare(f"libnettle, SHA-256 of {size} bytes", options, lambda: run(command, LD_LIBRARY_PATH=str(folder / "stock")),
                lambda: run(command, LD_LIBRARY_PATH=str(folder / "new")))
    for kind, count in LOOPS.items():
        arguments = [kind, str(max(1, int(count * options.size)))]
        compare(f"worst case: a loop of one, {kind}", options, lambda: run([loops, *arguments]),
                lambda: run([folder / "loops.new", *arguments]))


# --- Time to rewrite ---

def time_to_rewrite(options, folder):
    print(f"\n{'time to rewrite':<40} | {'MB':>5} | {'mpk-rewrite':^19} | {'objcopy':^19} | {'ratio':^15} | objdump -d")
    print(f"{'':<40} | {'':>5} | {'processor':>9} | {'s':>7} | {'processor':>9} | {'s':>7} | {'processor':>9} | {'s':>3} |")
    for library in options.library or [path for path in LLVM if os.path.exists(path)]:
        new, copy = rounds(min(options.rounds, ROUNDS_OF_REWRITING),
                           lambda: run([options.build / "bin/mpk-rewrite", "--quiet", library, "-o", folder / "rewritten"]),
                           lambda: run(["objcopy", library, folder / "copied"]))
        dump = "" if options.no_objdump else f"{disassemble(library) / median(new):.0f} times as long"
        print(f"{library:<40} | {os.path.getsize(library) / 1e6:>5.0f} | {median(new):>9.3f} | {median(new, 1):>7.3f} | "
              f"{median(copy):>9.3f} | {median(copy, 1):>7.3f} | {ratio(new, copy):>9.2f} | {ratio(new, copy, 1):>3.1f} | {dump}",
              flush=True)


def disassemble(library):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["objdump", "-d", library], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# --- Load time ---

def start_of(options, folder, program):
    """Starts: with an empty cache, with a filled one, without rewriting."""
    cache = folder / "cache"

    def start(*extra):
        return run([options.build / "bin/mpk-run-test", *MPK_RUN_OPTIONS, *extra, "--", program], XDG_CACHE_HOME=str(cache))

    def cold():
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(mode=0o700)
        return start()

    def warm():
        if not os.listdir(cache):
            start()
        return start()

    return cold, warm, lambda: start("--no-rewrite")


def load_time(options, folder):
    mpk_run = options.build / "bin/mpk-run-test"
    if not mpk_run.exists() or b"--no-rewrite" not in run([mpk_run, "--help"])[0]:
        print("\nload time: not measured: this build has no mpk-run-test that rewrites")
        return
    source = folder / "plain.c"
    source.write_text("int main(void) { return 0; }\n", encoding="ascii")
    libraries = [("no patterns but in libc and ld.so", None, options.starts), ("libnettle", NETTLE, options.starts)]
    libraries += [(os.path.basename(path), path, min(options.starts, ROUNDS_OF_REWRITING)) for path in LLVM if os.path.exists(path)]
    print(f"\n{'load time, ms, of a program with':<40} | {'cold':>7} | {'warm':>7} | {'without':>7} | cold / warm | warm / without")
    for number, (name, library, starts) in enumerate(libraries):
        program = folder / f"loaded-{number}"
        subprocess.run(["cc", "-O2", "-fPIE", "-pie", "-Wl,-z,now,--no-as-needed,--allow-shlib-undefined", source, "-o", program,
                        *([library] if library else [])], check=True)
        starters = start_of(options, folder, program)
        cold, warm, *without = rounds(starts, *starters[:2 if library else 3])
        print(f"{name:<40} | {median(cold, 1) * 1e3:>7.1f} | {median(warm, 1) * 1e3:>7.1f} | "
              + (f"{median(without[0], 1) * 1e3:>7.1f}" if without else "refused") + f" | {ratio(cold, warm, 1):>11.3f} | "
              + (f"{ratio(warm, without[0], 1):.3f}" if without else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--starts", type=int, default=50, help="rounds of starts; 0: leave them out")
    parser.add_argument("--size", type=float, default=1)
    parser.add_argument("--library", action="append", help="what is rewritten in place of libLLVM")
    parser.add_argument("--no-objdump", action="store_true", help="leave out objdump -d, which takes minutes")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    options = parser.parse_args()
    options.build = options.build.resolve()
    with tempfile.TemporaryDirectory(dir=options.build) as name:
        folder = pathlib.Path(name)
        slowdown(options, folder)
        time_to_rewrite(options, folder)
        if options.starts > 0:
            load_time(options, folder)


if __name__ == "__main__":
    main()
