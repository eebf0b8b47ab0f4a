// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ULK gate's memory, for C and for ulk.S. One area for each pair of a caller (the client or a vault) and
// a class of a vault that it calls; offsets in bytes from the area's start, relative to which the code
// reaches its data:
//
//     0x0000  code               --X  pkey U  a copy of mpkgate_ulk_begin..end; readable for nobody but the
//     ULK itself 0x1000  struct ulk_inner   R--  pkey U 0x2000  struct ulk_caller  R--  the caller's pkey V;
//     0 if that is the client 0x3000  struct ulk_server  R--  the server's pkey V
//
// and ULK_RECORDS invocation stacks (struct ulk_record, pkey U), one for each thread that is under way.
#ifndef MPKGATE_ULK_LAYOUT_H
#define MPKGATE_ULK_LAYOUT_H

#include "gate-layout.h"

#define ULK_INNER 0x1000
#define ULK_CALLER 0x2000
#define ULK_SERVER 0x3000
#define ULK_AREA_SIZE 0x4000
#define ULK_SWITCH_COUNT 4
#define ULK_SECRET_COUNT 2

#define ULK_RECORD_COUNT 64
#define ULK_RECORD_STRIDE 1024
#define ULK_RECORD_SHIFT 10
#define ULK_DEPTH_MAX 8    // calls of one thread inside each other
#define ULK_BLOCK_MAX 1024 // MPKGATE_BLOCK_MAX
#define ULK_ROOM 0x4000    // bytes of a server's stack that a call needs

// A vault's stacks: GATE_SLOT_COUNT of its direct gate, then ULK_RECORD_COUNT of these, the n-th for the n-th
// record.
#define ULK_STACK_SHIFT 17 // GATE_STACK_STRIDE

// Offsets in struct ulk_inner.
#define ULK_INNER_RIGHTS 0
#define ULK_INNER_CALLER 4
#define ULK_INNER_SERVER 8
#define ULK_INNER_SERVER_STATE 12
#define ULK_INNER_CALLER_TOKEN 16
#define ULK_INNER_SERVER_TOKEN 24
#define ULK_INNER_ENTER_TOKEN 32
#define ULK_INNER_BACK_TOKEN 40
#define ULK_INNER_RECORDS 48
#define ULK_INNER_CALLER_STACKS 56
#define ULK_INNER_CALLER_SIZE 64
#define ULK_INNER_SERVER_STACKS 72
#define ULK_INNER_ENTER 80
#define ULK_INNER_SERVER_RIGHTS 88
#define ULK_INNER_FEATURES 92
// In struct ulk_caller and struct ulk_server.
#define ULK_SIDE_TOKEN 0
#define ULK_SIDE_INTO_TOKEN 8
#define ULK_SIDE_ULK_RIGHTS 16
#define ULK_SIDE_RIGHTS 20
#define ULK_SIDE_MASK 24
// In struct ulk_record.
#define ULK_RECORD_STATE 0
#define ULK_RECORD_DEPTH 4
#define ULK_RECORD_TOP 8
#define ULK_RECORD_CALLS 128
// In struct ulk_call.
#define ULK_CALL_STACK 0
#define ULK_CALL_BLOCK 8
#define ULK_CALL_FRAME 16
#define ULK_CALL_TOP 24
#define ULK_CALL_SIZE 32
#define ULK_CALL_RIGHTS 36
#define ULK_CALL_BEFORE 40
#define ULK_CALL_SHIFT 6 // sizeof(struct ulk_call) is 64

// Values of a record's state; ULK_STATE_RUNNING + n: the n-th domain runs (0 is the client's, which never
// does).
#define ULK_STATE_FREE 0
#define ULK_STATE_BUSY 1 // the ULK itself is at work on it
#define ULK_STATE_RUNNING 2

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

// A token is checked behind the switch that it guards, with a branch to `die`. It is loaded where only the
// side that may switch can read, and compared with what only the other side can read: what the switch opens.
struct ulk_inner {
    uint32_t rights;                     // PKRU of the ULK for this pair: U and both sides' V
    uint32_t caller;                     // domain: 0 the client, n + 1 the vault n
    uint32_t server;                     // domain
    uint32_t server_state;               // of a record in which the server runs
    uint64_t caller_token, server_token; // of whoever comes from there
    uint64_t enter_token, back_token;    // of the ULK itself, on its way to the server and to the caller
    uint64_t records;                    // struct ulk_record[ULK_RECORD_COUNT]
    uint64_t caller_stacks, caller_size; // where blocks and stacks of the caller lie: [stacks, stacks + size]
    uint64_t server_stacks;              // those of the server that belong to the records
    uint64_t enter;                      // the server's function
    uint32_t server_rights; // PKRU of the server: its own K and V alone, without the client's memory
    uint32_t features;      // GATE_FEATURE_AVX: what there is to scrub (A42)
};

struct ulk_side {
    uint64_t token;      // half of the token with which this side comes; the other half is in the code
    uint64_t into_token; // with which the ULK comes to this side
    uint32_t ulk_rights; // struct ulk_inner, rights
    uint32_t rights;     // of this side; the caller's in the bits of the mask
    uint32_t mask;       // the server has none
};

struct ulk_call {
    uint64_t stack;  // the caller's stack pointer; its return address and six registers stand there
    uint64_t block;  // the caller's argument block
    uint64_t frame;  // the server's copy of it
    uint64_t top;    // what `top` of the caller was before
    uint32_t size;   // bytes of the block
    uint32_t rights; // PKRU of the caller
    uint32_t before; // the record's state before this call: FREE, or the caller's
    uint8_t padding[20];
};

struct ulk_record {
    uint32_t state;   // claimed by compare-and-exchange with BUSY; all other fields are the claimer's
    uint32_t depth;   // calls under way
    uint64_t top[15]; // of each domain: where its next frame on this record's stack ends; [domain]
    struct ulk_call call[ULK_DEPTH_MAX];
    uint8_t padding[ULK_RECORD_STRIDE - 128 - ULK_DEPTH_MAX * 64];
};

#define ULK_ASSERT(type, field, value) _Static_assert(offsetof(struct type, field) == (value), "ulk.S")
ULK_ASSERT(ulk_inner, rights, ULK_INNER_RIGHTS);
ULK_ASSERT(ulk_inner, caller, ULK_INNER_CALLER);
ULK_ASSERT(ulk_inner, server, ULK_INNER_SERVER);
ULK_ASSERT(ulk_inner, server_state, ULK_INNER_SERVER_STATE);
ULK_ASSERT(ulk_inner, features, ULK_INNER_FEATURES);
ULK_ASSERT(ulk_inner, caller_token, ULK_INNER_CALLER_TOKEN);
ULK_ASSERT(ulk_inner, server_token, ULK_INNER_SERVER_TOKEN);
ULK_ASSERT(ulk_inner, enter_token, ULK_INNER_ENTER_TOKEN);
ULK_ASSERT(ulk_inner, back_token, ULK_INNER_BACK_TOKEN);
ULK_ASSERT(ulk_inner, records, ULK_INNER_RECORDS);
ULK_ASSERT(ulk_inner, caller_stacks, ULK_INNER_CALLER_STACKS);
ULK_ASSERT(ulk_inner, caller_size, ULK_INNER_CALLER_SIZE);
ULK_ASSERT(ulk_inner, server_stacks, ULK_INNER_SERVER_STACKS);
ULK_ASSERT(ulk_inner, enter, ULK_INNER_ENTER);
ULK_ASSERT(ulk_inner, server_rights, ULK_INNER_SERVER_RIGHTS);
ULK_ASSERT(ulk_side, token, ULK_SIDE_TOKEN);
ULK_ASSERT(ulk_side, into_token, ULK_SIDE_INTO_TOKEN);
ULK_ASSERT(ulk_side, ulk_rights, ULK_SIDE_ULK_RIGHTS);
ULK_ASSERT(ulk_side, rights, ULK_SIDE_RIGHTS);
ULK_ASSERT(ulk_side, mask, ULK_SIDE_MASK);
ULK_ASSERT(ulk_record, state, ULK_RECORD_STATE);
ULK_ASSERT(ulk_record, depth, ULK_RECORD_DEPTH);
ULK_ASSERT(ulk_record, top, ULK_RECORD_TOP);
ULK_ASSERT(ulk_record, call, ULK_RECORD_CALLS);
ULK_ASSERT(ulk_call, stack, ULK_CALL_STACK);
ULK_ASSERT(ulk_call, block, ULK_CALL_BLOCK);
ULK_ASSERT(ulk_call, frame, ULK_CALL_FRAME);
ULK_ASSERT(ulk_call, top, ULK_CALL_TOP);
ULK_ASSERT(ulk_call, size, ULK_CALL_SIZE);
ULK_ASSERT(ulk_call, rights, ULK_CALL_RIGHTS);
ULK_ASSERT(ulk_call, before, ULK_CALL_BEFORE);
_Static_assert(sizeof(struct ulk_record) == ULK_RECORD_STRIDE, "ulk.S");
_Static_assert(sizeof(struct ulk_call) == 1 << ULK_CALL_SHIFT, "ulk.S");
_Static_assert(GATE_STACK_STRIDE == 1 << ULK_STACK_SHIFT, "ulk.S");

// The ULK gate's code, as data of this library.
struct ulk_code {
    const unsigned char *begin, *end;
    const unsigned char *gate, *rdpkru;
    const unsigned char *wrpkru[ULK_SWITCH_COUNT]; // into the ULK, to the server; into the ULK, to the caller
    const unsigned char *xabort[ULK_SWITCH_COUNT];
    const unsigned char
        *secret[ULK_SECRET_COUNT]; // eight bytes each: the caller's and the server's half of a token
};
extern const struct ulk_code mpkgate_ulk_code;
#endif

#endif
