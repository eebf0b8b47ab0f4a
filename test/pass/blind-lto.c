// Where the linker loads the pass as well, constants stay blinded through link-time optimisation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -flto=full -fPIC -c %s -o %t.full.o
// RUN: clang -shared -nostdlib -O2 -flto=full -fuse-ld=lld -Wl,--load-pass-plugin=%pass %t.full.o -o %t.full
// RUN: python3 %inputs/spells.py no %t.full
// RUN: %mpkcc -O2 -flto=thin -fPIC -c %s -o %t.thin.o
// RUN: clang -shared -nostdlib -O2 -flto=thin -fuse-ld=lld -Wl,--load-pass-plugin=%pass %t.thin.o -o %t.thin
// RUN: python3 %inputs/spells.py no %t.thin

unsigned f(unsigned x) {
    return x ^ 0x00ef010f;
}
void g(char *p) {
    p[0] = 0x0f;
    p[1] = 1;
    p[2] = 0xef;
    p[3] = 0x12;
}
