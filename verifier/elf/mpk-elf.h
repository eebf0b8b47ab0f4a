// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ELF files as the kernel and ld.so (glibc) see them, judged by the rules of MPKGate. Used by mpk-verify and
// mpk-run. Nothing in a file is believed: all of it is read through bounds checks, and by virtual address
// through the PT_LOADs, as ld.so reads it, never through the section headers.
//
// Thread-safety: none of these functions keeps global state; one struct mpk_elf must not be used by two
// threads at once. Strings and pointers returned point into the object and live until mpk_elf_close.

#ifndef MPKGATE_MPK_ELF_H
#define MPKGATE_MPK_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan.h"

#define MPK_PAGE 4096u
// The System V psABI's name for ld.so on x86-64, which every dynamic program of the distribution names.
#define MPK_LD_SO "/lib64/ld-linux-x86-64.so.2"
// More program headers than any linker makes; the kernel takes at most 64 KiB of them.
#define MPK_PHDR_MAX 128

// --- Opening ---------------------------------------------------------------------------------------------

enum mpk_elf_status {
    MPK_ELF_OK = 0,
    MPK_ELF_UNREADABLE, // open, fstat or read failed; errno is in struct mpk_elf_error
    MPK_ELF_NOT_A_FILE, // a directory, device, FIFO or socket
    MPK_ELF_NOT_ELF,    // another format: the text says which if it is a script or an archive
    MPK_ELF_WRONG_KIND, // ELF, but not a linked 64-bit x86-64 program or library
    MPK_ELF_TRUNCATED,  // a header or PT_LOAD reaches beyond the end of the file
    MPK_ELF_MALFORMED,  // a header that neither the kernel nor ld.so would take
    MPK_ELF_NO_MEMORY,
};

struct mpk_elf_error {
    enum mpk_elf_status status;
    int error;      // errno for MPK_ELF_UNREADABLE, else 0
    char text[200]; // what is wrong, without the file's name; a full clause, no full stop
};

struct mpk_elf;

// Opens and reads a whole file; the file may change afterwards. path is used for messages too and is copied.
// Returns NULL and fills *error on failure.
struct mpk_elf *mpk_elf_open(const char *path, struct mpk_elf_error *error);
// The same for an open descriptor (any offset; it is neither moved nor closed), for example a sealed memfd.
// name is for messages.
struct mpk_elf *mpk_elf_open_fd(int fd, const char *name, struct mpk_elf_error *error);
// The same of size bytes in memory, which are neither copied nor freed, and must stay as they are until
// mpk_elf_close. There is no file whose mode or capabilities could be judged.
struct mpk_elf *mpk_elf_open_bytes(const unsigned char *file, size_t size, const char *name,
                                   struct mpk_elf_error *error);
// elf may be NULL.
void mpk_elf_close(struct mpk_elf *elf);

// --- What is in the file ---------------------------------------------------------------------------------

const char *mpk_elf_name(const struct mpk_elf *elf);
uint16_t mpk_elf_type(const struct mpk_elf *elf); // e_type: ET_DYN or ET_EXEC
// The whole file: *size bytes.
const unsigned char *mpk_elf_file(const struct mpk_elf *elf, size_t *size);
// Program headers, *count of them, in the file's order. Every PT_LOAD lies wholly in the file.
const Elf64_Phdr *mpk_elf_phdrs(const struct mpk_elf *elf, size_t *count);
// PT_LOADs alone, *count of them, in the file's order.
const Elf64_Phdr *mpk_elf_loads(const struct mpk_elf *elf, size_t *count);
// The string of the (first) PT_INTERP as the kernel reads it, or NULL if there is none or it is no string.
const char *mpk_elf_interpreter(const struct mpk_elf *elf);
// size bytes of the file that are mapped at vaddr, if all of them lie in one PT_LOAD's file part; else NULL.
const unsigned char *mpk_elf_at(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size);
// The file offset mapped at vaddr; false if there is none.
bool mpk_elf_offset(const struct mpk_elf *elf, uint64_t vaddr, uint64_t *offset);

// The dynamic section as ld.so reads it (by PT_DYNAMIC's virtual address, up to DT_NULL). *count is 0 if
// there is none or it is malformed.
const Elf64_Dyn *mpk_elf_dynamic(const struct mpk_elf *elf, size_t *count);
// The last entry with this tag, as in ld.so; false if there is none.
bool mpk_elf_dynamic_value(const struct mpk_elf *elf, int64_t tag, uint64_t *value);
// The index-th (from 0) string of a tag whose value is an offset into DT_STRTAB: DT_NEEDED, DT_SONAME,
// DT_RPATH, DT_RUNPATH. NULL after the last one, or if it is not a string inside the object.
const char *mpk_elf_dynamic_string(const struct mpk_elf *elf, int64_t tag, size_t index);
// DT_BIND_NOW, DF_BIND_NOW or DF_1_NOW.
bool mpk_elf_bind_now(const struct mpk_elf *elf);

struct mpk_symbol {
    const char *name;
    uint64_t vaddr; // st_value
    uint64_t size;  // bytes
    unsigned char info;
    uint16_t section; // st_shndx; never SHN_UNDEF here
};
// A symbol that the object defines for others, found by the hash tables; any version (the first found). False
// if there is none.
bool mpk_elf_symbol(const struct mpk_elf *elf, const char *name, struct mpk_symbol *symbol);

struct mpk_section {
    uint64_t vaddr;  // sh_addr
    uint64_t offset; // sh_offset
    uint64_t size;   // bytes; all of them in the file
    uint64_t flags;  // sh_flags
    const unsigned char *bytes;
};
// A section by name, from the section headers, which are *not* verified by anything: check what you take from
// it. False if there is none, it is SHT_NOBITS, or it does not lie in the file.
bool mpk_elf_section(const struct mpk_elf *elf, const char *name, struct mpk_section *section);

// --- Sets of names ---------------------------------------------------------------------------------------

// A set of symbol names. Each returns NULL or false when memory is out.
struct mpk_names;
struct mpk_names *mpk_names_new(void);
bool mpk_names_add(struct mpk_names *names, const char *name); // copied
bool mpk_names_has(const struct mpk_names *names, const char *name);
size_t mpk_names_count(const struct mpk_names *names);
void mpk_names_free(struct mpk_names *names); // may be NULL

// Adds every symbol that the object exports (for ld.so; see struct mpk_policy).
bool mpk_elf_add_exports(const struct mpk_elf *elf, struct mpk_names *names);
// Adds every symbol that the object imports, if it has IFUNCs (a symbol of that type or an IRELATIVE
// relocation) and is no part of glibc; else nothing. Call it for each system library of a process.
bool mpk_elf_add_ifunc_imports(const struct mpk_elf *elf, struct mpk_names *names);
// Whether the object is a part of glibc: it needs or defines the symbol version GLIBC_PRIVATE. To be asked of
// system libraries only, a hostile file can say anything.
bool mpk_elf_is_glibc(const struct mpk_elf *elf);

// --- Judging ---------------------------------------------------------------------------------------------

enum mpk_rule_id {
#define RULE(constant, id, severity, title, why, remedy) constant,
#include "rules.def"
#undef RULE
    MPK_RULES
};

enum mpk_severity {
    MPK_WARNING = 1, // worth knowing; nothing that the promises rest on
    MPK_ERROR,       // the object is not to be run
};

struct mpk_rule {
    const char *id; // "MPK001"; stable
    enum mpk_severity severity;
    const char *title;  // a short noun phrase
    const char *why;    // why it matters: what an attacker does with it; some sentences
    const char *remedy; // what to do about it, and the attack behind it
};
// The rule table, MPK_RULES entries, in the order of rules.def.
extern const struct mpk_rule mpk_rules[];

enum mpk_kind {
    MPK_KIND_MAIN = 1, // a client's program
    MPK_KIND_LIBRARY,  // a client's shared object
    MPK_KIND_SYSTEM,   // a distribution's shared object: hits, and MPK032
    MPK_KIND_LD_SO,    // the dynamic loader: as a system library
    MPK_KIND_VAULT,    // a vault image, which MPKGate's own loader maps: hits, and what that loader takes
    MPK_KIND_RUNTIME,  // libmpkgate.so: as a client library, but for INITFIRST and its name; and the gates
};

#define MPK_NOWHERE UINT64_MAX

struct mpk_finding {
    enum mpk_rule_id rule;
    enum mpk_severity severity;
    uint64_t vaddr;  // in the object's own numbering, or MPK_NOWHERE
    uint64_t offset; // in the file, or MPK_NOWHERE
    uint32_t size;   // bytes at that place that are the finding; 0 if it has no extent
    char text[256];  // what was found, a full clause naming the things; no full stop
};
// Called for each finding. finding is valid during the call only.
typedef void (*mpk_report)(void *context, const struct mpk_finding *finding);

// What the rules need to know of the rest of the process. Strings and sets are the caller's.
struct mpk_policy {
    enum mpk_kind kind;
    const char *ld_so;                     // path of the distribution's ld.so; NULL means MPK_LD_SO
    const struct mpk_names *ld_so_exports; // of ld.so; NULL: MPK052 is not applied
    const struct mpk_names *ifunc_imports; // of the system libraries; NULL: MPK053 is not applied
};

// Applies all rules that policy->kind asks for and reports every finding. Hits that mpk_elf_neutralisable
// lists are no findings. Returns false if the memory ran out: then nothing is proved.
bool mpk_elf_judge(const struct mpk_elf *elf, const struct mpk_policy *policy, mpk_report report,
                   void *context);

// MPK010 alone, for the file that the user named when a copy of it (a memfd) is what mpk_elf_judge sees. fd
// may be open with O_PATH. Returns false (with errno) if its attributes cannot be read.
bool mpk_file_judge(int fd, enum mpk_kind kind, mpk_report report, void *context);

// A system library is a file in the distribution's library folders (/lib, /lib64, /usr/lib, /usr/lib64),
// owned by root, like all folders on its path, and none of them writable by group or others; never a name.
// The question is asked of the open file and its real path, as the kernel tells it. False also if that cannot
// be found out.
bool mpk_is_system_library(int fd);
// The same of a program: /bin, /sbin, /usr/bin, /usr/sbin, /usr/games, /usr/lib, /usr/libexec.
bool mpk_is_system_program(int fd);
// What mpk-verify takes a file for when it is not told: the runtime if it has its DT_SONAME and says where
// its gates lie (which makes it no runtime: mpk-run takes none from where the client says); a system library
// by its place; else main if it has a PT_INTERP; else a client library.
enum mpk_kind mpk_elf_guess_kind(const struct mpk_elf *elf, int fd);

// --- Hits that the seal neutralises ----------------------------------------------------------------------

#define MPK_NEUTRAL_MAX 16 // bytes; as MPKGATE_PATCH_MAX of the launch plan
struct mpk_neutral {
    enum mpk_pattern pattern;
    uint64_t vaddr;
    uint64_t offset; // in the file
    uint32_t size;   // bytes, at most MPK_NEUTRAL_MAX
    unsigned char expected[MPK_NEUTRAL_MAX];
    unsigned char replacement[MPK_NEUTRAL_MAX]; // UD2 and NOPs
    const char *what;                           // "pkey_set" or "lazy-binding resolver"; constant
};
// The hits in a system library that may be overwritten, because nothing needs them in a sealed process:
// WRPKRU inside libc's pkey_set, and XRSTOR in ld.so's lazy-binding resolvers (never run under BIND_NOW),
// which are known by the bytes around them (mov $imm,%eax; xor %edx,%edx; xrstor disp8(%rsp)). Writes at most
// max entries and returns how many there are. Nothing in a client object is ever neutralisable; ask for
// system libraries only.
size_t mpk_elf_neutralisable(const struct mpk_elf *elf, struct mpk_neutral *neutral, size_t max);

// Feeds the pages that the kernel and ld.so map executable to a scan, in ascending order, adjacent ones as
// one run; addresses are the object's own. Returns false if the scan was stopped.
bool mpk_elf_scan(const struct mpk_elf *elf, struct mpk_scan *scan);

#endif
