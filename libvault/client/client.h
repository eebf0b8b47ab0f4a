// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of libmpkgate-psa share.
#ifndef VAULT_CLIENT_H
#define VAULT_CLIENT_H

#include <psa/crypto.h>

// Has the vault bring a persistent key into memory: operations run with key memory read-only and cannot. A
// key that is not there is the operation's to report.
void client_load_key(psa_key_id_t key);

#endif
