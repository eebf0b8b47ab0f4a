// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program without gates that says whether it is sealed.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int main(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error = mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
    printf("seccomp %d, no_new_privs %d, mprotect PROT_EXEC: %s\n", prctl(PR_GET_SECCOMP),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), error == 0 ? "allowed" : strerrorname_np(error));
    return 0;
}
