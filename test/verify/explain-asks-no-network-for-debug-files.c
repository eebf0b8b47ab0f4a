// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// No server is asked for debug information, whatever DEBUGINFOD_URLS says.
//
// RUN: clang -O1 -fPIC -shared -Wl,-z,now,-z,separate-code,--build-id=sha1 %s -o %t.so
// RUN: env DEBUGINFOD_URLS=http://127.0.0.1:9 DEBUGINFOD_VERBOSE=1 sh %inputs/exits.sh 1 %mpk-verify %t.so 2>&1 | cat > %t.out
// RUN: FileCheck --implicit-check-not=127.0.0.1 %s < %t.out
// CHECK: bytes: an immediate operand [immediate]
int number(void) {
    return 0x00ef010f;
}
