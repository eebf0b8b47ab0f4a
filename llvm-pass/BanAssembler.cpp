// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text cannot be judged: .byte, .long, macros, .incbin and operands all end in bytes that only the assembler
// knows. So it assembles, and the scanner that mpk-verify uses looks at every offset of the result.

#include "BanAssembler.h"
#include "BanNames.h"
#include "LLVMCompat.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/TargetSelect.h"

extern "C" {
#include "scan.h"
}

using namespace llvm;

namespace mpkgate {
namespace {

// Errors of the trial are not the user's; the compiler will repeat those that are.
class SilentHandler : public DiagnosticHandler {
  public:
    explicit SilentHandler(bool &Failed) : Failed(Failed) {
    }
    bool handleDiagnostics(const DiagnosticInfo &Info) override {
        if (Info.getSeverity() == DS_Error)
            Failed = true;
        return true;
    }

  private:
    bool &Failed;
};

void initializeTarget() {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmParser();
    LLVMInitializeX86AsmPrinter();
}

// In a context of its own, so that neither diagnostics nor types leak into the compiler's.
std::optional<SmallVector<char, 0>> compile(const Module &M) {
    SmallVector<char, 0> Bitcode;
    BitcodeWriter Writer(Bitcode); // no symbol table: making one would assemble, and report, in M's context
    Writer.writeModule(M);
    Writer.writeStrtab();
    LLVMContext Context;
    bool Failed = false;
    Context.setDiagnosticHandler(std::make_unique<SilentHandler>(Failed));
    Expected<std::unique_ptr<Module>> Copy =
        parseBitcodeFile(MemoryBufferRef(StringRef(Bitcode.data(), Bitcode.size()), "mpkgate"), Context);
    if (!Copy) {
        consumeError(Copy.takeError());
        return std::nullopt;
    }
    initializeTarget();
    std::unique_ptr<TargetMachine> Machine = createTargetMachine(targetTriple(**Copy));
    if (!Machine)
        return std::nullopt;
    SmallVector<char, 0> Object;
    raw_svector_ostream ObjectStream(Object);
    legacy::PassManager Passes;
    if (Machine->addPassesToEmitFile(Passes, ObjectStream, nullptr, CodeGenFileType::ObjectFile))
        return std::nullopt;
    Passes.run(**Copy);
    if (Failed)
        return std::nullopt;
    return Object;
}

bool recordHit(void *Context, mpk_pattern Pattern, uint64_t) {
    auto *Findings = static_cast<CodeFindings *>(Context);
    std::string What = Pattern == MPK_PATTERN_WRPKRU ? "assembles to wrpkru" : "assembles to xrstor";
    if (!is_contained(Findings->What, What))
        Findings->What.push_back(What);
    return true;
}

void inspectSection(const object::SectionRef &Section, CodeFindings &Findings) {
    if (!(object::ELFSectionRef(Section).getFlags() & ELF::SHF_EXECINSTR))
        return;
    Expected<StringRef> Contents = Section.getContents();
    if (!Contents) {
        consumeError(Contents.takeError());
        return;
    }
    mpk_scan Scan;
    mpk_scan_begin(&Scan, recordHit, &Findings);
    mpk_scan_feed(&Scan, Contents->bytes_begin(), Contents->size(), 0);
}

void inspectSymbol(const object::SymbolRef &Symbol, CodeFindings &Findings) {
    Expected<StringRef> Name = Symbol.getName();
    Expected<uint32_t> Flags = Symbol.getFlags();
    if (!Name || !Flags) {
        consumeError(Name.takeError());
        consumeError(Flags.takeError());
        return;
    }
    if (!(*Flags & object::SymbolRef::SF_Undefined))
        Findings.Defined.push_back(Name->str());
    else if (isBannedName(*Name))
        Findings.What.push_back(("refers to " + *Name).str());
}

} // namespace

std::optional<CodeFindings> inspectCode(const Module &M) {
    std::optional<SmallVector<char, 0>> Object = compile(M);
    if (!Object)
        return std::nullopt;
    MemoryBufferRef Buffer(StringRef(Object->data(), Object->size()), "mpkgate");
    Expected<std::unique_ptr<object::ObjectFile>> File = object::ObjectFile::createObjectFile(Buffer);
    if (!File) {
        consumeError(File.takeError());
        return std::nullopt;
    }
    CodeFindings Findings;
    for (const object::SectionRef &Section : (*File)->sections())
        inspectSection(Section, Findings);
    for (const object::SymbolRef &Symbol : (*File)->symbols())
        inspectSymbol(Symbol, Findings);
    return Findings;
}

} // namespace mpkgate
