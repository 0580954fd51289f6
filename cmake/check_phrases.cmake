# Phrases that must not come back, in the documents and in all sources, whatever their capitals. Run as:
# cmake -DROOT=<repository> -P cmake/check_phrases.cmake
cmake_minimum_required(VERSION 3.22)

set(things "channel|class|row|line|run|seed|arm|claim|element|feature|layer|parameter|sample|epoch|step|evaluation|image|panel")
set(phrases
    " given[,;:] .*wanted" " wanted\"" "(is|are) wanted" "[|] wanted [|]" "nothing given"  # expected X, got Y
    "[^a-z](one|a line|a row|once) an? (${things})[^a-z]"  # per
    "[^a-z]anew[^a-z]" "[^a-z]but for[^a-z]" "for want of" "one's own"
    "in whatever company" "table of confusions" "is not understood"
    "(initial|normal|regular|optim|recogn|organ|summar|general|minim|maxim|standard|synchron|visual|special)is(e|ed|es|er|ing|ation)[^a-z]"
    "[^a-z](behavior|neighbor)[^a-z]")  # British, with -ize
list(JOIN phrases "|" pattern)

# Sets `found` to the phrases of `text`, each as "LINE: PHRASE".
function(find_phrases text found)
  set(result "")
  string(TOLOWER "\n${text}\n" text)
  if(text MATCHES "${pattern}")
    string(REGEX REPLACE "[][;\\]" "~" text "${text}")  # what would join or split the items of a list
    string(REPLACE "\n" "\n;" lines "${text}")
    set(number -1)
    foreach(line IN LISTS lines)
      math(EXPR number "${number} + 1")
      if(" ${line}" MATCHES "${pattern}")
        string(STRIP "${CMAKE_MATCH_0}" phrase)
        list(APPEND result "${number}: ${phrase}")
      endif()
    endforeach()
  endif()
  set(${found} "${result}" PARENT_SCOPE)
endfunction()

# A phrase must be found in its line, or nothing that follows means anything.
find_phrases("expected 1, got 2\n0 given, 1 wanted\n\ndrawn Anew\na; one a channel\nrenewed" found)
if(NOT found STREQUAL "2: given, 1 wanted;4: anew;5: one a channel")
  message(FATAL_ERROR "check_phrases: found '${found}' in lines 2, 4 and 5")
endif()

set(patterns "${ROOT}/*.md" "${ROOT}/CMakeLists.txt" "${ROOT}/docs/*.md" "${ROOT}/hooks/*" "${ROOT}/cmake/*.cmake")
foreach(folder core layers optim data apps tests examples exercises)
  foreach(kind h cpp cmake txt md py sh css)
    list(APPEND patterns "${ROOT}/${folder}/*.${kind}")
  endforeach()
endforeach()
set(files "")
foreach(one IN LISTS patterns)
  if(one MATCHES "^${ROOT}/[^/]*$")
    file(GLOB some RELATIVE "${ROOT}" "${one}")
  else()
    file(GLOB_RECURSE some RELATIVE "${ROOT}" "${one}")
  endif()
  list(APPEND files ${some})
endforeach()
list(REMOVE_ITEM files cmake/check_phrases.cmake)
set(problems "")
foreach(name IN LISTS files)
  file(READ "${ROOT}/${name}" text)
  find_phrases("${text}" found)
  foreach(one IN LISTS found)
    string(APPEND problems "  ${name}:${one}\n")
  endforeach()
endforeach()
if(problems)
  message(FATAL_ERROR "check_phrases: say it otherwise (expected … got …, per, again, except, because, your own, -ize)\n${problems}")
endif()
list(LENGTH files count)
message("check_phrases: ${count} files")
