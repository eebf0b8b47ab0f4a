#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""functions.py IMAGE: the vault's functions, as Markdown: class, and each parameter with the check that covers it.

Read from two sides that must agree: the prototypes (include/vault-functions.def, include/vault.h) and the records that the
compiler pass left in the image (llvm-pass/include/mpkgate-abi.h), which are what argument copying goes by. Exit status 1, and
what is wrong on standard error: a function on one side alone, in another class, with a pointer that nothing checks or
that another check covers; or one that makes, loads or takes away keys and does not belong to class manage."""
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
MANAGING = re.compile(r"(import|generate|copy|destroy|purge|close|load)_key$|output_key$|crypto_free$")
DIRECTIONS = {1: "in", 2: "out", 3: "inout", 4: "callback", 5: "callback"}
NOTHING = 0xFFFFFFFF


class Image:
    """A little-endian ELF64 file of our own linker's: section headers are there."""

    def __init__(self, path):
        self.bytes = pathlib.Path(path).read_bytes()
        offset, = struct.unpack_from("<Q", self.bytes, 40)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 58)
        headers = [struct.unpack_from("<IIQQQQ", self.bytes, offset + i * size) for i in range(count)]
        strings = headers[names][4]
        self.sections = {self.text_at(strings + h[0]): h for h in headers}
        self.segments = [h for h in headers if h[2] & 2 and h[1] != 8]

    def text_at(self, offset):
        return self.bytes[offset:self.bytes.index(b"\0", offset)].decode()

    def offset_of(self, address):
        for _, _, _, start, offset, size in self.segments:
            if start <= address < start + size:
                return offset + address - start
        raise ValueError(f"address {address:#x} is in no section")

    def exports(self, name):
        """(name, arguments' records) of one table."""
        _, _, _, address, offset, size = self.sections[name]
        for at in range(0, size, 40):
            text, _, arguments, count = struct.unpack_from("<iiiI", self.bytes, offset + at)
            first = self.offset_of(address + at + 8 + arguments) if count else 0
            yield (self.text_at(self.offset_of(address + at + text)),
                   [struct.unpack_from("<IIIIBBB", self.bytes, first + i * 20) for i in range(count)])


def prototypes():
    """(name, gate string, parameters) of every gated function, from the sources."""
    table = re.sub(r"//.*", "", (HERE / "include/vault-functions.def").read_text())
    for kind, words, gate, parameters in re.findall(r'^(PSA\w*)\(([\w, ]+), "([^"]*)",\s*\(([^)]*)\)', table, re.MULTILINE):
        *first, klass, name = [word.strip() for word in words.split(",")]
        parameters = [p.strip() for p in parameters.split(",")] if parameters not in ("", "void") else []
        if kind.startswith("PSA_OPERATION"):
            gate, parameters = f"inout(0,size=4) {gate}", ["uint32_t *operation", *parameters]
        yield f"vault_psa_{name}", f"class({klass}) {gate}", parameters
    header = re.sub(r"//.*", "", (HERE / "include/vault.h").read_text())
    for gate, name, parameters in re.findall(r'^MPK_GATE\("([^"]*)"\)\s*\w+ (\w+)\(([^)]*)\)', header, re.MULTILINE):
        yield name, gate, [p.strip() for p in parameters.split(",")]


def clauses(gate):
    """What the gate string says: {parameter: check}, and the class."""
    covered, klass = {}, "crypto"
    for word, inside in re.findall(r"(\w+)\(([^)]*)\)", gate):
        values = inside.split(",")
        options = dict(value.split("=") for value in values if "=" in value)
        if word == "class":
            klass = inside
        elif word == "callback":
            covered[int(values[0])] = covered[int(options["context"])] = f"callback({inside})"
        elif word != "refused":
            covered[int(values[0])] = f"{word}({inside})"
            if word == "out" and "cap" in options and "len" in options:
                covered[int(options["len"])] = "out: how many bytes"
    return covered, klass


def is_pointer(parameter):
    return "*" in parameter or parameter.startswith("vault_reader ")


def judge(name, gate, parameters, exported):
    covered, klass = clauses(gate)
    if name not in exported:
        return [f"{name}: the image does not export it"]
    there, records = exported[name]
    problems = [] if there == klass else [f"{name}: class {klass} in the sources, {there} in the image"]
    for number, parameter in enumerate(parameters):
        if is_pointer(parameter) and number not in covered:
            problems.append(f"{name}: nothing checks {parameter}")
    wanted = sorted(check.split("(")[0].replace("str", "in").replace("out: how many bytes", "out") for check in covered.values())
    found = sorted(name for record in records for name in [DIRECTIONS[record[4]]] * (2 if record[4] >= 4 else 1))
    if wanted != found:
        problems.append(f"{name}: checks {wanted} in the sources, {found} in the image")
    if MANAGING.search(name) and klass != "manage":
        problems.append(f"{name}: makes or takes away keys in class {klass}")
    return problems


def main(path):
    image = Image(path)
    exported = {name: (klass, records) for klass in ("crypto", "manage")
                for name, records in image.exports(f"mpkgate_exports_{klass}")}
    functions = list(prototypes())
    problems = [line for function in functions for line in judge(*function, exported)]
    problems += [f"{name}: exported, and in no header" for name in exported.keys() - {name for name, _, _ in functions}]
    print("# The vault's functions\n\nMade by functions.py from the headers and the image. Class manage alone may write key memory. A "
          "pointer is checked to lie, with all\nof its bytes, in the client's memory, and is replaced by the vault's own copy.\n")
    print("| function | class | parameter | check |\n|---|---|---|---|")
    for name, gate, parameters in functions:
        covered, klass = clauses(gate)
        for number, parameter in enumerate(parameters or ["void"]):
            first = (f"`{name}`", klass) if number == 0 else ("", "")
            print(f"| {first[0]} | {first[1]} | `{parameter}` | {covered.get(number, 'value')} |")
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
