# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""import-record.py FILE OUTPUT DEFECT: copies a client and damages the first record of its section mpkgate_imports."""

import shutil
import struct
import sys

source, output, defect = sys.argv[1:]
data = bytearray(open(source, "rb").read())
section_at, = struct.unpack_from("<Q", data, 40)
section_size, section_count, names_index = struct.unpack_from("<HHH", data, 58)
program_at, = struct.unpack_from("<Q", data, 32)
program_count, = struct.unpack_from("<H", data, 56)
sections = [struct.unpack_from("<IIQQQQIIQQ", data, section_at + i * section_size) for i in range(section_count)]
names_at = sections[names_index][4]


def name_of(section):
    start = names_at + section[0]
    return data[start:data.index(b"\0", start)].decode()


index = next(i for i, section in enumerate(sections) if name_of(section) == "mpkgate_imports")
address, offset = sections[index][3:5]
loads = [struct.unpack_from("<IIQQQQQQ", data, program_at + i * 56) for i in range(program_count)]
loads = [load for load in loads if load[0] == 1]
code = next(load for load in loads if load[1] & 1)
writable = next(load for load in loads if load[1] & 2)


def refer(field, target):
    """Makes the 32-bit reference at this place of the record point to an address."""
    struct.pack_into("<i", data, offset + field, target - (address + field))


slot = address + 4 + struct.unpack_from("<i", data, offset + 4)[0]
if defect == "name":
    refer(0, writable[3])
elif defect == "slot":
    refer(4, address)
elif defect == "text":
    refer(4, code[3])
elif defect == "odd":
    refer(4, slot + 4)
elif defect == "far":
    struct.pack_into("<i", data, offset + 4, 0x7fffffff)
elif defect == "writable":
    struct.pack_into("<Q", data, section_at + index * section_size + 16, writable[3])
    struct.pack_into("<Q", data, section_at + index * section_size + 24, writable[2])
    struct.pack_into("<Q", data, section_at + index * section_size + 32, 32)
else:
    sys.exit("unknown defect")
open(output, "wb").write(data)
shutil.copymode(source, output)
