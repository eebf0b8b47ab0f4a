// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every file of the compatibility library needs.
#ifndef MPKGATE_COMPAT_H
#define MPKGATE_COMPAT_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

// A function of libc that this library stands in front of.
#define EXPORT __attribute__((visibility("default")))

// Whether this process was sealed; if not, every exported function hands through to libc's. Thread-safe.
bool is_sealed(void);

// The virtual mask that pthread_attr_setsigmask_np gave to the attributes, if any.
void attributes_mask(const pthread_attr_t *attributes, uint64_t *mask);

#endif
