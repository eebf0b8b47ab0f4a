// Calls of the C library's pkey functions are errors at the call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <sys/mman.h>

int f(void *p) {
    // CHECK-DAG: ban-calls-glibc.c:[[@LINE+1]]:15: error: call to pkey_alloc: client code must not change protection keys
    int key = pkey_alloc(0, 0);
    // CHECK-DAG: ban-calls-glibc.c:[[@LINE+1]]:5: error: call to pkey_set: client code must not change protection keys
    pkey_set(key, 0);
    // CHECK-DAG: ban-calls-glibc.c:[[@LINE+1]]:9: error: call to pkey_get: client code must not change protection keys
    if (pkey_get(key))
        // CHECK-DAG: ban-calls-glibc.c:[[@LINE+1]]:9: error: call to pkey_mprotect: client code must not change protection keys
        pkey_mprotect(p, 4096, PROT_READ, key);
    // CHECK-DAG: ban-calls-glibc.c:[[@LINE+1]]:12: error: call to pkey_free: client code must not change protection keys
    return pkey_free(key);
}
// CHECK: {{^5 errors generated}}
