#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# random-functions.py [--functions N] [--seed S] [--compilers "CC -O2;CC2 -O0"] MPK-REWRITE MPK-VERIFY FOLDER: makes N random C
# functions full of constants, displacements and sequences in which WRPKRU and XRSTOR hide, compiles them with each compiler,
# rewrites the program, and compares what both print: a checksum for each function. Says how many patterns there were and by which
# means they went; status 1 if an output differs, a pattern is left, or there were fewer than one for every second function.

import argparse
import collections
import json
import os
import random
import subprocess
import sys

CONSTANTS = [0x00ef010f, 0xef010f12, 0x34ef010f, 0x1128ae0f, 0x2eae0f77, 0x6bae0f11, 0x7fae0f00 | 0x28, 0xae0f1234, 0x1200ef01,
             0x28ae0f, 0xadae0f5a, 0x68ae0f]
WIDE = [0x1122ef010f334455, 0xef010f0000000001, 0x1122334428ae0f55, 0x00ef010f00ef010f]
OFFSETS = [0xef010f, 0x28ae0f, 0x6cae0f]
PACKED = [0x1234ef01, 0x123428ae, 0x7700ef01, 0x55aeae6c]
ROOM = 0xf00000

HEAD = """#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#define R15(x) (((x) << 15) | ((x) >> 17))
struct __attribute__((packed)) packed { char pad[15]; uint32_t field; uint64_t next; };
static unsigned char room[0x%x];
static volatile uint64_t sink;
__attribute__((noinline)) static uint64_t mix(uint64_t a, uint64_t b) { return (a ^ (b >> 7)) * 0x9e3779b97f4a7c15u; }
""" % ROOM


class Function:
    """One function, a list of statements on a, b, c, d (numbers) and p (64 bytes of its own in the room)."""

    def __init__(self, rnd, number):
        self.rnd, self.number = rnd, number

    def constant(self):
        return f"0x{self.rnd.choice(CONSTANTS):x}u"

    def number_of(self):
        return self.rnd.choice("abcd")

    def statement(self):
        x, y, z = self.number_of(), self.number_of(), self.number_of()
        k, rnd = self.constant(), self.rnd
        offset = rnd.choice(OFFSETS)
        packed = f"0x{rnd.choice(PACKED):x}u"
        return rnd.choice([
            f"{x} += {k};", f"{x} -= {k};", f"{x} ^= {k};", f"{x} = ({y} & {k}) | {z};", f"{x} |= {k};",
            f"{x} *= {k};", f"if ({x} == {k}) {y} += {z};", f"if ({x} > {k}) {y} ^= {z}; else {y} -= 7;",
            f"if ({x} & {k}) {{ {y} = R15({y}) + {z}; }}", f"{x} = {k};", f"{x} = {y} < {k} ? {z} : {k};",
            f"wide ^= 0x{rnd.choice(WIDE):x}u; {x} ^= (uint32_t)(wide >> {rnd.randrange(40)});",
            f"wide += {x} * 0x{rnd.choice(WIDE):x}u;",
            f"{x} = R15({x}); {y} += {z};", f"{x} = ({y} ^ 0xae0f1234u) - {z};", f"{x} = (({y} & 0x{rnd.randrange(256):x}0f) ^ {z}) + {y};",
            f"{x} += base[{offset}];", f"base[{offset}] ^= (unsigned char){x};", f"{x} ^= base[{offset} + ({y} & 15)];",
            f"*(uint32_t *)(base + {offset} + 4) += {k};", f"*(uint32_t *)(base + {offset} + 4) = {k};",
            f"{x} += *(uint32_t *)(base + {offset} + 8) ^ {k};",
            f"((struct packed *)p)->field = {packed};", f"((struct packed *)p)->field |= {packed};",
            f"*(uint32_t *)p |= 0x{rnd.choice([0x1200ef01, 0x120028ae]):x}u;", f"{x} += *(uint32_t *)p;",
            f"((struct packed *)p)->next = (uint64_t){k}; wide += ((struct packed *)p)->next;",
            f"wide = mix(wide, {x} + {k});", f"for (uint32_t i = 0; i < ({x} & 7); i++) {{ {y} += {k}; {z} = R15({z}) ^ i; }}",
            f"switch ({x} & 7) {{ case 0: {y} += {k}; break; case 3: {z} ^= {k}; break; case 5: {y} = R15({z}); break;"
            f" case 6: {y} -= {k}; break; default: {z} += 3; }}",
            f"fl += (double)({x} & 1023) * 1.5; {y} += (uint32_t)fl & {k};",
        ])

    def text(self):
        body = "\n    ".join(self.statement() for _ in range(self.rnd.randint(3, 24)))
        return f"""__attribute__((noinline)) uint64_t f{self.number}(uint32_t a, uint32_t b, uint32_t c, uint32_t d, unsigned char *base);
uint64_t f{self.number}(uint32_t a, uint32_t b, uint32_t c, uint32_t d, unsigned char *base) {{
    uint64_t wide = a;
    double fl = 0;
    unsigned char *p = base + 0x1000;
    {body}
    return mix(wide + a, ((uint64_t)b << 32) + c) + d + *(uint64_t *)(p + 15) + (uint64_t)fl;
}}
"""


def program(seed, count):
    rnd = random.Random(seed)
    functions = "".join(Function(rnd, number).text() for number in range(count))
    table = ", ".join(f"f{number}" for number in range(count))
    return f"""{HEAD}{functions}
static uint64_t (*const all[])(uint32_t, uint32_t, uint32_t, uint32_t, unsigned char *) = {{{table}}};
int main(void) {{
    static const uint32_t in[] = {{0, 1, 0x00ef010f, 0x28ae0f, 0xffffffff, 0x80000000, 0x2eae0f77, 0x12345678}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {{
        uint64_t sum = 0;
        for (uint32_t n = 0; n < 40; n++)
            sum = mix(sum, all[i](in[n & 7], in[(n >> 1) & 7], n * 0x01234567u, in[(n * 5) & 7], room));
        printf("%zu %" PRIx64 "\\n", i, sum);
    }}
    return sink != 0;
}}
"""


def output(command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def check(options, number, compiler, source):
    base = os.path.join(options.folder, f"program-{number}")
    with open(base + ".c", "w", encoding="ascii") as file:
        file.write(source)
    flags = ["-w", "-fno-strict-aliasing", "-fPIE", "-pie", "-Wl,-z,now,-z,separate-code"]
    subprocess.run([*compiler.split(), *flags, base + ".c", "-o", base], check=True)
    run = subprocess.run([options.rewrite, "--json", base, "-o", base + ".new"], stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{base}: mpk-rewrite ended with status {run.returncode}")
    report = json.loads(run.stdout)
    ways = collections.Counter((site["class"], site["action"]) for site in report["sites"] if "class" in site)
    for site in report["sites"]:
        if site["action"] == "left":
            print(f"{base} ({compiler}): left: {site['symbol']}: {site['text']}: {[line['text'] for line in site['before']]}")
    found = subprocess.run([options.verify, "--quiet", "--policy", "main", base + ".new"], check=False).returncode
    old, new = output([base]).splitlines(), output([base + ".new"]).splitlines()
    different = [line.split()[0].decode() for line, other in zip(old, new) if line != other]
    if different or len(old) != len(new) or not old:
        print(f"{base} ({compiler}): other results of the functions {', '.join(different)}")
    return ways, report["patterns_before"], bool(different) or old != new or found != 0 or report["patterns_after"] != 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--functions", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--compilers", default="clang-19 -O2;gcc -O2;clang-19 -O0;gcc -O1;clang-19 -Os;gcc -O3")
    parser.add_argument("rewrite")
    parser.add_argument("verify")
    parser.add_argument("folder")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    compilers = options.compilers.split(";")
    ways, patterns, bad, number, done = collections.Counter(), 0, 0, 0, 0
    while done < options.functions:
        count = min(options.batch, options.functions - done)
        source = program(f"{options.seed}-{number}", count)
        more, before, failed = check(options, number, compilers[number % len(compilers)], source)
        ways, patterns, bad = ways + more, patterns + before, bad + failed
        number, done = number + 1, done + count
    for (kind, way), times in sorted(ways.items()):
        print(f"{kind}: {way}: {times}")
    print(f"{done} functions in {number} programs, {patterns} patterns, {bad} programs not as before or not clean")
    sys.exit(1 if bad or 2 * patterns < done else 0)


main()
