// The address of a banned function is an error where it is taken.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <sys/mman.h>

typedef int (*setter)(int, unsigned);

setter f(void) {
    // CHECK: ban-address.c:[[@LINE+1]]:5: error: address of pkey_set: client code must not change protection keys
    return pkey_set;
}
