// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The file of --key-policy: what each key may do.
//
//     {"NAME": {"usage": ["PSA_KEY_USAGE_SIGN_HASH", ...],
//               "algorithms": ["PSA_ALG_ECDSA(PSA_ALG_SHA_256)"],
//               "type": "PSA_KEY_TYPE_HMAC"}, ...}
//
// One or two algorithms (PSA: algorithm and enrolment algorithm). `type` is for files that do not say what
// they are: their bytes are the key in PSA's format for that type. Without it the file is PEM or DER, or 16,
// 24 or 32 bytes for AES. A key that the file does not name keeps the default: everything its type is for.
#ifndef MPKGATE_LOADER_KEY_POLICY_H
#define MPKGATE_LOADER_KEY_POLICY_H

#include "keys.h"

// Sets the policy of the keys that the file names. Dies, naming file, place and remedy, if it cannot be read,
// is not exactly of this form, or names a key that there is not.
void key_policy_apply(struct keys *keys, const char *path);

#endif
