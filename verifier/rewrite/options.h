// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line.

#ifndef MPKGATE_REWRITE_OPTIONS_H
#define MPKGATE_REWRITE_OPTIONS_H

#include "mpk-rewrite.h"

struct options {
    const char *input;
    const char *output; // NULL with dry_run only
    enum mpk_banned banned;
    const char *libraries[MPK_LIBRARIES_MAX];
    size_t library_count;
    bool dry_run;
    bool diff;
    bool json;
    bool quiet;
};

// Fills *parsed, or says what is wrong and exits with EXIT_NOT_CHECKED. --help and --version exit with 0.
void options_parse(int argc, char **argv, struct options *parsed);

#endif
