// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The proof that the lean gate asks for.
#ifndef MPKGATE_LOADER_LEAN_H
#define MPKGATE_LOADER_LEAN_H

#include "mpk-elf.h"

#include <stdbool.h>
#include <stddef.h>

// Whether every instruction of the image's executable PT_LOADs leaves alone what the lean gate neither saves
// nor scrubs nor sets: x87 and MMX state, MXCSR, everything of a vector register but its lower 128 bits,
// vector registers 16 to 31, mask registers, the FS and GS segments, the direction and alignment-check flags;
// and has no indirect branch but RET (a retpoline ends in one). Decodes all of it, in one sweep from the
// start of each PT_LOAD. Otherwise *why, size bytes, gets what was found first: address, instruction, reason.
// elf is a vault image (trusted: compilers made it; the sweep is no proof about code that wants to hide).
// Thread-safe. Sources: SDM volume 1, 3.7.3 (segments), 8 (x87), 9 (MMX), 11.6 (MXCSR); design 6.1.
bool image_is_lean(const struct mpk_elf *elf, char *why, size_t size);

#endif
