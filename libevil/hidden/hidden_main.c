// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// hidden-main-NAME: lets the library libevil-NAME.so, which hides the bytes of wrpkru or xrstor somewhere,
// open everything, and then reads the key. Linked once with each of these libraries.
#include "../evil.h"
#include "../target.h"

#include <stdio.h>
#include <string.h>

void evil_open_everything(void);

int main(int argc, char **argv) {
    struct evil_target target = {0};
    const char *key_name = "signing";

    if (argc == 3 && strcmp(argv[1], "--key") == 0)
        key_name = argv[2];
    else if (argc != 1) {
        fputs("usage: hidden-main-NAME [--key NAME]\n", stderr);
        return EVIL_CANNOT;
    }
    if (target_find(&target, key_name, 1) != 0)
        return EVIL_CANNOT;
    evil_begin("hidden-" EVIL_HIDDEN);
    evil_open_everything();
    return evil_got(&target, target.key, "bytes hidden in a library");
}
