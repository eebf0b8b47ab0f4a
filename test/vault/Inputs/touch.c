// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// touch crypto|manage OFFSET read|write: one byte of the key "key", touched by trusted code of that class.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vault-testing.h>
#include <vault.h>

int main(int argc, char **argv) {
    uint32_t key = 0;
    if (argc != 4 || vault_open_key("key", &key) != VAULT_SUCCESS) {
        return 2;
    }
    uint32_t offset = (uint32_t)strtoul(argv[2], NULL, 10);
    uint32_t write = strcmp(argv[3], "write") == 0;
    printf("tries\n");
    fflush(stdout);
    int32_t byte = strcmp(argv[1], "manage") == 0 ? vault_test_manage_key(key, offset, write)
                                                  : vault_test_touch_key(key, offset, write);
    printf("byte %d\n", byte);
    return 0;
}
