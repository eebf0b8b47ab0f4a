// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recursive descent over the gate string; every error names the column that it is about.

#include "GateGrammar.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace mpkgate {
namespace {

class Parser {
  public:
    Parser(StringRef Text, Gate &Out) : Text(Text), Out(Out) {
    }

    std::optional<GateError> run() {
        for (skipSpace(); Position < Text.size() && !Error; skipSpace())
            clause();
        return std::move(Error);
    }

  private:
    StringRef Text;
    Gate &Out;
    size_t Position = 0;
    std::optional<GateError> Error;
    bool ClassSeen = false;

    void fail(size_t Column, const Twine &Message) {
        if (!Error)
            Error = GateError{Message.str(), Column};
    }

    void skipSpace() {
        while (Position < Text.size() && isSpace(Text[Position]))
            Position++;
    }

    // Consumes one token that the canonical form repeats.
    bool accept(char C) {
        skipSpace();
        if (Position >= Text.size() || Text[Position] != C)
            return false;
        Position++;
        Out.Canonical += C;
        return true;
    }

    void expect(char C, const Twine &After) {
        if (!Error && !accept(C))
            fail(Position, Twine("expected '") + Twine(C) + "' " + After);
    }

    StringRef word() {
        skipSpace();
        size_t Start = Position;
        while (Position < Text.size() && (isAlnum(Text[Position]) || Text[Position] == '_'))
            Position++;
        Out.Canonical += Text.slice(Start, Position);
        return Text.slice(Start, Position);
    }

    GateNumber number(const Twine &What) {
        skipSpace();
        GateNumber Number{0, Position};
        size_t Start = Position;
        while (Position < Text.size() && isDigit(Text[Position]))
            Position++;
        StringRef Digits = Text.slice(Start, Position);
        if (Digits.empty())
            fail(Start, "expected " + What);
        else if (Digits.getAsInteger(10, Number.Value) || Number.Value > UINT32_MAX)
            fail(Start, "number too large");
        Out.Canonical += utostr(Number.Value);
        return Number;
    }

    GateNumber positive(const Twine &What) {
        GateNumber Number = number(What);
        if (!Error && Number.Value == 0)
            fail(Number.Column, What + " must be at least 1");
        return Number;
    }

    void clause() {
        size_t Start = Position;
        if (!Out.Canonical.empty())
            Out.Canonical += ' ';
        StringRef Name = word();
        if (Name == "in" || Name == "out" || Name == "inout")
            return pointerClause(Name, Start);
        if (Name == "str")
            return stringClause(Start);
        if (Name == "class")
            return classClause(Start);
        if (Name == "refused")
            return refusedClause(Start);
        if (Name == "callback")
            return callbackClause(Start);
        if (Name.empty())
            return fail(Start, "expected a clause: in, out, inout, str, callback, class or refused");
        fail(Start,
             "unknown clause '" + Name + "': expected in, out, inout, str, callback, class or refused");
    }

    void pointerClause(StringRef Name, size_t Start) {
        PointerClause Clause;
        Clause.Column = Start;
        Clause.Direction = Name == "in" ? MPKGATE_IN : Name == "out" ? MPKGATE_OUT : MPKGATE_INOUT;
        Clause.Unit.Value = 1;
        expect('(', "after '" + Name + "'");
        Clause.Pointer = number("the index of a pointer argument");
        expect(',', "before the length of the buffer");
        if (!Error)
            length(Clause);
        while (!Error && accept(','))
            option(Clause);
        expect(')', "at the end of '" + Name + "'");
        Out.Pointers.push_back(Clause);
    }

    void length(PointerClause &Clause) {
        skipSpace();
        size_t Start = Position;
        StringRef Key = word();
        if (Key != "len" && Key != "cap" && Key != "size")
            return fail(Start, "expected len=, cap= or size=");
        expect('=', "after '" + Key + "'");
        Clause.LengthKind = Key == "size" ? MPKGATE_LENGTH_CONSTANT : MPKGATE_LENGTH_ARGUMENT;
        Clause.Length = Key == "size" ? positive("a size in bytes")
                                      : number("the index of the argument that holds the length");
        IsCapacity = Key == "cap";
        UnitSeen = false;
    }

    void option(PointerClause &Clause) {
        skipSpace();
        size_t Start = Position;
        StringRef Key = word();
        if (Key == "unit" && !UnitSeen) {
            expect('=', "after 'unit'");
            Clause.Unit = positive("a unit in bytes");
            UnitSeen = true;
        } else if (Key == "len" && IsCapacity && Clause.Direction == MPKGATE_OUT && !Clause.Used) {
            expect('=', "after 'len'");
            Clause.Used = number("the index of the size_t * argument that receives the length");
        } else {
            fail(Start, "expected unit=, or len= after cap= in an out clause, each once");
        }
    }

    void stringClause(size_t Start) {
        PointerClause Clause;
        Clause.Column = Start;
        Clause.Unit.Value = 1;
        Clause.LengthKind = MPKGATE_LENGTH_STRING;
        expect('(', "after 'str'");
        Clause.Pointer = number("the index of a pointer argument");
        expect(',', "before the length of the string");
        skipSpace();
        size_t Key = Position;
        if (!Error && word() != "max")
            fail(Key, "expected max=");
        expect('=', "after 'max'");
        if (!Error)
            Clause.Length = positive("the most bytes of the string, its NUL included,");
        expect(')', "at the end of 'str'");
        Out.Pointers.push_back(Clause);
    }

    void callbackClause(size_t Start) {
        PointerClause Clause;
        Clause.Column = Start;
        Clause.Unit.Value = 1;
        expect('(', "after 'callback'");
        Clause.Pointer = number("the index of a function pointer argument");
        expect(',', "before the context");
        skipSpace();
        size_t Key = Position;
        if (!Error && word() != "context")
            fail(Key, "expected context=");
        expect('=', "after 'context'");
        if (!Error)
            Clause.Length = number("the index of the context argument");
        expect(',', "before read or write");
        skipSpace();
        size_t Kind = Position;
        StringRef Name = Error ? StringRef() : word();
        if (!Error && Name != "read" && Name != "write")
            fail(Kind, "expected read or write");
        Clause.Direction = Name == "write" ? MPKGATE_WRITER : MPKGATE_READER;
        expect(')', "at the end of 'callback'");
        Out.Pointers.push_back(Clause);
    }

    void classClause(size_t Start) {
        if (ClassSeen)
            return fail(Start, "class is given twice");
        ClassSeen = true;
        expect('(', "after 'class'");
        skipSpace();
        size_t Name = Position;
        StringRef Class = word();
        if (!Error && Class != "crypto" && Class != "manage")
            fail(Name, "unknown class '" + Class + "': expected crypto or manage");
        Out.Class = Class == "manage" ? MPKGATE_CLASS_MANAGE : MPKGATE_CLASS_CRYPTO;
        expect(')', "at the end of 'class'");
    }

    void refusedClause(size_t Start) {
        if (Out.Refused)
            return fail(Start, "refused is given twice");
        expect('(', "after 'refused'");
        skipSpace();
        size_t Column = Position;
        bool Negative = accept('-');
        skipSpace();
        if (!Error && (Position >= Text.size() || !isDigit(Text[Position])))
            return fail(Position, "expected an integer");
        GateNumber Number = number("an integer");
        int64_t Value = static_cast<int64_t>(Number.Value);
        Out.Refused = RefusedClause{Negative ? -Value : Value, Column};
        expect(')', "at the end of 'refused'");
    }

    bool IsCapacity = false;
    bool UnitSeen = false;
};

} // namespace

std::optional<GateError> parseGate(StringRef Text, Gate &Out) {
    return Parser(Text, Out).run();
}

} // namespace mpkgate
