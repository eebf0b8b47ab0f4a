#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Changes single fields of a linked x86-64 ELF file, to make hostile ones out of ordinary ones.
#
#   elfpatch.py IN OUT OPERATION...
#
#   ehdr.FIELD=V             a field of the ELF header (e_type, e_phnum, ...)
#   phdr:TYPE[#N].FIELD=V    a field of the N-th (from 0) program header of that type (LOAD, DYNAMIC, ...)
#   dyn:TAG.val=V            the value of a dynamic entry; dyn:TAG.tag=V its tag
#   dyn+TAG=V                a new entry in the place of a spare DT_NULL
#   rela:N.FIELD=V           a field of the N-th entry of DT_RELA (r_offset, r_type, r_sym, r_addend)
#   sym:NAME.FIELD=V         a field of a dynamic symbol (st_value, st_size, st_info, st_shndx, st_name)
#   word:PLACE=V             four bytes at a place; half:PLACE=V two; quad:PLACE=V eight; bytes:PLACE=HEX any
#   truncate=V               the length of the file
#
# V is a number, a sum of two (the first hexadecimal), NAME+number, or +number/-number relative to the old value. NAMEs, for
# V and PLACE: dyn.TAG (value of a dynamic entry), sym.NAME (value of a symbol), load#N (p_vaddr of a PT_LOAD), end#N (its
# p_vaddr + p_memsz), DT_TAG, DYNAMIC and TLS (p_vaddr of these), EHDR (0). A PLACE is a virtual address, or file+number.

import re
import struct
import sys

EHDR = dict(e_type=(16, "H"), e_machine=(18, "H"), e_version=(20, "I"), e_entry=(24, "Q"), e_phoff=(32, "Q"),
            e_shoff=(40, "Q"), e_flags=(48, "I"), e_ehsize=(52, "H"), e_phentsize=(54, "H"), e_phnum=(56, "H"),
            e_shentsize=(58, "H"), e_shnum=(60, "H"), e_shstrndx=(62, "H"))
PHDR = dict(p_type=(0, "I"), p_flags=(4, "I"), p_offset=(8, "Q"), p_vaddr=(16, "Q"), p_paddr=(24, "Q"), p_filesz=(32, "Q"),
            p_memsz=(40, "Q"), p_align=(48, "Q"))
RELA = dict(r_offset=(0, "Q"), r_type=(8, "I"), r_sym=(12, "I"), r_addend=(16, "q"))
SYM = dict(st_name=(0, "I"), st_info=(4, "B"), st_other=(5, "B"), st_shndx=(6, "H"), st_value=(8, "Q"),
           st_size=(16, "Q"))
PT = dict(NULL=0, LOAD=1, DYNAMIC=2, INTERP=3, NOTE=4, PHDR=6, TLS=7, GNU_EH_FRAME=0x6474e550, GNU_STACK=0x6474e551,
          GNU_RELRO=0x6474e552, GNU_PROPERTY=0x6474e553)
DT = dict(NULL=0, NEEDED=1, PLTRELSZ=2, PLTGOT=3, HASH=4, STRTAB=5, SYMTAB=6, RELA=7, RELASZ=8, RELAENT=9, STRSZ=10,
          SYMENT=11, INIT=12, FINI=13, SONAME=14, RPATH=15, SYMBOLIC=16, REL=17, RELSZ=18, RELENT=19, PLTREL=20,
          DEBUG=21, TEXTREL=22, JMPREL=23, BIND_NOW=24, INIT_ARRAY=25, FINI_ARRAY=26, INIT_ARRAYSZ=27,
          FINI_ARRAYSZ=28, RUNPATH=29, FLAGS=30, PREINIT_ARRAY=32, PREINIT_ARRAYSZ=33, RELRSZ=35, RELR=36,
          RELRENT=37, GNU_HASH=0x6ffffef5, DEPAUDIT=0x6ffffefb, AUDIT=0x6ffffefc, VERSYM=0x6ffffff0,
          RELACOUNT=0x6ffffff9, FLAGS_1=0x6ffffffb, VERDEF=0x6ffffffc,
          VERDEFNUM=0x6ffffffd, VERNEED=0x6ffffffe, VERNEEDNUM=0x6fffffff, AUXILIARY=0x7ffffffd,
          FILTER=0x7fffffff)


class Elf:
    def __init__(self, data):
        self.data = bytearray(data)

    def get(self, at, form):
        return struct.unpack_from("<" + form, self.data, at)[0]

    def put(self, at, form, value):
        size = 8 * struct.calcsize(form)
        struct.pack_into("<" + form, self.data, at, value if form == "q" else value % (1 << size))

    def phdrs(self, kind):
        start, count = self.get(32, "Q"), self.get(56, "H")
        return [start + 56 * i for i in range(count) if self.get(start + 56 * i, "I") == kind]

    def offset(self, vaddr):
        for at in self.phdrs(1):
            start, size = self.get(at + 16, "Q"), self.get(at + 32, "Q")
            if start <= vaddr < start + size:
                return self.get(at + 8, "Q") + vaddr - start
        sys.exit(f"elfpatch: address {vaddr:#x} is not in the file")

    def dynamics(self):
        at = self.get(self.phdrs(2)[0] + 8, "Q")
        end = at + self.get(self.phdrs(2)[0] + 32, "Q")
        return list(range(at, end, 16))

    def dynamic(self, tag):
        for at in self.dynamics():
            if self.get(at, "Q") == tag:
                return at
        sys.exit(f"elfpatch: there is no dynamic entry {tag:#x}")

    def symbol(self, name):
        symtab = self.offset(self.get(self.dynamic(DT["SYMTAB"]) + 8, "Q"))
        strtab = self.offset(self.get(self.dynamic(DT["STRTAB"]) + 8, "Q"))
        wanted = name.encode() + b"\0"
        for at in range(symtab + 24, strtab, 24):
            start = strtab + self.get(at, "I")
            if self.data[start:start + len(wanted)] == wanted:
                return at
        sys.exit(f"elfpatch: there is no symbol {name}")

    def name_value(self, name):
        if name.startswith("0x"):
            return int(name, 0)
        if name in ("EHDR", "file"):
            return 0
        if name in ("DYNAMIC", "TLS"):
            return self.get(self.phdrs(PT[name])[0] + 16, "Q")
        kind, _, rest = name.partition(".")
        if kind == "dyn":
            return self.get(self.dynamic(DT[rest]) + 8, "Q")
        if kind == "sym":
            return self.get(self.symbol(rest) + 8, "Q")
        kind, _, rest = name.partition("#")
        if kind in ("load", "end"):
            at = self.phdrs(1)[int(rest)]
            return self.get(at + 16, "Q") + (self.get(at + 40, "Q") if kind == "end" else 0)
        if name.startswith("DT_"):
            return DT[name[3:]]
        sys.exit(f"elfpatch: unknown name {name}")

    def value(self, text, old=0):
        match = re.fullmatch(r"([A-Za-z_][\w.#]*|0x[0-9a-f]+)?([+-])?(0x[0-9a-f]+|\d+)?", text)
        if not match:
            sys.exit(f"elfpatch: bad value {text}")
        name, sign, number = match.groups()
        base = self.name_value(name) if name else (old if sign else 0)
        amount = int(number, 0) if number else 0
        return base - amount if sign == "-" else base + amount

    def place(self, text):
        value = self.value(text)
        return value if text.startswith("file") else self.offset(value)

    def field(self, at, fields, name, text):
        offset, form = fields[name]
        self.put(at + offset, form, self.value(text, self.get(at + offset, form)))

    def apply(self, operation):
        target, _, text = operation.partition("=")
        kind, _, rest = target.partition(":")
        what, _, name = rest.rpartition(".")
        if target.startswith("ehdr."):
            self.field(0, EHDR, target[5:], text)
        elif target.startswith("dyn+"):
            at = self.dynamics()[[self.get(at, "Q") for at in self.dynamics()].index(0)]
            if at == self.dynamics()[-1]:
                sys.exit("elfpatch: there is no spare DT_NULL; link with GNU ld")
            tag = target[4:]
            self.put(at, "Q", DT[tag] if tag in DT else int(tag, 0))
            self.put(at + 8, "Q", self.value(text))
        elif kind == "phdr":
            number, _, index = what.partition("#")
            self.field(self.phdrs(PT[number])[int(index or 0)], PHDR, name, text)
        elif kind == "dyn":
            at = self.dynamic(DT[what])
            self.field(at, dict(tag=(0, "Q"), val=(8, "Q")), name, text)
        elif kind == "rela":
            at = self.offset(self.get(self.dynamic(DT["RELA"]) + 8, "Q")) + 24 * int(what)
            self.field(at, RELA, name, text)
        elif kind == "sym":
            self.field(self.symbol(what), SYM, name, text)
        elif kind in ("half", "word", "quad"):
            form = dict(half="H", word="I", quad="Q")[kind]
            at = self.place(rest)
            self.put(at, form, self.value(text, self.get(at, form)))
        elif kind == "bytes":
            new = bytes.fromhex(text)
            at = self.place(rest)
            self.data[at:at + len(new)] = new
        elif target == "truncate":
            del self.data[self.value(text):]
        else:
            sys.exit(f"elfpatch: unknown operation {operation}")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__ or "usage: elfpatch.py IN OUT OPERATION...")
    with open(sys.argv[1], "rb") as file:
        elf = Elf(file.read())
    for operation in sys.argv[3:]:
        elf.apply(operation)
    with open(sys.argv[2], "wb") as file:
        file.write(elf.data)


if __name__ == "__main__":
    main()
