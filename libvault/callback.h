// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of the client's that a vault function may call while its call lasts: the vault never calls them,
// it gives the thread back to the client with a request (mpkgate-abi.h, struct mpkgate_request), and the
// client comes back with the answer. The gate's two switches serve for both ways: a reverse gate, which would
// close and open in the middle of a call, would be two doors more for a client to jump to.
#ifndef VAULT_CALLBACK_H
#define VAULT_CALLBACK_H

#include <stddef.h>
#include <stdint.h>

// What a vault function sees in place of the client's context. One for each callback argument of a call.
struct callback {
    uint64_t request;     // client address of the block's struct mpkgate_request, checked
    uint64_t buffer;      // client address of the buffer for the data, checked
    uint64_t buffer_size; // bytes
    uint32_t argument;    // offset in the block that tells the client's thunk which callback is meant
    // Of the call, one for all its callbacks: not 0 if its thread has ended (waiting.h). From then on no
    // client memory is touched, and the call returns with this value.
    int64_t *given_up;
    uint32_t thread; // that asked first (waiting.h); 0 before
};

// `suspend` as in struct mpkgate_boot. Once, before any call.
void callback_init(int64_t (*suspend)(void));

// What a vault function sees in place of the client's functions; `context` is a struct callback.
// callback_read() gets at most `size` bytes into `buffer`, callback_write() gives at most `size` bytes of
// `data` out: both move as much as the client's buffer holds and return how many bytes, 0 at an end, or a
// negative number: the client's error, INT64_MIN if it claims more than it was asked for or its thread has
// ended, or CALLBACK_NO_STACK. The caller holds no lock: the client may never come back (A44). Thread-safe.
#define CALLBACK_NO_STACK (INT64_MIN + 1) // too many calls wait (waiting.h); the client was not asked
int64_t callback_read(void *context, void *buffer, size_t size);
int64_t callback_write(void *context, const void *data, size_t size);

#endif
