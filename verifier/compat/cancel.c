// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See cancel.h. libc's pthread_cancel installs a handler, is refused, and sends the signal all the same.
#include "cancel.h"

#include "compat.h"
#include "real.h"

#include <errno.h>
#include <stddef.h>

void cancel_if_asked(struct thread *self) {
    pthread_mutex_lock(&lock);
    bool ends = self->is_cancelled && !self->is_ending && self->cancel_state == PTHREAD_CANCEL_ENABLE;
    self->is_ending |= ends;
    if (ends)
        self->is_cancelled = false; // the cleanup handlers may wait
    pthread_mutex_unlock(&lock);
    if (ends)
        pthread_exit(PTHREAD_CANCELED);
}

EXPORT int pthread_cancel(pthread_t handle) {
    if (!is_sealed())
        return real()->pthread_cancel(handle);
    pthread_mutex_lock(&lock);
    struct thread *thread = thread_find(handle);
    if (thread != NULL) {
        thread->is_cancelled = !thread->is_ending;
        if (thread->is_waiting)
            thread_kick(thread);
    }
    pthread_mutex_unlock(&lock);
    // Not there: it has ended, which is no error as long as nobody has joined it.
    return thread != NULL ? 0 : real()->pthread_kill(handle, 0);
}

EXPORT void pthread_testcancel(void) {
    if (is_sealed())
        cancel_if_asked(thread_self());
    real()->pthread_testcancel();
}

EXPORT int pthread_setcancelstate(int state, int *before) {
    if (!is_sealed())
        return real()->pthread_setcancelstate(state, before);
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
        return EINVAL;
    struct thread *self = thread_self();
    if (before != NULL)
        *before = self->cancel_state;
    self->cancel_state = state;
    return 0;
}

EXPORT int pthread_setcanceltype(int type, int *before) {
    if (!is_sealed())
        return real()->pthread_setcanceltype(type, before);
    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
        return EINVAL;
    struct thread *self = thread_self();
    if (before != NULL)
        *before = self->cancel_type;
    self->cancel_type = type;
    if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
        cancel_if_asked(self);
    return 0;
}
