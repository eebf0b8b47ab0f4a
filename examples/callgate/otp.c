// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "otp.h"

#include <psa/crypto.h>

#include "ask_signer.h"
#include "keynames.h"
#include "lock.h"
#include "machine.h"

#define WINDOW 3 // codes that a user may have skipped
#define WRONG_MAX 10
#define MODULUS 1000000

static struct lock lock;
static uint64_t next = 0;
static uint64_t last = 0;
static unsigned wrong = 0;

// RFC 4226, 5.3.
static uint64_t code_of(uint64_t counter) {
    const uint64_t message = __builtin_bswap64(counter);
    uint8_t mac[32] = {0};
    size_t size = 0;
    uint32_t code = UINT32_MAX;
    if (psa_mac_compute(keyname_find("seed"), PSA_ALG_HMAC(PSA_ALG_SHA_256), (const uint8_t *)&message,
                        sizeof(message), mac, sizeof(mac), &size) == PSA_SUCCESS) {
        __builtin_memcpy(&code, mac + (mac[31] & 15), sizeof(code));
        code = (__builtin_bswap32(code) & INT32_MAX) % MODULUS;
    }
    vault_wipe(mac, sizeof(mac));
    return code;
}

// Takes the code, once. 1 if it was right.
static int accept(uint64_t code, uint64_t *counter) {
    int is_right = 0;
    lock_take(&lock);
    for (uint64_t skipped = 0; wrong < WRONG_MAX && skipped < WINDOW && !is_right; skipped++) {
        is_right = code_of(next + skipped) == code && code < MODULUS;
        if (is_right) {
            last = *counter = next + skipped;
            next = last + 1;
            wrong = 0;
        }
    }
    wrong += !is_right;
    lock_release(&lock);
    return is_right;
}

struct signer_tag otp_login(uint64_t account, uint64_t code) {
    uint64_t counter = 0;
    if (!accept(code, &counter)) {
        return (struct signer_tag){0, 0};
    }
    return ask_signer_to_assert(account, counter);
}

uint64_t otp_counter(void) {
    return last;
}

int32_t otp_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second) {
    return ask_signer_to_check(account, counter, first, second);
}
