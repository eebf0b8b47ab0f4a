// syscall() with the number of a pkey system call is an error, with another it is not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

long f(long other) {
    long sum = syscall(SYS_getpid) + syscall(other);
    // CHECK-DAG: ban-system-call.c:[[@LINE+1]]:12: error: system call pkey_mprotect: client code must not change protection keys
    sum += syscall(SYS_pkey_mprotect, 0, 0, 0, 0);
    // CHECK-DAG: ban-system-call.c:[[@LINE+1]]:12: error: system call pkey_alloc: client code must not change protection keys
    sum += syscall(330, 0, 0);
    // CHECK-DAG: ban-system-call.c:[[@LINE+1]]:12: error: system call pkey_free: client code must not change protection keys
    sum += syscall(0x40000000 + 331, 1); // x32
    return sum;
}
// CHECK: {{^3 errors generated}}
