// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Edits of earlier runs, a file for each build-id, in the user's cache folder (XDG Base Directory
// Specification). What is there is of use or is made anew: no failure here is an error.
//
// A52, A53: a sealed program may write the folder if the user lets it write where that lies, and whoever
// changes edits decides what runs in the user's other programs. So each file is authenticated, with a key
// that the kernel keeps for the user (user-keyring(7)) and that no sealed program can ask for. It is gone
// after a restart, and the files are then of no use. Without keyrings (as in some containers) there is no
// cache.
#ifndef MPKGATE_LOADER_EDITS_CACHE_H
#define MPKGATE_LOADER_EDITS_CACHE_H

#include "edits.h"

#include <stddef.h>

// Reads the edits for a file of this build-id (size bytes, at most MPK_BUILD_ID_MAX; 0: none). The caller
// frees edits->bytes. Returns false if there are none that can be trusted.
bool edits_cache_load(const unsigned char *id, size_t size, struct edits *edits);
// Keeps them: the file is there whole or not at all. Makes $XDG_CACHE_HOME/mpkgate/rewrites, or
// ~/.cache/mpkgate/rewrites, if it is not there.
void edits_cache_store(const unsigned char *id, size_t size, const struct edits *edits);

#endif
