# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Three sets of compiler flags, as interface libraries; every target links exactly one of them.
#   mpkgate_hosted        tools, tests: warnings, hardening, sanitizers when asked for
#   mpkgate_freestanding  code that runs without libc before or inside the seal: no libc, no vector registers, no %fs
#   mpkgate_vault_code    the vault image: no stack protector, hidden symbols
option(MPKGATE_SANITIZE "ASan and UBSan in everything that runs outside the vault" OFF)

add_library(mpkgate_warnings INTERFACE)
target_compile_options(mpkgate_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla -Wimplicit-fallthrough>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror -Wshadow>)

add_library(mpkgate_hosted INTERFACE)
target_link_libraries(mpkgate_hosted INTERFACE mpkgate_warnings)
target_compile_definitions(mpkgate_hosted INTERFACE _GNU_SOURCE)
if(MPKGATE_SANITIZE)
  target_compile_options(mpkgate_hosted INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mpkgate_hosted INTERFACE -fsanitize=address,undefined)
else()
  target_compile_options(mpkgate_hosted INTERFACE
    -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero -fno-strict-aliasing
    $<$<COMPILE_LANGUAGE:C>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(mpkgate_hosted INTERFACE -Wl,-z,relro,-z,now,-z,separate-code)
endif()

set(MPKGATE_FREESTANDING_OPTIONS
  -ffreestanding -fno-stack-protector -fPIC -fvisibility=hidden -fcf-protection=none -fno-strict-aliasing
  -fno-delete-null-pointer-checks -ftrivial-auto-var-init=zero -fno-asynchronous-unwind-tables)

add_library(mpkgate_freestanding INTERFACE)
target_link_libraries(mpkgate_freestanding INTERFACE mpkgate_warnings)
target_compile_options(mpkgate_freestanding INTERFACE
  ${MPKGATE_FREESTANDING_OPTIONS} $<$<COMPILE_LANGUAGE:C>:-mgeneral-regs-only>)

add_library(mpkgate_vault_code INTERFACE)
target_link_libraries(mpkgate_vault_code INTERFACE mpkgate_warnings)
# Not -fno-plt: with retpolines, every call from file to file would be one. The linker makes direct calls of them, since the image
# exports nothing; check-image.py finds a PLT that is left (DT_JMPREL).
target_compile_options(mpkgate_vault_code INTERFACE ${MPKGATE_FREESTANDING_OPTIONS})
