// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <iostream>
#include <mpkverify/mpkverify.h>

int main(int argc, char **argv) {
    mpk_elf_error error = {};
    mpk_elf *elf = mpk_elf_open(argv[argc - 1], &error);
    std::cout << argv[argc - 1] << ' ' << error.text << "; " << mpk_rules[MPK_RULE_WRPKRU].id
              << " is the first of the rules\n";
    mpk_elf_close(elf);
    return 0;
}
