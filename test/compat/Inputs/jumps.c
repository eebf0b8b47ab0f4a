// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// siglongjmp out of a handler: of a signal that the thread sent to itself, or that came while it waited.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigjmp_buf back;

static void jump(int number) {
    siglongjmp(back, number);
}

static void show(const char *what, int value) {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("%s: back with %d, SIGUSR1 blocked %d, SIGALRM blocked %d\n", what, value,
           sigismember(&mask, SIGUSR1), sigismember(&mask, SIGALRM));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGUSR1, jump);
    signal(SIGALRM, jump);
    for (volatile int i = 0; i < 2; i++) {
        int value = sigsetjmp(back, 1);
        if (value == 0)
            raise(SIGUSR1);
        show("raise", value);
    }
    int value = sigsetjmp(back, 1);
    if (value == 0) {
        alarm(1);
        pause();
    }
    show("pause", value);
    value = sigsetjmp(back, 0); // the mask stays as the handler had it
    if (value == 0)
        raise(SIGUSR1);
    show("without mask", value);
    return 0;
}
