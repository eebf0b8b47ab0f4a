// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <sys/syscall.h>

#include "calls.h"

int64_t sleep_for(uint64_t milliseconds) {
    const struct {
        uint64_t seconds, nanoseconds;
    } time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    return system_call(SYS_nanosleep, (uint64_t)(uintptr_t)&time, 0, 0);
}
