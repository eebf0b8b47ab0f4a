// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// check-files FILE...: what libmpkverify does, in one screen. Judges each file as mpk-verify would and prints
// every finding; then scans each file's raw bytes, mapped or not, and counts the patterns. Exit status as
// mpk-verify's: 0 clean, 1 findings, 2 if a file could not be checked.
//
//     cc check-files.c $(pkg-config --cflags --libs mpkverify) -o check-files
//
// or with the library inside of it:
//
//     cc check-files.c $(pkg-config --cflags mpkverify) \
//         $(pkg-config --static --libs mpkverify | sed s/-lmpkverify/-l:libmpkverify.a/) -o check-files
#include <fcntl.h>
#include <mpkverify/mpkverify.h>
#include <unistd.h>

struct file {
    const struct mpk_elf *elf;
    size_t errors;
};

// The finding lives until this returns; what is to be kept must be copied.
static void print_finding(void *context, const struct mpk_finding *finding) {
    struct file *file = context;
    struct mpk_explanation explanation;
    mpk_explain(file->elf, finding, &explanation);
    mpk_report_text(stdout, mpk_elf_name(file->elf), finding, &explanation);
    if (finding->severity == MPK_ERROR)
        file->errors++;
}

static bool count_pattern(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    ++*(size_t *)context;
    return true;
}

// The scanner by itself needs no file format: any bytes, in any pieces, at any address.
static size_t count_patterns(const struct mpk_elf *elf) {
    size_t size;
    const unsigned char *bytes = mpk_elf_file(elf, &size);
    size_t patterns = 0;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, count_pattern, &patterns);
    mpk_scan_feed(&scan, bytes, size / 2, 0);
    mpk_scan_feed(&scan, bytes + size / 2, size - size / 2, size / 2);
    return patterns;
}

static int check(const char *path, int fd) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open_fd(fd, path, &error);
    if (elf == NULL) {
        fprintf(stderr, "%s: it %s\n", path, error.text);
        return 2;
    }
    struct file file = {.elf = elf};
    const struct mpk_policy policy = {.kind = mpk_elf_guess_kind(elf, fd)};
    bool judged = mpk_elf_judge(elf, &policy, print_finding, &file);
    printf("%s: %zu errors; %zu patterns in the whole file\n", path, file.errors, count_patterns(elf));
    mpk_elf_close(elf);
    if (!judged)
        return 2; // memory ran out: nothing is proved
    return file.errors > 0 ? 1 : 0;
}

int main(int argc, char **argv) {
    int worst = 0;
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        int status = fd < 0 ? 2 : check(argv[i], fd);
        if (fd < 0)
            perror(argv[i]);
        else
            close(fd);
        worst = status > worst ? status : worst;
    }
    return worst;
}
