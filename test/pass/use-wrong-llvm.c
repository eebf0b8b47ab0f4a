// In a compiler of another LLVM major the plugin says so and is refused; clang does not crash.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: clang -shared -fPIC -DMAJOR=16 %s -o %t.16.so
// RUN: env LD_PRELOAD=%t.16.so not clang -fpass-plugin=%pass -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: env LD_PRELOAD=%t.16.so not opt -load-pass-plugin=%pass -passes=mpkgate -disable-output /dev/null 2>&1 | FileCheck --check-prefix=OPT %s

// Stands in for another LLVM: the plugin asks this function.
void LLVMGetVersion(unsigned *major, unsigned *minor, unsigned *patch) {
#ifdef MAJOR
    *major = MAJOR;
#endif
    if (minor)
        *minor = 0;
    if (patch)
        *patch = 0;
}
// CHECK: error: MPKGate.so was built for LLVM [[OURS:[0-9]+]], but this compiler is of LLVM 16: use clang-[[OURS]], or build MPKGate with -DMPKGATE_LLVM=16
// CHECK: error: unable to load plugin {{.*}} Got version 0
// OPT: error: MPKGate.so was built for LLVM
