# A header of the C++ interface as doxygen takes it: comments with references; what has no comment and calls a function of ws.h, or is a
# number of it, has one that says so.
#
#   awk -f packaging/html/cxx.awk -f packaging/html/markup.awk -v names_to=FILE include/ws.hpp include/ws/*.hpp
#       writes the classes, their functions and the free functions to FILE, and what doxygen calls them
#   awk -f packaging/html/cxx.awk -f packaging/html/markup.awk DIRECTORY/names include/ws/socket.hpp
#       prints the header

# The rule for names in markup.awk comes after these: it ends their turn here.
FILENAME ~ /\/names$/ { target[$1] = $2; next }

FNR == 1 { pending = ""; has_pending = 0; declaration = ""; depth = 0; detail = 0; after = 0; class = ""; in_group = 0 }

# The first comment is the header's own; that of ws.hpp is the namespace's.
FNR == 1 && /^\/\*/ { if (/\*\//) next; in_overview = 1; overview = substr($0, 4) "\n"; next }
in_overview {
    if (/^ \*\//) {
        in_overview = 0
        if (FILENAME ~ /ws\.hpp$/) { put_comment(overview, ""); say("namespace ws {}") }
        next
    }
    line = $0
    sub(/^ \* ?/, "", line)
    if (line !~ /^SPDX/) overview = overview line "\n"
    next
}

# What is in ws::detail is nobody's business.
/^namespace detail \{/ { detail = 1; next }
detail {
    open = $0
    detail += gsub(/\{/, "", open) - gsub(/\}/, "", open)
    next
}
# Nor what is behind namespace ws, for the standard library.
/^} \/\/ namespace ws/ { say($0); after = 1; next }
after && !/^#/ { next }

/^ *\/\*\*/ { pending = ""; has_pending = 1; in_comment = 1 }
in_comment {
    line = $0
    ends = sub(/ *\*\/$/, "", line)
    sub(/^ *\/\*\* ?/, "", line)
    sub(/^ *\* ?/, "", line)
    # The lines of a comment that begins on its first line stand a column further in.
    sub(/^ ([^ ])/, "&", line)
    pending = pending line "\n"
    if (ends) in_comment = 0
    next
}

# "// ---- Events. Lambdas are called …": a part of a class, with what is said about it.
/^ *\/\/ ---- / { part = $0; sub(/^ *\/\/ ---- /, "", part); in_part = 1; next }
in_part && /^ *\/\/ / { line = $0; sub(/^ *\/\/ /, "", line); part = part " " line; next }
in_part { begin_part(part); in_part = 0 }

/^(private|protected|public):/ { end_part() }
/^$/ || /^#/ || /^ *\/\// || /^(private|protected|public):/ || /^namespace / || (depth == 0 && declaration == "" && /^}/) {
    if (/^};/) class = ""
    say($0)
    next
}

# doxygen would show a structure of C that is a base on a page of its own, without its fields' comments beside them.
/^struct / { sub(/ : ws_[a-z_]+ \{/, " {") }

# A declaration: up to its semicolon, the end of its body, or the beginning of a class's.
{
    declaration = declaration $0 "\n"
    open = $0
    depth += gsub(/\{/, "", open) - gsub(/\}/, "", open)
    if (declaration ~ /^(template <[^\n]*>\n)?(class|struct|enum class) / && depth == 1) {
        end_declaration()
        depth = 0
        match(declaration, /(class|struct|enum class) (\[\[nodiscard\]\] )?[a-z_]+/)
        class = substr(declaration, RSTART, RLENGTH)
        in_enum = class ~ /^enum/
        sub(/.* /, "", class)
        base = declaration ~ /: public socket_functions/ ? "socket_functions" : ""
        class_base[class] = base
        known("ws::" class, "ws::" class (in_enum ? "" : declaration ~ /(^|\n)class/ ? " class" : " struct"))
        declaration = ""
    } else if (depth == 0 && ($0 ~ /[;}]$/ || (in_enum && $0 ~ /,$/))) {
        end_declaration()
        declaration = ""
    }
}

function known(shown, name) { if (names_to != "" && !(shown in listed)) { listed[shown] = 1; print shown, name > names_to } }

function say(text) { if (names_to == "") print text }

# Files a declaration's name, and prints it behind its comment.
function end_declaration(    name, c) {
    name = declaration
    sub(/\(.*/, "", name)
    if (declaration ~ /\(/ && match(name, /[a-z_]+$/)) {
        name = substr(name, RSTART)
        if (class == "") known("ws::" name, "ws::" name)
        else if (has_pending || in_c(declaration) != "") {
            known(class "::" name, "ws::" class "::" name)
            known("ws::" class "::" name, "ws::" class "::" name)
            if (class == "socket_functions") { known("socket::" name, "ws::socket_functions::" name); known("ws::socket::" name, "ws::socket_functions::" name) }
        }
    }
    c = in_c(declaration)
    if (names_to == "") {
        if (has_pending) put_comment(pending, c)
        else if (c != "") print "/// @brief As " referring(c, "") "."
        printf "%s", declaration
    }
    has_pending = 0
}

# The function of ws.h that a body calls, or the constant of it that a number has.
function in_c(text) {
    if (text ~ /^(template <[^\n]*>\n)?(class|struct|enum class) /) return ""
    while (match(text, /(^|[^A-Za-z_])(ws|WS)_[A-Za-z0-9_]+/)) {
        part_of_text = substr(text, RSTART, RLENGTH)
        sub(/^[^A-Za-z_]/, "", part_of_text)
        text = substr(text, RSTART + RLENGTH)
        if ((part_of_text in target) || names_to != "")
            if (text ~ /^[(,>]/ || part_of_text ~ /^WS_/) if (part_of_text != "WS_OK" || in_enum) if (part_of_text !~ /^ws_(last_error|free)$/) return part_of_text
    }
    return ""
}

function begin_part(text,    at, title) {
    end_part()
    at = index(text, ". ")
    title = at ? substr(text, 1, at - 1) : substr(text, 1, length(text) - 1)
    say("/// @name " title)
    if (at) say("/// " commented(substr(text, at + 2), ""))
    say("///@{\n")
    in_group = 1
}
function end_part() { if (in_group) say("///@}\n"); in_group = 0 }

# A comment's paragraphs; what is indented by four is code.
function put_comment(text, c,    lines, n, i, paragraph, first) {
    n = split(text, lines, "\n")
    first = 1
    paragraph = ""
    for (i = 1; i <= n; i++) {
        if (lines[i] ~ /^ ? ? ?[^ ]/) { sub(/^ +/, "", lines[i]); paragraph = paragraph (paragraph == "" ? "" : " ") lines[i]; continue }
        if (paragraph != "") { put_paragraph(paragraph, first); first = 0; paragraph = "" }
        if (lines[i] ~ /^    /) {
            say("/// @code{.cpp}")
            for (; i <= n && lines[i] ~ /^    /; i++) say("///" substr(lines[i], 4))
            say("/// @endcode")
        }
        say("///")
    }
    if (paragraph != "") put_paragraph(paragraph, first)
    if (c != "" && index(text, c) == 0) { say("///"); say("/// @par In C"); say("/// " referring(c, "")) }
}

function put_paragraph(text, first,    at, label) {
    # A heading in capitals.
    if (match(text, /^[A-Z][A-Z ]+[A-Z]\. /)) {
        say("/// <h3>" substr(text, 1, 1) tolower(substr(text, 2, RLENGTH - 3)) "</h3>")
        text = substr(text, RLENGTH + 1)
    }
    # The first sentence is the summary.
    if (first) {
        at = index(text ". ", ". ")
        say("/// @brief " commented(substr(text, 1, at), ""))
        say("///")
        text = substr(text, at + 2)
    }
    # What a comment says of lifetime, threads and errors has a paragraph each.
    while (text != "") {
        label = ""
        if (match(text, /^(Lifetime|Threads|Errors): /)) {
            label = "<b>" substr(text, 1, RLENGTH - 1) "</b> "
            text = substr(text, RLENGTH + 1)
        }
        at = match(text, / (Lifetime|Threads|Errors): /)
        if (at == 0) at = length(text) + 1
        say("/// " label commented(substr(text, 1, at - 1), ""))
        say("///")
        text = substr(text, at + 1)
    }
}
