// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One gated function a call shape.
#ifndef SHAPES_H
#define SHAPES_H

#include "mpkgate.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pair { // in two registers of two kinds
    long whole;
    double part;
};
struct wide { // returned through a hidden pointer
    long values[8];
};
typedef float vector __attribute__((vector_size(16)));

MPK_GATE("class(manage)") int shape_plain(int a, int b);
MPK_GATE("in(0,len=1)") uint64_t shape_sum(const uint8_t *bytes, size_t length);
MPK_GATE("out(0,cap=1,len=2) refused(-7)")
int shape_squares(uint32_t *squares, size_t capacity, size_t *count);
MPK_GATE("in(0,len=1,unit=4) out(2,cap=3,len=4,unit=4)")
int shape_scale(const uint32_t *from, uint16_t count, uint32_t *to, size_t capacity, size_t *written);
MPK_GATE("inout(0,size=16)") void shape_reverse(char text[16]);
MPK_GATE("str(0,max=32)") size_t shape_length(const char *text);
MPK_GATE("") long shape_many(long a, long b, long c, long d, long e, long f, long g, long h, long i);
MPK_GATE("refused(-1)")
double shape_floats(float a, double b, float c, double d, double e, double f, double g, double h, double i,
                    double j);
MPK_GATE("") vector shape_vector(vector a, vector b);
MPK_GATE("") struct pair shape_pair(struct pair a, int factor);
MPK_GATE("in(1,size=8)") struct wide shape_wide(long first, const long *step);
MPK_GATE("") signed char shape_narrow(signed char a, unsigned char b, bool c, short d);
MPK_GATE("") __int128 shape_128(__int128 a, long double b);
MPK_GATE("") void shape_nothing(void);

#ifdef __cplusplus
}
#endif
#endif
