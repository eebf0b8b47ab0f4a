// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// lean-proof FILE...: what the lean gate's proof says of each file's code. lean-gate-proof.test runs it.
#include <stdio.h>

#include "lean.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct mpk_elf_error error;
        struct mpk_elf *elf = mpk_elf_open(argv[i], &error);
        char why[200] = "";
        if (elf == NULL) {
            fprintf(stderr, "%s: %s\n", argv[i], error.text);
            return 1;
        }
        if (image_is_lean(elf, why, sizeof(why)))
            puts("lean");
        else
            printf("full: %s\n", why);
        mpk_elf_close(elf);
    }
    return 0;
}
