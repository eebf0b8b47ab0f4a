// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SHA-256 by the distribution's libnettle, whose code for it holds patterns: prints the digest of the digests
// of 1,000 messages.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// <nettle/sha2.h>, which is in another package; the library's context is smaller than this one.
struct context {
    _Alignas(16) uint8_t bytes[1024];
};
void nettle_sha256_init(struct context *context);
void nettle_sha256_update(struct context *context, size_t size, const uint8_t *bytes);
void nettle_sha256_digest(struct context *context, size_t size, uint8_t *digest);

int main(void) {
    struct context all, one;
    uint8_t message[1000], digest[32];

    nettle_sha256_init(&all);
    for (size_t size = 0; size < sizeof message; size++) {
        message[size] = (uint8_t)(size * 7);
        nettle_sha256_init(&one);
        nettle_sha256_update(&one, size, message);
        nettle_sha256_digest(&one, sizeof digest, digest);
        nettle_sha256_update(&all, sizeof digest, digest);
    }
    nettle_sha256_digest(&all, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    puts("");
    return 0;
}
