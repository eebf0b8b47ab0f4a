// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See support.h.
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The tests look at the signal with which the vault ends the process; ASan would make an exit status of it.
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "handle_sigill=0:handle_segv=0:allocator_may_return_null=1";
}

int end_of_child(void (*body)(void)) {
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        // cmocka's handlers would go on with the tests in the child.
        const int deadly[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE};
        for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
            (void)signal(deadly[i], SIG_DFL);
        }
        body();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status);
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return 0;
}

_Noreturn void give_up(const char *condition, int line) {
    (void)fprintf(stderr, "line %d: not so: %s\n", line, condition);
    _exit(1);
}

static char directory[] = "/tmp/vault-test-XXXXXX";

static void remove_scratch(void) {
    char command[sizeof(directory) + 16];
    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    (void)system(command); // NOLINT(cert-env33-c): a test; the name is our own
}

const char *scratch(void) {
    static bool made;
    if (!made) {
        assert_non_null(mkdtemp(directory));
        made = true;
        assert_int_equal(atexit(remove_scratch), 0);
    }
    return directory;
}

int run(const char *format, ...) {
    char command[2048];
    va_list arguments;
    int start = snprintf(command, sizeof(command), "cd %s && ", scratch());
    va_start(arguments, format);
    int length = vsnprintf(command + start, sizeof(command) - (size_t)start, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof(command) - (size_t)start - 1);
    int status = system(command); // NOLINT(cert-env33-c)
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static FILE *open_file(const char *name, const char *mode) {
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", scratch(), name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

unsigned char *read_file(const char *name, size_t *size) {
    unsigned char *data = calloc(1, 65537);
    FILE *file = open_file(name, "re");
    assert_non_null(data);
    *size = fread(data, 1, 65536, file);
    assert_int_equal(fclose(file), 0);
    return data;
}

void write_file(const char *name, const void *data, size_t size) {
    FILE *file = open_file(name, "we");
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}
