// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A34: the vsyscall page, code at an address that everybody knows.
#include "evil.h"

#include <string.h>

int evil_vsyscall(const struct evil_target *target) {
    uintptr_t address = 0xffffffffff600400;
    long (*get_time)(long *);

    (void)target;
    memcpy(&get_time, &address, sizeof get_time);
    return get_time(NULL) > 0 ? evil_succeeded("the vsyscall page is there") : evil_failed("time");
}
