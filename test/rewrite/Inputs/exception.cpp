// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Throws through a function of which every instruction that takes a constant holds a pattern.

#include <cstdio>
#include <stdexcept>

struct guard {
    ~guard() {
        puts("landing pad");
    }
};

__attribute__((noinline)) static void fail(unsigned number) {
    if (number == 0x00ef010f)
        throw std::runtime_error("thrown");
    puts("not thrown");
}

__attribute__((noinline)) void through(unsigned number) {
    guard guard;
    // Its constant, 0x00ef010f, is a pattern.
    fail(number ^ 0x00ef010f);
    fail(0x00ef010f);
}

int main() {
    try {
        through(0x12345678);
    } catch (const std::exception &error) {
        puts(error.what());
    }
    return 0;
}
