// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// digests BYTES COUNT: so many SHA-256 digests of so long a message by libnettle, each of the one before;
// prints the last one. Its instructions with patterns are run for each block of 64 bytes.

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    uint8_t digest[SHA256_DIGEST_SIZE] = {0};
    struct sha256_ctx context;
    if (argc != 3)
        return 2;
    size_t size = strtoul(argv[1], NULL, 10);
    uint8_t *message = calloc(1, size + sizeof(digest));
    if (message == NULL)
        return 2;
    for (unsigned long left = strtoul(argv[2], NULL, 10); left > 0; left--) {
        memcpy(message, digest, sizeof(digest));
        sha256_init(&context);
        sha256_update(&context, size, message);
        sha256_digest(&context, sizeof(digest), digest);
    }
    for (size_t i = 0; i < sizeof(digest); i++)
        printf("%02x", digest[i]);
    puts("");
    free(message);
    return 0;
}
