// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What tests and demonstrations need to aim an attack at: functions of the image vault-test.so and of
// libvault-unprotected.so, never of vault.so.
#ifndef VAULT_TESTING_H
#define VAULT_TESTING_H

#include <mpkgate.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vault_test_place {
    VAULT_TEST_KEY = 0,     // first byte of the key's material (K memory)
    VAULT_TEST_HEAP = 1,    // a living byte of the vault's heap (V memory)
    VAULT_TEST_DATA = 2,    // writable data of the image (V memory)
    VAULT_TEST_RODATA = 3,  // read-only data of the image
    VAULT_TEST_TEXT = 4,    // code of the image
    VAULT_TEST_STACK = 5,   // the stack that this call runs on
    VAULT_TEST_MAILBOX = 6, // the store's mailbox
};

// The address of something that the client must not touch, or 0: no such place or key.
//   place  enum vault_test_place
//   key    for VAULT_TEST_KEY
MPK_GATE("")
uint64_t vault_test_address(uint32_t place, uint32_t key);

// Touches one byte of a key's material from trusted code with the rights of a crypto operation.
//   offset  of the byte in the material
//   write   0: reads it and returns it (0 to 255); else: adds one to it and returns the new value, which
//           with protection is a fault that ends the process: key memory is read-only then
// -1: no such key.
MPK_GATE("")
int32_t vault_test_touch_key(uint32_t key, uint32_t offset, uint32_t write);

// The same with the rights of key management: the write succeeds.
MPK_GATE("class(manage)")
int32_t vault_test_manage_key(uint32_t key, uint32_t offset, uint32_t write);

// Leaves VAULT_TEST_SECRET in every register that a function may leave something in: general purpose, SSE,
// AVX, AVX-512 and mask registers as the CPU has them, x87; and in the red zone below the stack pointer.
#define VAULT_TEST_SECRET UINT64_C(0x5ec2e75ec2e75ec2)
MPK_GATE("")
void vault_test_leave_secrets(void);

// Holds a vault stack for a while: spins `count` times, then returns the number of calls of this function
// that were under way when this one began, itself included.
MPK_GATE("")
uint32_t vault_test_linger(uint64_t count);

// Reads the first byte of `data` twice, with `pause` turns of a loop between. Returns 0 if it was the same, 1
// if it had changed.
MPK_GATE("in(0,len=1) refused(-135)")
int32_t vault_test_read_twice(const uint8_t *data, size_t size, uint64_t pause);

// Moves what `reader` gives to `writer`, until the reader returns 0. Returns the number of bytes moved, or
// what the first of the two that failed returned.
MPK_GATE("callback(0,context=1,read) callback(2,context=3,write) refused(-1000)")
int64_t vault_test_pump(int64_t (*reader)(void *, void *, size_t), void *reader_context,
                        int64_t (*writer)(void *, const void *, size_t), void *writer_context);

// psa_its_set(), psa_its_get() from the item's start, psa_its_remove() (store.h), and their status.
//   size    of the item; out, get: of the item
MPK_GATE("class(manage) in(1,len=2) refused(-135)")
int32_t vault_test_store_set(uint64_t uid, const uint8_t *data, size_t size, uint32_t flags);
MPK_GATE("out(1,cap=2,len=3) refused(-135)")
int32_t vault_test_store_get(uint64_t uid, uint8_t *data, size_t room, size_t *size);
MPK_GATE("class(manage)")
int32_t vault_test_store_remove(uint64_t uid);

#ifdef __cplusplus
}
#endif

#endif
