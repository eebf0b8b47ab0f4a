// Each object carries one ELF note that names ABI version, role, LLVM major, replacements and the unit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -c %s -o %t.plain
// RUN: %mpkcc -DCLIENT -c %s -o %t.client
// RUN: %mpkcc -DVAULT -c %s -o %t.vault
// RUN: llvm-readelf -nSx .note.mpkgate %t.plain | FileCheck --check-prefixes=CHECK,PLAIN %s
// RUN: llvm-readelf -nSx .note.mpkgate %t.client | FileCheck --check-prefixes=CHECK,CLIENT %s
// RUN: llvm-readelf -nSx .note.mpkgate %t.vault | FileCheck --check-prefixes=CHECK,VAULT %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") int sign(int a);
#if defined(CLIENT)
int f(void) {
    return sign(1);
}
#elif defined(VAULT)
int sign(int a) {
    return a;
}
#endif
// CHECK: .note.mpkgate NOTE 0000000000000000 {{[0-9a-f]+}} 000034 00 A 0 0 4
// CHECK: 61746500 01000000
// PLAIN-SAME: 00000000 {{1[36]}}000000
// CLIENT-SAME: 01000000 {{1[36]}}000000
// VAULT-SAME: 02000000 {{1[36]}}000000
// CHECK-NEXT: 00000000
// object-note.c and its NULs
// CHECK: MPKGate 0x00000020
