// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// siglongjmp out of a handler. Where the handler runs on the stack that the program jumps to, the virtual
// mask is put back and all is well; where it runs in the helper thread, the jump would go to another thread's
// stack: then the process ends, with a message.
#include "compat.h"
#include "helper.h"
#include "real.h"
#include "say.h"
#include "threads.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

// The stack pointer in a jmp_buf: its seventh register, rotated and xored with the pointer guard (glibc,
// sysdeps/x86_64/jmpbuf-offsets.h and sysdep.h).
static uintptr_t stack_pointer_of(const struct __jmp_buf_tag *buffer) {
    enum { STACK_POINTER = 6, ROTATION = 17 };
    uintptr_t mangled = (uintptr_t)buffer->__jmpbuf[STACK_POINTER], guard;
    __asm__("mov %%fs:0x30, %0" : "=r"(guard));
    return (mangled >> ROTATION | mangled << (64 - ROTATION)) ^ guard;
}

static bool is_on_own_stack(uintptr_t address) {
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return false;
    bool is_known = pthread_attr_getstack(&attributes, &start, &size) == 0;
    pthread_attr_destroy(&attributes);
    return is_known && address - (uintptr_t)start < size;
}

static void leave_handlers(const struct __jmp_buf_tag *buffer) {
    struct thread *self = thread_self();
    if (self->frames == NULL)
        return;
    uintptr_t target = stack_pointer_of(buffer);
    if (self->is_helper && !is_on_own_stack(target)) {
        compat_say(
            "a signal handler jumped (siglongjmp) out of the helper thread that ran it; wait for the signal "
            "with sigsuspend, ppoll or sigwait instead",
            NULL);
        real()->abort();
    }
    pthread_mutex_lock(&lock);
    while (self->frames != NULL && (uintptr_t)self->frames < target) {
        if (buffer->__mask_was_saved)
            self->mask = self->frames->after;
        self->frames = self->frames->previous;
    }
    helper_note(self, self->frames);
    update_wanted();
    pthread_mutex_unlock(&lock);
}

EXPORT void siglongjmp(sigjmp_buf buffer, int value) {
    if (is_sealed())
        leave_handlers(buffer);
    real()->siglongjmp(buffer, value);
    __builtin_unreachable();
}

EXPORT void longjmp(struct __jmp_buf_tag *buffer, int value) __attribute__((alias("siglongjmp"), noreturn));
EXPORT void _longjmp(struct __jmp_buf_tag *buffer, int value) __attribute__((alias("siglongjmp"), noreturn));

// What programs call that were compiled with _FORTIFY_SOURCE.
EXPORT void __longjmp_chk(sigjmp_buf buffer, int value) __attribute__((noreturn));
EXPORT void __longjmp_chk(sigjmp_buf buffer, int value) {
    if (is_sealed())
        leave_handlers(buffer);
    real()->__longjmp_chk(buffer, value);
    __builtin_unreachable();
}
