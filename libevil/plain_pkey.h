// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The protection that pkeys(7) alone gives: the key on pages of a protection key that the thread has closed,
// and a function that opens them for a while. The unprotected evil-main puts the key behind it when it is
// asked to
// (--pkey), so that an attack on protection keys has something to defeat. Not part of any protected program.
#ifndef EVIL_PLAIN_PKEY_H
#define EVIL_PLAIN_PKEY_H

#include <stddef.h>
#include <stdint.h>

// Copies `size` bytes of `key` to pages of their own, closes them and proves it: the kernel must refuse to
// read them. Returns the copy, or NULL with errno: no protection keys here.
unsigned char *plain_pkey_hide(const unsigned char *key, size_t size, uint32_t *closed);

// Trusted code, for attacks that strike while it runs: opens the pages, computes for some milliseconds,
// closes them.
void plain_pkey_window(void);
extern const char plain_pkey_window_end[];

// Opens and closes without looking at what it has loaded, as a gate must not.
void plain_pkey_gate(void);
extern const char plain_pkey_gate_end[];

#endif
