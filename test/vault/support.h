// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vault's unit tests share.
#ifndef TEST_VAULT_SUPPORT_H
#define TEST_VAULT_SUPPORT_H

// cmocka.h wants these first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

// Runs `body` in a child process. Returns the signal that ended it, or 0; fails the test unless an ordinary
// end has status 0. `body` uses require() and none of cmocka's assertions, which jump to the parent's code.
int end_of_child(void (*body)(void));
#define require(condition) ((condition) ? (void)0 : give_up(#condition, __LINE__))
_Noreturn void give_up(const char *condition, int line);

// A directory for the test's files, removed with all that is in it at the program's end.
const char *scratch(void);

// Runs a shell command made with printf's means in scratch(). Returns its exit status.
int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Reads or writes a file in scratch(). read_file() returns `size` bytes and a NUL, to be freed.
unsigned char *read_file(const char *name, size_t *size);
void write_file(const char *name, const void *data, size_t size);

#endif
