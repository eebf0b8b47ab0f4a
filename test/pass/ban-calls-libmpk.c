// Calls of libmpk are errors at the call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
int mpk_init(int);
void *mpk_mmap(int, void *, unsigned long, int);
int mpk_begin(int, int);
int mpk_end(int);
void *mpt_malloc(int, unsigned long);

void f(void) {
    // CHECK-DAG: ban-calls-libmpk.c:[[@LINE+1]]:5: error: call to mpk_init: client code must not change protection keys
    mpk_init(-1);
    // CHECK-DAG: ban-calls-libmpk.c:[[@LINE+1]]:5: error: call to mpk_mmap: client code must not change protection keys
    mpk_mmap(1, 0, 4096, 3);
    // CHECK-DAG: ban-calls-libmpk.c:[[@LINE+1]]:5: error: call to mpk_begin: client code must not change protection keys
    mpk_begin(1, 3);
    // CHECK-DAG: ban-calls-libmpk.c:[[@LINE+1]]:5: error: call to mpk_end: client code must not change protection keys
    mpk_end(1);
    // CHECK-DAG: ban-calls-libmpk.c:[[@LINE+1]]:5: error: call to mpt_malloc: client code must not change protection keys
    mpt_malloc(1, 16);
}
