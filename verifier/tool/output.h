// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the report goes. There is one report, so there is one state; not thread-safe.

#ifndef MPKGATE_OUTPUT_H
#define MPKGATE_OUTPUT_H

#include <stdio.h>

// Opens what is to be written: standard output if path is NULL; else a new file beside path, which takes
// path's place in output_commit, so that a reader sees the old report or the new one, never a part of it. A
// path that is no regular file (a FIFO, /dev/null) is written to as it is. Dies if that is not possible.
FILE *output_open(const char *path);

// Ends the report. Dies, and leaves the old file as it was, if not all of it could be written.
void output_commit(void);

#endif
