// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libvault-unprotected.so: the functions of vault.h and vault-testing.h as an ordinary library, keys and all
// in the client's own memory. For comparison: attacks must succeed here, and gate costs are measured against
// it. When the library is loaded it takes keys from the environment: VAULT_KEYS=NAME=FILE[,NAME=FILE...]; a
// key that cannot be loaded ends the program with status 125 and a message.
#ifndef VAULT_UNPROTECTED_H
#define VAULT_UNPROTECTED_H

#ifdef __cplusplus
extern "C" {
#endif

// Loads one more key, as `mpk-run --key NAME=FILE` would. Returns 0 or a value of enum mpkgate_boot_status
// (vault-abi.h); MPKGATE_BOOT_FAILED also if the file cannot be read. Not thread-safe.
int vault_unprotected_load(const char *name, const char *file);

#ifdef __cplusplus
}
#endif

#endif
