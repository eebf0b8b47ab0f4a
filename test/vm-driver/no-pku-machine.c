// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --no-pku gives a machine whose CPU has no protection keys; pkuvm has-pku tells them apart; without --kernel
// a command runs directly exactly where has-pku says yes.
// RUN: clang -O1 -Wall -Werror %s -o %t
// RUN: %pkuvm run --no-pku --private -- sh -c '%t; ! %pkuvm has-pku' | FileCheck --check-prefix=NONE %s
// RUN: %pkuvm run --kernel 6.12 --private -- sh -c '%t; %pkuvm has-pku' | FileCheck --check-prefix=PKU %s
// RUN: if %pkuvm has-pku; then uname -n; else echo pkuvm; fi > %t.place
// RUN: %pkuvm run -- uname -n | cmp - %t.place
#define _GNU_SOURCE
#include <cpuid.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
    unsigned a, b, c, d;
    __cpuid_count(7, 0, a, b, c, d);
    // NONE: OSPKE 0, no key
    // PKU: OSPKE 1, a key
    printf("OSPKE %u, %s\n", c >> 4 & 1, pkey_alloc(0, 0) < 0 ? "no key" : "a key");
    return 0;
}
