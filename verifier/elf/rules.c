// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The texts of the rules.

#include "mpk-elf.h"

const struct mpk_rule mpk_rules[] = {
#define RULE(constant, id, title, remedy) {id, title, remedy},
#include "rules.def"
#undef RULE
};
