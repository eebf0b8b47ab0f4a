// Every part of a callback clause is wanted, and an error points at what is missing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

typedef int64_t reader(void *context, void *buffer, size_t size);

// CHECK: error-callback.c:[[@LINE+1]]:21: error: gate of 'without_context': expected ',' before the context
MPK_GATE("callback(0)")
int without_context(reader *f, void *context);
// CHECK: error-callback.c:[[@LINE+1]]:22: error: gate of 'other_word': expected context=
MPK_GATE("callback(0,contest=1,read)")
int other_word(reader *f, void *context);
// CHECK: error-callback.c:[[@LINE+1]]:32: error: gate of 'other_kind': expected read or write
MPK_GATE("callback(0,context=1,rewind)")
int other_kind(reader *f, void *context);
// CHECK: error-callback.c:[[@LINE+1]]:30: error: gate of 'no_such_context': there is no argument 2: the function has 2, counted from 0
MPK_GATE("callback(0,context=2,read)")
int no_such_context(reader *f, void *context);
// CHECK: error-callback.c:[[@LINE+1]]:20: error: gate of 'no_function': argument 0 is not a pointer
MPK_GATE("callback(0,context=1,read)")
int no_function(int f, void *context);
// CHECK: error-callback.c:[[@LINE+1]]:30: error: gate of 'same': argument 0 is covered twice
MPK_GATE("callback(0,context=0,read)")
int same(reader *f);

void use(void) {
    without_context(0, 0);
    other_word(0, 0);
    other_kind(0, 0);
    no_such_context(0, 0);
    no_function(0, 0);
    same(0);
}
