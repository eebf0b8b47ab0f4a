// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reaches a function of another library in each way in which programs do, and prints who answers.
#include <stdio.h>

const char *by_call(void);
const char *by_slot(void);
const char *by_tail(void);
const char *by_condition(void);
const char *by_data(void);
const char *by_load(void);
const char *tail(void);
const char *slot(void);
const char *condition(int zero);
const char *(*load(void))(void);

const char *(*volatile in_data)(void) = by_data;

int main(void) {
    printf("call: %s\n", by_call());
    printf("slot: %s\n", slot());
    printf("tail: %s\n", tail());
    printf("condition: %s\n", condition(0));
    printf("data: %s\n", in_data());
    printf("load: %s\n", load()());
    return 0;
}
