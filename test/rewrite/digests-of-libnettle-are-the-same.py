# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The distribution's libnettle, whose SHA-256 holds patterns, computes the same digests when they are taken out: 10,000 of them.
# Without SHA instructions, which would be in the place of that code.
#
# RUN: %mpk-rewrite /usr/lib/x86_64-linux-gnu/libnettle.so.8 -o %t.so > %t.out
# RUN: FileCheck %s < %t.out
# CHECK: {{[1-9][0-9]*}} patterns, 0 left
# RUN: %mpk-verify --policy system %t.so
# RUN: env NETTLE_FAT_OVERRIDE=none python3 %s %t.so

import ctypes
import hashlib
import sys

nettle = ctypes.CDLL(sys.argv[1])
context = ctypes.create_string_buffer(1024)
digest = ctypes.create_string_buffer(32)
for number in range(10000):
    message = bytes(number * 7 & 255 for number in range(number % 300)) + number.to_bytes(4, "little")
    nettle.nettle_sha256_init(context)
    nettle.nettle_sha256_update(context, ctypes.c_size_t(len(message)), message)
    nettle.nettle_sha256_digest(context, ctypes.c_size_t(32), digest)
    if digest.raw != hashlib.sha256(message).digest():
        sys.exit(f"another digest of {message.hex()}")
