# A C file that defines what include/ws.h declares, each function and each constant: compiled with debug information it is, to tools
# that compare ABIs, the library as programs see it. (The library's own debug information is Rust's.)
BEGIN { print "#include <ws.h>" }
# Numbers that a program has compiled in; those of the version change with every release.
/^#define WS_[A-Z0-9_]+ \(?-?[0-9]/ && $2 !~ /^WS_VERSION/ { constants = constants "    abi_" $2 " = " $2 ",\n" }
/^extern "C" \{/ { functions = 1; next }
functions && /^[a-z]/ { declaration = "" ; declaring = 1 }
declaring { declaration = declaration $0 "\n" }
declaring && /;$/ { sub(/;\n$/, "", declaration); print declaration " { __builtin_trap(); }"; declaring = 0 }
END { print "enum ws_constants {\n" constants "};\nenum ws_constants ws_constants;" }
