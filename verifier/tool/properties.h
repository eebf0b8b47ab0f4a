// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an object says of itself, for surveys. No verdict depends on it.

#ifndef MPKGATE_PROPERTIES_H
#define MPKGATE_PROPERTIES_H

#include "record.h"

void properties_of(const struct mpk_elf *elf, struct properties *properties);

#endif
