#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# rules.py MPK-VERIFY RULES.DEF PASS LIB FOLDER: for each rule of RULES.DEF makes a file that breaks only that rule, out of one
# that breaks none, and demands that exactly this rule is reported: once or more, no other error and no other warning.
# LIB has libmpkgate.so and vault.so; the files are left in FOLDER.
import os
import re
import shutil
import struct
import subprocess
import sys

INPUTS = os.path.dirname(os.path.abspath(__file__))
VERIFY, RULES, PASS, LIB, FOLDER = sys.argv[1:]


def run(*command):
    subprocess.run(command, check=True)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def place(name):
    return os.path.join(FOLDER, name)


def compile_to(name, source, *options, with_pass=True):
    """Compiles a file of Inputs, or a text, and returns its path."""
    path = os.path.join(INPUTS, source)
    if not os.path.exists(path):
        path = place(name + ".c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
    plugin = [f"-fpass-plugin={PASS}"] if with_pass else []
    run("clang", "-O1", "-fuse-ld=bfd", "-Wl,-z,now", *plugin, path, "-o", place(name), *options)
    return place(name)


def library(name, *options, source="client.c", **how):
    return compile_to(name, source, "-fPIC", "-shared", *options, **how)


def program(name, *options, source="main.c", **how):
    return compile_to(name, source, "-fPIE", "-pie", *options, **how)


def patched(base, *operations):
    target = f"{base}.patched-{len(os.listdir(FOLDER))}"
    run(sys.executable, os.path.join(INPUTS, "elfpatch.py"), base, target, *operations)
    return target


def copy_of(base, name):
    shutil.copy(base, place(name))
    return place(name)


def privileged():
    path = copy_of(MAIN, "privileged")
    os.chmod(path, 0o4755)
    return path


def with_altered_gate():
    runtime = os.path.join(LIB, "libmpkgate.so")
    gate, = re.findall(r"^([0-9a-f]+) \w mpkgate_gate_manage$", output("nm", runtime), re.MULTILINE)
    return patched(copy_of(runtime, "libmpkgate.so"), f"bytes:{int(gate, 16) + 0x1d:#x}=90")


def with_moved_section():
    with open(CLIENT, "rb") as file:
        header = file.read(64)
    table, = struct.unpack_from("<Q", header, 40)
    index = int(re.search(r"\[ *(\d+)\] \.text ", output("readelf", "-SW", CLIENT)).group(1))
    return patched(CLIENT, f"quad:file+{table + 64 * index + 16}=+0x10")


def object_file():
    run("clang", "-O1", "-fPIC", f"-fpass-plugin={PASS}", "-c", os.path.join(INPUTS, "client.c"), "-o", place("client.o"))
    return place("client.o")


CLIENT = library("client.so", "-Wl,--hash-style=both")
MAIN = program("main")
VAULT = copy_of(os.path.join(LIB, "vault.so"), "vault.so")
RESOLVERS = library("resolvers.so", source="ifunc.c")

# What makes the file, and the options of mpk-verify.
TABLE = {
    "MPK001": (lambda: patched(CLIENT, "bytes:sym.client_function=0f01ef"), ()),
    "MPK002": (lambda: patched(CLIENT, "bytes:sym.client_function=0fae28"), ()),
    "MPK003": (lambda: library("shared-page.so", "-fuse-ld=lld"), ()),
    "MPK004": (with_altered_gate, ()),
    "MPK010": (privileged, ()),
    "MPK011": (lambda: compile_to("fixed", "main.c", "-fno-pie", "-no-pie"), ()),
    "MPK012": (lambda: program("interpreter", "-Wl,--dynamic-linker,/tmp/evil-ld.so"), ()),
    "MPK013": (lambda: patched(MAIN, "phdr:PHDR.p_vaddr=+0x1000"), ()),
    "MPK014": (with_moved_section, ()),
    "MPK020": (lambda: patched(CLIENT, "phdr:LOAD#1.p_memsz=+0x1000"), ()),
    "MPK021": (lambda: patched(CLIENT, "phdr:LOAD#1.p_align=0x1800"), ()),
    "MPK022": (lambda: patched(CLIENT, "phdr:LOAD#1.p_flags=7"), ()),
    "MPK023": (lambda: library("stack.so", "-Wl,-z,execstack"), ()),
    "MPK024": (lambda: patched(CLIENT, "phdr:GNU_RELRO.p_memsz=0x100000"), ()),
    "MPK025": (lambda: patched(CLIENT, "phdr:TLS.p_memsz=0x7fffffffffffffff"), ()),
    "MPK026": (lambda: patched(CLIENT, "phdr:NOTE.p_offset=0x7fffffffffff0000"), ()),
    "MPK030": (lambda: patched(CLIENT, "phdr:DYNAMIC.p_offset=+0x10"), ()),
    "MPK031": (lambda: patched(CLIENT, "dyn+0x6000000d=1"), ()),
    "MPK032": (lambda: library("first.so", "-Wl,-z,initfirst"), ()),
    "MPK033": (lambda: patched(CLIENT, "dyn+TEXTREL=0"), ()),
    "MPK034": (lambda: library("interpose.so", "-Wl,-z,interpose"), ()),
    "MPK035": (lambda: patched(CLIENT, "dyn:JMPREL.val=0x300000"), ()),
    "MPK036": (lambda: patched(CLIENT, "dyn:SYMENT.val=32"), ()),
    "MPK037": (lambda: library("soname.so", "-Wl,-soname,libc.so.6"), ()),
    "MPK040": (lambda: patched(CLIENT, "rela:6.r_type=2"), ()),
    "MPK041": (lambda: patched(CLIENT, "rela:6.r_offset=0x200000"), ()),
    "MPK050": (lambda: RESOLVERS, ()),
    "MPK051": (lambda: patched(CLIENT, "sym:client_number.st_value=0x200000"), ()),
    "MPK052": (lambda: library("ld-so-symbol.so", source="char _rtld_global_ro[4096];\n"), ()),
    "MPK053": (lambda: library("import.so", source="char *getenv(const char *n) { return (char *)n; }\n"),
               ("--beside", RESOLVERS)),
    "MPK060": (lambda: library("plain.so", with_pass=False), ()),
    "MPK070": (lambda: patched(VAULT, "dyn+NEEDED=1"), ("--policy", "vault")),
    "MPK071": (lambda: patched(VAULT, "rela:0.r_type=6", "dyn:RELACOUNT.val=0"), ("--policy", "vault")),
    "MPK080": (object_file, ()),
}


def reported(path, options):
    """{rule: severity} and exit status."""
    result = subprocess.run([VERIFY, *options, path], capture_output=True, text=True, errors="replace", check=False)
    found = re.findall(r"^\S.*?(error|warning): .* \[(MPK\d{3})\]$", result.stdout, re.MULTILINE)
    return {rule: severity for severity, rule in found}, result.returncode


def check(rule, severity):
    if rule not in TABLE:
        return "has no file here"
    make, options = TABLE[rule]
    expected = ({rule: severity}, 1 if severity == "error" else 0)
    found = reported(make(), options)
    return None if found == expected else f"reported are {found[0]}, with status {found[1]}"


def main():
    for path, options in ((CLIENT, ()), (MAIN, ()), (VAULT, ("--policy", "vault")), (os.path.join(LIB, "libmpkgate.so"), ())):
        if reported(path, options) != ({}, 0):
            print(f"{path}: breaks a rule before it is changed: {reported(path, options)}")
    with open(RULES, encoding="utf-8") as file:
        rules = re.findall(r'^RULE\(\w+, "(MPK\d{3})", MPK_(ERROR|WARNING)', file.read(), re.MULTILINE)
    for rule, severity in rules:
        problem = check(rule, severity.lower())
        print(f"{rule}: {problem or 'broken alone'}")
    print(f"rules: {len(rules)}; files without a rule: {sorted(set(TABLE) - {rule for rule, _ in rules})}")


main()
