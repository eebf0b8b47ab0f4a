// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// leak-memory OPERATIONS [PATTERNS]: uses the keys "aes" and "ec" for so many operations, says `ready` and
// waits for the end of its input, so that its memory can be looked at. With a file of patterns, each a line
// NAME HEX, it has copies of them in its heap, on its stack and in mappings, for the look to find.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <vault.h>

#define PATTERN_MAX 64
#define SIGN_EVERY 50

static int operate(uint32_t aes, uint32_t ec, unsigned number) {
    uint8_t nonce[12] = {0};
    uint8_t text[64] = {0};
    uint8_t cipher[sizeof text + VAULT_AEAD_TAG_SIZE];
    uint8_t plain[sizeof text];
    uint8_t signature[64];
    size_t size = 0;

    memcpy(nonce, &number, sizeof number);
    if (number % SIGN_EVERY == 0)
        return vault_sign_message(ec, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), text, sizeof text, signature,
                                  sizeof signature, &size);
    if (vault_aead_encrypt(aes, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, text, sizeof text, cipher,
                           sizeof cipher, &size) != VAULT_SUCCESS)
        return -1;
    return vault_aead_decrypt(aes, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, cipher, size, plain,
                              sizeof plain, &size);
}

static size_t read_hex(const char *text, unsigned char *bytes) {
    size_t size = 0;

    while (size < PATTERN_MAX && sscanf(text + 2 * size, "%2hhx", &bytes[size]) == 1)
        size++;
    return size;
}

// Every third to the same kind of place. What is on the stack lasts as long as main does.
static int plant(const char *path, unsigned char *stack) {
    FILE *file = fopen(path, "re");
    char name[64];
    char text[2 * PATTERN_MAX + 1];
    size_t used = 0;

    if (file == NULL)
        return -1;
    for (int i = 0; fscanf(file, "%63s %128s", name, text) == 2; i++) {
        unsigned char *place =
            i % 3 == 0   ? malloc(PATTERN_MAX)
            : i % 3 == 1 ? stack + used++ * PATTERN_MAX
                         : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (place == NULL || place == MAP_FAILED)
            return -1;
        read_hex(text, place);
        memset(text, 0, sizeof text);
    }
    fclose(file);
    return 0;
}

int main(int argc, char **argv) {
    unsigned char stack[32 * PATTERN_MAX] = {0};
    uint32_t aes;
    uint32_t ec;
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

    if (vault_open_key("aes", &aes) != VAULT_SUCCESS || vault_open_key("ec", &ec) != VAULT_SUCCESS)
        return 2;
    if (argc > 2 && plant(argv[2], stack) != 0)
        return 2;
    for (unsigned i = 0; i < count; i++) {
        if (operate(aes, ec, i) != VAULT_SUCCESS) {
            printf("operation %u failed\n", i);
            return 1;
        }
    }
    printf("ready after %u operations\n", count);
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return stack[0] == 0xff && stack[1] == 0xff ? 3 : 0;
}
