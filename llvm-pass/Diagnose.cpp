// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors and remarks. clang prints DiagnosticInfoUnsupported with file, line, column and the source line; it
// gets all that from a debug location, so where the module has none, one is made for the message alone. It is
// attached to nothing and does not reach the output.

#include "Diagnose.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace mpkgate {
namespace {

constexpr const char *PassName = "mpkgate";

DiagnosticLocation sourceLocation(DIFile *Scope, unsigned Line, unsigned Column) {
    LLVMContext &Context = Scope->getContext();
    DISubprogram *Function =
        DISubprogram::getDistinct(Context, Scope, "", "", Scope, Line, nullptr, Line, nullptr, 0, 0,
                                  DINode::FlagZero, DISubprogram::SPFlagDefinition, nullptr);
    return DiagnosticLocation(DebugLoc(DILocation::get(Context, Line, Column, Function)));
}

DiagnosticLocation sourceLocation(LLVMContext &Context, StringRef File, unsigned Line, unsigned Column) {
    return sourceLocation(DIFile::get(Context, File, ""), Line, Column);
}

struct Position {
    unsigned Line;
    unsigned Column; // 1-based
};

// Every place where Text stands in the file. None if the file cannot be read, or if the source puts the text
// together from pieces. InLiterals: only inside string literals (an odd number of quotes before it on the
// line).
std::vector<Position> findInSource(StringRef File, const Twine &Wanted, bool InLiterals = false) {
    std::vector<Position> Found;
    std::string Text = Wanted.str();
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(File);
    if (!Buffer || Text.empty())
        return Found;
    SmallVector<StringRef, 0> Lines;
    (*Buffer)->getBuffer().split(Lines, '\n');
    for (size_t I = 0; I < Lines.size(); I++)
        for (size_t Column = Lines[I].find(Text); Column != StringRef::npos;
             Column = Lines[I].find(Text, Column + Text.size()))
            if (!InLiterals || Lines[I].take_front(Column).count('"') % 2 == 1)
                Found.push_back({static_cast<unsigned>(I) + 1, static_cast<unsigned>(Column) + 1});
    return Found;
}

// The place nearest to Line; an attribute stands near its declaration.
std::optional<Position> findNear(StringRef File, unsigned Line, const Twine &Text) {
    std::optional<Position> Best;
    unsigned Distance = 20;
    for (const Position &Place : findInSource(File, Text)) {
        unsigned Apart = Place.Line > Line ? Place.Line - Line : Line - Place.Line;
        if (Apart >= Distance)
            continue;
        Best = Place;
        Distance = Apart;
    }
    return Best;
}

void emitError(const Function &F, const Twine &Message, const DiagnosticLocation &Where) {
    F.getContext().diagnose(DiagnosticInfoUnsupported(F, Message, Where, DS_Error));
}

// The kind of diagnostic that clang locates wants a function; this one is in a module of its own.
void emitError(LLVMContext &Context, const Twine &Message, const DiagnosticLocation &Where) {
    Module Nowhere("", Context);
    FunctionType *Type = FunctionType::get(Type::getVoidTy(Context), false);
    emitError(*Function::Create(Type, GlobalValue::ExternalLinkage, "", Nowhere), Message, Where);
}

} // namespace

void gateError(const Function &F, const Annotation &Where, const GateError &Error) {
    std::string Message = "gate of '" + F.getName().str() + "': " + Error.Message;
    if (std::optional<Position> Quote = findNear(Where.File, Where.Line, "\"" + Where.Text + "\"")) {
        unsigned Column = Quote->Column + 1 + static_cast<unsigned>(Error.Column);
        return emitError(F, Message, sourceLocation(F.getContext(), Where.File, Quote->Line, Column));
    }
    Message += "\n  " + Where.Text + "\n  " + std::string(Error.Column, ' ') + "^";
    emitError(F, Message, sourceLocation(F.getContext(), Where.File, Where.Line, 1));
}

void errorAt(const Instruction &I, const Twine &Message) {
    const Function &F = *I.getFunction();
    if (I.getDebugLoc())
        return emitError(F, Message, DiagnosticLocation(I.getDebugLoc()));
    emitError(F, Message + " (in '" + F.getName() + "'; -g gives the exact place)", DiagnosticLocation());
}

void errorInAssembly(const Instruction &I, const Twine &Message) {
    if (I.hasMetadata("srcloc"))
        I.getContext().diagnose(DiagnosticInfoInlineAsm(I, Message));
    else
        errorAt(I, Message);
}

void errorInInitializer(const GlobalVariable &V, const Twine &Message) {
    SmallVector<DIGlobalVariableExpression *, 1> Expressions;
    V.getDebugInfo(Expressions);
    std::string What = (Message + " (in the initializer of '" + V.getName() + "')").str();
    if (Expressions.empty())
        return errorInModule(*V.getParent(), What);
    const DIGlobalVariable *Variable = Expressions[0]->getVariable();
    // With its folder: where source and build folder have one in common, the name alone is relative to it.
    emitError(V.getContext(), What, sourceLocation(Variable->getFile(), Variable->getLine(), 1));
}

void errorInSource(LLVMContext &Context, StringRef File, unsigned Line, StringRef Text,
                   const Twine &Message) {
    Position At = findNear(File, Line, Text).value_or(Position{Line, 1});
    emitError(Context, Message, sourceLocation(Context, File, At.Line, At.Column));
}

void errorInFileAssembly(const Module &M, StringRef Text, size_t Ordinal, const Twine &Message) {
    std::vector<Position> Places = findInSource(M.getSourceFileName(), Text, /*InLiterals=*/true);
    if (Ordinal == 0 || Ordinal > Places.size())
        return errorInModule(M, Message);
    const Position &At = Places[Ordinal - 1];
    emitError(M.getContext(), Message,
              sourceLocation(M.getContext(), M.getSourceFileName(), At.Line, At.Column));
}

void errorInModule(const Module &M, const Twine &Message) {
    M.getContext().emitError(Twine(M.getSourceFileName()) + ": " + Message);
}

void remarkDone(const Instruction &I, StringRef Name, const Twine &Message) {
    OptimizationRemarkEmitter Emitter(I.getFunction());
    Emitter.emit([&] { return OptimizationRemark(PassName, Name, &I) << Message.str(); });
}

void remarkMissed(const Instruction &I, StringRef Name, const Twine &Message) {
    OptimizationRemarkEmitter Emitter(I.getFunction());
    Emitter.emit([&] { return OptimizationRemarkMissed(PassName, Name, &I) << Message.str(); });
}

} // namespace mpkgate
