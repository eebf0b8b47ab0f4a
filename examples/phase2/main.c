// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The main program of phase 2: a legitimate call of the vault, and the untrusted library's two attempts.
#include "untrusted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <vault.h>

int call_vault(uint8_t *bytes, size_t size) {
    return vault_generate_random(bytes, size);
}

int main(void) {
    uint8_t bytes[16];

    printf("main: the vault's answer to a gated call: %d\n", call_vault(bytes, sizeof bytes));
    errno = 0;
    printf("untrusted library: pkey_set returns %d", untrusted_pkey_set());
    printf(" (%s)\n", strerror(errno));
    puts("untrusted library: wrpkru comes next");
    fflush(stdout);
    untrusted_wrpkru();
    puts("untrusted library: wrpkru ran");
    return 0;
}
