// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// timer_create with SIGEV_THREAD: libc would run the function in a thread in which it opens every signal, so
// that the kernel's default action, not the program's handler, met whatever was pending. It is refused.
#include "compat.h"
#include "explain.h"
#include "real.h"

#include <errno.h>
#include <stddef.h>

enum { RULE_SIGACTION = 13 };

EXPORT int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer) {
    if (!is_sealed() || event == NULL || event->sigev_notify != SIGEV_THREAD)
        return real()->timer_create(clock, event, timer);
    explain("timer_create with SIGEV_THREAD", NULL, RULE_SIGACTION,
            "no option helps: use SIGEV_SIGNAL, or a thread and timerfd_create");
    errno = ENOTSUP;
    return -1;
}
