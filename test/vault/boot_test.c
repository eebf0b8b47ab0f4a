// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// boot() takes every usual form of a private key and tells why it does not take another file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "support.h"

static struct mpkgate_boot_key keys[80];
static size_t count;

static int setup(void **state) {
    (void)state;
    count = 0;
    return 0;
}

static void add(const char *name, const char *file) {
    keys[count].name = name;
    keys[count].data = read_file(file, &keys[count].size);
    count++;
}

// boot() in a child, since a process boots once: its status, and 16 times the refused key's number.
static int boot(void) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int status = fixture_boot(keys, count);
        _exit(status == MPKGATE_BOOT_OK ? status : status + (int)(16 * fixture.failed_key));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)keys[i].data);
    }
    return WEXITSTATUS(status);
}

static int boot_with(const char *file) {
    setup(NULL);
    add("key", file);
    return boot();
}

static void no_key_is_enough(void **state) {
    (void)state;
    assert_int_equal(boot(), MPKGATE_BOOT_OK);
}

static void ec_keys_are_taken(void **state) {
    (void)state;
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(run("openssl ecparam -name %s -genkey -out sec1.pem", curves[i]),
                         0); // with EC PARAMETERS
        assert_int_equal(run("openssl ec -in sec1.pem -outform DER -out sec1.der 2>/dev/null"), 0);
        assert_int_equal(run("openssl pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem"), 0);
        assert_int_equal(run("openssl pkcs8 -topk8 -nocrypt -in sec1.pem -outform DER -out pkcs8.der"), 0);
        assert_int_equal(boot_with("sec1.pem"), MPKGATE_BOOT_OK);
        assert_int_equal(boot_with("sec1.der"), MPKGATE_BOOT_OK);
        assert_int_equal(boot_with("pkcs8.pem"), MPKGATE_BOOT_OK);
        assert_int_equal(boot_with("pkcs8.der"), MPKGATE_BOOT_OK);
    }
}

static void rsa_keys_are_taken(void **state) {
    (void)state;
    assert_int_equal(run("openssl genrsa -traditional -out pkcs1.pem 2048"), 0);
    assert_int_equal(run("openssl rsa -in pkcs1.pem -traditional -outform DER -out pkcs1.der 2>/dev/null"),
                     0);
    assert_int_equal(run("openssl pkcs8 -topk8 -nocrypt -in pkcs1.pem -out pkcs8.pem"), 0);
    assert_int_equal(boot_with("pkcs1.pem"), MPKGATE_BOOT_OK);
    assert_int_equal(boot_with("pkcs1.der"), MPKGATE_BOOT_OK);
    assert_int_equal(boot_with("pkcs8.pem"), MPKGATE_BOOT_OK);
    assert_int_equal(run("openssl genrsa -out big.pem 4096"), 0);
    assert_int_equal(boot_with("big.pem"), MPKGATE_BOOT_OK);
}

static void aes_keys_are_taken(void **state) {
    (void)state;
    static const int sizes[] = {16, 24, 32};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(run("openssl rand -out raw.bin %d", sizes[i]), 0);
        assert_int_equal(boot_with("raw.bin"), MPKGATE_BOOT_OK);
    }
}

static void other_bytes_are_no_key(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 17, 31, 33, 64, 1000, 65536};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(run("head -c %zu /dev/zero >zero.bin", sizes[i]), 0);
        assert_int_equal(boot_with("zero.bin"), MPKGATE_BOOT_BAD_KEY);
        assert_int_equal(run("head -c %zu /dev/urandom >noise.bin", sizes[i]), 0);
        assert_int_equal(boot_with("noise.bin"), MPKGATE_BOOT_BAD_KEY);
    }
}

static void damaged_keys_are_no_key(void **state) {
    (void)state;
    assert_int_equal(
        run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out whole.pem 2>/dev/null"), 0);
    assert_int_equal(run("head -n 2 whole.pem >half.pem"), 0);
    assert_int_equal(boot_with("half.pem"), MPKGATE_BOOT_BAD_KEY);
    assert_int_equal(run("tr A-M N-Z <whole.pem >mangled.pem"), 0);
    assert_int_equal(boot_with("mangled.pem"), MPKGATE_BOOT_BAD_KEY);
    assert_int_equal(
        run("openssl pkey -in whole.pem -outform DER -out whole.der && head -c 60 whole.der >half.der"), 0);
    assert_int_equal(boot_with("half.der"), MPKGATE_BOOT_BAD_KEY);
    assert_int_equal(run("openssl pkey -in whole.pem -pubout -out public.pem"), 0);
    assert_int_equal(boot_with("public.pem"), MPKGATE_BOOT_BAD_KEY);
}

// A private exponent that does not belong to the modulus would sign wrongly and give the factors away.
static void inconsistent_rsa_keys_are_no_key(void **state) {
    (void)state;
    size_t size = 0;
    assert_int_equal(run("openssl genrsa -traditional 2048 | openssl rsa -traditional -outform DER -out "
                         "good.der 2>/dev/null"),
                     0);
    unsigned char *der = read_file("good.der", &size);
    der[400] ^= 0x10; // in the private exponent
    write_file("bad.der", der, size);
    free(der);
    assert_int_equal(boot_with("bad.der"), MPKGATE_BOOT_BAD_KEY);
}

static void encrypted_keys_are_named_as_such(void **state) {
    (void)state;
    assert_int_equal(run("openssl genrsa -aes128 -traditional -passout pass:x -out locked1.pem 2048"), 0);
    assert_int_equal(boot_with("locked1.pem"), MPKGATE_BOOT_KEY_LOCKED);
    assert_int_equal(run("openssl genpkey -algorithm RSA -aes256 -pass pass:x -out locked2.pem 2>/dev/null"),
                     0);
    assert_int_equal(boot_with("locked2.pem"), MPKGATE_BOOT_KEY_LOCKED);
    assert_int_equal(run("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -aes128 -passout "
                         "pass:x -out locked3.pem 2>/dev/null"),
                     0);
    assert_int_equal(boot_with("locked3.pem"), MPKGATE_BOOT_KEY_LOCKED);
}

static void other_kinds_are_named_as_such(void **state) {
    (void)state;
    assert_int_equal(run("openssl genpkey -algorithm ED25519 -out ed.pem"), 0);
    assert_int_equal(boot_with("ed.pem"), MPKGATE_BOOT_KEY_KIND);
    assert_int_equal(run("openssl genrsa -out small.pem 1024"), 0);
    assert_int_equal(boot_with("small.pem"), MPKGATE_BOOT_KEY_KIND);
    assert_int_equal(run("openssl ecparam -name secp256k1 -genkey -noout -out k1.pem"), 0);
    assert_int_equal(boot_with("k1.pem"), MPKGATE_BOOT_KEY_KIND);
    assert_int_equal(run("openssl ecparam -name secp224r1 -genkey -noout -out p224.pem"), 0);
    assert_int_equal(boot_with("p224.pem"), MPKGATE_BOOT_KEY_KIND);
}

static void a_name_is_given_once(void **state) {
    (void)state;
    assert_int_equal(run("openssl rand -out raw.bin 32"), 0);
    add("one", "raw.bin");
    add("two", "raw.bin");
    add("one", "raw.bin");
    assert_int_equal(boot(), MPKGATE_BOOT_KEY_TWICE + 16 * 2);
    setup(state);
    add("", "raw.bin");
    assert_int_equal(boot(), MPKGATE_BOOT_BAD_KEY);
    setup(state);
    add("0123456789012345678901234567890123456789012345678901234567890123", "raw.bin");
    assert_int_equal(boot(), MPKGATE_BOOT_BAD_KEY);
}

static void key_memory_can_be_full(void **state) {
    (void)state;
    static char names[16][8];
    assert_int_equal(run("openssl genrsa -out big.pem 4096"), 0);
    for (int i = 0; i < 8; i++) { // 0x4000 bytes hold six keys of about 2.3 KiB
        (void)snprintf(names[i], sizeof(names[i]), "key%d", i);
        add(names[i], "big.pem");
    }
    assert_int_equal(boot(), MPKGATE_BOOT_NO_ROOM + 16 * 6);
}

static void sixty_four_keys_have_room(void **state) {
    (void)state;
    static char names[64][8];
    assert_int_equal(
        run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem 2>/dev/null"), 0);
    for (int i = 0; i < 64; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "key%d", i);
        add(names[i], "p521.pem");
    }
    assert_int_equal(boot(), MPKGATE_BOOT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_key_is_enough, setup),
        cmocka_unit_test_setup(ec_keys_are_taken, setup),
        cmocka_unit_test_setup(rsa_keys_are_taken, setup),
        cmocka_unit_test_setup(aes_keys_are_taken, setup),
        cmocka_unit_test_setup(other_bytes_are_no_key, setup),
        cmocka_unit_test_setup(damaged_keys_are_no_key, setup),
        cmocka_unit_test_setup(inconsistent_rsa_keys_are_no_key, setup),
        cmocka_unit_test_setup(encrypted_keys_are_named_as_such, setup),
        cmocka_unit_test_setup(other_kinds_are_named_as_such, setup),
        cmocka_unit_test_setup(a_name_is_given_once, setup),
        cmocka_unit_test_setup(key_memory_can_be_full, setup),
        cmocka_unit_test_setup(sixty_four_keys_have_room, setup),
    };
    return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
