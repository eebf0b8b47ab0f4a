// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ban on assembly. Each inline assembly statement is compiled in a function of a trial module, with its
// own constraints and constant operands; so are the statements of one block in a row, whose bytes may join.
// File-scope assembly is assembled as it is.

#include "Ban.h"
#include "BanAssembler.h"
#include "Diagnose.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/ValueHandle.h"

#define DEBUG_TYPE "mpkgate"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumAssembled, "Number of inline assembly statements examined");
ALWAYS_ENABLED_STATISTIC(NumReplacedAssembly,
                         "Number of banned assembly statements and lines replaced by traps");

namespace mpkgate {
namespace {

constexpr const char *Reason = ": client code must not change protection keys";

// Statements that are compiled into one trial function.
using Unit = SmallVector<WeakTrackingVH, 1>;

std::unique_ptr<Module> createTrial(const Module &M) {
    auto Trial = std::make_unique<Module>("mpkgate", M.getContext());
    Trial->setTargetTriple(M.getTargetTriple());
    Trial->setDataLayout(M.getDataLayout());
    return Trial;
}

bool namesGlobal(const Constant *C) {
    if (isa<GlobalValue>(C) || isa<BlockAddress>(C))
        return true;
    return any_of(C->operands(), [](const Use &U) {
        const auto *Operand = dyn_cast<Constant>(U.get());
        return Operand && namesGlobal(Operand);
    });
}

// True if a constant operand may be printed into the text instead of being loaded into a register. Constants
// that are loaded must not be in the trial: they are not the statement's bytes.
bool mayBeImmediate(const InlineAsm::ConstraintInfo &Constraint) {
    return any_of(Constraint.Codes, [](const std::string &Code) {
        return Code.size() == 1 && StringRef("insEFGHIJKLMNOZWXegC").contains(Code[0]);
    });
}

// Compiles statements of the module under examination as functions of a trial module.
class TrialFunction {
  public:
    TrialFunction(Module &Trial, const Unit &Statements) : Trial(Trial) {
        for (const WeakTrackingVH &Handle : Statements)
            addStatement(*cast<CallBase>(static_cast<Value *>(Handle)));
    }

    void create() {
        LLVMContext &Context = Trial.getContext();
        FunctionType *Type = FunctionType::get(Type::getVoidTy(Context), Parameters, false);
        Function *F = Function::Create(Type, GlobalValue::ExternalLinkage, "mpkgate.trial", Trial);
        for (const Attribute &A : Statements[0].Call->getFunction()->getAttributes().getFnAttrs())
            if (A.isStringAttribute()) // target-features
                F->addFnAttr(A);
        IRBuilder<> B(BasicBlock::Create(Context, "", F));
        unsigned Parameter = 0;
        for (const Statement &S : Statements) {
            SmallVector<Value *, 8> Operands;
            for (Value *Operand : S.Operands)
                Operands.push_back(Operand ? Operand : F->getArg(Parameter++));
            emit(B, S, Operands);
        }
        B.CreateRetVoid();
    }

  private:
    struct Statement {
        CallBase *Call;
        SmallVector<Constant *, 8> Operands; // null: the next parameter
    };
    Module &Trial;
    SmallVector<Statement, 1> Statements;
    SmallVector<Type *, 8> Parameters;

    Constant *transfer(Constant *C) {
        if (!namesGlobal(C))
            return C;
        const Value *Stripped = C->stripPointerCasts();
        StringRef Name = isa<GlobalValue>(Stripped) ? Stripped->getName() : "mpkgate.operand";
        Constant *Global = Trial.getOrInsertGlobal(Name, Type::getInt8Ty(Trial.getContext()));
        return C->getType()->isPointerTy() ? Global : ConstantExpr::getPtrToInt(Global, C->getType());
    }

    void addStatement(CallBase &Call) {
        Statement S = {&Call, {}};
        unsigned Index = 0;
        for (const InlineAsm::ConstraintInfo &Constraint :
             cast<InlineAsm>(Call.getCalledOperand())->ParseConstraints()) {
            if (!Constraint.hasArg())
                continue;
            Value *Operand = Call.getArgOperand(Index++);
            auto *Immediate = dyn_cast<Constant>(Operand);
            if (Immediate && mayBeImmediate(Constraint)) {
                S.Operands.push_back(transfer(Immediate));
            } else {
                S.Operands.push_back(nullptr);
                Parameters.push_back(Operand->getType());
            }
        }
        Statements.push_back(S);
    }

    static void emit(IRBuilder<> &B, const Statement &S, ArrayRef<Value *> Operands) {
        FunctionType *Type = S.Call->getFunctionType();
        auto *Assembly = cast<InlineAsm>(S.Call->getCalledOperand());
        CallBase *Copy = nullptr;
        if (const auto *Branch = dyn_cast<CallBrInst>(S.Call)) {
            Function *F = B.GetInsertBlock()->getParent();
            BasicBlock *Next = BasicBlock::Create(F->getContext(), "", F);
            SmallVector<BasicBlock *, 4> Targets;
            for (unsigned I = 0; I < Branch->getNumIndirectDests(); I++) {
                Targets.push_back(BasicBlock::Create(F->getContext(), "", F));
                ReturnInst::Create(F->getContext(), Targets.back());
            }
            Copy = B.CreateCallBr(Type, Assembly, Next, Targets, Operands);
            B.SetInsertPoint(Next);
        } else {
            Copy = B.CreateCall(Type, Assembly, Operands);
        }
        Copy->setAttributes(S.Call->getAttributes()); // elementtype of memory operands
    }
};

std::optional<CodeFindings> inspectUnits(const Module &M, ArrayRef<Unit> Units) {
    std::unique_ptr<Module> Trial = createTrial(M);
    for (const Unit &Statements : Units)
        TrialFunction(*Trial, Statements).create();
    return inspectCode(*Trial);
}

void banUnit(const Unit &Statements, const CodeFindings &Findings, BanPolicy &Policy) {
    auto *Last = cast<CallBase>(static_cast<Value *>(Statements.back()));
    std::string What = "inline assembly " + join(Findings.What, ", ");
    if (Statements.size() > 1)
        What = "together with what stands before it, " + What;
    if (Policy.actionIn(Last->getFunction()) == BanAction::Error)
        return errorInAssembly(*Last, What + Reason);
    remarkDone(*Last, "Replaced", What + ", replaced by a trap");
    replaceByTrap(*Last);
    Policy.Replaced++;
    NumReplacedAssembly++;
}

// The bytes of single statements, then of blocks; a statement that is a hit of its own makes no second one.
std::vector<Unit> collectUnits(Module &M) {
    std::vector<Unit> Singles;
    std::vector<Unit> Blocks;
    for (Function &F : M) {
        for (BasicBlock &Block : F) {
            Unit Statements;
            for (Instruction &I : Block) {
                auto *Call = dyn_cast<CallBase>(&I);
                if (!Call || !Call->isInlineAsm())
                    continue;
                if (cast<InlineAsm>(Call->getCalledOperand())->getAsmString().empty())
                    continue; // a compiler barrier
                Singles.push_back({Call});
                Statements.push_back(Call);
            }
            if (Statements.size() > 1)
                Blocks.push_back(Statements);
        }
    }
    NumAssembled += Singles.size();
    Singles.insert(Singles.end(), Blocks.begin(), Blocks.end());
    return Singles;
}

void banInlineAssembly(Module &M, BanPolicy &Policy) {
    std::vector<Unit> Units = collectUnits(M);
    if (Units.empty())
        return;
    std::optional<CodeFindings> All = inspectUnits(M, Units);
    if (All && All->What.empty())
        return;
    SmallPtrSet<Value *, 8> Reported;
    for (const Unit &Statements : Units) {
        // Gone behind an earlier trap, or a hit already.
        if (any_of(Statements, [&](const WeakTrackingVH &V) { return !V || Reported.contains(V); }))
            continue;
        std::optional<CodeFindings> Findings = inspectUnits(M, Statements);
        if (!Findings || Findings->What.empty())
            continue;
        Reported.insert(Statements.back());
        banUnit(Statements, *Findings, Policy);
    }
}

std::optional<CodeFindings> inspectText(const Module &M, ArrayRef<std::string> Lines) {
    std::unique_ptr<Module> Trial = createTrial(M);
    Trial->setModuleInlineAsm(join(Lines, "\n"));
    return inspectCode(*Trial);
}

// The line whose end completes the first hit. What stands before it assembles without one, or not at all (the
// middle of a macro).
size_t findLine(const Module &M, ArrayRef<std::string> Lines) {
    for (size_t Count = 1; Count < Lines.size(); Count++) {
        std::optional<CodeFindings> Findings = inspectText(M, Lines.take_front(Count));
        if (Findings && !Findings->What.empty())
            return Count - 1;
    }
    return Lines.size() - 1;
}

void banModuleAssembly(Module &M, BanPolicy &Policy) {
    SmallVector<StringRef, 0> Split;
    StringRef(M.getModuleInlineAsm()).split(Split, '\n');
    std::vector<std::string> Lines(Split.begin(), Split.end());
    std::optional<CodeFindings> Findings = inspectText(M, Lines);
    while (Findings && !Findings->What.empty()) {
        size_t Line = findLine(M, Lines);
        std::string Text = StringRef(Lines[Line]).trim().str();
        std::string What = "file-scope assembly, line " + utostr(Line + 1) + ", '" + Text + "', " +
                           join(Findings->What, ", ");
        size_t Ordinal = StringRef(join(ArrayRef(Lines).take_front(Line + 1), "\n")).count(Text);
        if (Policy.Module == BanAction::Error)
            return errorInFileAssembly(M, Text, Ordinal, What + Reason);
        Lines[Line] = "ud2";
        std::optional<CodeFindings> After = inspectText(M, Lines);
        if (!After || After->Defined != Findings->Defined)
            return errorInFileAssembly(M, Text, Ordinal,
                                       What + Reason +
                                           "; the line cannot be replaced by a trap: put labels and "
                                           "directives on lines of their own");
        Findings = After;
        Policy.Replaced++;
        NumReplacedAssembly++;
    }
    if (Policy.Replaced > 0 && Findings)
        M.setModuleInlineAsm(join(Lines, "\n"));
}

} // namespace

void banAssembly(Module &M, BanPolicy &Policy) {
    if (!M.getModuleInlineAsm().empty())
        banModuleAssembly(M, Policy);
    banInlineAssembly(M, Policy);
}

} // namespace mpkgate
