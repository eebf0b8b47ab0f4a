// The note names the unit as the object's STT_FILE symbol does, whatever the path, for names of every length modulo 4.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: rm -rf %t && mkdir -p %t/folder
// RUN: for name in a.c ab.c abc.c abcd.c 'a b.c'; do cp %s "%t/folder/$name"; done
// RUN: for name in a.c ab.c abc.c abcd.c 'a b.c'; do %mpkcc -g -c "%t/folder/$name" -o "%t/$name.o"; done
// RUN: for name in a.c ab.c abc.c abcd.c 'a b.c'; do \
// RUN:     llvm-readelf -sW "%t/$name.o" | sed -n 's/.* FILE .* ABS //p'; \
// RUN:     llvm-objcopy -O binary --only-section=.note.mpkgate "%t/$name.o" "%t/note"; \
// RUN:     tail -c +37 %t/note | tr '\0' '.'; echo; done | FileCheck --strict-whitespace %s
int f(void) {
    return 1;
}
// CHECK: {{^}}a.c{{$}}
// CHECK-NEXT: {{^}}a.c.{{$}}
// CHECK-NEXT: {{^}}ab.c{{$}}
// CHECK-NEXT: {{^}}ab.c....{{$}}
// CHECK-NEXT: {{^}}abc.c{{$}}
// CHECK-NEXT: {{^}}abc.c...{{$}}
// CHECK-NEXT: {{^}}abcd.c{{$}}
// CHECK-NEXT: {{^}}abcd.c..{{$}}
// CHECK-NEXT: {{^}}a b.c{{$}}
// CHECK-NEXT: {{^}}a b.c...{{$}}
