// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keys made by OpenSSL for this run.
#include <stdlib.h>

#include "fixture.h"
#include "keys.h"
#include "support.h"

int start_vault(void **state) {
    (void)state;
    struct mpkgate_boot_key keys[KEYS];
    assert_int_equal(run("openssl ecparam -name prime256v1 -genkey -noout -out p256.pem && "
                         "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem && "
                         "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem && "
                         "openssl genrsa -out rsa.pem 3072 && openssl rand -out aes.bin 32 && "
                         "for i in p256 p384 p521 rsa; do openssl pkey -in $i.pem -pubout -out $i.pub; done"),
                     0);
    for (size_t i = 0; i < KEYS; i++) {
        keys[i].name = key_names[i];
        keys[i].data = read_file(key_files[i], &keys[i].size);
    }
    assert_int_equal(fixture_boot(keys, KEYS), MPKGATE_BOOT_OK);
    for (size_t i = 0; i < KEYS; i++) {
        free((void *)(uintptr_t)keys[i].data);
    }
    return 0;
}

uint32_t open_key(const char *name) {
    uint32_t key = 0;
    assert_int_equal(vault_open_key(name, &key), VAULT_SUCCESS);
    assert_int_not_equal(key, 0);
    return key;
}
