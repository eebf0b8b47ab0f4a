// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An indirect function that only the library itself calls: the linker makes an IRELATIVE relocation of it.
static int one(void) {
    return 1;
}

static int two(void) {
    return 2;
}

static volatile int number;

static int (*choose(void))(void) {
    return number ? one : two;
}

__attribute__((ifunc("choose"), visibility("hidden"))) int choice(void);

int client_function(void) {
    return choice();
}
