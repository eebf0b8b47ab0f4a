// Only functions can be gated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-variable.c:[[@LINE+1]]:11: error: 'variable' has a gate but is not a function
MPK_GATE("class(manage)") int variable;
