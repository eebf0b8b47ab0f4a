// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program with a .preinit_array.
static void early(void) {
}
__attribute__((section(".preinit_array"), used)) static void (*const entry)(void) = early;

int main(void) {
    return 0;
}
