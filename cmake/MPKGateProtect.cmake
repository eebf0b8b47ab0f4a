# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# mpkgate_protect(TARGET [VERIFY]): compile TARGET with MPKGate.so and link it so that mpk-verify accepts the layout. With
# VERIFY, mpk-verify judges the result after each link and its findings fail the build.
#
# The same file serves this tree, where the plugin is the target MPKGate, and an installation, where MPKGateConfig.cmake says
# where it is (MPKGATE_PLUGIN, MPKGATE_LLVM, MPKGATE_VERIFY).
function(mpkgate_check_compiler)
  foreach(language C CXX)
    if(NOT CMAKE_${language}_COMPILER_LOADED)
      continue()
    endif()
    string(REGEX MATCH "^[0-9]+" major "${CMAKE_${language}_COMPILER_VERSION}")
    if(NOT CMAKE_${language}_COMPILER_ID STREQUAL "Clang" OR NOT major EQUAL MPKGATE_LLVM)
      message(FATAL_ERROR
        "MPKGate.so is a plugin of clang ${MPKGATE_LLVM}, but the ${language} compiler is "
        "${CMAKE_${language}_COMPILER_ID} ${CMAKE_${language}_COMPILER_VERSION}: configure with "
        "-DCMAKE_C_COMPILER=clang-${MPKGATE_LLVM} -DCMAKE_CXX_COMPILER=clang++-${MPKGATE_LLVM}")
    endif()
  endforeach()
endfunction()

function(mpkgate_protect target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "VERIFY" "" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "mpkgate_protect(${target}): unknown argument '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  mpkgate_check_compiler()
  if(TARGET MPKGate)
    set(plugin ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/MPKGate.so)
    set(verify $<TARGET_FILE:mpk-verify>)
    add_dependencies(${target} MPKGate)
  else()
    set(plugin ${MPKGATE_PLUGIN})
    set(verify ${MPKGATE_VERIFY})
  endif()
  # add_dependencies orders the links only; the compiler needs the plugin before that, and what it compiled with an older one
  # is out of date.
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.(c|cc|cpp|cxx)$")
  set_property(SOURCE ${sources} TARGET_DIRECTORY ${target} APPEND PROPERTY OBJECT_DEPENDS ${plugin})
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-fpass-plugin=${plugin}>")
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,separate-code)
  if(arg_VERIFY)
    add_custom_command(TARGET ${target} POST_BUILD COMMAND ${verify} $<TARGET_FILE:${target}> VERBATIM)
  endif()
endfunction()
