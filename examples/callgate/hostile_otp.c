// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an attacker would put in the place of otp.c: it takes what it can reach. `account` is an address.
#include "otp.h"

#include "ask_signer.h"

struct signer_tag otp_login(uint64_t account, uint64_t code) {
    (void)code;
    return (struct signer_tag){*(volatile uint64_t *)(uintptr_t)account, 1};
}

uint64_t otp_counter(void) {
    return 0;
}

int32_t otp_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second) {
    return ask_signer_to_check(account, counter, first, second);
}
