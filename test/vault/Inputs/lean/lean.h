// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of a small vault image without Mbed TLS, which passes the lean gate's proof.
#ifndef LEAN_H
#define LEAN_H

#include <mpkgate.h>
#include <stddef.h>
#include <stdint.h>

MPK_GATE("")
uint64_t lean_add(uint64_t left, uint64_t right);

// Writes `size` bytes, each the one before it plus one, starting with `first`.
MPK_GATE("out(0,cap=1)")
void lean_count(uint8_t *bytes, size_t size, uint32_t first);

// Leaves LEAN_SECRET in every register that a lean image may leave something in.
#define LEAN_SECRET UINT64_C(0x5ec2e75ec2e75ec2)
MPK_GATE("class(manage)")
void lean_leave_secrets(void);

#endif
