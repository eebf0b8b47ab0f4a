// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of mpk-run.
#ifndef MPKGATE_LOADER_OPTIONS_H
#define MPKGATE_LOADER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_list {
    const char **value;
    size_t count;
};

struct options {
    struct option_list key;   // NAME=FILE
    struct option_list read;  // --ro
    struct option_list write; // --rw
    const char *store;        // folder, or NULL
    const char *store_key;    // FILE or fd:N, or NULL
    struct option_list vault; // [NAME=]FILE; none: the installed one
    struct option_list gate;  // VAULT=ulk or VAULT=direct
    uint64_t vault_memory;    // bytes, a multiple of 4096
    int self;                 // descriptor of the program (--self), or -1
    bool wait;
    bool dump_filter;
    bool doctor;
    struct option_list preload; // --preload
    bool no_rewrite;
    bool no_vault_needed;
    bool allow_fork;
    const char *key_policy; // path, or NULL
    struct option_list key_passphrase;
    bool allow_key_export;
    bool accept_meltdown;
    bool explain_denials;
    char **program; // PROGRAM [ARGS], NULL-terminated
    // Test build only; false and NULL otherwise.
    bool no_verify;
    bool any_runtime;
    bool lean_gate;
    bool no_landlock;
    bool no_seccomp;
    bool simulate;
    const char *plan_only;
};

// Parses the command line and sets the verbosity of messages. Ends the process for --help, --version and
// usage errors (status 125).
void options_parse(struct options *options, int argc, char **argv);

#endif
