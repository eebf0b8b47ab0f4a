// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks files side by side, each in a worker process: a file that kills its checker ends that worker alone.

#ifndef MPKGATE_JOBS_H
#define MPKGATE_JOBS_H

#include "check.h"

struct jobs {
    const struct inputs *inputs;
    const struct check *check; // without its send and context, which are the workers'
    unsigned workers;          // at least 1
    // Takes the records of all inputs, in the order of the inputs, whatever the number of workers, in the
    // parent. A worker that dies gives its file a RECORD_NOT_CHECKED. The record is valid during the call
    // only. RECORD_DONE ends each input.
    void (*take)(void *context, const struct input *input, const struct record *record);
    // Told of each input that a worker is done with, in any order; may be NULL.
    void (*progress)(void *context, const struct input *input);
    void *context;
};

// Runs until all inputs are done. Dies if no worker can be started. Not to be called by two threads, nor with
// any other thread running.
void jobs_run(const struct jobs *jobs);

#endif
