#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# check-neighbours.py FILE...: of no two PT_LOADs with the same rights do the pages of one go on, in memory and in the file, where those of
# the other end: the kernel would make one mapping of them, which the seal does not find among the PT_LOADs. Prints how many were looked at.

import struct
import sys

PAGE = 4096
count = 0
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        data = file.read()
    start, number = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    headers = [struct.unpack_from("<IIQQQQQQ", data, start + 56 * index) for index in range(number)]
    loads = [(flags, offset // PAGE, vaddr // PAGE, -(-(vaddr + size) // PAGE))
             for kind, flags, offset, vaddr, _, size, _, _ in headers if kind == 1]
    for low, high in zip(loads, loads[1:]):
        end = low[1] + low[3] - low[2]
        assert low[0] != high[0] or low[3] != high[2] or end != high[1], f"{path}: one mapping of {low} and {high}"
    count += 1
print(f"{count} files")
