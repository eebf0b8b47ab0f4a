// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Relocatable objects and archives of them: a courtesy to those who want to know early. The linker changes
// their bytes (and most patterns are of its making), so nothing that is found or not found in them proves
// anything; mpk_elf_judge says so in a warning (MPK080) with every object. They are not opened by
// mpk_elf_open, and so no such file is ever run.
//
// Formats: System V gABI, "Sections"; ar(5) in the System V/GNU and the BSD variant. Nothing in a file is
// believed. Thread-safety as in mpk-elf.h.

#ifndef MPKGATE_UNLINKED_H
#define MPKGATE_UNLINKED_H

#include "mpk-elf.h"

enum mpk_input {
    MPK_INPUT_LINKED = 0,  // for mpk_elf_open_fd, which says what is wrong if it is not
    MPK_INPUT_RELOCATABLE, // for mpk_elf_open_relocatable
    MPK_INPUT_ARCHIVE,     // for mpk_archive_open_fd
};
// By the first bytes of the file. fd is neither moved nor closed; cannot fail.
enum mpk_input mpk_input_of(int fd);

// Opens and reads a whole relocatable object (ET_REL) of a descriptor, which is neither moved nor closed. It
// has neither program headers nor a dynamic section; mpk_elf_judge scans each executable section as a run of
// its own and reports file offsets. name is for messages and is copied. Returns NULL and fills *error on
// failure.
struct mpk_elf *mpk_elf_open_relocatable(int fd, const char *name, struct mpk_elf_error *error);

struct mpk_archive;
// Opens and reads a whole archive of a descriptor, which is neither moved nor closed. Thin archives, whose
// members lie elsewhere, are refused. name is for messages and is copied. Returns NULL and fills *error on
// failure.
struct mpk_archive *mpk_archive_open_fd(int fd, const char *name, struct mpk_elf_error *error);
// The next member, as by mpk_elf_open_relocatable; to be closed with mpk_elf_close, before or after the
// archive. Its name is "archive(member)". Symbol tables and the table of long names are no members. Returns
// NULL at the end, with status MPK_ELF_OK; and for a member that cannot be checked (bitcode, 32-bit, another
// archive, truncated), with another status and a text that names the member: call again for those behind it.
struct mpk_elf *mpk_archive_next(struct mpk_archive *archive, struct mpk_elf_error *error);
// archive may be NULL.
void mpk_archive_close(struct mpk_archive *archive);

#endif
