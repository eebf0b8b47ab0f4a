// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libmpkverify, all of it. For C and C++. README.md beside the sources tells how the parts fit together.

#ifndef MPKVERIFY_H
#define MPKVERIFY_H

// What the headers below include, so that none of it lands in their extern "C".
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "explain.h"
#include "mpk-elf.h"
#include "report.h"
#include "scan.h"
#include "unlinked.h"

#ifdef __cplusplus
}
#endif

#endif
