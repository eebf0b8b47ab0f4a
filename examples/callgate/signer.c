// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "signer.h"

#include <psa/crypto.h>

#include "keynames.h"
#include "machine.h"

struct signer_tag signer_assert(uint64_t account, uint64_t counter) {
    const uint64_t message[2] = {account, counter};
    struct signer_tag tag = {0, 0};
    uint8_t mac[32];
    size_t size = 0;
    if (psa_mac_compute(keyname_find("signing"), PSA_ALG_HMAC(PSA_ALG_SHA_256), (const uint8_t *)message,
                        sizeof(message), mac, sizeof(mac), &size) == PSA_SUCCESS) {
        __builtin_memcpy(&tag, mac, sizeof(tag));
    }
    vault_wipe(mac, sizeof(mac));
    return tag;
}

int32_t signer_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second) {
    struct signer_tag tag = signer_assert(account, counter);
    uint64_t difference = (tag.first ^ first) | (tag.second ^ second);
    return difference == 0 && (first | second) != 0;
}
