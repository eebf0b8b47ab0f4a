// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a worker tells its parent about a file: one record a message, of a size that its type fixes.
//
// For each file: one RECORD_SKIPPED, or any number of objects (an archive has several) and
// RECORD_NOT_CHECKEDs (for the file, or a member that is no object); at the very end RECORD_DONE. An object
// is a RECORD_OBJECT, its RECORD_FINDINGs, and RECORD_JUDGED, or RECORD_NOT_CHECKED if the work could not be
// finished. The parent believes none of it: a worker may have been overcome by the file that it read.

#ifndef MPKGATE_RECORD_H
#define MPKGATE_RECORD_H

#include <stdint.h>

#include "explain.h"

enum record_type {
    RECORD_NONE = 0,    // no message has it
    RECORD_SKIPPED = 1, // found in a folder, and no ELF file
    RECORD_OBJECT,
    RECORD_FINDING,
    RECORD_JUDGED,
    RECORD_NOT_CHECKED,
    RECORD_DONE,
};

enum relro { RELRO_NONE = 0, RELRO_PARTIAL, RELRO_FULL };

// What checksec would say of the object, and how much of it is executable.
struct properties {
    uint16_t type; // e_type
    bool interpreter;
    enum relro relro; // full: with BIND_NOW
    bool nx_stack;
    uint64_t executable_pages; // of 4096 bytes, as mapped
};

struct object_record {
    enum mpk_kind kind;
    char member[256]; // of an archive; empty if there is none
    struct properties properties;
};

struct finding_record {
    struct mpk_finding finding;
    struct mpk_explanation explanation; // all zero if it was not asked for
};

struct record {
    enum record_type type;
    union {
        struct object_record object;
        struct finding_record found;
        char why[256]; // RECORD_NOT_CHECKED: a full clause, no full stop
    };
};

// The size of a record's message in bytes, or 0 for a type that there is not.
size_t record_size(enum record_type type);

// Whether a message of size bytes is a record. Ends its strings, bounds its counts and cleans its texts for
// the terminal.
bool record_accept(struct record *record, size_t size);

#endif
