// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault of one-time passwords (RFC 4226 with SHA-256). It calls the signer.
#ifndef OTP_H
#define OTP_H

#include <mpkgate.h>
#include <stdint.h>

#include "signer.h"

// A signed statement that the account has given the right code of six digits, for the counter that
// otp_counter() tells; a tag of zeros if it has not. Each code is good once; after ten wrong ones none is.
MPK_GATE("")
struct signer_tag otp_login(uint64_t account, uint64_t code);
MPK_GATE("")
uint64_t otp_counter(void);
// 1 if the signer has signed this, else 0.
MPK_GATE("")
int32_t otp_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second);

#endif
