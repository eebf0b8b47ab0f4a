// dlsym of a banned name is an error, of another it is not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <dlfcn.h>

void *f(const char *other) {
    dlsym(0, other);
    dlsym(0, "malloc");
    // CHECK-DAG: ban-look-up.c:[[@LINE+1]]:5: error: look-up of pkey_mprotect: client code must not change protection keys
    dlvsym(0, "pkey_mprotect", "GLIBC_2.27");
    // CHECK-DAG: ban-look-up.c:[[@LINE+1]]:12: error: look-up of pkey_set: client code must not change protection keys
    return dlsym(0, "pkey_set");
}
// CHECK: {{^2 errors generated}}
