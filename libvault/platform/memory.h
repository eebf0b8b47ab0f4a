// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What memory.c defines beside <string.h>'s functions: what -D_FORTIFY_SOURCE made of calls of them in the
// distribution's libmbedcrypto.a. `room` is the size of the target, in bytes.
#ifndef VAULT_PLATFORM_MEMORY_H
#define VAULT_PLATFORM_MEMORY_H

#include <stddef.h>

void *__memcpy_chk(void *restrict to, const void *restrict from, size_t size, size_t room);
void *__memset_chk(void *memory, int value, size_t size, size_t room);

#endif
