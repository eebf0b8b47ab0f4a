// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text form of a finding, the same in mpk-verify and in a refusal by mpk-run.

#ifndef MPKGATE_REPORT_H
#define MPKGATE_REPORT_H

#include <stdio.h>

#include "explain.h"

// Writes to stream
//     path:section+0xoff: error: what was found [MPK001]
// and, indented, place, source, disassembly and remedy. Control characters of path are replaced by '?'.
void mpk_report_text(FILE *stream, const char *path, const struct mpk_finding *finding,
                     const struct mpk_explanation *explanation);

#endif
