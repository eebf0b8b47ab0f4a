// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How mpk-run ends when it cannot go on, and what it says besides. Nothing continues after a failed step.
#ifndef MPKGATE_LOADER_DIE_H
#define MPKGATE_LOADER_DIE_H

// Exit status of mpk-run itself; everything else is the program's (as env(1) and timeout(1) do it).
enum mpk_run_exit {
    MPK_RUN_FAILED = 125,    // mpk-run: usage, machine, keys, vault
    MPK_RUN_REFUSED = 126,   // the program was found and is not run
    MPK_RUN_NOT_FOUND = 127, // there is no such program
};

// Prints "mpk-run: error: ..." and, unless hint is NULL, "mpk-run: hint: ..." on stderr and exits with
// status.
_Noreturn void die(int status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same, with the text of errno (as it is at the call) after the message.
_Noreturn void die_errno(int status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Prints "mpk-run: warning: ..." on stderr unless --quiet was given.
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints "mpk-run: ..." on stderr if --verbose was given.
void verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

// What warning() and verbose() do; set once, by the options.
void die_set_verbosity(int quiet, int talkative);

// malloc, strdup and asprintf that die. The caller owns the result.
void *allocate(unsigned long size);
void *reallocate(void *old, unsigned long size);
char *copy_string(const char *string);
char *format_string(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
