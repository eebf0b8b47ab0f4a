// The attribute sets the action for one function, against the environment.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck --check-prefix=DEFAULT %s
// RUN: env MPKGATE_BAN=replace not %mpkcc -c %s -o %t 2>&1 | FileCheck --check-prefix=REPLACE %s
#define _GNU_SOURCE
#include <sys/mman.h>

__attribute__((annotate("mpkgate-ban:replace"))) int replaced(void) {
    return pkey_set(1, 0);
}
int other(void) {
    return pkey_set(1, 0);
}
__attribute__((annotate("mpkgate-ban:error"))) int strict(void) {
    return pkey_set(1, 0);
}
// DEFAULT-NOT: in 'replaced'
// DEFAULT-DAG: error: call to pkey_set: {{.*}} (in 'other';
// DEFAULT-DAG: error: call to pkey_set: {{.*}} (in 'strict';
// DEFAULT-NOT: in 'replaced'
// REPLACE-NOT: in 'other'
// REPLACE: error: call to pkey_set: {{.*}} (in 'strict';
// REPLACE-NOT: in 'other'
