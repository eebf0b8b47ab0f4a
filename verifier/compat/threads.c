// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads and their records: made by the creator, so that a thread can be signalled and cancelled as soon as
// pthread_create has returned, and freed by the last of the two that uses them.
#include "threads.h"

#include "compat.h"
#include "helper.h"
#include "kernel.h"
#include "real.h"
#include "say.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct thread *list;
static __thread struct thread *self;
static __thread unsigned rounds; // of this thread's end
static pthread_key_t at_end;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void release(struct thread *thread) {
    if (--thread->references == 0)
        free(thread);
}

static void unlist(struct thread *thread) {
    for (struct thread **at = &list; *at != NULL; at = &(*at)->next) {
        if (*at == thread) {
            *at = thread->next;
            break;
        }
    }
    thread->is_listed = false;
}

// Other destructors may still call this library: let them go first, as long as libc does another round.
static void end(void *argument) {
    struct thread *thread = argument;
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        pthread_setspecific(at_end, thread);
        return;
    }
    self = NULL;
    if (thread->signal_fd >= 0)
        close(thread->signal_fd);
    pthread_mutex_lock(&lock);
    unlist(thread);
    helper_forget(thread);
    update_wanted();
    release(thread);
    pthread_mutex_unlock(&lock);
}

static void make_key(void) {
    if (pthread_key_create(&at_end, end) != 0) {
        compat_say("no thread-specific key is left", NULL);
        _exit(COMPAT_FAILED);
    }
}

static struct thread *make_thread(uint64_t mask) {
    struct thread *thread = calloc(1, sizeof(*thread));
    if (thread == NULL)
        return NULL;
    thread->mask = mask;
    thread->signal_fd = -1;
    thread->references = 1;
    thread->alternate_stack.ss_flags = SS_DISABLE;
    return thread;
}

static void adopt(struct thread *thread) {
    thread->handle = pthread_self();
    thread->id = gettid();
    self = thread;
    pthread_once(&key_once, make_key);
    pthread_setspecific(at_end, thread);
}

static void enlist(struct thread *thread) {
    if (thread->is_listed)
        return;
    thread->is_listed = true;
    thread->next = list;
    list = thread;
}

static struct thread *must_make(uint64_t mask) {
    struct thread *thread = make_thread(mask);
    if (thread == NULL) {
        compat_say("out of memory", NULL);
        _exit(COMPAT_FAILED);
    }
    adopt(thread);
    return thread;
}

struct thread *thread_self(void) {
    return self != NULL ? self : must_make(EVERY_SIGNAL);
}

struct thread *thread_list(void) {
    return list;
}

struct thread *thread_find(pthread_t handle) {
    struct thread *thread = list;
    while (thread != NULL && !pthread_equal(thread->handle, handle))
        thread = thread->next;
    return thread;
}

struct thread *thread_find_id(pid_t id) {
    struct thread *thread = list;
    while (thread != NULL && thread->id != id)
        thread = thread->next;
    return thread;
}

uint64_t thread_blocks(const struct thread *thread) {
    return (thread->is_waiting ? thread->wait_mask : thread->mask) | thread->borrowed;
}

void thread_kick(const struct thread *thread) {
    int error = errno;
    kernel_send(thread->id, KICK);
    errno = error;
}

void thread_become_helper(void) {
    must_make(EVERY_SIGNAL)->is_helper = true;
}

void thread_become_main(uint64_t mask) {
    if (self == NULL)
        must_make(mask);
    self->mask = mask;
    self->is_main = true;
    enlist(self);
}

void threads_after_fork(void) {
    pthread_mutex_init(&lock, NULL);
    struct thread *thread = thread_self();
    list = NULL;
    thread->is_listed = false;
    thread->is_main = true;
    thread->id = gettid();
    enlist(thread);
}

// pthread_create and thrd_create.
struct beginning {
    struct thread *thread;
    union {
        void *(*posix)(void *);
        thrd_start_t c11;
    } function;
    void *argument;
};

static struct beginning *prepare(void *argument) {
    struct beginning *beginning = malloc(sizeof(*beginning));
    struct thread *thread = make_thread(thread_self()->mask);
    if (beginning == NULL || thread == NULL) {
        free(beginning);
        free(thread);
        return NULL;
    }
    thread->references = 2;
    *beginning = (struct beginning){.thread = thread, .argument = argument};
    return beginning;
}

// In the new thread.
static struct beginning begin(void *argument) {
    struct beginning beginning = *(struct beginning *)argument;
    free(argument);
    kernel_mask(SIG_BLOCK, EVERY_SIGNAL); // libc leaves out SIGCANCEL
    pthread_mutex_lock(&lock);
    adopt(beginning.thread);
    enlist(beginning.thread);
    update_wanted();
    pthread_mutex_unlock(&lock);
    return beginning;
}

// In the creator. The thread may have come to its end already: then it is not to be listed.
static void created(struct thread *thread, pthread_t handle, bool is_running) {
    kernel_mask(SIG_BLOCK, EVERY_SIGNAL); // with the first thread, libc unblocks its own two signals
    pthread_mutex_lock(&lock);
    if (!is_running)
        thread->references = 1;
    else if (thread->references == 2 && !thread->is_listed) {
        thread->handle = handle;
        enlist(thread);
        update_wanted();
    }
    release(thread);
    pthread_mutex_unlock(&lock);
}

static void *start_posix(void *argument) {
    struct beginning beginning = begin(argument);
    return beginning.function.posix(beginning.argument);
}

static int start_c11(void *argument) {
    struct beginning beginning = begin(argument);
    return beginning.function.c11(beginning.argument);
}

EXPORT int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*function)(void *),
                          void *argument) {
    if (!is_sealed())
        return real()->pthread_create(handle, attributes, function, argument);
    struct beginning *beginning = prepare(argument);
    if (beginning == NULL)
        return EAGAIN;
    struct thread *thread = beginning->thread;
    beginning->function.posix = function;
    attributes_mask(attributes, &thread->mask);
    int error = real()->pthread_create(handle, attributes, start_posix, beginning);
    created(thread, error == 0 ? *handle : pthread_self(), error == 0);
    if (error != 0)
        free(beginning);
    return error;
}

EXPORT int thrd_create(thrd_t *handle, thrd_start_t function, void *argument) {
    if (!is_sealed())
        return real()->thrd_create(handle, function, argument);
    struct beginning *beginning = prepare(argument);
    if (beginning == NULL)
        return thrd_nomem;
    struct thread *thread = beginning->thread;
    beginning->function.c11 = function;
    int status = real()->thrd_create(handle, start_c11, beginning);
    created(thread, status == thrd_success ? *handle : thrd_current(), status == thrd_success);
    if (status != thrd_success)
        free(beginning);
    return status;
}
