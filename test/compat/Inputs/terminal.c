// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// terminal KEYS COMMAND...: runs the command on a terminal of its own, types the first key (c, z or \: with
// Control) when it has said "ready" and each further one when its handler of SIGCONT has run, continues it
// when it has stopped, prints what it printed and how it ended.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char seen[65536];
static size_t length;

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static _Noreturn void run(const char *name, char **command) {
    setsid();
    int terminal = open(name, O_RDWR);
    struct termios settings;
    if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0 || tcgetattr(terminal, &settings) != 0)
        fail("terminal");
    settings.c_lflag = (settings.c_lflag & ~(tcflag_t)ECHO) | NOFLSH; // a key discards no output
    settings.c_oflag &= ~(tcflag_t)OPOST;
    tcsetattr(terminal, TCSANOW, &settings);
    for (int fd = 0; fd < 3; fd++)
        dup2(terminal, fd);
    // A group of its own in front, with a shell's place behind it: an orphaned group would not stop.
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(0, getpid());
        signal(SIGTTOU, SIG_DFL);
        execvp(command[0], command);
        fail(command[0]);
    }
    int status;
    while (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
        dprintf(1, "stopped by %d\n", WSTOPSIG(status));
        kill(child, SIGCONT);
    }
    if (WIFSIGNALED(status))
        dprintf(1, "ended by signal %d\n", WTERMSIG(status));
    else
        dprintf(1, "ended with status %d\n", WEXITSTATUS(status));
    tcdrain(1);
    _exit(0);
}

static char key_of(char typed) {
    return typed == 'c' ? 3 : typed == 'z' ? 26 : 28;
}

int main(int argc, char **argv) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (argc < 3 || master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        fail("posix_openpt");
    pid_t child = fork();
    if (child == 0)
        run(ptsname(master), argv + 2);
    const char *typed = argv[1], *from = seen, *cue = "ready\n", *found;
    // Reading fails with EIO when nobody has the terminal open any more.
    for (ssize_t size; (size = read(master, seen + length, sizeof(seen) - 1 - length)) > 0;) {
        length += (size_t)size;
        if (*typed == '\0' || (found = strstr(from, cue)) == NULL)
            continue;
        usleep(300000); // into its wait
        char key = key_of(*typed++);
        (void)!write(master, &key, 1);
        from = found + strlen(cue);
        cue = "handler of 18\n";
    }
    waitpid(child, NULL, 0);
    fputs(seen, stdout);
    return 0;
}
