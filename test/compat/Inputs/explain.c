// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls what the seal refuses, most of it twice.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <iconv.h>
#include <netdb.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, int is_refused) {
    fflush(stderr);
    printf("%s %s\n", what, is_refused ? "refused" : "allowed");
}

static void call_all(const char *secret) {
    char *arguments[] = {"true", NULL};
    pid_t child;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};
    say("dlopen", dlopen("libz.so.1", RTLD_NOW) == NULL);
    say("fork", fork() < 0);
    say("vfork", syscall(SYS_vfork) < 0);
    say("posix_spawn", posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) != 0);
    say("popen", popen("true", "r") == NULL);
    say("system", system("true") != 0);
    say("execv", execv("/bin/true", arguments) < 0);
    say("execl", execl("/bin/false", "false", (char *)NULL) < 0);
    say("mmap", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    say("mprotect", mprotect((void *)((unsigned long)&child & ~4095ul), 4096, PROT_READ | PROT_EXEC) != 0);
    say("setuid", setuid(12345) != 0);
    say("setgroups", setgroups(0, NULL) != 0);
    say("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer) != 0);
    say("iconv_open", iconv_open("EBCDIC-US", "UTF-8") == (iconv_t)-1);
    say("shmget", shmget(IPC_PRIVATE, 4096, 0600) < 0);
    say("open", open(secret, O_RDONLY) < 0);
    say("fopen", fopen(secret, "r") == NULL);
    say("absent file", open("/nowhere/at/all", O_RDONLY) < 0); // not the seal's doing: no word about it
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    for (int i = 0; i < 2; i++)
        call_all(argc > 1 ? argv[1] : "/nowhere");
    printf("own user again: %d\n", setuid(getuid()));
    return 0;
}
