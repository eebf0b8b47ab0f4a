// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libprobe.so, linked with -z initfirst: an attacker's look at the ld.so of this machine. ld.so keeps a
// pointer to the one library that runs first in its variable _rtld_global; while that library's constructor
// runs, the pointer can be found by its value. Prints the offset and the variable's size: what craft.py needs
// for A51.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>

__attribute__((constructor)) static void probe(void) {
    void *own = NULL;
    const ElfW(Sym) *symbol = NULL;
    Dl_info info;
    void **global = dlsym(RTLD_DEFAULT, "_rtld_global");

    if (global == NULL || dladdr1((void *)probe, &info, &own, RTLD_DL_LINKMAP) == 0 ||
        dladdr1(global, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL)
        return;
    for (size_t i = 0; i < symbol->st_size / sizeof *global; i++) {
        // The namespaces' lists hold it too, but in a link_map that is not in this variable.
        if (global[i] == own)
            printf("initfirst %zu size %zu\n", i * sizeof *global, (size_t)symbol->st_size);
    }
}
