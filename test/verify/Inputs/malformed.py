#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# malformed.py MPK-VERIFY BASE FOLDER: makes a malformed file of each row of the table below out of a clean program, BASE
# (test/fuzz/seeds/program.yaml, whose layout the rows know), has it judged as a client program and compares. Prints a line
# for each row that is not as expected, and the number of rows; status 1 if a row is not as expected.
#
# A row: what is changed (operations of elfpatch.py), the exit status, and a regular expression that the output must hold:
# the name of the field, or of what it describes. Status 0 is expected where neither kernel nor ld.so acts on the field; then
# no error may be reported (a warning may: the section headers are for people). A death by signal fails any row.

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from elfpatch import Elf  # noqa: E402

MAGIC = r"is not an ELF file: .*EI_MAG0"
DYNAMIC = r"PT_DYNAMIC \(address .* is empty, not aligned, not ended by DT_NULL, longer than 4096 entries, or not mapped from .*MPK030"
HEADERS = r"program headers lie beyond its end: .*e_phnum.*e_phoff"
WITHIN_PAGE = r"PT_LOAD %d differ within the page \(p_vaddr, p_offset\)"
LOAD = r"is truncated: PT_LOAD %d needs .* \(p_filesz, p_offset\)"
INTERP = r"PT_INTERP is no string, or its address .* than offset .*MPK012"
PHDR = r"PT_PHDR names address .*MPK013"
NOTE = r"note segment \(address .*MPK026"
TLS = r"PT_TLS \(image of .*, block of .*, alignment .*MPK025"
RELRO = r"PT_GNU_RELRO \(address .*MPK024"
NOT_INSIDE = r"%s \(address .*\) is not inside one PT_LOAD.*MPK035"
NO_STRING = r"DT_NEEDED is not a string inside DT_STRTAB.*MPK036"
NO_EFFECT = r""

# The ELF header, field by field, in the order of the gABI.
HEADER_ROWS = [
    ("bytes:EHDR+0=7e", 2, MAGIC),
    ("bytes:EHDR+1=44", 2, MAGIC),
    ("bytes:EHDR+2=00", 2, MAGIC),
    ("bytes:EHDR+3=47", 2, MAGIC),
    ("bytes:EHDR+4=00", 2, r"EI_CLASS\] is 0, not 2"),
    ("bytes:EHDR+4=01", 2, r"EI_CLASS\] is 1, not 2"),
    ("bytes:EHDR+4=03", 2, r"EI_CLASS\] is 3, not 2"),
    ("bytes:EHDR+5=00", 2, r"EI_DATA\] is 0, not 1"),
    ("bytes:EHDR+5=02", 2, r"EI_DATA\] is 2, not 1"),
    ("bytes:EHDR+6=00", 2, r"EI_VERSION\] is 0, not 1"),
    ("bytes:EHDR+6=02", 2, r"EI_VERSION\] is 2, not 1"),
    ("bytes:EHDR+7=01", 2, r"EI_OSABI\] is 1, not 0 or 3"),
    ("bytes:EHDR+7=ff", 2, r"EI_OSABI\] is 255, not 0 or 3"),
    ("bytes:EHDR+7=03", 0, NO_EFFECT),
    ("bytes:EHDR+8=01", 0, NO_EFFECT),  # EI_ABIVERSION, EI_PAD: at most ld.so refuses the file
    ("bytes:EHDR+9=ffffffffffffff", 0, NO_EFFECT),
    ("ehdr.e_type=0", 2, r"e_type is 0"),
    ("ehdr.e_type=2", 1, r"ET_EXEC.*MPK011"),
    ("ehdr.e_type=4", 2, r"core dump: e_type is 4"),
    ("ehdr.e_type=0xfe00", 2, r"e_type is 65024"),
    ("ehdr.e_machine=0", 2, r"e_machine is 0, not 62"),
    ("ehdr.e_machine=3", 2, r"e_machine is 3, not 62"),
    ("ehdr.e_machine=0xb7", 2, r"e_machine is 183, not 62"),
    ("ehdr.e_version=0", 2, r"e_version is 0, not 1"),
    ("ehdr.e_version=0x1000001", 2, r"e_version is 16777217, not 1"),
    ("ehdr.e_entry=0", 0, NO_EFFECT),  # it is jumped to after the seal
    ("ehdr.e_entry=0xffffffffffffffff", 0, NO_EFFECT),
    ("ehdr.e_phoff=0x41", 2, r"has no PT_LOAD among the 11 .* offset 0x41 \(e_phoff\)"),
    ("ehdr.e_phoff=0x3500", 2, HEADERS),
    ("ehdr.e_phoff=0xffffffffffffffff", 2, HEADERS),
    ("ehdr.e_phoff=0xfffffffffffffdf0", 2, HEADERS),
    ("ehdr.e_shoff=1", 0, NO_EFFECT),
    ("ehdr.e_shoff=0xffffffffffffffff", 0, NO_EFFECT),
    ("ehdr.e_flags=0xffffffff", 0, NO_EFFECT),
    ("ehdr.e_ehsize=0", 0, NO_EFFECT),
    ("ehdr.e_ehsize=0xffff", 0, NO_EFFECT),
    ("ehdr.e_phentsize=0", 2, r"e_phentsize is 0, not 56"),
    ("ehdr.e_phentsize=55", 2, r"e_phentsize is 55, not 56"),
    ("ehdr.e_phentsize=0xffff", 2, r"e_phentsize is 65535, not 56"),
    ("ehdr.e_phnum=0", 2, r"e_phnum is 0"),
    ("ehdr.e_phnum=1", 2, r"has no PT_LOAD among the 1 .*e_phnum"),
    ("ehdr.e_phnum=129", 2, r"129 program headers \(e_phnum\)"),
    ("ehdr.e_phnum=0xffff", 2, r"65535 program headers \(e_phnum\)"),
    ("ehdr.e_shentsize=0", 0, NO_EFFECT),
    ("ehdr.e_shentsize=0xffff", 0, NO_EFFECT),
    ("ehdr.e_shnum=0", 0, NO_EFFECT),
    ("ehdr.e_shnum=0xffff", 0, NO_EFFECT),
    ("ehdr.e_shstrndx=0", 0, NO_EFFECT),
    ("ehdr.e_shstrndx=0xffff", 0, NO_EFFECT),
]

PROGRAM_HEADER_ROWS = [
    ("phdr:LOAD#0.p_type=0", 1, PHDR),
    ("phdr:LOAD#1.p_type=0", 0, NO_EFFECT),  # no code is left
    ("phdr:LOAD#2.p_type=0x6fffffff", 1, DYNAMIC),
    ("phdr:LOAD#0.p_type=0 phdr:LOAD#0.p_type=0 phdr:LOAD#0.p_type=0", 2, r"has no PT_LOAD .*p_type"),
    ("phdr:LOAD#1.p_flags=7", 1, r"PT_LOAD 1 is writable and executable.*MPK022"),
    ("phdr:LOAD#1.p_flags=1", 1, r"PT_LOAD 1 is not readable \(flags 0x1\).*MPK022"),
    ("phdr:LOAD#2.p_flags=2", 1, r"PT_LOAD 2 is not readable \(flags 0x2\).*MPK022"),
    ("phdr:LOAD#0.p_offset=1", 2, WITHIN_PAGE % 0),
    ("phdr:LOAD#1.p_offset=0xfffffffffffff000", 2, LOAD % 1),
    ("phdr:LOAD#2.p_offset=0x3000", 2, LOAD % 2),
    ("phdr:LOAD#0.p_vaddr=0x1000", 1, r"PT_LOAD 1 at 0x1000 does not lie above.*MPK020"),
    ("phdr:LOAD#1.p_vaddr=0x1008", 2, WITHIN_PAGE % 1),
    ("phdr:LOAD#1.p_vaddr=0x800000001000", 1, r"PT_LOAD 1 \(address .*fits into no address space.*MPK021"),
    ("phdr:LOAD#2.p_vaddr=0xfffffffffffff000", 1, r"PT_LOAD 2 \(address .*fits into no address space.*MPK021"),
    ("phdr:LOAD#2.p_vaddr=0x1000", 1, r"PT_LOAD 2 at 0x1000 does not lie above.*MPK020"),
    ("phdr:LOAD#1.p_paddr=0xffffffffffffffff", 0, NO_EFFECT),
    ("phdr:LOAD#1.p_filesz=0xffffffffffffffff", 2, LOAD % 1),
    ("phdr:LOAD#1.p_filesz=0x4000", 2, LOAD % 1),
    ("phdr:LOAD#1.p_filesz=0x11", 1, r"PT_LOAD 1 has more bytes in the file \(0x11\) than in memory.*MPK021"),
    ("phdr:LOAD#2.p_memsz=0", 1, r"PT_LOAD 2 has more bytes in the file .* than in memory \(0\).*MPK021"),
    ("phdr:LOAD#2.p_memsz=0xffffffffffffffff", 1, r"PT_LOAD 2 .*fits into no address space.*MPK021"),
    ("phdr:LOAD#0.p_memsz=0x2000", 1, r"PT_LOAD 1 .* PT_LOAD 0, which end at 0x2000.*MPK020"),
    ("phdr:LOAD#1.p_align=3", 1, r"PT_LOAD 1 has the alignment 0x3.*MPK021"),
    ("phdr:LOAD#1.p_align=0x8000000000000000", 1, r"PT_LOAD 1 has the alignment 0x8000000000000000.*MPK021"),
    ("phdr:PHDR.p_type=0", 1, r"there is no PT_PHDR.*MPK013"),
    ("phdr:PHDR.p_vaddr=0", 1, PHDR),
    ("phdr:PHDR.p_vaddr=0xffffffffffffffff", 1, PHDR),
    ("phdr:PHDR.p_filesz=0", 0, NO_EFFECT),
    ("phdr:INTERP.p_type=0", 1, r"there is no PT_INTERP.*MPK012"),
    ("phdr:INTERP.p_offset=0xffffffffffffffff", 1, INTERP),
    ("phdr:INTERP.p_offset=0x301", 1, INTERP),
    ("phdr:INTERP.p_vaddr=0x2000", 1, INTERP),
    ("phdr:INTERP.p_filesz=0", 1, INTERP),
    ("phdr:INTERP.p_filesz=0x1b", 1, INTERP),
    ("phdr:INTERP.p_filesz=0xffffffffffffffff", 1, INTERP),
    ("phdr:DYNAMIC.p_type=0", 1, r"there is no PT_DYNAMIC.*MPK030"),
    ("phdr:DYNAMIC.p_offset=0x2018", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_offset=0xffffffffffffffff", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_vaddr=0x2011", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_vaddr=0xfffffffffffffff8", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_filesz=0", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_filesz=0xe0", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_filesz=0xffffffffffffffff", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_memsz=0", 1, DYNAMIC),
    ("phdr:DYNAMIC.p_memsz=0xffffffffffffffff", 1, DYNAMIC),
    ("phdr:NOTE.p_vaddr=0x5000", 1, NOTE),
    ("phdr:NOTE.p_memsz=0xffffffffffffffff", 1, NOTE),
    ("phdr:TLS.p_vaddr=0x5000", 1, TLS),
    ("phdr:TLS.p_filesz=0xffffffffffffffff", 1, TLS),
    ("phdr:TLS.p_memsz=0", 1, TLS),
    ("phdr:TLS.p_memsz=0x7fffffffffffffff", 1, TLS),
    ("phdr:TLS.p_align=3", 1, TLS),
    ("phdr:TLS.p_align=0x100000000", 1, TLS),
    ("phdr:GNU_STACK.p_type=0", 1, r"there is no PT_GNU_STACK.*MPK023"),
    ("phdr:GNU_STACK.p_flags=7", 1, r"PT_GNU_STACK asks for flags 0x7.*MPK023"),
    ("phdr:GNU_STACK.p_flags=0", 1, r"PT_GNU_STACK asks for flags 0;.*MPK023"),
    ("phdr:GNU_STACK.p_memsz=0xffffffffffffffff", 0, NO_EFFECT),
    ("phdr:GNU_RELRO.p_vaddr=0x1000", 1, RELRO),
    ("phdr:GNU_RELRO.p_vaddr=0xfffffffffffff000", 1, RELRO),
    ("phdr:GNU_RELRO.p_memsz=0xffffffffffffffff", 1, RELRO),
    ("phdr:GNU_RELRO.p_memsz=0x10000", 1, RELRO),
]

# The dynamic section and what it leads to.
DYNAMIC_ROWS = [
    ("dyn:NEEDED.val=0xffffffff", 1, NO_STRING),
    ("dyn:GNU_HASH.val=0xfffffffffffffff0", 1, NOT_INSIDE % "DT_GNU_HASH"),
    ("dyn:GNU_HASH.val=0x5fc", 1, NOT_INSIDE % "DT_GNU_HASH"),
    ("dyn:STRTAB.val=0xffffffffffffffff", 1, NOT_INSIDE % "DT_STRTAB"),
    ("dyn:STRTAB.val=0x2000", 1, r"DT_STRTAB is in a writable PT_LOAD.*MPK035"),
    ("dyn:STRSZ.val=0xffffffffffffffff", 1, NOT_INSIDE % "DT_STRTAB"),
    ("dyn:STRSZ.val=0", 1, NO_STRING),
    ("dyn:SYMTAB.val=0xffffffffffffffff", 1, NOT_INSIDE % "DT_SYMTAB"),
    ("dyn:SYMENT.val=23", 1, r"DT_SYMTAB has no entry size, or another one than 24.*MPK036"),
    ("dyn:RELA.val=0xffffffffffffffe0", 1, NOT_INSIDE % "DT_RELA"),
    ("dyn:RELA.val=0x2200", 1, r"DT_RELA is in a writable PT_LOAD.*MPK035"),
    ("dyn:RELASZ.val=0xffffffffffffffff", 1, NOT_INSIDE % "DT_RELA"),
    ("dyn:RELASZ.val=47", 1, r"DT_RELA has 47 bytes.*MPK036"),
    ("dyn:RELAENT.val=0", 1, r"DT_RELA has no entry size, or another one than 24.*MPK036"),
    ("dyn:RELACOUNT.val=0xffffffff", 1, r"DT_RELACOUNT is 4294967295.*MPK036"),
    ("dyn:VERSYM.val=0xffffffffffffffff", 1, NOT_INSIDE % "DT_VERSYM"),
    ("dyn:VERNEED.val=0x5ff", 1, NOT_INSIDE % "DT_VERNEED"),
    ("dyn:VERNEEDNUM.val=0xffffffff", 0, NO_EFFECT),  # ld.so follows the chain instead
    ("dyn:FLAGS.val=0xffffffff", 1, r"DT_FLAGS has the bits 0xffffffe0.*MPK034"),
    ("dyn:FLAGS_1.val=0xffffffffffffffff", 1, r"DT_FLAGS_1 has the bits 0xfffffffff7ffff14.*MPK034"),
    ("dyn:FLAGS.tag=0x7ffffffd", 1, r"DT_AUXILIARY is set.*MPK032"),
    ("rela:0.r_offset=0xffffffffffffffff", 1, r"writes 8 bytes at 0xffffffffffffffff.*MPK041"),
    ("rela:0.r_offset=0x1000", 1, r"writes 8 bytes at 0x1000, in a PT_LOAD that is not writable.*MPK041"),
    ("rela:0.r_type=37", 1, r"type 37 \(R_X86_64_IRELATIVE\).*MPK040"),
    ("rela:0.r_type=0xffffffff", 1, r"type 4294967295 \(unknown\).*MPK040"),
    ("rela:1.r_sym=0xffffff", 1, r"relocation names symbol 16777215.*MPK036"),
    ("sym:number.st_name=0xffffffff", 1, r"the name of symbol 2 is not a string.*MPK036"),
    ("sym:number.st_value=0xffffffffffffffff", 1, r"symbol number has the value 0xffffffffffffffff.*MPK051"),
    ("sym:number.st_info=0x1a", 1, r"STT_GNU_IFUNC.*MPK050"),
    ("half:dyn.VERSYM+2=0x7fff", 1, r"symbol 1 has no version index in DT_VERSYM.*MPK036"),
    ("word:dyn.VERNEED+8=0xffffffff", 1, r"a needed version lies outside the object.*MPK036"),
    ("word:dyn.VERNEED+12=0xfffffff0", 1, r"DT_VERNEED leads out of the object.*MPK036"),
    ("word:dyn.GNU_HASH=0xffffffff", 1, r"DT_GNU_HASH has .* 4294967295 buckets.*MPK036"),
    ("word:dyn.GNU_HASH+4=0xffffffff", 1, r"bucket 0 of DT_GNU_HASH leads out.*MPK036"),
    ("word:dyn.GNU_HASH+8=0", 1, r"DT_GNU_HASH has 0 Bloom words.*MPK036"),
]

# Cut in the middle of each structure, at its start and before its last byte.
TRUNCATION_ROWS = [
    ("truncate=0", 2, r"is empty"),
    ("truncate=3", 2, MAGIC),
    ("truncate=4", 2, r"4 bytes are no ELF header"),
    ("truncate=16", 2, r"16 bytes are no ELF header"),
    ("truncate=63", 2, r"63 bytes are no ELF header"),
    ("truncate=64", 2, HEADERS),
    ("truncate=100", 2, HEADERS),
    ("truncate=0x2a7", 2, HEADERS),
    ("truncate=0x2a8", 2, LOAD % 0),
    ("truncate=0x310", 2, LOAD % 0),
    ("truncate=0x3ff", 2, LOAD % 0),
    ("truncate=0x5ff", 2, LOAD % 0),
    ("truncate=0x600", 2, LOAD % 1),
    ("truncate=0x1008", 2, LOAD % 1),
    ("truncate=0x100f", 2, LOAD % 1),
    ("truncate=0x1010", 2, LOAD % 2),
    ("truncate=0x2010", 2, LOAD % 2),  # before the dynamic section
    ("truncate=0x20a8", 2, LOAD % 2),  # in it
    ("truncate=0x3007", 2, LOAD % 2),
    ("truncate=0x3008", 0, NO_EFFECT),  # nothing but symbols and section headers is missing
    ("truncate=0x3400", 0, NO_EFFECT),  # in the section headers
]

ROWS = HEADER_ROWS + PROGRAM_HEADER_ROWS + DYNAMIC_ROWS + TRUNCATION_ROWS


def wrong(status, output, expected, text):
    if status < 0 or status >= 128:
        return f"died by signal (status {status})"
    if status != expected:
        return f"status {status}, not {expected}"
    if expected == 0 and ": error: " in output:
        return "reports an error with status 0"
    if not re.search(text, output):
        return f"does not say /{text}/"
    return None


def main():
    verify, base, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(base, "rb") as file:
        original = file.read()
    failures = 0
    for number, (operations, expected, text) in enumerate(ROWS):
        elf = Elf(original)
        for operation in operations.split():
            elf.apply(operation)
        if elf.data == original:
            sys.exit(f"malformed.py: {operations} changes nothing")
        path = os.path.join(folder, f"{number}")
        with open(path, "wb") as file:
            file.write(elf.data)
        run = subprocess.run([verify, "--policy", "main", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             encoding="utf-8", errors="replace", timeout=60, check=False)
        why = wrong(run.returncode, run.stdout, expected, text)
        if why is not None:
            failures += 1
            print(f"{operations}: {why}:\n{run.stdout}")
    print(f"{len(ROWS)} malformed files, {failures} not as expected")
    sys.exit(1 if failures else 0)


main()
