// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What unlinked.c and archive.c share.

#ifndef MPKGATE_UNLINKED_PRIVATE_H
#define MPKGATE_UNLINKED_PRIVATE_H

#include "unlinked.h"

#define MPK_ARCHIVE_MAGIC 8 // bytes of "!<arch>\n"

// Makes an object of elf, which holds the bytes of a file and no more. Takes it: it is closed on failure.
struct mpk_elf *mpk_unlinked_open(struct mpk_elf *elf, const char *name, struct mpk_elf_error *error);

#endif
