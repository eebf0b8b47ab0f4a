#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# vault.py FUZZ-PROGRAM FOLDER: seeds for fuzz-vault, programs of calls that go well, as vault.c decodes them. The functions'
# places are those of the program's own export tables.
import importlib.util
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
TREE = f"{HERE}/../../.."
spec = importlib.util.spec_from_file_location("functions", f"{TREE}/libvault/functions.py")
functions = importlib.util.module_from_spec(spec)
sys.modules["functions"] = functions
spec.loader.exec_module(functions)

AES_GCM, AES, ECC, ECC_PUBLIC, RSA, DERIVE, RAW = 0x05500200, 0x2400, 0x7112, 0x4112, 0x7001, 0x1200, 0x1001
SHA_256, HMAC, HKDF, CBC, CTR, ECDH = 0x02000009, 0x03800009, 0x08000109, 0x04404100, 0x04C01000, 0x09020000
ECDSA, PKCS1, OAEP_SHA_1 = 0x06000609, 0x06000209, 0x07000305
SECRET, SALT, INFO = 0x0101, 0x0202, 0x0203
ALL = 0x7F00  # usages, without "export" and "copy"


def big(value, size):
    return value.to_bytes(size, "big")


def raw(value):
    return b"\xf8" + big(value, 4)


def slot(number):
    """What a call has put into a slot of the arena."""
    return bytes([255, number])


def given(number):
    return bytes([249, number])


class Program:
    def __init__(self, image):
        self.declared = {f.name: f for f in functions.declared("clang-19", [f"{TREE}/libvault/include", f"{TREE}/llvm-pass/include"])}
        self.tables = {kind: [f for f in image.functions() if f.kind == kind] for kind in ("crypto", "manage")}
        self.bytes = b""

    def start(self):
        self.bytes = b""
        return self

    def call(self, name, words=(), lengths=(), pointers=()):
        """`words`: the integers that are no lengths, in order, each encoded or a number."""
        (kind, index), = [(kind, i) for kind, table in self.tables.items() for i, f in enumerate(table) if f.name == name]
        function = self.tables[kind][index]
        taken = set()
        for check in function.checks:
            taken |= {check.pointer, check.pointer + 4}
            if check.length_kind == functions.BY_ARGUMENT:
                taken |= {check.length, check.length + 4}
        self.bytes += bytes([0 if kind == "crypto" else 4, index, 0])
        integers = {p.offset for p in self.declared[name].parameters}
        words = list(words)
        for at in range(4, function.block_size - 3, 4):
            if at not in taken:
                word = words.pop(0) if words and at in integers else 0
                self.bytes += raw(word) if isinstance(word, int) else word
        by_argument = [c for c in function.checks if c.length_kind == functions.BY_ARGUMENT]
        for length in [*lengths, *[0] * (len(by_argument) - len(lengths))]:
            self.bytes += b"\xff" + big(length, 2)
        for number in [*pointers, *range(100, 100 + len(function.checks) - len(pointers))]:
            self.bytes += bytes([4, number])
        return self

    def poke(self, number, data):
        self.bytes += bytes([6, number]) + big(len(data), 2) + data
        return self

    def attributes(self, number, kind, bits, usage, algorithm):
        self.bytes += bytes([7, number]) + raw(kind) + raw(bits) + raw(usage) + raw(algorithm) + b"\0"
        return self


def key(program, number, kind, bits, algorithm, data=None, usage=ALL):
    """Makes or imports a key; its identifier is in slot `number`."""
    program.attributes(90, kind, bits, usage, algorithm)
    if data is None:
        return program.call("vault_psa_generate_key", [], [0], [90, 91, number])
    return program.poke(92, data).call("vault_psa_import_key", [], [0, len(data)], [90, 91, 92, number])


def seeds(program):
    p = program.start().poke(2, b"abc")
    p.call("vault_psa_hash_setup", [SHA_256], [], [1]).call("vault_psa_hash_update", [], [3], [1, 2])
    p.call("vault_psa_hash_clone", [slot(1)], [], [3]).call("vault_psa_hash_finish", [], [32], [1, 4, 6])
    yield "hash", p.call("vault_psa_hash_verify", [], [32], [3, 4]).call("vault_psa_hash_compute", [SHA_256], [3, 32], [2, 8, 9])

    p = key(program.start(), 1, AES, 128, CBC, b"k" * 16).call("vault_psa_cipher_encrypt_setup", [slot(1), CBC], [], [2])
    p.call("vault_psa_cipher_generate_iv", [], [16], [2, 3, 4]).call("vault_psa_cipher_update", [], [32, 48], [2, 5, 6, 7])
    p.call("vault_psa_cipher_finish", [], [16], [2, 8, 9]).call("vault_psa_cipher_encrypt", [slot(1), CBC], [32, 64], [5, 6, 8])
    yield "cipher", p.call("vault_psa_cipher_decrypt", [slot(1), CBC], [48, 64], [6, 9, 11]).call("vault_psa_destroy_key", [slot(1)])

    p = program.start().call("vault_psa_aead_encrypt", [given(0), AES_GCM], [12, 5, 32, 48], [1, 2, 3, 4, 6])
    yield "aead", p.call("vault_psa_aead_decrypt", [given(0), AES_GCM], [12, 5, 48, 32], [1, 2, 4, 7, 8])

    p = key(program.start(), 1, ECC, 256, ECDSA).call("vault_psa_sign_hash", [slot(1), ECDSA], [32, 64], [2, 3, 4])
    p.call("vault_psa_verify_hash", [slot(1), ECDSA], [32, 64], [2, 3])
    p.call("vault_psa_export_public_key", [slot(1)], [65], [5, 7]).call("vault_psa_get_key_attributes", [slot(1)], [16], [8, 9, 10])
    p.call("vault_psa_export_public_key", [slot(1)], [64], [5, 7])  # a byte too little
    p.call("vault_psa_raw_key_agreement", [ECDH, given(1)], [65, 32], [5, 11, 12])
    yield "ecc", p.call("vault_psa_copy_key", [given(2)], [0], [95, 91, 13]).call("vault_psa_purge_key", [slot(1)])

    p = program.start().call("vault_psa_key_derivation_setup", [HKDF], [], [1])
    p.call("vault_psa_key_derivation_input_bytes", [SALT], [8], [1, 2])
    p.call("vault_psa_key_derivation_input_key", [SECRET, given(3)], [], [1])
    p.call("vault_psa_key_derivation_input_bytes", [INFO], [8], [1, 2]).call("vault_psa_key_derivation_get_capacity", [slot(1)], [], [3])
    p.call("vault_psa_key_derivation_output_bytes", [], [42], [1, 4]).attributes(5, AES, 256, ALL, CTR)
    yield "derivation", p.call("vault_psa_key_derivation_output_key", [], [], [5, 1, 6]).call("vault_psa_key_derivation_abort", [], [], [1])

    p = program.start().call("vault_psa_mac_sign_setup", [given(2), HMAC], [], [1]).call("vault_psa_mac_update", [], [64], [1, 2])
    p.call("vault_psa_mac_sign_finish", [], [32], [1, 3, 4]).call("vault_psa_mac_verify_setup", [given(2), HMAC], [], [5])
    p.call("vault_psa_mac_update", [], [64], [5, 2]).call("vault_psa_mac_verify_finish", [], [32], [5, 3])
    yield "mac", p.call("vault_psa_mac_verify", [given(2), HMAC], [64, 32], [2, 3])

    rsa = subprocess.run(["openssl", "genrsa", "-traditional", "512"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-traditional", "-outform", "DER"], input=rsa, capture_output=True, check=True).stdout
    p = key(program.start(), 1, RSA, 0, PKCS1, der).call("vault_psa_sign_message", [slot(1), PKCS1], [9, 64], [2, 3, 4])
    p.call("vault_psa_verify_message", [slot(1), PKCS1], [9, 64], [2, 3])
    yield "rsa-sign", p.call("vault_psa_export_public_key", [slot(1)], [128], [5, 9])
    p = key(program.start(), 1, RSA, 0, OAEP_SHA_1, der)
    p.call("vault_psa_asymmetric_encrypt", [slot(1), OAEP_SHA_1], [9, 0, 64], [2, 3, 4, 5])
    yield "rsa-crypt", p.call("vault_psa_asymmetric_decrypt", [slot(1), OAEP_SHA_1], [64, 0, 64], [4, 3, 6, 7])

    p = program.start().poke(1, b"ecc\0").call("vault_open_key", [], [], [1, 2]).call("vault_key_info", [slot(2)], [], [3])
    p.call("vault_sign_hash", [slot(2), 0x06000709], [32, 64], [4, 5, 6]).call("vault_export_public_key", [slot(2)], [65], [7, 9])
    p.poke(1, b"aes\0").call("vault_open_key", [], [], [1, 2])
    p.call("vault_aead_encrypt", [slot(2), AES_GCM], [12, 0, 16, 32], [1, 2, 3, 4, 5]).call("vault_generate_random", [], [64], [6])
    yield "vault", p.call("vault_import_key", [AES, 0x300, AES_GCM], [32], [8, 9]).call("vault_destroy_key", [slot(9)])


def main(path, folder):
    program = Program(functions.Image(path))
    for name, seed in seeds(program):
        with open(f"{folder}/seed-{name}", "wb") as file:
            file.write(seed.bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
