// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// loops KIND COUNT: runs a loop of one instruction with a pattern, of each kind that is taken out in another
// way, so often; prints what it comes to. Nothing else is in the loop: no program is slowed down more.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t loop_reencoded(uint32_t count);
uint32_t loop_thunk(uint32_t count);
uint32_t loop_moved(uint32_t count);
uint32_t loop_split(uint32_t count);

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        uint32_t (*run)(uint32_t);
    } loops[] = {
        {"re-encoded", loop_reencoded}, {"thunk", loop_thunk}, {"moved", loop_moved}, {"split", loop_split}};
    if (argc != 3)
        return 2;
    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        if (strcmp(argv[1], loops[i].name) == 0) {
            printf("%" PRIu32 "\n", loops[i].run((uint32_t)strtoul(argv[2], NULL, 10)));
            return 0;
        }
    }
    return 2;
}
