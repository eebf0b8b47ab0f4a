// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the instructions that load PKRU from user mode, as bytes, at every offset (A1, A2, A3).
//
// Freestanding: no libc, no allocation, no I/O. The same object files run in mpk-verify and, as the last
// check of the seal, inside the process. Vector registers are used where the CPU and the kernel have them,
// and only inside mpk_scan_feed. A disassembler has no say here: whatever its instruction boundaries are,
// hostile code can jump to any byte.

#ifndef MPKGATE_SCAN_H
#define MPKGATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What is declared here is exported from libmpkverify.so, although the object is compiled with hidden
// symbols.
#pragma GCC visibility push(default)

// What a hit is. The values are stable: they go into the launch plan and into reports.
enum mpk_pattern {
    // 0F 01 EF (SDM volume 2, WRPKRU), 3 bytes; or D5 [80..FF] 01 EF, the same instruction behind a REX2
    // prefix
    // with M0 set, which stands for the 0F (Intel APX specification, REX2), 4 bytes.
    MPK_PATTERN_WRPKRU = 1,
    // 0F AE /5 with a memory operand (SDM volume 2, XRSTOR), 3 bytes. With mod == 3 the bytes are LFENCE or
    // INCSSP, which do not touch PKRU, and are no hit.
    MPK_PATTERN_XRSTOR = 2,
};

// Called for each hit, in ascending order of the hit's last byte, while mpk_scan_feed runs. context is the
// value given to mpk_scan_begin; address is that of the pattern's first byte, which may lie in an earlier
// feed. Returns true to go on, false to stop the scan.
typedef bool (*mpk_scan_hit)(void *context, enum mpk_pattern pattern, uint64_t address);

// The ways to use the CPU. All find the same; they differ in speed alone.
enum mpk_scan_path {
    MPK_SCAN_PORTABLE = 1, // general registers: every x86-64 CPU
    MPK_SCAN_AVX2,         // AVX2
    MPK_SCAN_AVX512,       // AVX-512F and BW
};
#define MPK_SCAN_PATHS 3

// The state of one scan. Treat as opaque; it holds no pointer into the scanned bytes.
struct mpk_scan {
    mpk_scan_hit hit;
    void *context;
    uint64_t next; // address that continues the current run
    enum mpk_scan_path path;
    uint32_t window; // the last four bytes of the run, the newest in the low byte; 0 where the run has none
};

// Starts a scan whose first byte has no executable byte before it. hit must not be NULL; context may be. Both
// must live until the scan is over. Cannot fail. Separate struct mpk_scan objects may be used by separate
// threads.
void mpk_scan_begin(struct mpk_scan *scan, mpk_scan_hit hit, void *context);

// Makes the scan take one path, for tests and measurements; without it, it takes the widest that there is. To
// be called after mpk_scan_begin. Returns false, and changes nothing, if this CPU or this kernel does not
// have the path.
bool mpk_scan_use(struct mpk_scan *scan, enum mpk_scan_path path);

// Scans size bytes that are (or will be) executable at address. If address is where the feed before it ended,
// the two are one run, and a pattern that lies across the seam is found; else a new run begins. A pattern
// counts when its last byte is there: 0F AE 2C at the very end of a run is a hit although SIB and
// displacement would follow, 0F 01 is none. bytes may be NULL when size is 0, which changes nothing. Returns
// false if the callback stopped the scan; the scan must then be begun anew.
bool mpk_scan_feed(struct mpk_scan *scan, const unsigned char *bytes, size_t size, uint64_t address);

// Ends the current run: what is fed next begins a new one, even at the address that would continue it.
void mpk_scan_end(struct mpk_scan *scan);

#pragma GCC visibility pop

#endif
