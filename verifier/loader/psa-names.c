// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values are psa/crypto_values.h's own: each name's function is the header's macro.
#include "psa-names.h"

#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

enum kind { ALGORITHM, TYPE, USAGE, FAMILY, NUMBER };
_Static_assert((int)ALGORITHM == PSA_NAME_ALGORITHM && (int)TYPE == PSA_NAME_TYPE &&
                   (int)USAGE == PSA_NAME_USAGE,
               "a psa_name_kind is a kind");

// name(kind, argument kinds...)
#define NAMES(ZERO, ONE, TWO)                                                                                \
    ZERO(USAGE, PSA_KEY_USAGE_EXPORT)                                                                        \
    ZERO(USAGE, PSA_KEY_USAGE_COPY)                                                                          \
    ZERO(USAGE, PSA_KEY_USAGE_ENCRYPT)                                                                       \
    ZERO(USAGE, PSA_KEY_USAGE_DECRYPT)                                                                       \
    ZERO(USAGE, PSA_KEY_USAGE_SIGN_MESSAGE)                                                                  \
    ZERO(USAGE, PSA_KEY_USAGE_VERIFY_MESSAGE)                                                                \
    ZERO(USAGE, PSA_KEY_USAGE_SIGN_HASH)                                                                     \
    ZERO(USAGE, PSA_KEY_USAGE_VERIFY_HASH)                                                                   \
    ZERO(USAGE, PSA_KEY_USAGE_DERIVE)                                                                        \
    ZERO(TYPE, PSA_KEY_TYPE_RAW_DATA)                                                                        \
    ZERO(TYPE, PSA_KEY_TYPE_HMAC)                                                                            \
    ZERO(TYPE, PSA_KEY_TYPE_DERIVE)                                                                          \
    ZERO(TYPE, PSA_KEY_TYPE_AES)                                                                             \
    ZERO(TYPE, PSA_KEY_TYPE_CAMELLIA)                                                                        \
    ZERO(TYPE, PSA_KEY_TYPE_ARIA)                                                                            \
    ZERO(TYPE, PSA_KEY_TYPE_CHACHA20)                                                                        \
    ZERO(TYPE, PSA_KEY_TYPE_RSA_KEY_PAIR)                                                                    \
    ONE(TYPE, PSA_KEY_TYPE_ECC_KEY_PAIR, FAMILY)                                                             \
    ZERO(FAMILY, PSA_ECC_FAMILY_SECP_R1)                                                                     \
    ZERO(FAMILY, PSA_ECC_FAMILY_SECP_K1)                                                                     \
    ZERO(FAMILY, PSA_ECC_FAMILY_BRAINPOOL_P_R1)                                                              \
    ZERO(FAMILY, PSA_ECC_FAMILY_MONTGOMERY)                                                                  \
    ZERO(ALGORITHM, PSA_ALG_NONE)                                                                            \
    ZERO(ALGORITHM, PSA_ALG_ANY_HASH)                                                                        \
    ZERO(ALGORITHM, PSA_ALG_MD5)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_RIPEMD160)                                                                       \
    ZERO(ALGORITHM, PSA_ALG_SHA_1)                                                                           \
    ZERO(ALGORITHM, PSA_ALG_SHA_224)                                                                         \
    ZERO(ALGORITHM, PSA_ALG_SHA_256)                                                                         \
    ZERO(ALGORITHM, PSA_ALG_SHA_384)                                                                         \
    ZERO(ALGORITHM, PSA_ALG_SHA_512)                                                                         \
    ZERO(ALGORITHM, PSA_ALG_CMAC)                                                                            \
    ZERO(ALGORITHM, PSA_ALG_STREAM_CIPHER)                                                                   \
    ZERO(ALGORITHM, PSA_ALG_CTR)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_CFB)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_OFB)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_ECB_NO_PADDING)                                                                  \
    ZERO(ALGORITHM, PSA_ALG_CBC_NO_PADDING)                                                                  \
    ZERO(ALGORITHM, PSA_ALG_CBC_PKCS7)                                                                       \
    ZERO(ALGORITHM, PSA_ALG_CCM)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_GCM)                                                                             \
    ZERO(ALGORITHM, PSA_ALG_CHACHA20_POLY1305)                                                               \
    ZERO(ALGORITHM, PSA_ALG_RSA_PKCS1V15_SIGN_RAW)                                                           \
    ZERO(ALGORITHM, PSA_ALG_RSA_PKCS1V15_CRYPT)                                                              \
    ZERO(ALGORITHM, PSA_ALG_ECDSA_ANY)                                                                       \
    ZERO(ALGORITHM, PSA_ALG_ECDH)                                                                            \
    ONE(ALGORITHM, PSA_ALG_HMAC, ALGORITHM)                                                                  \
    ONE(ALGORITHM, PSA_ALG_HKDF, ALGORITHM)                                                                  \
    ONE(ALGORITHM, PSA_ALG_TLS12_PRF, ALGORITHM)                                                             \
    ONE(ALGORITHM, PSA_ALG_TLS12_PSK_TO_MS, ALGORITHM)                                                       \
    ONE(ALGORITHM, PSA_ALG_RSA_PKCS1V15_SIGN, ALGORITHM)                                                     \
    ONE(ALGORITHM, PSA_ALG_RSA_PSS, ALGORITHM)                                                               \
    ONE(ALGORITHM, PSA_ALG_RSA_PSS_ANY_SALT, ALGORITHM)                                                      \
    ONE(ALGORITHM, PSA_ALG_RSA_OAEP, ALGORITHM)                                                              \
    ONE(ALGORITHM, PSA_ALG_ECDSA, ALGORITHM)                                                                 \
    ONE(ALGORITHM, PSA_ALG_DETERMINISTIC_ECDSA, ALGORITHM)                                                   \
    TWO(ALGORITHM, PSA_ALG_KEY_AGREEMENT, ALGORITHM, ALGORITHM)                                              \
    TWO(ALGORITHM, PSA_ALG_TRUNCATED_MAC, ALGORITHM, NUMBER)                                                 \
    TWO(ALGORITHM, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC, ALGORITHM, NUMBER)                                      \
    TWO(ALGORITHM, PSA_ALG_AEAD_WITH_SHORTENED_TAG, ALGORITHM, NUMBER)                                       \
    TWO(ALGORITHM, PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG, ALGORITHM, NUMBER)

#define EVALUATE_ZERO(kind, name)                                                                            \
    static uint32_t value_##name(const uint32_t argument[2]) {                                               \
        (void)argument;                                                                                      \
        return name;                                                                                         \
    }
#define EVALUATE_ONE(kind, name, first)                                                                      \
    static uint32_t value_##name(const uint32_t argument[2]) {                                               \
        return name(argument[0]);                                                                            \
    }
#define EVALUATE_TWO(kind, name, first, second)                                                              \
    static uint32_t value_##name(const uint32_t argument[2]) {                                               \
        return name(argument[0], argument[1]);                                                               \
    }
NAMES(EVALUATE_ZERO, EVALUATE_ONE, EVALUATE_TWO)

#define ROW_ZERO(kind, name) {#name, value_##name, kind, 0, {0}},
#define ROW_ONE(kind, name, first) {#name, value_##name, kind, 1, {first}},
#define ROW_TWO(kind, name, first, second) {#name, value_##name, kind, 2, {first, second}},
static const struct name {
    const char *name;
    uint32_t (*value)(const uint32_t argument[2]);
    enum kind kind;
    unsigned arguments;
    enum kind argument[2];
} names[] = {NAMES(ROW_ZERO, ROW_ONE, ROW_TWO)};

static void skip_space(const char **text) {
    *text += strspn(*text, " \t\n");
}

static bool take(const char **text, char expected) {
    skip_space(text);
    if (**text != expected)
        return false;
    ++*text;
    return true;
}

#define DEEPEST 4 // PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256)) is 3

static bool read_number(const char **text, uint32_t *value) {
    skip_space(text);
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 3)
        return false;
    *value = (uint32_t)strtoul(*text, NULL, 10);
    *text += digits;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by DEEPEST
static bool read_expression(const char **text, enum kind kind, unsigned depth, uint32_t *value) {
    if (kind == NUMBER)
        return read_number(text, value);
    skip_space(text);
    size_t length = strspn(*text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const struct name *name = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].kind == kind && strlen(names[i].name) == length &&
            memcmp(names[i].name, *text, length) == 0)
            name = &names[i];
    }
    if (name == NULL || depth == DEEPEST)
        return false;
    *text += length;
    uint32_t argument[2] = {0, 0};
    for (unsigned i = 0; i < name->arguments; i++) {
        if (!take(text, i == 0 ? '(' : ',') ||
            !read_expression(text, name->argument[i], depth + 1, &argument[i]))
            return false;
    }
    if (name->arguments != 0 && !take(text, ')'))
        return false;
    *value = name->value(argument);
    return true;
}

bool psa_name_value(const char *expression, enum psa_name_kind kind, uint32_t *value) {
    const char *text = expression;
    uint32_t result = 0;
    if (!read_expression(&text, (enum kind)kind, 0, &result))
        return false;
    skip_space(&text);
    if (*text != '\0')
        return false;
    *value = result;
    return true;
}
