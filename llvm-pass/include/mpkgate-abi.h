// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The records that MPKGate.so writes into object files, and the numbers that the pass, the verifier, the
// loader, the runtime and the vault have to agree on. Freestanding C17 and C++17; no code.
//
// All references inside a record are 32-bit offsets relative to the address of the field that holds them, so
// that a record needs no relocation and can lie in a read-only PT_LOAD.
#ifndef MPKGATE_ABI_H
#define MPKGATE_ABI_H

#include <stdint.h>

#define MPKGATE_ABI_VERSION 1

// LIMIT: the lowest address that the client may name to the kernel or to a gate. Everything trusted lies
// below it, everything of the client's at or above it. A multiple of 4 GiB, so that a seccomp program can
// compare the halves.
#define MPKGATE_LIMIT (UINT64_C(1) << 40)
// One past the highest user address (4-level paging); above it are only tagged and kernel addresses (A21).
#define MPKGATE_CLIENT_END (UINT64_C(1) << 47)
// Nothing trusted lies below: 32-bit code cannot reach a gate (A36).
#define MPKGATE_LOW (UINT64_C(1) << 32)

// Permission classes (A57): each has its own entry point, its own PKRU constant and its own table of
// functions.
enum mpkgate_class {
    MPKGATE_CLASS_CRYPTO = 0, // key bytes readable only
    MPKGATE_CLASS_MANAGE = 1, // key bytes readable and writable
    MPKGATE_CLASSES = 2,
};

// What a gate returns when it did not call the function. 0: the function was called. Positive: struct
// mpkgate_request.
enum mpkgate_refusal {
    MPKGATE_CALLED = 0,
    MPKGATE_NO_FUNCTION = -1, // index outside the table of the entry's class (A57)
    MPKGATE_BAD_POINTER = -2, // an argument does not lie wholly in [LIMIT, CLIENT_END) (A40)
    MPKGATE_BAD_LENGTH = -3,  // a length wraps, or NULL came with a length
    MPKGATE_NO_SLOT = -4,     // every vault stack is in use (A43, A44)
    MPKGATE_NO_MEMORY = -5,   // the vault's heap cannot hold the copies
    MPKGATE_TOO_DEEP = -6,    // the ULK gate's invocation stack, or the vault's own stack, is full
};

// Entry point of a gate, as the client calls it (System V x86-64 ABI; every caller-saved register is
// destroyed, all vector registers included). `block` is the argument block below.
//     int64_t gate(void *block, uint64_t index);

// The argument block: a C struct { return type (absent if void); argument 0; argument 1; ... } with the
// natural layout of the LLVM DataLayout for x86-64. The client's thunk fills it on the client's stack; the
// vault copies it in once (A39), replaces the pointers by pointers to copies, calls, and copies the return
// value and the outputs back.

// Section MPKGATE_IMPORTS_SECTION of a client object: an array of these, read-only.
#define MPKGATE_IMPORTS_SECTION "mpkgate_imports"
struct mpkgate_import {
    int32_t name;       // -> NUL-terminated symbol name, in a non-writable PT_LOAD of the same object
    int32_t slot;       // -> struct mpkgate_slot, in a writable PT_LOAD of the same object
    uint64_t signature; // hash of the function's type and gate string
};

// Filled by the seal. Zero before that: a thunk traps when `entry` is zero.
struct mpkgate_slot {
    uint64_t entry; // address of the gate of the function's class
    uint64_t index; // index into the table of that class
};

// Sections of the vault image: one array per class, read-only.
#define MPKGATE_EXPORTS_CRYPTO_SECTION "mpkgate_exports_crypto"
#define MPKGATE_EXPORTS_MANAGE_SECTION "mpkgate_exports_manage"
struct mpkgate_export {
    int32_t name;      // -> NUL-terminated symbol name
    int32_t call;      // -> void call(void *block): loads the arguments, calls, stores the return value
    int32_t arguments; // -> struct mpkgate_argument[argument_count]
    uint32_t argument_count;
    uint32_t block_size;    // bytes; at most MPKGATE_BLOCK_MAX
    uint32_t return_offset; // of the return value in the block, bytes
    uint32_t return_size;   // bytes; 0 for void
    uint32_t reserved;
    uint64_t signature;
};
#define MPKGATE_BLOCK_MAX 1024
#define MPKGATE_ARGUMENTS_MAX 16

enum mpkgate_direction {
    MPKGATE_IN = 1,    // copied in
    MPKGATE_OUT = 2,   // zeroed copy inside, copied out
    MPKGATE_INOUT = 3, // both
    // A function of the client's that the vault may call during the call, with its context argument:
    //     int64_t reader(void *context, void *buffer, size_t size)         fills the buffer, returns how many
    //     bytes int64_t writer(void *context, const void *data, size_t size)     takes the data, returns how
    //     many bytes
    // `pointer` is the offset of the function pointer, `length` that of the context pointer, `used` that of
    // the block's struct mpkgate_request; the other fields are zero but `unit`, which is 1.
    MPKGATE_READER = 4,
    MPKGATE_WRITER = 5,
};

// Last field of the argument block of a function with readers or writers. The vault never calls the client:
// the gate returns a positive value instead, the client's thunk does what the request says, and calls the
// gate again with that value and MPKGATE_RESUME as the index. Each side writes its own fields only; the vault
// reads each field once.
struct mpkgate_request {
    uint64_t buffer;      // client, before the call: address of a buffer of its own for the data
    uint64_t buffer_size; // client, before the call: bytes, at least 1
    uint64_t size;        // vault: bytes wanted in the buffer (reader) or standing in it (writer)
    int64_t result;       // client: what the function returned
    uint32_t callback;    // vault: `pointer` of the argument that is to be called
    uint32_t reserved;
};
#define MPKGATE_RESUME (UINT64_C(1) << 63)
#define MPKGATE_REQUEST_BUFFER 4096 // bytes: what the pass gives a thunk
enum mpkgate_length {
    MPKGATE_LENGTH_CONSTANT = 0, // `length` bytes
    MPKGATE_LENGTH_ARGUMENT =
        1, // the unsigned integer of `length_width` bytes at offset `length` of the block, times `unit`
    MPKGATE_LENGTH_STRING = 2, // up to and including the first NUL, at most `length` bytes
};
#define MPKGATE_NO_OFFSET UINT32_MAX

// One pointer argument.
struct mpkgate_argument {
    uint32_t pointer; // offset of the pointer in the block, bytes
    uint32_t length;  // see enum mpkgate_length
    uint32_t unit;    // bytes per element, at least 1
    uint32_t used; // OUT: offset in the block of the pointer to the size_t that tells how many elements were
        // written (an OUT argument of its own, size 8), or MPKGATE_NO_OFFSET: all of it is copied out
    uint8_t direction;
    uint8_t length_kind;
    uint8_t length_width; // 1, 2, 4 or 8
    uint8_t reserved;
};

// ELF notes of MPKGate: section .note.mpkgate, name "MPKGate", aligned to 4 bytes.
#define MPKGATE_NOTE_SECTION ".note.mpkgate"
#define MPKGATE_NOTE_NAME "MPKGate"

// Of every object that the pass saw. The descriptor is struct mpkgate_note, then the unit's name: the last
// component of the source file's, as in the object's STT_FILE symbol; NUL-terminated, NULs up to a multiple
// of 4 bytes.
#define MPKGATE_NOTE_PASS 1
enum mpkgate_role { MPKGATE_ROLE_PLAIN = 0, MPKGATE_ROLE_CLIENT = 1, MPKGATE_ROLE_VAULT = 2 };
struct mpkgate_note {
    uint32_t abi;        // MPKGATE_ABI_VERSION
    uint32_t role;       // enum mpkgate_role
    uint32_t llvm_major; // of the pass
    uint32_t replaced;   // how many banned calls or instructions were replaced
};

// Of libmpkgate.so, one for each gate: where in its file that lies. They are there without a symbol table
// too.
#define MPKGATE_NOTE_GATE 2
struct mpkgate_note_gate {
    uint32_t gate; // 0: the full one, 1: the lean one, 2: the ULK's
    int32_t code;  // -> the first byte
    uint32_t size; // bytes
};

#endif
