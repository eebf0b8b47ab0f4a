// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What mpk-rewrite says about a file.

#ifndef MPKGATE_REWRITE_REPORT_H
#define MPKGATE_REWRITE_REPORT_H

#include <stdio.h>

#include "mpk-rewrite.h"
#include "options.h"

void report_text(FILE *out, const struct options *options, const struct mpk_rewritten *result);
// One JSON document. Dies when memory is out.
void report_json(FILE *out, const struct options *options, const struct mpk_rewritten *result,
                 int exit_status);

#endif
