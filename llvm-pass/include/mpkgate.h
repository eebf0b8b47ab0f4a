// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a header of vault functions writes. One string on the prototype, seen by the vault and by its clients:
//
//     MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
//     int32_t vault_sign_hash(uint32_t key, const uint8_t *hash, size_t hash_length,
//                             uint8_t *signature, size_t signature_size, size_t *signature_length);
//
// Compiled with -fpass-plugin=MPKGate.so, a translation unit that defines the function is the vault's (it
// gets an export record); one that only declares and uses it is a client's (its calls go through a thunk and
// an import record). Without the plugin the string has no effect.
//
// Grammar: clauses separated by white space; arguments are counted from 0, as the calling convention passes
// them: a structure or __int128 that travels in two registers counts as two.
//
//     gate      := clause*
//     clause    := ("in" | "out" | "inout") "(" INDEX "," length ["," "unit=" N] ")"
//                | "out" "(" INDEX "," "cap=" INDEX "," "len=" INDEX ["," "unit=" N] ")"
//                | "str" "(" INDEX "," "max=" N ")"
//                | "callback" "(" INDEX "," "context=" INDEX "," ("read" | "write") ")"
//                | "class" "(" ("crypto" | "manage") ")"        default: crypto
//                | "refused" "(" INTEGER ")"
//     length    := "len=" INDEX        the number of elements is the value of that integer argument
//                | "cap=" INDEX        the same; for buffers that are filled completely
//                | "size=" N           a constant number of bytes
//
//     in        copied into the vault before the call          out   zeroed inside, copied out after the call
//     inout     both                                           str   a NUL-terminated string of at most N
//     bytes with its NUL cap, len  `cap` is the capacity of the buffer; `len` names a size_t * argument,
//     itself an output, that says how many
//               elements were written
//     unit      bytes per element, default 1
//     callback  a function of the client's that the vault may call while the call lasts, and its context
//     argument (a void *, not
//               followed by the vault):  int64_t f(void *context, void *buffer, size_t size)  for read,
//               int64_t f(void *context, const void *data, size_t size)  for write; it returns how many
//               bytes, or an error below 0
//     refused   what the call returns when the gate refuses it (bad pointer, no free stack). Without it a
//     refused call ends
//               the process.
//
// Every pointer argument must be covered by exactly one clause (a `len=` of an out clause covers the size_t
// *).
#ifndef MPKGATE_H
#define MPKGATE_H

#define MPK_GATE_PREFIX "mpkgate:"
#if defined(__clang__)
#define MPK_GATE(string) __attribute__((annotate(MPK_GATE_PREFIX string)))
#else
#define MPK_GATE(string)
#endif

#endif
