// An unknown action is an error, in the environment and in the attribute.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck --check-prefix=ATTRIBUTE %s
// RUN: env MPKGATE_BAN=off not %mpkcc -c %s -o %t 2>&1 | FileCheck --check-prefix=ENVIRONMENT %s
// ATTRIBUTE: ban-action-unknown.c:[[@LINE+1]]:26: error: mpkgate-ban:ignore: expected a function with mpkgate-ban:error or mpkgate-ban:replace
__attribute__((annotate("mpkgate-ban:ignore"))) void f(void) {
}
// ENVIRONMENT: error: MPKGATE_BAN=off: expected error or replace
