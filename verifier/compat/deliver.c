// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See deliver.h. As in the kernel, signals that are pending together stack their handlers: the one that is
// taken last runs first, unless an earlier one's sa_mask holds it back.
#include "deliver.h"

#include "dispositions.h"
#include "helper.h"
#include "kernel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

// Children of a program that ignores SIGCHLD leave no zombies.
static void reap(void) {
    int error = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = error;
}

void act_by_default(int number) {
    bool is_ignored_there = is_ignored_by_kernel(number);
    if (!is_ignored_there)
        kernel_act(number);
    // Still here: the kernel ignores it, or this is a forked child that may not signal even itself.
    if (default_action(number) == ACTION_END)
        _exit(128 + number);
    if (is_ignored_there)
        kernel_send(gettid(), SIGSTOP);
}

static void act_without_handler(int number, const struct sigaction *action) {
    bool leaves_no_zombies = action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT) != 0;
    if (number == SIGCHLD && leaves_no_zombies)
        reap();
    if (!is_ignored(number, action))
        act_by_default(number);
}

static void call(const struct sigaction *action, siginfo_t *information, uint64_t after) {
    if ((action->sa_flags & SA_SIGINFO) == 0) {
        action->sa_handler(information->si_signo);
        return;
    }
    ucontext_t context; // no register of the interrupted code: nothing was interrupted
    memset(&context, 0, sizeof(context));
    set_to(&context.uc_sigmask, after);
    action->sa_sigaction(information->si_signo, information, &context);
}

// With the lock held. Whether there is a handler; then its mask is in force.
static bool enter_handler(struct thread *self, int number, uint64_t base, struct sigaction *action) {
    struct sigaction *entry = disposition(number);
    *action = *entry;
    if (!is_caught(entry))
        return false;
    if ((entry->sa_flags & (int)SA_RESETHAND) != 0)
        entry->sa_handler = SIG_DFL;
    self->mask = base | set_of(&action->sa_mask);
    if ((action->sa_flags & SA_NODEFER) == 0)
        self->mask |= signal_bit(number);
    helper_note(self, self->frames);
    update_wanted();
    return true;
}

static void leave_handler(struct thread *self, struct frame *frame) {
    pthread_mutex_lock(&lock);
    self->frames = frame->previous;
    self->mask = frame->after;
    helper_note(self, self->frames);
    update_wanted();
    pthread_mutex_unlock(&lock);
}

static bool is_unwanted_stop(const siginfo_t *information, const struct sigaction *action) {
    return information->si_signo == SIGCHLD && (action->sa_flags & SA_NOCLDSTOP) != 0 &&
           (information->si_code == CLD_STOPPED || information->si_code == CLD_CONTINUED);
}

bool deliver(struct thread *self, siginfo_t *information, uint64_t base, uint64_t after) {
    int number = information->si_signo;
    struct sigaction action;
    struct frame frame = {.after = after, .number = number, .previous = self->frames};
    pthread_mutex_lock(&lock);
    if (is_unwanted_stop(information, disposition(number))) {
        pthread_mutex_unlock(&lock);
        return false;
    }
    self->frames = &frame;
    bool is_handled = enter_handler(self, number, base, &action);
    if (!is_handled)
        self->frames = frame.previous;
    pthread_mutex_unlock(&lock);
    if (!is_handled) {
        act_without_handler(number, &action);
        return false;
    }
    deliver_pending(self, self->mask);
    call(&action, information, after);
    if (number == SIGCHLD && (action.sa_flags & SA_NOCLDWAIT) != 0)
        reap();
    leave_handler(self, &frame);
    return true;
}

static bool take(struct thread *self, siginfo_t *information) {
    pthread_mutex_lock(&lock);
    uint64_t set = ~(self->mask | self->borrowed) & ~signal_bit(KICK);
    bool is_held = helper_take_held(set, information);
    pthread_mutex_unlock(&lock);
    struct timespec now = {0};
    return is_held || kernel_take(set, information, &now) != 0;
}

bool deliver_pending(struct thread *self, uint64_t after) {
    siginfo_t information;
    bool is_handled = false;
    while (take(self, &information))
        is_handled |= deliver(self, &information, self->mask, after);
    return is_handled;
}
