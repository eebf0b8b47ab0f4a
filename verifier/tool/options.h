// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line.

#ifndef MPKGATE_OPTIONS_H
#define MPKGATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

// A client object, program or library by its PT_INTERP.
#define KIND_CLIENT (-1)

enum report_format { FORMAT_TEXT = 0, FORMAT_QUIET, FORMAT_JSON, FORMAT_SARIF, FORMAT_SUMMARY };
enum colour_choice { COLOUR_AUTO = 0, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
    int kind; // enum mpk_kind, KIND_CLIENT or 0 for auto
    enum report_format format;
    enum colour_choice colour;
    bool werror;
    bool exit_zero;
    bool nul_lists;
    bool no_progress;
    unsigned jobs;      // 0: as many as there are CPUs
    const char *output; // NULL: standard output
    const char *explain;
    const char *ld_so;
    char **beside;
    size_t beside_count;
    char **files; // files, folders, and lists with their '@'
    size_t file_count;
};

// Reads the command line. Does not return if it is wrong (EXIT_NOT_CHECKED), or asks for help or the version
// only. Strings point into argv; the two arrays are the caller's to free.
void options_parse(int argc, char **argv, struct options *options);

#endif
