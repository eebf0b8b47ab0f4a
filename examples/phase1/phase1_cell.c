// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One cell of the matrix: WHO (main, trusted, untrusted) tries to READ or WRITE one byte of the key. Ends
// with status 0 and a line with the result, or is ended by the CPU. main's access is in this file, the
// untrusted library's in untrusted.c, the trusted library is the vault, asked to touch the key as its crypto
// operations do.
#include "untrusted.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <vault-testing.h>
#include <vault.h>

static int main_touches(volatile unsigned char *key, int write) {
    if (write)
        key[0]++;
    return key[0];
}

int main(int argc, char **argv) {
    volatile unsigned char *address;
    uint32_t key;
    int write;
    int before;
    int byte;

    if (argc != 3 || vault_open_key("phase1", &key) != VAULT_SUCCESS) {
        fputs("usage: phase1-cell main|trusted|untrusted read|write, with a key called phase1\n", stderr);
        return 2;
    }
    write = strcmp(argv[2], "write") == 0;
    address = (volatile unsigned char *)vault_test_address(VAULT_TEST_KEY, key);
    before = vault_test_touch_key(key, 0, 0);
    if (address == NULL || before < 0)
        return 2;
    printf("tries\n");
    fflush(stdout);
    if (strcmp(argv[1], "main") == 0)
        byte = main_touches(address, write);
    else if (strcmp(argv[1], "untrusted") == 0)
        byte = untrusted_touches(address, write);
    else
        byte = vault_test_touch_key(key, 0, (uint32_t)write);
    // A byte that was read must be the key's, one that was written must have changed it.
    if (byte != (write ? (before + 1) % 256 : before) || vault_test_touch_key(key, 0, 0) != byte) {
        puts("lost");
        return 2;
    }
    puts("done");
    return 0;
}
