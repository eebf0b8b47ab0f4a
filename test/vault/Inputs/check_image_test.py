#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_image_test.py CHECK-IMAGE COMPILER: the checker accepts a small correct image and names what is wrong with others.

The check runs at every build of the vault; here it is shown that it can fail."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECK, COMPILER = sys.argv[1:3]
HEADER = """
#define VISIBLE __attribute__((visibility("default")))
static int boot(void *b) { return b != 0; }
VISIBLE const struct { unsigned long magic; unsigned version, abi; int (*boot)(void *); } mpkgate_vault = {
    0x544c56454741504d, 1, 1, boot };
"""
FLAGS = ["-shared", "-nostdlib", "-fPIC", "-O1", "-fvisibility=hidden", "-fno-stack-protector", "-Wl,-z,now", "-Wl,-z,relro",
         "-Wl,-z,separate-code", "-Wl,-z,noexecstack"]


class CheckImage(unittest.TestCase):
    def verdict(self, source="", flags=(), change=None):
        """Status and messages for an image with this in it."""
        with tempfile.TemporaryDirectory() as folder:
            path, image = os.path.join(folder, "image.c"), os.path.join(folder, "image.so")
            with open(path, "w", encoding="ascii") as file:
                file.write(HEADER + source)
            subprocess.run([COMPILER, *FLAGS, path, *flags, "-o", image], check=True)
            if change:
                with open(image, "r+b") as file:
                    data = bytearray(file.read())
                    change(data)
                    file.seek(0)
                    file.truncate()
                    file.write(data)
            result = subprocess.run([sys.executable, CHECK, image], capture_output=True, text=True, check=False)
            return result.returncode, result.stderr.replace(image + ": ", "")

    def refused(self, message, *arguments, **options):
        status, text = self.verdict(*arguments, **options)
        self.assertEqual((status, text.count("\n")), (1, 1), text)
        self.assertIn(message, text)

    def test_a_small_image_is_accepted(self):
        self.assertEqual(self.verdict(), (0, ""))

    def test_needed_library(self):
        self.refused("has DT_NEEDED", flags=["-lc", "-Wl,--no-as-needed", "-lm"][1:])

    def test_constructor(self):
        self.refused("has DT_INIT_ARRAY", "__attribute__((constructor)) static void first(void) { __asm__ volatile(\"\"); }")

    def test_destructor(self):
        self.refused("has DT_FINI_ARRAY", "__attribute__((destructor)) static void last(void) { __asm__ volatile(\"\"); }")

    def test_thread_local_storage(self):
        self.refused("has PT_TLS", "static __thread int t __attribute__((used, tls_model(\"local-exec\"))) = 1;")

    def test_undefined_symbol(self):
        status, text = self.verdict("extern int other(void); int (*used)(void) __attribute__((used)) = other;")
        self.assertEqual(status, 1)
        self.assertIn("relocation of type 1 at", text)
        self.assertIn("does not export exactly mpkgate_vault: ", text)

    def test_ifunc(self):
        self.refused("relocation of type 37", """
            static int one(void) { return 1; }
            static int two(void) { return 2; }
            static volatile int which;
            static int (*choose(void))(void) { return which ? one : two; }
            int either(void) __attribute__((ifunc("choose"), visibility("hidden")));
            int (*used)(void) __attribute__((used)) = either;""")

    def test_second_export(self):
        self.refused("does not export exactly mpkgate_vault: ", "VISIBLE int second;")

    def test_wrpkru(self):
        self.refused("has 0f 01 ef in executable pages, file offset", "__asm__(\".text; .byte 0x0f, 0x01, 0xef\");")

    def test_wrpkru_inside_an_instruction(self):
        self.refused("has 0f 01 ef in executable pages", "__asm__(\".text; movl $0x00ef010f, %eax\");")

    def test_xrstor(self):
        self.refused("has 0f ae 2f in executable pages", "__asm__(\".text; xrstor (%rdi)\");")

    def test_lfence_is_no_xrstor(self):
        self.assertEqual(self.verdict("__asm__(\".text; lfence\");"), (0, ""))

    def test_pattern_in_the_padding_of_a_page(self):
        def change(data):
            phoff = int.from_bytes(data[32:40], "little")
            for at in range(phoff, phoff + 56 * data[56], 56):
                if data[at] == 1 and data[at + 4] & 1:
                    end = int.from_bytes(data[at + 8:at + 16], "little") + int.from_bytes(data[at + 32:at + 40], "little")
                    data[end + 5:end + 8] = b"\x0f\x01\xef"
        self.refused("has 0f 01 ef in executable pages", change=change)

    def test_lazy_binding(self):
        self.refused("is not linked with -z now", flags=["-Wl,-z,lazy"])

    def test_executable_stack(self):
        self.refused("does not say that its stack is not executable", flags=["-Wl,-z,execstack"])

    def test_wrong_magic(self):
        def change(data):
            at = data.index(b"MPAGEVLT")
            data[at] ^= 1
        self.refused("has no vault header at mpkgate_vault", change=change)

    def test_no_elf_file(self):
        def change(data):
            data[0] = 0
        self.refused("cannot be checked: not an x86-64 ET_DYN file", change=change)

    def test_truncated(self):
        def change(data):
            del data[200:]
        self.refused("cannot be checked", change=change)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
