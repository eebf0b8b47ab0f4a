// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program without anything.
int main(void);
int main(void) {
    for (;;)
        ;
}
