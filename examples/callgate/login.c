// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// login CODE...: logs account 42 in with each code, and has the signed statement checked.
// login --steal: hands the vault the address of a secret of its own, which an honest one does not look at.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otp.h"

#define ACCOUNT 42

static volatile uint64_t secret = UINT64_C(0x6d696e65);

static void log_in(const char *code) {
    struct signer_tag tag = otp_login(ACCOUNT, strtoull(code, NULL, 10));
    if ((tag.first | tag.second) == 0) {
        printf("%s: refused\n", code);
        return;
    }
    uint64_t counter = otp_counter();
    printf("%s: statement for counter %" PRIu64 " is %s, for another account %s\n", code, counter,
           otp_check(ACCOUNT, counter, tag.first, tag.second) == 1 ? "good" : "BAD",
           otp_check(ACCOUNT + 1, counter, tag.first, tag.second) == 0 ? "not" : "GOOD, TOO");
}

int main(int argc, char **argv) {
    setbuf(stdout, NULL);
    if (argc == 2 && strcmp(argv[1], "--steal") == 0) {
        struct signer_tag tag = otp_login((uint64_t)(uintptr_t)&secret, 0);
        printf("the vault has read %" PRIx64 "\n", tag.first);
        return 0;
    }
    for (int i = 1; i < argc; i++)
        log_in(argv[i]);
    return 0;
}
