// The address of a banned function in a table is an error at the variable.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <sys/mman.h>

struct entry {
    const char *name;
    int (*function)(int, unsigned);
};
// CHECK: ban-address-in-table.c:[[@LINE+1]]:{{[0-9]+}}: error: address of pkey_set: client code must not change protection keys (in the initializer of 'table')
const struct entry table[] = {{"set", pkey_set}};
