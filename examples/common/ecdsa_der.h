// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ECDSA signatures in the DER form that X.509, TLS and openssl use.
#ifndef EXAMPLES_ECDSA_DER_H
#define EXAMPLES_ECDSA_DER_H

#include <stddef.h>
#include <stdint.h>

#define ECDSA_HALF_MAX 66                            // P-521, bytes
#define ECDSA_DER_MAX (3 + 2 * (3 + ECDSA_HALF_MAX)) // bytes

// Writes r || s, as the vault gives them, as the DER form of Ecdsa-Sig-Value (RFC 3279, 2.2.3).
//   der        out: ECDSA_DER_MAX bytes of room
//   signature  2 * `half` bytes, big endian; must not overlap `der`
//   half       bytes of r and of s, 1 to ECDSA_HALF_MAX
// Returns the bytes written. Thread-safe.
size_t ecdsa_der(uint8_t *der, const uint8_t *signature, size_t half);

#endif
