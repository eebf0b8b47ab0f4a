// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "checks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_MAX 64
#define POINT_MAX 133     // of P-521, and what a vector has too long is no longer
#define SIGNATURE_MAX 512 // RSA-4096
#define SLACK 64          // what an output buffer has behind what is expected, to see what is too long

const char *why;
psa_status_t why_status;

static enum verdict say(enum verdict verdict, const char *text, psa_status_t status) {
    why = text;
    why_status = status;
    return verdict;
}

// Output of `status`, and REFUSED if it is what PSA says to a wrong signature, tag or key.
static enum verdict judge(psa_status_t status, const char *text) {
    if (status == PSA_SUCCESS)
        return HOLDS;
    bool refused = status == PSA_ERROR_INVALID_SIGNATURE || status == PSA_ERROR_INVALID_ARGUMENT;
    return say(refused ? REFUSED : BROKEN, text, status);
}

static enum verdict expect(bool right, const char *text) {
    return right ? HOLDS : say(BROKEN, text, PSA_SUCCESS);
}

static bool same(const struct field *field, const uint8_t *bytes, size_t length) {
    return length == field->length && (length == 0 || memcmp(field->bytes, bytes, length) == 0);
}

struct name {
    const char *text;
    uint32_t value;
    uint32_t bits;
};

static const struct name hashes[] = {
    {"md5", PSA_ALG_MD5, 0},        {"ripemd160", PSA_ALG_RIPEMD160, 0},
    {"sha1", PSA_ALG_SHA_1, 0},     {"sha224", PSA_ALG_SHA_224, 0},
    {"sha256", PSA_ALG_SHA_256, 0}, {"sha384", PSA_ALG_SHA_384, 0},
    {"sha512", PSA_ALG_SHA_512, 0}, {NULL, 0, 0},
};

static const struct name curves[] = {
    {"P-192", PSA_ECC_FAMILY_SECP_R1, 192},
    {"P-224", PSA_ECC_FAMILY_SECP_R1, 224},
    {"P-256", PSA_ECC_FAMILY_SECP_R1, 256},
    {"P-384", PSA_ECC_FAMILY_SECP_R1, 384},
    {"P-521", PSA_ECC_FAMILY_SECP_R1, 521},
    {"K-256", PSA_ECC_FAMILY_SECP_K1, 256},
    {"brainpoolP256r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256},
    {"brainpoolP384r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 384},
    {"brainpoolP512r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 512},
    {NULL, 0, 0},
};

static const struct name *find(const struct name *names, const char *text) {
    while (names->text != NULL && strcmp(names->text, text) != 0)
        names++;
    if (names->text == NULL) {
        fprintf(stderr, "psa-vectors: no hash or curve is called %s\n", text);
        exit(2);
    }
    return names;
}

static psa_algorithm_t hash_named(const char *text) {
    return find(hashes, text)->value;
}

static uint8_t *output(size_t length) {
    uint8_t *buffer = malloc(length + SLACK);
    if (buffer == NULL) {
        fputs("psa-vectors: no memory\n", stderr);
        exit(2);
    }
    return buffer;
}

// Import a key of a size that its length tells. The caller destroys it.
static psa_status_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                           const struct field *field, psa_key_id_t *key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return psa_import_key(&attributes, field->bytes, field->length, key);
}

// Destroy key; a failure of it is the vector's if nothing else was.
static enum verdict end(enum verdict verdict, psa_key_id_t key) {
    psa_status_t status = psa_destroy_key(key);
    if (verdict == HOLDS && status != PSA_SUCCESS)
        return say(BROKEN, "psa_destroy_key", status);
    return verdict;
}

// AEAD: "gcm/TAG LENGTH", key, nonce, additional data, plaintext, ciphertext and tag; psa_aead_decrypt has the last two the other way.

static psa_algorithm_t aead_named(const char *text) {
    unsigned tag = (unsigned)strtoul(text + 4, NULL, 10);
    return PSA_ALG_AEAD_WITH_SHORTENED_TAG(strncmp(text, "gcm/", 4) == 0 ? PSA_ALG_GCM : PSA_ALG_CCM, tag);
}

static enum verdict open_aead(psa_key_id_t key, const struct field *f, const struct field *sealed,
                              const struct field *plain) {
    uint8_t *text = output(sealed->length);
    size_t length = 0;
    enum verdict verdict =
        judge(psa_aead_decrypt(key, aead_named(f[0].text), f[2].bytes, f[2].length, f[3].bytes, f[3].length,
                               sealed->bytes, sealed->length, text, sealed->length + SLACK, &length),
              "psa_aead_decrypt");
    if (verdict == HOLDS)
        verdict = expect(same(plain, text, length), "psa_aead_decrypt: another plaintext");
    free(text);
    return verdict;
}

static enum verdict seal_aead(psa_key_id_t key, const struct field *f) {
    uint8_t *text = output(f[5].length);
    size_t length = 0;
    enum verdict verdict =
        judge(psa_aead_encrypt(key, aead_named(f[0].text), f[2].bytes, f[2].length, f[3].bytes, f[3].length,
                               f[4].bytes, f[4].length, text, f[5].length + SLACK, &length),
              "psa_aead_encrypt");
    if (verdict == HOLDS)
        verdict = expect(same(&f[5], text, length), "psa_aead_encrypt: another ciphertext or tag");
    free(text);
    return verdict;
}

static enum verdict aead_encrypt(const struct field *f) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT,
                                 aead_named(f[0].text), &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    enum verdict verdict = seal_aead(key, f);
    if (verdict == HOLDS)
        verdict = open_aead(key, f, &f[5], &f[4]);
    if (verdict == HOLDS && f[5].length > 0) {
        f[5].bytes[f[5].length - 1] ^= 1;
        verdict = expect(open_aead(key, f, &f[5], &f[4]) == REFUSED,
                         "psa_aead_decrypt: a wrong tag is not refused");
        f[5].bytes[f[5].length - 1] ^= 1;
    }
    return end(verdict, key);
}

static enum verdict aead_decrypt(const struct field *f) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, aead_named(f[0].text), &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    return end(open_aead(key, f, &f[4], &f[5]), key);
}

// Cipher: "cbc" or "ctr", key, IV, plaintext, ciphertext. In two parts, so that the vault's context is used.

static psa_status_t cipher_in_parts(psa_cipher_operation_t *operation, const struct field *iv,
                                    const struct field *in, uint8_t *out, size_t size, size_t *length) {
    size_t first = in->length / 2, part = 0;
    *length = 0;
    psa_status_t status = psa_cipher_set_iv(operation, iv->bytes, iv->length);
    if (status == PSA_SUCCESS)
        status = psa_cipher_update(operation, in->bytes, first, out, size, length);
    if (status == PSA_SUCCESS)
        status = psa_cipher_update(operation, in->bytes + first, in->length - first, out + *length,
                                   size - *length, &part);
    *length += part;
    part = 0;
    if (status == PSA_SUCCESS)
        status = psa_cipher_finish(operation, out + *length, size - *length, &part);
    *length += part;
    psa_cipher_abort(operation);
    return status;
}

static enum verdict cipher_one_way(psa_key_id_t key, psa_algorithm_t algorithm, bool encrypt,
                                   const struct field *iv, const struct field *in,
                                   const struct field *expected) {
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    psa_status_t status = encrypt ? psa_cipher_encrypt_setup(&operation, key, algorithm)
                                  : psa_cipher_decrypt_setup(&operation, key, algorithm);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_cipher_..._setup", status);
    uint8_t *out = output(in->length);
    size_t length = 0;
    status = cipher_in_parts(&operation, iv, in, out, in->length + SLACK, &length);
    enum verdict verdict =
        status == PSA_SUCCESS
            ? expect(same(expected, out, length), encrypt ? "another ciphertext" : "another plaintext")
            : say(BROKEN, "psa_cipher_update or psa_cipher_finish", status);
    free(out);
    return verdict;
}

static enum verdict cipher(const struct field *f) {
    psa_algorithm_t algorithm = strcmp(f[0].text, "cbc") == 0 ? PSA_ALG_CBC_NO_PADDING : PSA_ALG_CTR;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status =
        import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, algorithm, &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    enum verdict verdict = cipher_one_way(key, algorithm, true, &f[2], &f[3], &f[4]);
    if (verdict == HOLDS)
        verdict = cipher_one_way(key, algorithm, false, &f[2], &f[4], &f[3]);
    return end(verdict, key);
}

// MAC: "cmac-aes", "cmac-des" or "hmac-HASH", key, message, MAC.

static enum verdict mac_in_parts(psa_key_id_t key, psa_algorithm_t algorithm, const struct field *message,
                                 const struct field *expected) {
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    uint8_t mac[PSA_MAC_MAX_SIZE];
    size_t length = 0, first = message->length / 2;
    psa_status_t status = psa_mac_sign_setup(&operation, key, algorithm);
    if (status == PSA_SUCCESS)
        status = psa_mac_update(&operation, message->bytes, first);
    if (status == PSA_SUCCESS)
        status = psa_mac_update(&operation, message->bytes + first, message->length - first);
    if (status == PSA_SUCCESS)
        status = psa_mac_sign_finish(&operation, mac, sizeof mac, &length);
    psa_mac_abort(&operation);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_mac_sign in parts", status);
    return expect(same(expected, mac, length), "psa_mac_sign in parts: another MAC");
}

static enum verdict mac_at_once(psa_key_id_t key, psa_algorithm_t algorithm, const struct field *message,
                                const struct field *expected) {
    uint8_t mac[PSA_MAC_MAX_SIZE];
    size_t length = 0;
    psa_status_t status =
        psa_mac_compute(key, algorithm, message->bytes, message->length, mac, sizeof mac, &length);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_mac_compute", status);
    if (!same(expected, mac, length))
        return say(BROKEN, "psa_mac_compute: another MAC", status);
    status = psa_mac_verify(key, algorithm, message->bytes, message->length, mac, length);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_mac_verify", status);
    mac[0] ^= 1;
    status = psa_mac_verify(key, algorithm, message->bytes, message->length, mac, length);
    return expect(status == PSA_ERROR_INVALID_SIGNATURE, "psa_mac_verify: a wrong MAC is not refused");
}

static enum verdict mac(const struct field *f) {
    const char *name = f[0].text;
    bool is_hmac = strncmp(name, "hmac-", 5) == 0;
    psa_algorithm_t algorithm = is_hmac ? PSA_ALG_HMAC(hash_named(name + 5)) : PSA_ALG_CMAC;
    psa_key_type_t type = is_hmac                         ? PSA_KEY_TYPE_HMAC
                          : strcmp(name, "cmac-des") == 0 ? PSA_KEY_TYPE_DES
                                                          : PSA_KEY_TYPE_AES;
    psa_key_usage_t usage = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(type, usage, algorithm, &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    enum verdict verdict = mac_at_once(key, algorithm, &f[2], &f[3]);
    if (verdict == HOLDS)
        verdict = mac_in_parts(key, algorithm, &f[2], &f[3]);
    return end(verdict, key);
}

// HKDF: hash, input key, salt, info, output.

static psa_status_t derive(psa_key_id_t key, psa_algorithm_t algorithm, const struct field *f, uint8_t *out,
                           size_t length) {
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_status_t status = psa_key_derivation_setup(&operation, algorithm);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT, f[2].bytes,
                                                f[2].length);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, f[3].bytes,
                                                f[3].length);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_output_bytes(&operation, out, length / 2);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_output_bytes(&operation, out + length / 2, length - length / 2);
    psa_key_derivation_abort(&operation);
    return status;
}

static enum verdict hkdf(const struct field *f) {
    psa_algorithm_t algorithm = PSA_ALG_HKDF(hash_named(f[0].text));
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, algorithm, &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    uint8_t *out = output(f[4].length);
    status = derive(key, algorithm, f, out, f[4].length);
    enum verdict verdict = status == PSA_SUCCESS
                               ? expect(same(&f[4], out, f[4].length), "psa_key_derivation: another output")
                               : say(BROKEN, "psa_key_derivation", status);
    free(out);
    return end(verdict, key);
}

// Signatures

// Verify by the hash and by the message: both must say the same.
static enum verdict verify(psa_key_type_t type, psa_algorithm_t algorithm, psa_algorithm_t hash,
                           const struct field *public_key, const struct field *message,
                           const uint8_t *signature, size_t signature_length) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status =
        import(type, PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE, algorithm, public_key, &key);
    if (status != PSA_SUCCESS)
        return judge(status, "psa_import_key of the public key");
    uint8_t digest[HASH_MAX];
    size_t length = 0;
    status = psa_hash_compute(hash, message->bytes, message->length, digest, sizeof digest, &length);
    if (status != PSA_SUCCESS)
        return end(say(BROKEN, "psa_hash_compute", status), key);
    psa_status_t by_hash = psa_verify_hash(key, algorithm, digest, length, signature, signature_length);
    psa_status_t by_message =
        psa_verify_message(key, algorithm, message->bytes, message->length, signature, signature_length);
    enum verdict verdict = by_hash == by_message
                               ? judge(by_hash, "psa_verify_hash and psa_verify_message")
                               : say(BROKEN, "psa_verify_hash and psa_verify_message differ", by_message);
    return end(verdict, key);
}

// Sign by the message and by the hash; signatures that are not random are the same.
static enum verdict sign(psa_key_type_t type, psa_algorithm_t algorithm, psa_algorithm_t hash,
                         const struct field *private_key, const struct field *message, bool is_random,
                         uint8_t *signature, size_t *signature_length) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status =
        import(type, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE, algorithm, private_key, &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key of the private key", status);
    uint8_t digest[HASH_MAX], again[SIGNATURE_MAX];
    size_t length = 0, again_length = 0;
    status = psa_hash_compute(hash, message->bytes, message->length, digest, sizeof digest, &length);
    if (status == PSA_SUCCESS)
        status = psa_sign_message(key, algorithm, message->bytes, message->length, signature, SIGNATURE_MAX,
                                  signature_length);
    if (status == PSA_SUCCESS)
        status = psa_sign_hash(key, algorithm, digest, length, again, sizeof again, &again_length);
    if (status != PSA_SUCCESS)
        return end(say(BROKEN, "psa_sign_message or psa_sign_hash", status), key);
    bool equal = *signature_length == again_length && memcmp(signature, again, again_length) == 0;
    return end(expect(equal != is_random,
                      "psa_sign_message and psa_sign_hash: random is not random, or the rest not the same"),
               key);
}

// Curve, hash, message, public key, signature.
static enum verdict ecdsa_verify(const struct field *f) {
    psa_algorithm_t hash = hash_named(f[1].text);
    psa_key_type_t type = PSA_KEY_TYPE_ECC_PUBLIC_KEY(find(curves, f[0].text)->value);
    return verify(type, PSA_ALG_ECDSA(hash), hash, &f[3], &f[2], f[4].bytes, f[4].length);
}

// Curve, hash, private key, message, public key.
static enum verdict ecdsa_sign(const struct field *f) {
    psa_algorithm_t hash = hash_named(f[1].text);
    psa_ecc_family_t family = (psa_ecc_family_t)find(curves, f[0].text)->value;
    uint8_t signature[SIGNATURE_MAX];
    size_t length = 0;
    enum verdict verdict = sign(PSA_KEY_TYPE_ECC_KEY_PAIR(family), PSA_ALG_ECDSA(hash), hash, &f[2], &f[3],
                                true, signature, &length);
    if (verdict == HOLDS)
        verdict = verify(PSA_KEY_TYPE_ECC_PUBLIC_KEY(family), PSA_ALG_ECDSA(hash), hash, &f[4], &f[3],
                         signature, length);
    return verdict;
}

static psa_algorithm_t rsa_signature_named(const char *scheme, psa_algorithm_t hash) {
    // The vectors' salts are of other lengths than the hash's.
    return strcmp(scheme, "pss") == 0 ? PSA_ALG_RSA_PSS_ANY_SALT(hash) : PSA_ALG_RSA_PKCS1V15_SIGN(hash);
}

// "pkcs1v15" or "pss", hash, public key, message, signature.
static enum verdict rsa_verify(const struct field *f) {
    psa_algorithm_t hash = hash_named(f[1].text);
    return verify(PSA_KEY_TYPE_RSA_PUBLIC_KEY, rsa_signature_named(f[0].text, hash), hash, &f[2], &f[3],
                  f[4].bytes, f[4].length);
}

// Hash, private key, message, signature.
static enum verdict rsa_sign(const struct field *f) {
    psa_algorithm_t hash = hash_named(f[0].text);
    uint8_t signature[SIGNATURE_MAX];
    size_t length = 0;
    enum verdict verdict = sign(PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_SIGN(hash), hash, &f[1],
                                &f[2], false, signature, &length);
    return verdict == HOLDS ? expect(same(&f[3], signature, length), "psa_sign_message: another signature")
                            : verdict;
}

// "pss", hash, private key, message, public key.
static enum verdict rsa_sign_verify(const struct field *f) {
    psa_algorithm_t hash = hash_named(f[1].text), algorithm = rsa_signature_named(f[0].text, hash);
    uint8_t signature[SIGNATURE_MAX];
    size_t length = 0;
    enum verdict verdict =
        sign(PSA_KEY_TYPE_RSA_KEY_PAIR, algorithm, hash, &f[2], &f[3], true, signature, &length);
    return verdict == HOLDS
               ? verify(PSA_KEY_TYPE_RSA_PUBLIC_KEY, algorithm, hash, &f[4], &f[3], signature, length)
               : verdict;
}

// "pkcs1v15" or "oaep-HASH", private key, label, ciphertext, plaintext.
static enum verdict rsa_decrypt(const struct field *f) {
    bool is_oaep = strncmp(f[0].text, "oaep-", 5) == 0;
    psa_algorithm_t algorithm =
        is_oaep ? PSA_ALG_RSA_OAEP(hash_named(f[0].text + 5)) : PSA_ALG_RSA_PKCS1V15_CRYPT;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_DECRYPT, algorithm, &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    uint8_t text[SIGNATURE_MAX];
    size_t length = 0;
    status =
        psa_asymmetric_decrypt(key, algorithm, f[3].bytes, f[3].length, f[2].length > 0 ? f[2].bytes : NULL,
                               f[2].length, text, sizeof text, &length);
    enum verdict verdict =
        status == PSA_SUCCESS ? expect(same(&f[4], text, length), "psa_asymmetric_decrypt: another plaintext")
                              : say(BROKEN, "psa_asymmetric_decrypt", status);
    return end(verdict, key);
}

// Elliptic-curve keys

static enum verdict check_size(psa_key_id_t key, const struct name *curve) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_get_key_attributes(key, &attributes);
    size_t bits = psa_get_key_bits(&attributes);
    psa_reset_key_attributes(&attributes);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_get_key_attributes", status);
    return expect(bits == curve->bits, "psa_get_key_attributes: another size");
}

// Curve, public key.
static enum verdict ec_public(const struct field *f) {
    const struct name *curve = find(curves, f[0].text);
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_ECC_PUBLIC_KEY(curve->value), PSA_KEY_USAGE_VERIFY_HASH,
                                 PSA_ALG_ECDSA(PSA_ALG_SHA_256), &f[1], &key);
    return status == PSA_SUCCESS ? end(check_size(key, curve), key) : judge(status, "psa_import_key");
}

// REFUSED if the public key that belongs to `key` is another.
static enum verdict compare_public(psa_key_id_t key, const struct field *expected) {
    uint8_t point[POINT_MAX];
    size_t length = 0;
    psa_status_t status = psa_export_public_key(key, point, sizeof point, &length);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_export_public_key", status);
    return same(expected, point, length) ? HOLDS : say(REFUSED, "psa_export_public_key: another key", status);
}

// Curve, private key, public key.
static enum verdict ec_pair(const struct field *f) {
    const struct name *curve = find(curves, f[0].text);
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = import(PSA_KEY_TYPE_ECC_KEY_PAIR(curve->value), PSA_KEY_USAGE_SIGN_HASH,
                                 PSA_ALG_ECDSA(PSA_ALG_SHA_256), &f[1], &key);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_import_key", status);
    enum verdict verdict = check_size(key, curve);
    return end(verdict == HOLDS ? compare_public(key, &f[2]) : verdict, key);
}

// REFUSED if what is agreed upon, or its hash (if there is one), is not what the line says.
static enum verdict agree(psa_key_id_t key, const struct field *f) {
    uint8_t secret[POINT_MAX], digest[HASH_MAX];
    size_t length = 0, digest_length = 0;
    psa_status_t status =
        psa_raw_key_agreement(PSA_ALG_ECDH, key, f[4].bytes, f[4].length, secret, sizeof secret, &length);
    if (status != PSA_SUCCESS)
        return judge(status, "psa_raw_key_agreement");
    if (!same(&f[6], secret, length))
        return say(REFUSED, "psa_raw_key_agreement: another secret", status);
    if (f[5].length == 0)
        return HOLDS;
    status = psa_hash_compute(hash_named(f[1].text), secret, length, digest, sizeof digest, &digest_length);
    if (status != PSA_SUCCESS)
        return say(BROKEN, "psa_hash_compute", status);
    return same(&f[5], digest, digest_length)
               ? HOLDS
               : say(REFUSED, "psa_hash_compute: another hash of the secret", status);
}

// Curve, hash, own private key, own public key, the peer's public key, hash of the secret, secret.
static enum verdict ecdh(const struct field *f) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_key_type_t type = PSA_KEY_TYPE_ECC_KEY_PAIR(find(curves, f[0].text)->value);
    psa_status_t status = import(type, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, &f[2], &key);
    if (status != PSA_SUCCESS)
        return judge(status, "psa_import_key");
    enum verdict verdict = compare_public(key, &f[3]);
    return end(verdict == HOLDS ? agree(key, f) : verdict, key);
}

static const struct kind kinds[] = {
    {"aead-encrypt", 6, 1, aead_encrypt},
    {"aead-decrypt", 6, 1, aead_decrypt},
    {"cipher", 5, 1, cipher},
    {"mac", 4, 1, mac},
    {"hkdf", 5, 1, hkdf},
    {"ecdsa-verify", 5, 2, ecdsa_verify},
    {"ecdsa-sign", 5, 2, ecdsa_sign},
    {"rsa-verify", 5, 2, rsa_verify},
    {"rsa-sign", 4, 1, rsa_sign},
    {"rsa-decrypt", 5, 1, rsa_decrypt},
    {"ec-public", 2, 1, ec_public},
    {"rsa-sign-verify", 5, 2, rsa_sign_verify},
    {"ec-pair", 3, 1, ec_pair},
    {"ecdh", 7, 2, ecdh},
};

const struct kind *kind_named(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}
