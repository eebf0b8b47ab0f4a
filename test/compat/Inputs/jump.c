// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A handler that jumps back into a computation. The signal comes while main computes.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static sigjmp_buf back;

static void jump(int number) {
    siglongjmp(back, number);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGALRM, jump);
    if (sigsetjmp(back, 1) == 0) {
        time_t start = time(NULL);
        alarm(1);
        while (time(NULL) - start < 30)
            ;
        printf("nothing came\n");
    } else {
        printf("back\n");
    }
    return 0;
}
