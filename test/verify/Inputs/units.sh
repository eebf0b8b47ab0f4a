#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# units.sh PASS FOLDER: objects of small units in FOLDER, NAME.o with the pass and NAME.plain.o without. util.c is there twice.
set -eu
pass=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/a" "$folder/b"
cd "$folder"
echo 'int first(int); int second(int); int twice(int); int main(void) { return first(1) + second(2) + twice(3); }' > main.c
echo '__attribute__((noinline)) static int local(int n) { return n * 7; } int first(int n) { return local(n) + 1; }' > a/util.c
echo 'int second(int n) { return n + 1; }' > b/util.c
printf '.text\n.globl twice\ntwice: lea (%%rdi,%%rdi),%%eax\nret\nhelper: ret\n.section .note.GNU-stack,"",@progbits\n' > twice.S
for unit in main a/util b/util; do
    name=$(echo $unit | tr / -)
    clang -O1 -fPIE -fpass-plugin="$pass" -c $unit.c -o $name.o
    clang -O1 -fPIE -c $unit.c -o $name.plain.o
done
clang -c twice.S -o twice.o
printf '.text\n.globl twice\ntwice: lea (%%rdi,%%rdi),%%eax\nret\n.section .note.GNU-stack,"",@progbits\n' > global.S
clang -c global.S -o global.o
