// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A1: libc's own wrpkru. pkey_set is looked up under a name that the compiler does not see, as code that was
// not built with the pass would.
#include "evil.h"

#include <dlfcn.h>
#include <errno.h>

// "pkey_set", each letter plus one.
static const volatile char shifted[] = {'q', 'l', 'f', 'z', '`', 't', 'f', 'u'};

void *evil_find_pkey_set(void) {
    char name[sizeof shifted + 1] = {0};

    for (size_t i = 0; i < sizeof shifted; i++)
        name[i] = (char)(shifted[i] - 1);
    return dlsym(RTLD_DEFAULT, name);
}

int evil_pkey_set(const struct evil_target *target) {
    int (*set)(int key, unsigned int rights);

    *(void **)&set = evil_find_pkey_set();
    if (set == NULL) {
        errno = ENOSYS;
        return evil_cannot("dlsym");
    }
    for (int key = 1; key < 16; key++) {
        if (set(key, 0) != 0)
            return evil_failed("pkey_set");
    }
    return evil_got(target, target->key, "pkey_set");
}
