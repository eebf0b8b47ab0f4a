#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# exports.py LIBRARY HEADER: compares what a shared library exports with what its umbrella header declares, by clang's
# own reading of it, both ways. Prints each difference, and a count; status 1 if there is a difference.

import json
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def declared(header):
    tree = json.loads(output("clang", "-xc", "-std=c17", "-fsyntax-only", "-Xclang", "-ast-dump=json", header))
    # The headers declare nothing but mpk_*, and no other header declares such a thing.
    return {node["name"] for node in tree["inner"] if node["kind"] in ("FunctionDecl", "VarDecl")
            and node["name"].startswith("mpk_") and node.get("storageClass") != "static"}


def exported(library):
    lines = output("llvm-nm", "-D", "--defined-only", "--format=posix", library).splitlines()
    # The symbol version's own name is an absolute symbol.
    return {line.split()[0].partition("@")[0] for line in lines if line.split()[1] != "A"}


def main():
    library, header = sys.argv[1:]
    there, promised = exported(library), declared(header)
    for name in sorted(promised - there):
        print(f"{name} is declared but not exported; add it to mpkverify.map, and define it")
    for name in sorted(there - promised):
        print(f"{name} is exported but not declared")
    print(f"{len(promised)} declared, {len(there)} exported")
    sys.exit(0 if there == promised and promised else 1)


main()
