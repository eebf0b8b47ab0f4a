// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// opens NAME: opens a library, and converts a letter to EUC-KR, for which libc opens a module.
#include <dlfcn.h>
#include <iconv.h>
#include <stdio.h>

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1) {
        printf("dlopen %s: ", argv[1]);
        puts(dlopen(argv[1], RTLD_NOW) != NULL ? "opened" : dlerror());
    }
    iconv_t conversion = iconv_open("EUC-KR", "UTF-8");
    if (conversion == (iconv_t)-1) {
        puts("iconv: not known");
        return 0;
    }
    char in[] = "\xea\xb0\x80", out[8] = {0}, *from = in, *to = out; // U+AC00
    size_t in_size = 3, out_size = sizeof(out);
    iconv(conversion, &from, &in_size, &to, &out_size);
    puts((unsigned char)out[0] == 0xb0 && (unsigned char)out[1] == 0xa1 ? "iconv: converted"
                                                                        : "iconv: wrong");
    return 0;
}
