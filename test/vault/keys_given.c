// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In a sealed process: mpk-run --key has given the keys.
#include "fixture.h"
#include "keys.h"
#include "support.h"

struct fixture fixture;

int start_vault(void **state) {
    (void)state;
    return 0;
}

uint32_t open_key(const char *name) {
    uint32_t key = 0;
    assert_int_equal(vault_open_key(name, &key), VAULT_SUCCESS);
    assert_int_not_equal(key, 0);
    return key;
}
