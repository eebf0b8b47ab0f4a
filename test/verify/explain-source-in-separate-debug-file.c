// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and source lines are found in a separate debug file that .gnu_debuglink names, and are not taken from
// one of another build.
//
// RUN: rm -rf %t && mkdir -p %t/.debug
// RUN: clang -O0 -g -fPIC -shared -Wl,-z,now,-z,separate-code,--build-id=none %s -o %t/lib.so
// RUN: objcopy --only-keep-debug %t/lib.so %t/.debug/lib.debug
// RUN: cd %t && objcopy --strip-all --add-gnu-debuglink=.debug/lib.debug lib.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t/lib.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// RUN: printf x >> %t/.debug/lib.debug
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t/lib.so > %t.other
// RUN: FileCheck --check-prefix=OTHER --implicit-check-not=' error: ' --implicit-check-not=hidden_number --implicit-check-not=source: %s < %t.other
// CHECK: error: WRPKRU (0f 01 ef)
// CHECK: symbol hidden_number+0x5
// CHECK: source: {{.*}}explain-source-in-separate-debug-file.c:[[#@LINE+5]]
// CHECK: bytes: an immediate operand [immediate]
// OTHER: error: WRPKRU (0f 01 ef)
// OTHER: bytes: an immediate operand [immediate]
static int hidden_number(void) {
    return 0x00ef010f;
}

int number(void) {
    return hidden_number() + 1;
}
