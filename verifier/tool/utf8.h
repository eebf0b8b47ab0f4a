// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names out of hostile files and folders, made fit for a terminal, for JSON and for a URI. Thread-safe.

#ifndef MPKGATE_UTF8_H
#define MPKGATE_UTF8_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// Replaces by '?', in place, every byte that is not part of well-formed UTF-8 (Unicode, table 3-7) and every
// character that a terminal could take for more than a glyph: the controls C0, DEL and C1, and the ones that
// change the direction of text (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069).
void utf8_clean(char *string);

// A copy that utf8_clean has been over; the caller frees it.
char *utf8_cleaned(const char *string);

bool utf8_is_valid(const char *string);

// A JSON string: each byte that is not part of well-formed UTF-8 becomes U+FFFD, all else stays, because JSON
// escapes it. The caller owns the reference.
json_t *utf8_json(const char *string);

// The path as a URI reference (RFC 3986): "file://" and the path if it is absolute, else a relative path. All
// bytes but unreserved ones and '/' are percent-encoded, so any path can be told exactly. The caller frees
// it.
char *utf8_uri(const char *path);

#endif
