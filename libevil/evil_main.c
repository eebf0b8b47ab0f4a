// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// evil-main: finds out where the key lies and lets one attack loose on it. One source for two programs:
// protected (built with the pass, run by mpk-run; the vault's test image tells the addresses) and
// unprotected (libvault-unprotected.so, EVIL_UNPROTECTED defined).
#include "evil.h"
#include "target.h"

#include <stdio.h>
#include <string.h>

static int usage(void) {
    fputs("usage: evil-main [--key NAME] [--key-file FILE] "
#ifdef EVIL_UNPROTECTED
          "[--pkey] "
#endif
          "ATTACK\n"
          "       evil-main --list\n",
          stderr);
    return EVIL_CANNOT;
}

// The attacks that main makes itself. The same two loops as libevil's, in another object.
static int main_reads(const struct evil_target *target) {
    for (size_t i = 0; i < target->key_size; i++)
        printf("%s%02x", i == 0 ? "attack main-read-key succeeded: main read the key: " : "",
               ((volatile unsigned char *)target->key)[i]);
    putchar('\n');
    return EVIL_SUCCEEDED;
}

static int main_writes(const struct evil_target *target) {
    volatile unsigned char *key = target->key;

    for (size_t i = 0; i < target->key_size; i++)
        key[i] = 0x41;
    printf("attack main-write-key %s\n",
           key[target->key_size - 1] == 0x41 ? "succeeded: main wrote the key" : "failed");
    return key[target->key_size - 1] == 0x41 ? EVIL_SUCCEEDED : EVIL_FAILED;
}

// Not an attack: holds still, so that the process can be looked at.
static int wait_for_input(void) {
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return EVIL_SUCCEEDED;
}

static int attack(const char *name, const struct evil_target *target) {
    if (strcmp(name, "wait-for-input") == 0)
        return wait_for_input();
    if (strcmp(name, "main-read-key") != 0 && strcmp(name, "main-write-key") != 0)
        return evil_attack(name, target);
    evil_begin(name);
    return strcmp(name, "main-read-key") == 0 ? main_reads(target) : main_writes(target);
}

int main(int argc, char **argv) {
    struct evil_target target = {0};
    const char *key_name = "signing";
    int plain_pkey = 0;
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            evil_list();
            return 0;
        }
        if (strcmp(argv[i], "--key") == 0 && i + 1 < argc)
            key_name = argv[++i];
        else if (strcmp(argv[i], "--key-file") == 0 && i + 1 < argc)
            target.key_file = argv[++i];
        else if (strcmp(argv[i], "--pkey") == 0)
            plain_pkey = 1;
        else
            return usage();
    }
    if (i + 1 != argc)
        return usage();
    if (target_find(&target, key_name, plain_pkey) != 0)
        return EVIL_CANNOT;
    return attack(argv[i], &target);
}
