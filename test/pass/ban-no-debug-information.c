// Without debug information the error names the function and says how to get the place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <sys/mman.h>

// CHECK: ban-no-debug-information.c:[[@LINE+1]]:5: error: call to pkey_set: client code must not change protection keys (in 'f'; -g gives the exact place)
int f(void) {
    return pkey_set(1, 0);
}
// CHECK: error: {{.*}}ban-no-debug-information.c: address of pkey_get: client code must not change protection keys (in the initializer of 'variable')
int (*variable)(int) = pkey_get;
