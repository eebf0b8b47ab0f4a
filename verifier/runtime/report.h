// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the runtime refuses: one line on standard error, then the end of the process with status 125.
#ifndef MPKGATE_RUNTIME_REPORT_H
#define MPKGATE_RUNTIME_REPORT_H

#include <stdint.h>

#define MPKGATE_EXIT_REFUSED 125

// Writes "mpkgate: " and the strings up to a NULL, then ends the process. Never returns: nothing continues
// after a failed check. `first` names the thing; the last string is the remedy.
_Noreturn void refuse(const char *first, ...);

// Writes "mpkgate: " and the string; for what must not be left unsaid.
void warn(const char *text);

// Room for "0x" and 16 digits.
struct hex {
    char text[19];
};
struct hex hex(uint64_t value);
// A number in decimal.
struct hex decimal(uint64_t value);

#endif
