// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Mbed TLS could ask of a C library and the vault does not give: files (persistent PSA
// keys go through store.c), output (self tests' chatter), clocks, signals. Each fails as its manual page
// says.
#include "die.h"
#include "platform.h"

struct file *fopen(const char *path, const char *mode) {
    (void)path;
    (void)mode;
    return NULL;
}

// No file is ever open, so nothing can get here but by a bug.
int fclose(struct file *file) {
    (void)file;
    die();
}

int ferror(struct file *file) {
    (void)file;
    die();
}

char *fgets(char *line, int size, struct file *file) {
    (void)line;
    (void)size;
    (void)file;
    die();
}

size_t fread(void *memory, size_t size, size_t count, struct file *file) {
    (void)memory;
    (void)size;
    (void)count;
    (void)file;
    die();
}

size_t fwrite(const void *memory, size_t size, size_t count, struct file *file) {
    (void)memory;
    (void)size;
    (void)count;
    (void)file;
    die();
}

int fseek(struct file *file, long offset, int whence) {
    (void)file;
    (void)offset;
    (void)whence;
    die();
}

long ftell(struct file *file) {
    (void)file;
    die();
}

int remove(const char *path) {
    (void)path;
    return -1;
}

int rename(const char *from, const char *to) {
    (void)from;
    (void)to;
    return -1;
}

int puts(const char *string) {
    (void)string;
    return -1;
}

int putchar(int character) {
    (void)character;
    return -1;
}

int __printf_chk(int flag, const char *format, ...) {
    (void)flag;
    (void)format;
    return -1;
}

// Mbed TLS formats only names of files and object identifiers; an empty string is what it gets.
int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...) {
    (void)flag;
    (void)format;
    die_unless(size <= room);
    if (size != 0) {
        text[0] = '\0';
    }
    return -1;
}

unsigned int alarm(unsigned int seconds) {
    (void)seconds;
    return 0;
}

void (*signal(int number, void (*handler)(int)))(int) {
    (void)number;
    (void)handler;
    return (void (*)(int))(intptr_t)-1; // SIG_ERR
}

int gettimeofday(void *time, void *zone) {
    (void)zone;
    ((uint64_t *)time)[0] = 0; // struct timeval
    ((uint64_t *)time)[1] = 0;
    return 0;
}

void *gmtime_r(const void *time, void *broken_down) {
    (void)time;
    (void)broken_down;
    return NULL;
}

// Called by Mbed TLS' RSA self test alone, which the vault does not run. Never a source of key bits.
int rand(void) {
    die();
}
