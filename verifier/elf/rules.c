// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The texts of the rules.

#include "mpk-elf.h"

const struct mpk_rule mpk_rules[] = {
#define RULE(constant, id, severity, title, why, remedy) {id, severity, title, why, remedy},
#include "rules.def"
#undef RULE
};
