// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sign FILE: writes the ECDSA P-256 signature of FILE's SHA-256 to standard output, in the DER form that
// openssl reads. The private key is the vault's, called "signing"; this program never has it. An ordinary
// program but for that:
//
//     mpk-run --key signing=key.pem -- sign FILE > FILE.sig
//     openssl dgst -sha256 -verify public.pem -signature FILE.sig FILE
#include "ecdsa_der.h"

#include <mbedtls/sha256.h>
#include <stdio.h>
#include <vault.h>

#define HASH_SIZE 32
#define HALF_SIZE 32 // of r and of s, bytes

static int hash_file(const char *path, uint8_t hash[HASH_SIZE]) {
    unsigned char block[65536];
    mbedtls_sha256_context context;
    size_t size;
    FILE *file = fopen(path, "rbe");
    int failed = file == NULL;

    if (failed) {
        perror(path);
        return -1;
    }
    mbedtls_sha256_init(&context);
    failed |= mbedtls_sha256_starts_ret(&context, 0);
    while ((size = fread(block, 1, sizeof block, file)) > 0)
        failed |= mbedtls_sha256_update_ret(&context, block, size);
    failed |= mbedtls_sha256_finish_ret(&context, hash);
    mbedtls_sha256_free(&context);
    if (ferror(file) || failed) {
        fprintf(stderr, "sign: cannot read or hash %s\n", path);
        failed = -1;
    }
    fclose(file);
    return failed;
}

int main(int argc, char **argv) {
    uint8_t hash[HASH_SIZE];
    uint8_t signature[2 * HALF_SIZE];
    uint8_t der[ECDSA_DER_MAX];
    size_t size = 0;
    uint32_t key;
    int32_t status;

    if (argc != 2) {
        fputs("usage: sign FILE > SIGNATURE\n", stderr);
        return 2;
    }
    if (hash_file(argv[1], hash) != 0)
        return 2;
    status = vault_open_key("signing", &key);
    if (status == VAULT_SUCCESS)
        status = vault_sign_hash(key, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), hash, sizeof hash, signature,
                                 sizeof signature, &size);
    if (status != VAULT_SUCCESS || size != sizeof signature) {
        fprintf(stderr, "sign: the vault did not sign (%d); is \"signing\" a P-256 key?\n", (int)status);
        return 1;
    }
    size = ecdsa_der(der, signature, HALF_SIZE);
    return fwrite(der, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : 1;
}
