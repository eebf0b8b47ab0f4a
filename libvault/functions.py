#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# functions.py [--cc CLANG] [--include DIR]... [IMAGE]: the table of all functions behind the vault's gates, as vault.h and
# vault-psa.h declare them: class, what the gate does with each pointer, width of each integer. FUNCTIONS.md is its output.
# With IMAGE, the table is compared with the export records in that vault image instead (mpkgate-abi.h), which is what the
# gates go by. Exit 0, or 1 with one line for each difference.
#
# Written from mpkgate.h, mpkgate-abi.h and the System V ABI, apart from the pass's and the vault's code, so that they check
# each other.
import argparse
import os
import re
import struct
import subprocess
import sys
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = "#include <vault.h>\n#include <vault-psa.h>\n"
PROTOTYPE = re.compile(r'__attribute__\(\(annotate\(((?:\s*"[^"]*")+)\s*\)\)\)\s*([^;(]*?)\b(\w+)\s*\(([^;]*?)\)\s*;')
CLAUSE = re.compile(r"(\w+)\(([^)]*)\)")
WIDTHS = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "int64_t": 8, "uint64_t": 8,
          "size_t": 8}
POINTER = 8
REQUEST = 40  # sizeof(struct mpkgate_request)
# What makes, loads or takes away keys, by its name: psa_generate_key() does, psa_generate_random() does not.
MANAGES_KEYS = re.compile(r"(import|generate|copy|destroy|purge|close|load|output)_key$|_crypto_free$")
IN, OUT, INOUT, READER, WRITER = 1, 2, 3, 4, 5
CONSTANT, BY_ARGUMENT, STRING = 0, 1, 2
DIRECTIONS = {"in": IN, "out": OUT, "inout": INOUT, "str": IN}
NO_OFFSET = 0xFFFFFFFF


@dataclass
class Parameter:
    name: str
    width: int
    is_pointer: bool
    target: int = 1  # bytes that the pointer's type says it points to
    offset: int = 0  # in the argument block


@dataclass
class Check:
    """One record of a pointer argument: struct mpkgate_argument."""
    pointer: int
    length: int
    unit: int
    used: int
    direction: int
    length_kind: int
    length_width: int


@dataclass
class Function:
    name: str
    kind: str  # the permission class
    block_size: int
    return_size: int
    signature: int = 0
    checks: list[Check] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)  # declared functions only
    complaints: list[str] = field(default_factory=list)


# ---- what the headers say

def parameter_of(text, callbacks):
    words = re.sub(r"\bconst\b", "", text).split()
    name = re.search(r"(\w+)$", text).group(1)
    if "*" in text or words[0] in callbacks:
        return Parameter(name, POINTER, True, WIDTHS.get(words[0], 1))
    return Parameter(name, WIDTHS[words[0]], False)


def lay_out(function, return_type):
    """A C struct of the return value and the arguments; natural alignment."""
    at = function.return_size = WIDTHS[return_type] if return_type != "void" else 0
    alignment = max([1, at, *(p.width for p in function.parameters)])
    for parameter in function.parameters:
        parameter.offset = at = -(-at // parameter.width) * parameter.width
        at += parameter.width
    if any(c in (READER, WRITER) for c in (check.direction for check in function.checks)):
        at = -(-at // POINTER) * POINTER + REQUEST
    function.block_size = -(-at // alignment) * alignment


def signature_of(function, gate):
    """The hash over LLVM's names of the types, and the clauses: FNV-1a of 64 bits."""
    types = "".join("ptr," if p.is_pointer else f"i{8 * p.width}," for p in function.parameters)
    clauses = " ".join(f"{keyword}({inside.replace(' ', '')})" for keyword, inside in CLAUSE.findall(gate))
    value = 0xCBF29CE484222325
    for byte in f"i{8 * function.return_size} cc0({types}) {clauses}".encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def clauses_of(gate):
    for keyword, inside in CLAUSE.findall(gate):
        index, *rest = [part.strip() for part in inside.split(",")]
        yield keyword, index, dict(part.split("=") if "=" in part else (part, "") for part in rest)


class Declaration:
    """Turns clauses, which count arguments, into checks, which have offsets in the block."""

    def __init__(self, function):
        self.function = function
        self.covered = set()

    def cover(self, index):
        parameter = self.function.parameters[index]
        if not parameter.is_pointer:
            self.function.complaints.append(f"a clause is about {parameter.name}, which is no pointer")
        if index in self.covered:
            self.function.complaints.append(f"pointer {parameter.name} is covered twice")
        self.covered.add(index)
        return parameter.offset

    def add(self, keyword, index, options):
        parameters = self.function.parameters
        check = Check(self.cover(index), 0, int(options.get("unit", 1)), NO_OFFSET, DIRECTIONS[keyword], CONSTANT, 0)
        count = options.get("cap", options.get("len"))
        if keyword == "str":
            check.length, check.length_kind = int(options["max"]), STRING
        elif "size" in options:
            check.length = int(options["size"])
        else:
            length = parameters[int(count)]
            check.length, check.length_kind, check.length_width = length.offset, BY_ARGUMENT, length.width
            if length.is_pointer:
                self.function.complaints.append(f"the length of {parameters[index].name} is a pointer")
        target = parameters[index].target
        if target not in (1, check.length if check.length_kind == CONSTANT else check.unit):
            self.function.complaints.append(f"pointer {parameters[index].name} is to {target} bytes each")
        self.function.checks.append(check)
        if "cap" in options and "len" in options:
            check.used = self.cover(int(options["len"]))
            self.function.checks.append(Check(check.used, 8, 1, NO_OFFSET, OUT, CONSTANT, 0))

    def add_callback(self, index, options):
        context = self.cover(int(options["context"]))
        direction = READER if "read" in options else WRITER
        self.function.checks.append(
            Check(self.cover(index), context, 1, self.function.block_size - REQUEST, direction, 0, 0))


def declared_function(gate, return_type, name, parameters, callbacks):
    function = Function(name, "crypto", 0, 0)
    if parameters.strip() != "void":
        function.parameters = [parameter_of(text.strip(), callbacks) for text in parameters.split(",")]
    clauses = list(clauses_of(gate))
    if any(keyword == "callback" for keyword, _, _ in clauses):
        function.checks = [Check(0, 0, 1, 0, READER, 0, 0)]  # for the block's size alone
    lay_out(function, return_type)
    function.signature = signature_of(function, gate)
    function.checks = []
    declaration = Declaration(function)
    for keyword, index, options in clauses:
        if keyword == "class":
            function.kind = index
        elif keyword == "callback":
            declaration.add_callback(int(index), options)
        elif keyword != "refused":
            declaration.add(keyword, int(index), options)
    for index, parameter in enumerate(function.parameters):
        if parameter.is_pointer and index not in declaration.covered:
            function.complaints.append(f"no clause covers pointer {parameter.name}")
    manages = MANAGES_KEYS.search(name) is not None
    if manages != (function.kind == "manage"):
        function.complaints.append(f"class {function.kind}, but it {'makes' if manages else 'neither makes'}, "
                                   f"loads {'or' if manages else 'nor'} destroys keys")
    return function


def declared(compiler, includes):
    command = [compiler, "-E", "-P", "-x", "c", *(f"-I{folder}" for folder in includes), "-"]
    text = subprocess.run(command, input=HEADERS, capture_output=True, text=True, check=True).stdout
    callbacks = set(re.findall(r"typedef\s+int64_t\s+(\w+)\s*\(", text))
    for strings, return_type, name, parameters in PROTOTYPE.findall(text):
        gate = "".join(re.findall(r'"([^"]*)"', strings)).removeprefix("mpkgate:")
        yield declared_function(gate, return_type.strip(), name, parameters, callbacks)


# ---- what the image says

class Image:
    def __init__(self, path):
        self.data = open(path, "rb").read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF file")
        phoff, shoff = struct.unpack_from("<QQ", self.data, 32)
        phentsize, phnum, shentsize, shnum, shstrndx = struct.unpack_from("<HHHHH", self.data, 54)
        headers = [struct.unpack_from("<IIQQQQQQ", self.data, phoff + i * phentsize) for i in range(phnum)]
        self.loads = [(h[3], h[2], h[5]) for h in headers if h[0] == 1]  # address, offset, bytes in the file
        sections = [struct.unpack_from("<IIQQQQ", self.data, shoff + i * shentsize) for i in range(shnum)]
        self.sections = {self.text(sections[shstrndx][4] + s[0]): (s[3], s[5]) for s in sections}  # address, size

    def text(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode()

    def offset(self, address):
        for start, offset, size in self.loads:
            if start <= address < start + size:
                return offset + address - start
        raise ValueError(f"address {address:#x} is not in the file")

    def function(self, address, kind):
        name, _, arguments, count, block_size, _, return_size, _, signature = struct.unpack_from("<iiiIIIIIQ", self.data,
                                                                                        self.offset(address))
        function = Function(self.text(self.offset(address + name)), kind, block_size, return_size, signature)
        for i in range(count):
            at = self.offset(address + 8 + arguments + i * 20)
            function.checks.append(Check(*struct.unpack_from("<IIIIBBBx", self.data, at)))
        return function

    def functions(self):
        for kind in ("crypto", "manage"):
            address, size = self.sections[f"mpkgate_exports_{kind}"]
            for at in range(address, address + size, 40):
                yield self.function(at, kind)


def spelled(function):
    return ", ".join("pointer" if p.is_pointer else f"integer of {p.width} bytes" for p in function.parameters)


def differences(header, image):
    if header.kind != image.kind:
        yield f"class {header.kind} in the header, {image.kind} in the image"
    if (header.block_size, header.return_size) != (image.block_size, image.return_size):
        yield (f"its arguments take {header.block_size} bytes and its result {header.return_size} in the header, "
               f"{image.block_size} and {image.return_size} in the image")
    checks = {check.pointer: check for check in image.checks}
    for parameter in header.parameters:
        if parameter.is_pointer:
            mine = [check for check in header.checks if check.pointer == parameter.offset]
            context = any(check.length == parameter.offset for check in header.checks
                          if check.direction in (READER, WRITER))
            theirs = checks.pop(parameter.offset, None)
            if theirs is None and not context:
                yield f"no record in the image covers pointer {parameter.name}"
            elif theirs is not None and theirs not in mine:
                yield f"pointer {parameter.name} is checked otherwise: {mine} in the header, {theirs} in the image"
    for offset in checks:
        yield f"a record in the image is about offset {offset} of the block, where the header has no pointer"


def compare(functions, image):
    """Yields lines. First the whole of the image's functions, so that none is forgotten whatever its name."""
    theirs = {}
    for function in image.functions():
        if function.name in theirs:
            yield f"{function.name}: twice in the image"
        theirs[function.name] = function
    for function in functions:
        other = theirs.pop(function.name, None)
        if other is None:
            yield f"{function.name}: in the headers, not in the image"
            continue
        texts = list(differences(function, other))
        if not texts and function.signature != other.signature:
            texts = [f"its types or clauses are others in the image than {spelled(function)}"]
        yield from (f"{function.name}: {text}" for text in texts)
    for name in theirs:
        yield f"{name}: in the image, not in the headers"


# ---- the table

def check_text(function, parameter):
    names = {p.offset: p.name for p in function.parameters}
    for check in function.checks:
        if check.pointer == parameter.offset:
            break
        if check.direction in (READER, WRITER) and check.length == parameter.offset:
            return f"`{parameter.name}`: never followed, goes to `{names[check.pointer]}`"
    else:
        return f"`{parameter.name}`: **nothing**"
    if check.direction in (READER, WRITER):
        return f"`{parameter.name}`: called by the client's side only; its buffer, {'in' if check.direction == READER else 'out'}"
    way = {IN: "in", OUT: "out", INOUT: "in and out"}[check.direction]
    if check.length_kind == STRING:
        return f"`{parameter.name}`: in, up to its NUL, at most {check.length} bytes"
    size = f"`{names[check.length]}`" if check.length_kind == BY_ARGUMENT else check.length
    size = f"{size} bytes" if check.unit == 1 else f"{size} times {check.unit} bytes"
    return f"`{parameter.name}`: {way}, {size}" + (f", `{names[check.used]}` of them back" if check.used != NO_OFFSET else "")


def table(functions):
    yield "<!-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception -->"
    yield "<!-- Made by libvault/functions.py; a test compares it with the headers and with the image. -->"
    yield "# The functions behind the vault's gates"
    yield ""
    yield ("Class `crypto` runs with key memory read-only; class `manage` makes, loads or takes away keys. Each pointer is "
           "checked to lie in client memory with all the bytes that are named here, and the function sees a copy: *in*, read "
           "once before the call; *out*, zeroed inside, written after it. Integers are copied with their block; their "
           "widths are in bytes.")
    yield ""
    yield "| Function | Class | Pointers and their checks | Integers |"
    yield "|---|---|---|---|"
    for function in functions:
        pointers = "; ".join(check_text(function, p) for p in function.parameters if p.is_pointer)
        integers = ", ".join(f"`{p.name}` {p.width}" for p in function.parameters if not p.is_pointer)
        yield f"| `{function.name}` | {function.kind} | {pointers or '-'} | {integers or '-'} |"
    yield ""
    pointers = sum(p.is_pointer for f in functions for p in f.parameters)
    managing = sum(f.kind == "manage" for f in functions)
    yield f"{len(functions)} functions, {managing} of class `manage`; {pointers} pointers."


def main():
    parser = argparse.ArgumentParser(description="The table of the functions behind the vault's gates.")
    parser.add_argument("--cc", default="clang-19", help="the compiler that preprocesses the headers")
    parser.add_argument("--include", action="append", help="folder of the headers (default: the tree's)")
    parser.add_argument("image", nargs="?", help="a vault image to compare with, in place of printing the table")
    options = parser.parse_args()
    includes = [*(options.include or []), f"{HERE}/include", f"{HERE}/../llvm-pass/include"]
    functions = list(declared(options.cc, includes))
    complaints = [f"{f.name}: {text}" for f in functions for text in f.complaints]
    if not functions:
        complaints.append("the headers declare no gated function")
    if options.image is None:
        print("\n".join(table(functions)))
    else:
        complaints += compare(functions, Image(options.image))
        print(f"{len(functions)} functions, {len(complaints)} complaints")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
