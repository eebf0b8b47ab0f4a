// A function of one's own that has a banned name is not banned for its name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t
int mpk_init(int x) {
    return x;
}
int f(void) {
    return mpk_init(1);
}
