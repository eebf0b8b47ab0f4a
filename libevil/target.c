// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See target.h. Compiled with the pass for protected programs, and with EVIL_UNPROTECTED for the others.
#include "target.h"

#include <stdio.h>
#include <string.h>
#include <vault-testing.h>
#include <vault.h>

#ifdef EVIL_UNPROTECTED
#include "plain_pkey.h"

// What stands in for the gates where there are none.
static void find_gate(struct evil_target *target) {
    target->gate = (const unsigned char *)plain_pkey_gate;
    target->gate_size = (size_t)(plain_pkey_gate_end - (const char *)plain_pkey_gate);
}

static int hide(struct evil_target *target) {
    target->key = plain_pkey_hide(target->key, target->key_size, &target->closed);
    if (target->key == NULL) {
        perror("evil-main: no protection keys for --pkey");
        return -1;
    }
    target->call_trusted = plain_pkey_window;
    target->trusted = (const void *)plain_pkey_window;
    target->trusted_size = (size_t)(plain_pkey_window_end - (const char *)plain_pkey_window);
    return 0;
}
#else
#include <mpkgate-abi.h>
#include <vault-abi.h>

extern const struct mpkgate_import first_import[] __asm__("__start_mpkgate_imports");

// The gates lie on one page, and any import of this program's leads to it.
static void find_gate(struct evil_target *target) {
    const struct mpkgate_slot *slot =
        (const struct mpkgate_slot *)((const char *)&first_import->slot + first_import->slot);

    target->gate = (const unsigned char *)(slot->entry & ~UINT64_C(4095));
    target->gate_size = 4096;
    // The rest of the page is all alike.
    while (target->gate_size > 1 &&
           target->gate[target->gate_size - 1] == target->gate[target->gate_size - 2])
        target->gate_size--;
    target->closed = MPKGATE_PKRU_CLOSED;
    target->is_sealed = 1;
}

static int hide(struct evil_target *target) {
    (void)target;
    return 0;
}
#endif

static void call_vault(void) {
    vault_test_linger(1000000);
}

int target_find(struct evil_target *target, const char *name, int plain_pkey) {
    struct vault_key_attributes info;
    uint32_t key;
    int32_t status = vault_open_key(name, &key);

    if (status == VAULT_SUCCESS)
        status = vault_key_info(key, &info);
    if (status != VAULT_SUCCESS) {
        fprintf(stderr, "evil-main: the vault has no key %s: %d\n", name, (int)status);
        return -1;
    }
    target->id = key;
    // Of an RSA key only the beginning; enough to show that it was read.
    target->key_size = info.bits / 8 < EVIL_KEY_MAX ? info.bits / 8 : EVIL_KEY_MAX;
    target->key = (unsigned char *)vault_test_address(VAULT_TEST_KEY, key);
    if (target->key == NULL) {
        fputs("evil-main: the vault does not tell where the key lies; run with its test image\n", stderr);
        return -1;
    }
    target->call_trusted = call_vault;
    target->trusted = (const void *)vault_test_address(VAULT_TEST_TEXT, 0);
    target->trusted_size = 4096;
    find_gate(target);
    return plain_pkey ? hide(target) : 0;
}
