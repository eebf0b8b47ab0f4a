// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forks, and says what parent and children can do to each other and to others.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, int result) {
    printf("%s: %s\n", what, result == 0 ? "done" : strerrorname_np(errno));
}

static void say_end(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("the child was ended by signal %d\n", WTERMSIG(status));
    else
        printf("the child ended with status %d\n", WEXITSTATUS(status));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    pid_t child = fork();
    if (child < 0) {
        say("fork", -1);
        return 0;
    }
    if (child == 0) {
        printf("child: seccomp %d\n", prctl(PR_GET_SECCOMP));
        say("child: open /proc/self/mem", open("/proc/self/mem", O_RDONLY) >= 0 ? 0 : -1);
        say("child: execve", execl("/bin/true", "true", NULL));
        _exit(7);
    }
    say_end(child);
    child = fork();
    if (child == 0) {
        raise(SIGTERM);
        _exit(1);
    }
    say_end(child);
    int never[2];
    child = pipe(never) == 0 ? fork() : -1;
    if (child == 0) {
        char byte;
        close(never[1]);
        _exit(read(never[0], &byte, 1) == 0 ? 9 : 1); // until the parent closes its end
    }
    close(never[0]);
    say("kill of the child", kill(child, SIGKILL));
    close(never[1]);
    say_end(child);
    say("signal to a process outside", kill(getppid(), SIGCONT));
    return 0;
}
