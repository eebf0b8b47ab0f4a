// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks one file. Runs in a worker, which the file may kill.

#ifndef MPKGATE_CHECK_H
#define MPKGATE_CHECK_H

#include "inputs.h"
#include "record.h"

struct check {
    int kind; // as in struct options
    bool werror;
    bool explain;             // the report has room for explanations
    struct mpk_policy policy; // its kind is not used
    // Takes a record; it is valid during the call only.
    void (*send)(void *context, const struct record *record);
    void *context;
};

// Sends all records of one file but RECORD_DONE. The caller must be single-threaded (mpk_explain_all).
void check_file(const struct check *check, const struct input *input);

#endif
