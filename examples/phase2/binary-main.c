// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// binary-main KEY-FILE: uses a library that is there as a binary alone (binary/README.md), which turns
// hostile and reads the key: with PLAIN_PKEY, the 32 bytes of KEY-FILE behind a protection key of pkeys(7),
// as programs without MPKGate hide them; else the vault's key "signing", whose place its test image tells.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// libevil-binary.so
int evil_read_by_pkey_set(const unsigned char *key, unsigned char *to, size_t size);
void evil_read_by_wrpkru(const unsigned char *key, unsigned char *to, size_t size);
uint32_t evil_checksum(const unsigned char *bytes, size_t size);

enum { KEY_SIZE = 32 };

#ifdef PLAIN_PKEY
#include <sys/mman.h>

static int pkey;

static void close_key(void) {
    pkey_set(pkey, PKEY_DISABLE_ACCESS);
}

static const unsigned char *find_key(const char *file_name) {
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FILE *file = fopen(file_name, "rb");

    if (page == MAP_FAILED || file == NULL || fread(page, 1, KEY_SIZE, file) != KEY_SIZE)
        return NULL;
    fclose(file);
    pkey = pkey_alloc(0, 0);
    if (pkey < 0 || pkey_mprotect(page, 4096, PROT_READ | PROT_WRITE, pkey) != 0)
        return NULL;
    close_key();
    return page;
}
#else
#include <vault-testing.h>
#include <vault.h>

static void close_key(void) {
}

static const unsigned char *find_key(const char *file_name) {
    uint32_t key = 0;

    (void)file_name;
    if (vault_open_key("signing", &key) != VAULT_SUCCESS)
        return NULL;
    return (const unsigned char *)(uintptr_t)vault_test_address(VAULT_TEST_KEY, key);
}
#endif

static void print_stolen(const char *how, const unsigned char *bytes) {
    printf("stolen by %s: ", how);
    for (size_t i = 0; i < KEY_SIZE; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

int main(int argc, char **argv) {
    unsigned char stolen[KEY_SIZE] = {0};
    const unsigned char *key = argc == 2 ? find_key(argv[1]) : NULL;

    if (key == NULL) {
        fputs("binary-main: no key to protect, or no protection keys\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("checksum: %08x\n", (unsigned)evil_checksum((const unsigned char *)"a text", strlen("a text")));
    int error = evil_read_by_pkey_set(key, stolen, sizeof stolen);
    if (error == 0)
        print_stolen("pkey_set", stolen);
    else
        printf("pkey_set: %s\n", strerror(error));
    close_key();
    memset(stolen, 0, sizeof stolen);
    puts("wrpkru comes next");
    evil_read_by_wrpkru(key, stolen, sizeof stolen);
    print_stolen("wrpkru", stolen);
    return 0;
}
