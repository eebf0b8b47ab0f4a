// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Device and inode of system libraries and built programs are the same in /proc/self/maps and for stat(2):
// the loader compares them, and on an overlay they would differ.
// RUN: clang -O1 -Wall -Werror %s -o %t
// RUN: %pku %t > %t.out
// RUN: grep 'libc.so.6 same' %t.out && grep 'ld-linux-x86-64.so.2 same' %t.out && grep '%t same' %t.out
// RUN: not grep differ %t.out
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024], path[512];
    unsigned dev_major, dev_minor;
    unsigned long inode;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        struct stat st;
        if (sscanf(line, "%*s %*s %*s %x:%x %lu %511s", &dev_major, &dev_minor, &inode, path) != 4 ||
            path[0] != '/')
            continue;
        int same = stat(path, &st) == 0 && major(st.st_dev) == dev_major && minor(st.st_dev) == dev_minor &&
                   st.st_ino == inode;
        printf("%s %s\n", path, same ? "same" : "differ");
    }
    return 0;
}
