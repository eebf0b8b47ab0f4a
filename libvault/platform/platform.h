// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C library functions that the distribution's libmbedcrypto.a calls and the image therefore defines.
// Declared here, not by the libc's headers, whose inline and fortified forms have no place in the image.
#ifndef VAULT_PLATFORM_H
#define VAULT_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

void *calloc(size_t count, size_t size);
void free(void *memory);
long syscall(long number, void *buffer, size_t size, unsigned int flags); // getrandom only
int *__errno_location(void);
_Noreturn void __stack_chk_fail(void);
int rand(void);

struct pthread_mutex;
int pthread_mutex_init(struct pthread_mutex *mutex, const void *attributes);
int pthread_mutex_destroy(struct pthread_mutex *mutex);
int pthread_mutex_lock(struct pthread_mutex *mutex);
int pthread_mutex_unlock(struct pthread_mutex *mutex);

// Refused: there are no files, no output, no clock and no signals in the vault.
struct file;
struct file *fopen(const char *path, const char *mode);
int fclose(struct file *file);
int ferror(struct file *file);
char *fgets(char *line, int size, struct file *file);
size_t fread(void *memory, size_t size, size_t count, struct file *file);
size_t fwrite(const void *memory, size_t size, size_t count, struct file *file);
int fseek(struct file *file, long offset, int whence);
long ftell(struct file *file);
int remove(const char *path);
int rename(const char *from, const char *to);
int puts(const char *string);
int putchar(int character);
int __printf_chk(int flag, const char *format, ...);
int __snprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, ...);
unsigned int alarm(unsigned int seconds);
void (*signal(int number, void (*handler)(int)))(int);
int gettimeofday(void *time, void *zone);
void *gmtime_r(const void *time, void *broken_down);

#endif
