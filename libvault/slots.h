// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lock around PSA's table of key slots. Mbed TLS takes it (mbedtls/slot-lock.patch), nobody else.
#ifndef VAULT_SLOTS_H
#define VAULT_SLOTS_H

// Not recursive. Inside it, the locks of key memory, heap and storage may be taken, in no case the other way
// round, and no client memory is touched.
void vault_slots_lock(void);
void vault_slots_unlock(void);

// Whether a key can be persistent (store.h, which Mbed TLS' own declarations do not go with).
_Bool vault_has_store(void);

#endif
