// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What psa-vectors does for each kind of line: everything by PSA's own functions, nothing of any library's
// besides.
#ifndef VECTORS_CHECKS_H
#define VECTORS_CHECKS_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

#define FIELDS_MAX 8

// A field of a line: its text, and the bytes that it spells, in the same memory once it is decoded.
struct field {
    char *text;
    uint8_t *bytes;
    size_t length;
};

enum verdict {
    HOLDS,   // all is as the line says
    REFUSED, // the signature, tag, key or point was refused, as it must be where the line expects F
    BROKEN,  // anything else
};

struct kind {
    const char *name;
    unsigned fields; // number of fields
    unsigned
        names; // so many of them are names (of an algorithm, a hash, a curve), the others are hexadecimal
    enum verdict (*check)(const struct field *fields);
};

// The kind that is called name, or NULL.
const struct kind *kind_named(const char *name);

// Why the last check did not say HOLDS: a constant text. Not thread-safe.
extern const char *why;

// The status of the PSA call that `why` is about.
extern psa_status_t why_status;

#endif
