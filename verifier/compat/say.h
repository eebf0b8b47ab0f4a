// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Messages on standard error, without stdio, which may be locked or closed.
#ifndef MPKGATE_COMPAT_SAY_H
#define MPKGATE_COMPAT_SAY_H

enum { COMPAT_FAILED = 125 }; // exit status where the library cannot do its work, as of mpk-run itself

// Writes "libmpkgate-compat: ", the strings up to NULL, and a newline, in one write; cuts at 1024 bytes.
// Thread-safe; keeps errno.
void compat_say(const char *text, ...) __attribute__((sentinel));

#endif
