// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function that libFuzzer calls, for tests that mutate by themselves.

#ifndef MPKGATE_ELF_FUZZ_H
#define MPKGATE_ELF_FUZZ_H

#include <stddef.h>
#include <stdint.h>

// Runs all of the ELF layer over size bytes as if they were a file. Returns 0.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
