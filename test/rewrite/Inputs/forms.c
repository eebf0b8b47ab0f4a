// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls every function of forms.S with numbers of all kinds and prints what it gave back and what it wrote.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FORMS(X)                                                                                             \
    X(load)                                                                                                  \
    X(load_movabs)                                                                                           \
    X(load_signed)                                                                                           \
    X(load_keeps_flags)                                                                                      \
    X(add_eax)                                                                                               \
    X(sub_reg)                                                                                               \
    X(adc_reg)                                                                                               \
    X(sbb_reg)                                                                                               \
    X(and_reg)                                                                                               \
    X(or_reg)                                                                                                \
    X(xor_reg)                                                                                               \
    X(cmp_reg)                                                                                               \
    X(test_reg)                                                                                              \
    X(imul_reg)                                                                                              \
    X(imul_memory)                                                                                           \
    X(push_constant)                                                                                         \
    X(store_constant)                                                                                        \
    X(store_signed)                                                                                          \
    X(or_memory)                                                                                             \
    X(store_packed)                                                                                          \
    X(store_packed_xrstor)                                                                                   \
    X(displacement)                                                                                          \
    X(displacement_flags)                                                                                    \
    X(displacement_index)                                                                                    \
    X(displacement_store)                                                                                    \
    X(displacement_vector)                                                                                   \
    X(displacement_and_constant)                                                                             \
    X(red_zone)                                                                                              \
    X(stack_memory)                                                                                          \
    X(lea_constant)                                                                                          \
    X(lea_index)                                                                                             \
    X(compare_memory)                                                                                        \
    X(all_low_registers)                                                                                     \
    X(displacement_alone)                                                                                    \
    X(locked)                                                                                                \
    X(exchange)                                                                                              \
    X(thread_pointer)                                                                                        \
    X(thread_pointer_displacement)                                                                           \
    X(divide)                                                                                                \
    X(set_byte)                                                                                              \
    X(shift)                                                                                                 \
    X(byte_registers)                                                                                        \
    X(shuffle)                                                                                               \
    X(spanning_reencoded)                                                                                    \
    X(spanning_index)                                                                                        \
    X(spanning_moved)

typedef uint64_t form(uint64_t, uint64_t, unsigned char *);
#define DECLARE(name) form name;
FORMS(DECLARE)

static const struct {
    const char *name;
    form *function;
} forms[] = {
#define ROW(name) {#name, name},
    FORMS(ROW)};

static const uint64_t numbers[] = {0,          1,          0x00ef010f,         0x28ae0f,
                                   0x2eae0f77, 0xffffffff, 0x7fffffff,         0xae0f1234,
                                   0x80000000, 0x1234,     0x8000000000000000, 0xfedcba9876543210};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

int main(void) {
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        for (size_t n = 0; n < NUMBERS * NUMBERS; n++) {
            unsigned char memory[64];
            uint64_t sum = 0;
            for (size_t at = 0; at < sizeof(memory); at++)
                memory[at] = (unsigned char)(at * 37 + n);
            uint64_t result = forms[i].function(numbers[n % NUMBERS], numbers[n / NUMBERS], memory);
            for (size_t at = 0; at < sizeof(memory); at++)
                sum = sum * 31 + memory[at];
            printf("%s %zu %" PRIx64 " %" PRIx64 "\n", forms[i].name, n, result, sum);
        }
    }
    return 0;
}
