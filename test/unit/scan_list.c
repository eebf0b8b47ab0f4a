// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the ELF layer and the scanner say of many files, for the second implementation
// (test/verify/Inputs/spec.py) to compare with. Reads paths from standard input, each ended by a NUL, and
// answers each in order with lines:
//
//   refused STATUS          mpk_elf_open refuses it, with this enum mpk_elf_status
//   hit PATTERN ADDRESS     for each hit, in the scanner's order; a hexadecimal address in the object's
//   numbering end

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mpk-elf.h"

static const char *status_name(enum mpk_elf_status status) {
    switch (status) {
    case MPK_ELF_OK:
        return "ok";
    case MPK_ELF_UNREADABLE:
        return "unreadable";
    case MPK_ELF_NOT_A_FILE:
        return "not-a-file";
    case MPK_ELF_NOT_ELF:
        return "not-elf";
    case MPK_ELF_WRONG_KIND:
        return "wrong-kind";
    case MPK_ELF_TRUNCATED:
        return "truncated";
    case MPK_ELF_MALFORMED:
        return "malformed";
    case MPK_ELF_NO_MEMORY:
        return "no-memory";
    }
    return "unknown";
}

static bool print_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)context;
    printf("hit %s %" PRIx64 "\n", pattern == MPK_PATTERN_WRPKRU ? "wrpkru" : "xrstor", address);
    return true;
}

static void answer(const char *path) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open(path, &error);
    if (elf == NULL) {
        printf("refused %s\n", status_name(error.status));
    } else {
        struct mpk_scan scan;
        mpk_scan_begin(&scan, print_hit, NULL);
        mpk_elf_scan(elf, &scan);
        mpk_elf_close(elf);
    }
    printf("end\n");
}

int main(void) {
    char *path = NULL;
    size_t room = 0;
    while (getdelim(&path, &room, '\0', stdin) > 0)
        answer(path);
    free(path);
    return ferror(stdin) != 0 || fflush(stdout) != 0;
}
