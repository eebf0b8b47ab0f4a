// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mac KEY TEXT: HMAC-SHA-256 of a text by a key in hexadecimal digits, with PSA's API. Its key lies wherever
// the library of that API keeps it. Compiled without the pass, and linked against the distribution's library.
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Called by an address in data.
psa_status_t (*volatile destroy)(psa_key_id_t) = psa_destroy_key;

static size_t parse(const char *digits, uint8_t *bytes, size_t room) {
    size_t size = 0;
    for (; size < room && sscanf(digits + 2 * size, "%2hhx", &bytes[size]) == 1; size++)
        ;
    return size;
}

static psa_status_t import(const uint8_t *bytes, size_t size, psa_key_id_t *key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
    psa_set_key_algorithm(&attributes, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    return psa_import_key(&attributes, bytes, size, key);
}

int main(int argc, char **argv) {
    uint8_t bytes[64];
    uint8_t mac[32];
    size_t length = 0;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    if (argc != 3 || psa_crypto_init() != PSA_SUCCESS)
        return 2;
    psa_status_t status = import(bytes, parse(argv[1], bytes, sizeof(bytes)), &key);
    if (status == PSA_SUCCESS)
        status = psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), (const uint8_t *)argv[2],
                                 strlen(argv[2]), mac, sizeof(mac), &length);
    if (status == PSA_SUCCESS)
        status = destroy(key);
    for (size_t i = 0; i < length; i++)
        printf("%02x", mac[i]);
    printf("\nstatus %d\n", (int)status);
    return status != PSA_SUCCESS;
}
