// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A16: userfaultfd fills a page of the vault with the attacker's bytes.
#include "evil.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xaa, 0)
#endif

static int replace_page(const struct evil_target *target, int fd, const char *by) {
    static _Alignas(4096) unsigned char page[4096];
    uintptr_t start = (uintptr_t)target->key & ~UINT64_C(4095);
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register area = {.range = {start, sizeof page}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    struct uffdio_copy copy = {.dst = start, .src = (uintptr_t)page, .len = sizeof page};

    memset(page, 0x41, sizeof page);
    if (ioctl(fd, UFFDIO_API, &api) != 0)
        return evil_failed("UFFDIO_API");
    if (ioctl(fd, UFFDIO_REGISTER, &area) != 0)
        return evil_failed("UFFDIO_REGISTER");
    if (madvise((void *)start, sizeof page, MADV_DONTNEED) != 0)
        return evil_failed("madvise");
    if (ioctl(fd, UFFDIO_COPY, &copy) != 0)
        return evil_failed("UFFDIO_COPY");
    return evil_succeeded("replaced the page of the key by %s", by);
}

int evil_userfaultfd(const struct evil_target *target) {
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

    if (fd < 0)
        return evil_failed("userfaultfd");
    return replace_page(target, fd, "userfaultfd");
}

int evil_dev_userfaultfd(const struct evil_target *target) {
    int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
    int fd;

    if (device < 0)
        return evil_failed("open of /dev/userfaultfd");
    fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC);
    if (fd < 0)
        return evil_failed("USERFAULTFD_IOC_NEW");
    return replace_page(target, fd, "/dev/userfaultfd");
}
