#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""test/rewrite/packages.py [--build DIR] [--work DIR] [--folder DIR]... [--no-download] [--no-programs]

mpk-rewrite over every ELF file that is installed and those of some packages that are known to hold patterns; by hand, as root,
some minutes. Packages that are not installed are downloaded with what they depend on, and unpacked into the work folder.
Prints, for each class and each file, how many patterns there were and how many are left, counted by test/verify/Inputs/spec.py
and not by mpk-rewrite, and of each that is left the reason. Then runs programs twice, in mount namespaces of their own in which
the unpacked packages, and the second time the rewritten files, lie over /usr and /etc: nothing installed is touched. A program
must use its rewritten file and do and print the same as before; a shared object must still be one that ld.so loads. Lazy binding
is off (LD_BIND_NOW) in both: ld.so's own XRSTORs, which serve it, become traps. Exit status 0 if each program did the same."""

import argparse
import collections
import concurrent.futures
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "test/verify/Inputs"))
import spec  # noqa: E402

PACKAGES = ("libnettle8", "libgnat-12", "libavcodec59", "r-base-core", "libgrpc29", "valgrind", "erlang-base", "cmake",
            "shellcheck", "libclang1-14", "libreoffice-core")
FOLDERS = ("/usr", "/opt", "/root", "/home", "/var/lib")
JOBS = os.cpu_count()
SHARED = "libraries"  # all shared objects, by ld.so

# Name: (file with patterns that it uses, what it does). A program that is not there is left out, and the table says so.
PROGRAMS = {
    "cmake": ("/usr/bin/cmake", """
        printf 'cmake_minimum_required(VERSION 3.25)\\nproject(p C)\\ninclude(CheckTypeSize)\\ncheck_type_size(long LONG)\\n' > CMakeLists.txt
        printf 'find_package(Threads REQUIRED)\\nadd_library(l SHARED l.c)\\nadd_executable(e m.c)\\n' >> CMakeLists.txt
        printf 'target_link_libraries(e l Threads::Threads)\\n' >> CMakeLists.txt
        echo 'int f(void) { return 42; }' > l.c
        echo 'int f(void); int main(void) { return f(); }' > m.c
        cmake -G Ninja -S . -B b && cat b/CMakeCache.txt b/build.ninja && cmake --build b -j 1; b/e; echo $?"""),
    "R": ("/usr/lib/R/lib/libR.so", """
        export LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/blas:/usr/lib/x86_64-linux-gnu/lapack
        R --vanilla --no-echo -e 'set.seed(1); x <- rnorm(1000); y <- 3 * x + rnorm(1000); print(summary(lm(y ~ x)))
            m <- matrix(rnorm(2500), 50); print(sum(solve(m) %*% m)); print(table(sapply(strsplit(date(), ""), length) > 0))
            print(head(sort(sapply(1:2000, function(n) gamma(n / 400))))); print(tryCatch(stop("no"), error = conditionMessage))'"""),
    "erlang": ("/usr/lib/erlang/erts-*/bin/beam.smp", """
        erl -noshell -eval 'F = fun(X) -> erlang:phash2({X, lists:reverse(integer_to_list(X * X * X))}) end,
            Me = self(), [spawn(fun() -> Me ! {N, F(N)} end) || N <- lists:seq(1, 5000)],
            io:format("~p~n", [lists:sum([receive {N, H} -> H end || N <- lists:seq(1, 5000)])]),
            io:format("~p ~p~n", [catch list_to_atom(1), erlang:md5(term_to_binary(lists:seq(1, 1000)))]), halt().'"""),
    "valgrind": ("/usr/libexec/valgrind/dhat-amd64-linux", """
        for tool in dhat none; do valgrind --tool=$tool --dhat-out-file=out ls -a / 2>&1 | sed 's/==[0-9]*==//'; done
        grep -c '"tl"' out; valgrind --tool=dhat --dhat-out-file=out true 2>&1 | sed 's/==[0-9]*==//'"""),
    "shellcheck": ("/usr/bin/shellcheck", """
        printf '#!/bin/sh\\nfor f in $(ls *.c); do echo $f; done\\n[[ $1 == 2 ]] && cd `pwd`\\nread a\\nlocal x=$y\\n' > s.sh
        shellcheck -f gcc s.sh; shellcheck -f json s.sh; shellcheck --list-optional"""),
    "nettle": ("/usr/lib/x86_64-linux-gnu/libnettle.so.8.6", """
        NETTLE_FAT_OVERRIDE=none python3 DIGESTS /usr/lib/x86_64-linux-gnu/libnettle.so.8.6 && echo 10000 digests"""),
    "clang-19": ("/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1", """
        clang-19 -O2 -g -S -o - DIGITS"""),
    "clang-14": ("/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", """
        clang-14 -O2 -g -S -o - DIGITS"""),
    "g++": ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", """
        printf '#include <map>\\n#include <string>\\nstd::map<std::string, int> m;\\nint f() { return m["a"]++; }\\n' > m.cpp
        g++-12 -O2 -S -o - m.cpp"""),
    "gfortran": ("/usr/lib/gcc/x86_64-linux-gnu/12/f951", """
        printf 'program p\\n integer :: i\\n print *, sum([(i**2, i = 1, 100)])\\nend program\\n' > p.f90
        gfortran-12 -O2 -S -o - p.f90"""),
    "gdb": ("/usr/bin/gdb", """
        gdb -nx -batch -ex 'disassemble main' -ex 'info functions alloc' -ex 'python print(sum(range(100)))' -ex 'x/20i main' BUILD/bin/mpk-rewrite"""),
    "node": ("/usr/bin/node", """
        node -e 'const c = require("crypto"); let h = "a"; for (let i = 0; i < 20000; i++) h = c.createHash("sha256").update(h).digest("hex");
            console.log(h, [3, 1, 2].sort().map(x => x ** 20), /(a+)+b/.test("aaab"), JSON.stringify({a: [1n.toString(), 2.5]}))'"""),
    "qemu": ("/usr/bin/qemu-system-x86_64", """
        qemu-system-x86_64 -machine help; qemu-system-x86_64 -device help; qemu-system-x86_64 -cpu help"""),
    "ldconfig": ("/usr/sbin/ldconfig", "ldconfig -p"),
    "terraform": ("/usr/local/bin/terraform", "echo 'max([for x in range(10) : x * x]...)' | terraform console; terraform version"),
    "libclang": ("/usr/lib/x86_64-linux-gnu/libclang-14.so.14.0.6", "c-index-test-14 -test-load-source all DIGITS"),
    "avcodec": ("/usr/lib/x86_64-linux-gnu/libavcodec.so.59.37.100", """
        python3 -c 'import ctypes
a = ctypes.CDLL("libavcodec.so.59")
print(a.avcodec_version())
a.avcodec_configuration.restype = ctypes.c_char_p
print(a.avcodec_configuration())'"""),
    "grpc": ("/usr/lib/x86_64-linux-gnu/libgrpc_unsecure.so.29.0.0", """
        python3 -c 'import ctypes
g = ctypes.CDLL("libgrpc_unsecure.so.29")
g.grpc_init()
g.grpc_version_string.restype = ctypes.c_char_p
print(g.grpc_version_string(), g.grpc_is_initialized())
g.grpc_shutdown_blocking()
print(g.grpc_is_initialized())'"""),
}


# --- The files ---

def download(work):
    """Unpacks the packages that are not installed, and theirs, into a tree. Returns it."""
    tree, debs = work / "tree", work / "debs"
    debs.mkdir(exist_ok=True)
    plan = subprocess.run(["apt-get", "install", "-s", "--no-install-recommends", *PACKAGES], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    wanted = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    missing = [name for name in wanted if not list(debs.glob(f"{name}_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "-qq", "download", *missing], cwd=debs, check=True, stdout=sys.stderr)
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "usr").mkdir(parents=True)
    (tree / "etc").mkdir()
    for name in ("bin", "lib", "lib64", "sbin"):  # as on a machine where these are links
        (tree / name).symlink_to(f"usr/{name}")
        (tree / "usr" / name).mkdir()
    for name in wanted:
        (deb,) = debs.glob(f"{name}_*.deb")
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as tar:
            subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", tree], stdin=tar.stdout, check=True)
    if (tree / "usr/lib/R/etc/Renviron.ucf").exists():  # as the package does when it is installed
        shutil.copy(tree / "usr/lib/R/etc/Renviron.ucf", tree / "etc/R/Renviron")
    return tree


def hits_of(path):
    return path, spec.judge_file(path)[0]


def is_kernel(path):
    """Whether it is an image of a kernel, which no program can map."""
    with open(path, "rb") as file, spec.mmap.mmap(file.fileno(), 0, access=spec.mmap.ACCESS_READ) as data:
        return any(vaddr >= 1 << 47 for _, _, vaddr, _, _ in spec.loads(data))


def find(folders):
    """{path: {(address, pattern)}} of the ELF files that have any, and how many there are of all kinds. Kernels are left out."""
    files = sorted(path for _, path in spec.elf_files(folders))
    with concurrent.futures.ProcessPoolExecutor(JOBS) as pool:
        found = dict(pool.map(hits_of, files, chunksize=16))
    return {path: hits for path, hits in found.items() if hits and not is_kernel(path)}, sum(hits is not None for hits in found.values())


def installed_place(path, tree):
    """Where a file of the tree would lie if its package was installed."""
    return "/" + os.path.relpath(path, tree) if tree and path.startswith(f"{tree}/") else path


def rewrite(mpk_rewrite, path, place, new):
    """Rewrites one file into the tree of new ones. Returns the report, and what spec.py finds in the new file."""
    output = f"{new}{place}"
    os.makedirs(os.path.dirname(output), exist_ok=True)
    run = subprocess.run([mpk_rewrite, "--json", path, "-o", output], capture_output=True, text=True, errors="replace", check=False)
    if run.returncode not in (0, 1):
        return None, run.stderr.strip()
    return json.loads(run.stdout), hits_of(output)[1]


# --- The table ---

class Table:
    """Sums over all files."""

    def __init__(self):
        self.classes = collections.defaultdict(collections.Counter)
        self.reasons = []
        self.before = self.after = self.files = self.not_clean = 0

    def add(self, place, hits, report, after):
        self.files += 1
        self.before += len(hits)
        if report is None:
            self.after += len(hits)
            self.not_clean += 1
            print(f"{place:<90} | {len(hits):>6} | {len(hits):>5} | NOT REWRITTEN: {after}", flush=True)
            return
        sites = [site for site in report["sites"] if "class" in site]
        self.after += len(after)
        self.not_clean += bool(after)
        for site in sites:
            self.classes[site["class"]]["before"] += 1
            self.classes[site["class"]][site["action"]] += 1
        left = [site for site in sites if site["action"] == "left"]
        self.reasons += [f"{place}: {site['what']} at {site['address']} [{site['class']}]: {site['text']}" for site in left]
        if len(sites) != len(hits) or len(left) != len(after):
            self.reasons.append(f"{place}: mpk-rewrite counts {len(sites)} and {len(left)}, spec.py {len(hits)} and {len(after)}")
        how = collections.Counter(site["action"] for site in sites)
        print(f"{place:<90} | {len(hits):>6} | {len(after):>5} | " + ", ".join(f"{n} {name}" for name, n in sorted(how.items())),
              flush=True)

    def print(self):
        print(f"\n{'class':<16} | before |  left | how")
        for name, counts in sorted(self.classes.items()):
            how = ", ".join(f"{n} {action}" for action, n in sorted(counts.items()) if action not in ("before", "left"))
            print(f"{name:<16} | {counts['before']:>6} | {counts['left']:>5} | {how}")
        print(f"{'all':<16} | {self.before:>6} | {self.after:>5} | in {self.files} files, {self.not_clean} not clean afterwards\n")
        for reason in self.reasons:
            print(reason)


# --- Programs ---

def layers(folder, trees):
    """The mount of the trees' part of a folder, first one uppermost, over it."""
    parts = [f"{tree}{folder}" for tree in trees if tree and os.path.isdir(f"{tree}{folder}")]
    return f"mount -t overlay overlay -o lowerdir={':'.join([*parts, folder])} {folder}" if parts else "true"


def run_in(trees, folder, script):
    """(output, status) of a script in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mounts = " && ".join(["mount --make-rprivate /", *(layers(place, trees) for place in ("/usr", "/etc", "/opt"))])
    run = subprocess.run(["unshare", "-m", "sh", "-c", f"{mounts} && exec sh -c \"$1\"", "sh", script], cwd=folder,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False,
                         env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1"})
    return run.stdout, run.returncode


def twice(name, file, script, options, trees):
    """Whether it does the same with the rewritten file. Prints a line."""
    tree, new = trees
    files = [path for path in glob.glob(f"{new}{file}") if os.path.isfile(path)]
    if not files:
        print(f"{name:<12} | {file} is not there or has no patterns", flush=True)
        return True
    for word, path in (("DIGESTS", HERE / "digests-of-libnettle-are-the-same.py"), ("BUILD", options.build),
                       ("DIGITS", HERE / "Inputs/forms.c")):
        script = script.replace(word, str(path))
    place = os.path.relpath(files[0], new)
    before, status_before = run_in([tree], options.work / "run", script)
    after, status_after = run_in([new, tree], options.work / "run", f"cmp -s /{place} {files[0]} || exit 99\n{script}")
    same = before == after and status_before == status_after != 99
    for which, output in (("before", before), ("after", after)):
        (options.work / f"{name}.{which}").write_bytes(output)
    print(f"{name:<12} | /{place} | {len(before.splitlines())} lines, status {status_before} | "
          f"{'the same' if same else f'DIFFERENT: status {status_after}; see {options.work}/{name}.*'}", flush=True)
    return same


def load_all(places, options, trees):
    """Whether the same shared objects can be loaded, each in a process of its own."""
    script = "for file in " + " ".join(places) + """
    do timeout 60 python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1]); print(sys.argv[1], "loads")' "$file" 2>&1 | tail -n 1; done"""
    before, _ = run_in([trees[0]], options.work / "run", script)
    after, _ = run_in([trees[1], trees[0]], options.work / "run", script)
    for which, output in (("before", before), ("after", after)):
        (options.work / f"{SHARED}.{which}").write_bytes(output)
    loads = len(re.findall(rb" loads$", before, re.MULTILINE))
    print(f"{SHARED:<12} | {len(places)} shared objects, of which ld.so loads {loads} | "
          f"{'the same' if before == after else f'DIFFERENT: see {options.work}/{SHARED}.*'}", flush=True)
    return before == after


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--work", type=pathlib.Path, help="some GiB; BUILD/test/scratch/packages by default")
    parser.add_argument("--folder", action="append", help=f"where installed files are looked for; {', '.join(FOLDERS)} by default")
    parser.add_argument("--no-download", action="store_true", help="installed files only")
    parser.add_argument("--no-programs", action="store_true", help="rewrite only")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.work = (options.work or options.build / "test/scratch/packages").resolve()
    return options


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    tree = None if options.no_download else str(download(options.work))
    new = str(options.work / "new")
    shutil.rmtree(new, ignore_errors=True)
    found, count = find([folder for folder in options.folder or FOLDERS if os.path.isdir(folder)] + ([tree] if tree else []))
    found = {path: hits for path, hits in found.items() if tree == path[:len(tree or "")] or not path.startswith(f"{options.work}/")}
    print(f"{count} ELF files\n\n{'file':<90} | before |  left | how")
    table = Table()
    places = {path: installed_place(path, tree) for path in sorted(found)}
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda path: rewrite(options.build / "bin/mpk-rewrite", path, places[path], new), places)
        for path, (report, after) in zip(places, results):
            table.add(places[path], found[path], report, after)
    table.print()
    if options.no_programs:
        return 0
    print()
    same = [twice(name, file, script, options, (tree, new)) for name, (file, script) in PROGRAMS.items()]
    shared = [place for place in places.values() if re.search(r"\.so(\.|$)", place) and "/ld-linux" not in place]
    same.append(load_all(shared, options, (tree, new)))
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
