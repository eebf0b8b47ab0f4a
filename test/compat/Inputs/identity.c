// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks for its own identity and for another.
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, int status) {
    printf("%s: %s\n", what, status == 0 ? "done" : strerror(errno));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    say("own user", setuid(getuid()));
    say("own group", setgid(getgid()));
    say("own users", setresuid(getuid(), (uid_t)-1, getuid()));
    say("own effective user", seteuid(geteuid()));
    say("other user", setuid(12345));
    say("other group", setregid(12345, (gid_t)-1));
    say("groups", setgroups(0, NULL));
    return 0;
}
