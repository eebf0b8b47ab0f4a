// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rest of the C library under Mbed TLS: memory, locks, entropy. The lists of what else is refused are in
// refused.c. May assume the boot has set up the heap before anything is allocated.
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "die.h"
#include "heap.h"
#include "lock.h"
#include "platform.h"
#include "random.h"

void *calloc(size_t count, size_t size) {
    return heap_calloc(count, size);
}

void free(void *memory) {
    heap_free(memory);
}

// One word for all threads: Mbed TLS only looks at it when a call below failed, under the vault lock. The
// usual thread-local errno would lie where the client's FS base points (A33).
static int error_number;

int *__errno_location(void) {
    return &error_number;
}

// mbedtls_platform_entropy_poll() asks the kernel through syscall(SYS_getrandom). It gets our mixture (A31).
long syscall(long number, void *buffer, size_t size, unsigned int flags) {
    if (number == SYS_getrandom && flags == 0 && random_seed(buffer, size)) {
        return (long)size;
    }
    error_number = EIO; // not ENOSYS: that would send Mbed TLS to /dev/urandom
    return -1;
}

_Noreturn void __stack_chk_fail(void) {
    die();
}

// In the archive's pthread_mutex_t our lock takes the first word; all zero is an unlocked one in both.
struct pthread_mutex {
    struct lock lock;
};

int pthread_mutex_init(struct pthread_mutex *mutex, const void *attributes) {
    (void)attributes;
    *mutex = (struct pthread_mutex){0};
    return 0;
}

int pthread_mutex_destroy(struct pthread_mutex *mutex) {
    (void)mutex;
    return 0;
}

int pthread_mutex_lock(struct pthread_mutex *mutex) {
    lock_take(&mutex->lock);
    return 0;
}

int pthread_mutex_unlock(struct pthread_mutex *mutex) {
    lock_release(&mutex->lock);
    return 0;
}
