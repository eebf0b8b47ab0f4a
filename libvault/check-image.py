#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# check-image.py FILE...: whether a vault image is what the loader and the gates rely on. Exit 0, or 1 with one
# line for each property that does not hold. Written from the ELF specification and vault-abi.h, apart from the
# loader's and mpk-verify's code, so that the three check each other.
import re
import struct
import sys

PAGE = 4096
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_TLS, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 7, 0x6474E551, 0x6474E552
PF_X, PF_W = 1, 2
FORBIDDEN_TAGS = {1: "DT_NEEDED", 12: "DT_INIT", 13: "DT_FINI", 22: "DT_TEXTREL", 25: "DT_INIT_ARRAY",
                  26: "DT_FINI_ARRAY", 32: "DT_PREINIT_ARRAY", 17: "DT_REL", 23: "DT_JMPREL", 36: "DT_RELR"}
DT_STRTAB, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_GNU_HASH, DT_HASH, DT_FLAGS, DT_FLAGS_1 = 5, 6, 7, 8, 0x6FFFFEF5, 4, 30, 0x6FFFFFFB
R_X86_64_RELATIVE = 8
MAGIC = b"MPAGEVLT"
# wrpkru; xrstor with a memory operand (SDM vol. 2: 0F 01 EF; 0F AE /5, mod != 3)
PATTERNS = re.compile(rb"\x0f\x01\xef|\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf]", re.DOTALL)


class Image:
    def __init__(self, path):
        self.data = open(path, "rb").read()
        if self.data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", self.data, 16) != (3, 62):
            raise ValueError("not an x86-64 ET_DYN file")
        phoff, = struct.unpack_from("<Q", self.data, 32)
        phentsize, phnum = struct.unpack_from("<HH", self.data, 54)
        self.headers = [struct.unpack_from("<IIQQQQQQ", self.data, phoff + i * phentsize) for i in range(phnum)]

    def of_type(self, kind):
        return [h for h in self.headers if h[0] == kind]

    def at(self, vaddr, size):
        for _, _, offset, start, _, filesz, _, _ in self.of_type(PT_LOAD):
            if start <= vaddr and vaddr + size <= start + filesz:
                return self.data[offset + vaddr - start:offset + vaddr - start + size]
        raise ValueError(f"address {vaddr:#x} is not in the file")

    def dynamic(self):
        (header,) = self.of_type(PT_DYNAMIC)
        pairs = []
        for at in range(header[2], header[2] + header[5], 16):
            tag, value = struct.unpack_from("<QQ", self.data, at)
            if tag == 0:
                return pairs
            pairs.append((tag, value))
        return pairs

    def symbols(self, dynamic):
        # The number of symbols: DT_GNU_HASH's buckets and chains end with the last one.
        table = dynamic[DT_GNU_HASH]
        buckets, first, bloom, _ = struct.unpack("<IIII", self.at(table, 16))
        at = table + 16 + bloom * 8
        last = max(struct.unpack(f"<{buckets}I", self.at(at, buckets * 4)))
        count = first
        if last >= first:
            chains = at + buckets * 4
            while struct.unpack("<I", self.at(chains + (last - first) * 4, 4))[0] & 1 == 0:
                last += 1
            count = last + 1
        for i in range(1, count):
            name, info, _, section, value, _ = struct.unpack("<IBBHQQ", self.at(dynamic[DT_SYMTAB] + i * 24, 24))
            text = self.at(dynamic[DT_STRTAB] + name, 1)
            while text[-1] != 0:
                text += self.at(dynamic[DT_STRTAB] + name + len(text), 1)
            yield text[:-1].decode(), info & 15, section, value


def check_segments(image):
    for kind, name in ((PT_INTERP, "PT_INTERP"), (PT_TLS, "PT_TLS")):
        if image.of_type(kind):
            yield f"has {name}"
    stack = image.of_type(PT_GNU_STACK)
    if len(stack) != 1 or stack[0][1] & PF_X:
        yield "does not say that its stack is not executable"
    if len(image.of_type(PT_GNU_RELRO)) != 1:
        yield "has no PT_GNU_RELRO"
    end = 0
    for _, flags, offset, vaddr, _, filesz, memsz, _ in image.of_type(PT_LOAD):
        if vaddr // PAGE * PAGE < end:
            yield "has PT_LOADs that share a page or are not ascending"
        end = -(-(vaddr + memsz) // PAGE) * PAGE
        if flags & PF_X and flags & PF_W:
            yield "has a writable and executable PT_LOAD"
        if flags & PF_X:
            page = offset // PAGE * PAGE
            for hit in PATTERNS.finditer(image.data[page:-(-(offset + filesz) // PAGE) * PAGE]):
                yield f"has {hit.group().hex(' ')} in executable pages, file offset {page + hit.start():#x}"


def check_dynamic(image):
    pairs = image.dynamic()
    dynamic = dict(pairs)
    for tag, _ in pairs:
        if tag in FORBIDDEN_TAGS:
            yield f"has {FORBIDDEN_TAGS[tag]}"
    if dynamic.get(DT_FLAGS, 0) & 8 == 0 and dynamic.get(DT_FLAGS_1, 0) & 1 == 0:
        yield "is not linked with -z now"
    for at in range(0, dynamic.get(DT_RELASZ, 0), 24):
        target, info, _ = struct.unpack("<QQq", image.at(dynamic[DT_RELA] + at, 24))
        if info != R_X86_64_RELATIVE:
            yield f"has a relocation of type {info & 0xFFFFFFFF} at {target:#x}, not R_X86_64_RELATIVE"
    symbols = list(image.symbols(dynamic))
    if [name for name, _, section, _ in symbols] != ["mpkgate_vault"] or symbols[0][2] == 0:
        yield "does not export exactly mpkgate_vault: " + ", ".join(s[0] for s in symbols)
    elif image.at(symbols[0][3], 8) != MAGIC:
        yield "has no vault header at mpkgate_vault"


def main(paths):
    found = 0
    for path in paths:
        try:
            image = Image(path)
            for message in (*check_segments(image), *check_dynamic(image)):
                print(f"{path}: {message}", file=sys.stderr)
                found += 1
        except (ValueError, KeyError, struct.error, OSError) as error:
            print(f"{path}: cannot be checked: {error}", file=sys.stderr)
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
