# Man pages from the header: one in section 3 for each function and type, and ws(7), the overview.
#
#   awk -f packaging/comments.awk -f packaging/man.awk -v version=0.1.0 -v out=DIRECTORY include/ws.h
#       writes DIRECTORY/man3/*.3 and DIRECTORY/man7/ws.7
#   awk -f packaging/comments.awk -f packaging/man.awk -v list=1 include/ws.h
#       prints which files that are
#
# `-v example=FILE` puts a C program into ws(7). What a page says is what the header's comments say. Any awk will do (POSIX). The
# directories must be there.

# ---- Text to roff.

function plain(text) {
    gsub(/\\/, "\\e", text)
    gsub(/--/, "\\-\\-", text)
    while (match(text, /(^|[ (])-[0-9]/)) text = substr(text, 1, RSTART + RLENGTH - 3) "\\-" substr(text, RSTART + RLENGTH - 1)
    return text
}

# Names of the library in bold, those that have a page of their own as references to it; each is kept for SEE ALSO.
function marked(text, self,    out, word, after) {
    out = ""
    text = plain(text)
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
        word = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        if (word !~ /^(ws|WS)_/) { out = out word; continue }
        after = text ~ /^\.[a-z]/
        if (is_page[word] && word != self && !after) {
            sub(/^\(\)/, "", text)
            out = out "\\fB" word "\\fP(3)"
            related[word] = 1
        } else out = out "\\fB" word "\\fP"
    }
    return code_marked(out text)
}

# `code` in bold.
function code_marked(text,    at) {
    while ((at = index(text, "`")) > 0) {
        text = substr(text, 1, at - 1) "\\fB" substr(text, at + 1)
        if ((at = index(text, "`")) > 0) text = substr(text, 1, at - 1) "\\fP" substr(text, at + 1)
    }
    return text
}

# A paragraph, broken into lines; none begins like a request.
function put(text,    n, words, i, line) {
    n = split(trim(text), words, /[ \n]+/)
    line = ""
    for (i = 1; i <= n; i++) {
        if (line != "" && length(line) + length(words[i]) > 78) { put_line(line); line = "" }
        line = line (line == "" ? "" : " ") words[i]
    }
    if (line != "") put_line(line)
}
function put_line(line) { print (line ~ /^[.']/ ? "\\&" : "") line > file }
function raw(line) { print line > file }
function heading(name) { raw(".SH " (name ~ / / ? "\"" name "\"" : name)) }
function tag(text) { raw(".TP"); put_line(text) }

# Code as it stands.
function verbatim(text,    n, lines, i) {
    n = split(text, lines, "\n")
    raw(".nf")
    for (i = 1; i <= n; i++) if (lines[i] != "" || i < n) {
        gsub(/\\/, "\\e", lines[i])
        gsub(/-/, "\\-", lines[i])
        gsub(/'/, "\\(aq", lines[i])
        put_line(lines[i])
    }
    raw(".fi")
}

# A prototype in lines of at most 76 columns.
function prototype(name,    words, head, n, parts, i, line, text) {
    words = text_of[name]
    gsub(/[ \n]+/, " ", words)
    words = trim(words)
    if (length(words) <= 76) return words
    match(words, /\([^(]*$/)
    head = substr(words, 1, RSTART)
    n = split(substr(words, RSTART + 1), parts, ", ")
    text = head
    line = ""
    for (i = 1; i <= n; i++) {
        if (i < n) parts[i] = parts[i] ","
        if (line != "" && length(line) + length(parts[i]) > 66) { text = text "\n" line; line = "" }
        line = (line == "" ? "        " : line " ") parts[i]
    }
    return text "\n" line
}

function put_paragraphs(text, self,    paragraphs, n, i) {
    n = split(text, paragraphs, "\n\n")
    for (i = 1; i <= n; i++) if (trim(paragraphs[i]) != "") {
        if (i > 1) raw(".PP")
        put(marked(trim(paragraphs[i]), self))
    }
}

function put_parameters(text, self,    i, shown) {
    split_parameters(text, self)
    for (i = 1; i <= parameter_count; i++) {
        shown = parameter_names[i]
        gsub(/, /, "\\fP, \\fI", shown)
        tag("\\fI" shown "\\fP")
        put(marked(parameter_text[i], self))
    }
}

function put_returns(text, self,    i, shown) {
    if (!split_returns(text)) { put_paragraphs(text, self); return }
    for (i = 1; i <= return_count; i++) {
        shown = return_names[i]
        gsub(/, /, "\\fP, \\fB", shown)
        tag("\\fB" shown "\\fP")
        put(marked(return_text[i], self))
    }
    if (return_remarks != "") { raw(".PP"); put(marked(return_remarks, self)) }
}

# ---- Pages.

function brief(name,    text) {
    text = first_sentence(name)
    if (length(text) > 90) sub(/: .*/, "", text)
    sub(/[.:]$/, "", text)
    return lower_first(text)
}

function begin(name, number) {
    file = out "/man" number "/" name "." number
    raw(".\\\" Made from ws.h by man.awk.")
    raw(".TH " name " " number " \"\" \"libws " version "\" \"libws\"")
    raw(".nh")
    raw(".ad l")
    heading("NAME")
    split("", related)
}

function library() { heading("LIBRARY"); put("The browser's WebSocket object (libws, \\fB\\-lws\\fP; pkg-config and CMake: \\fBlibws\\fP)") }

function put_section(name, self) { if (section[name] != "") { heading(name); put_paragraphs(section[name], self) } }

function see_also(    i, text) {
    heading("SEE ALSO")
    text = "\\fBws\\fP(7)"
    for (i = 1; i <= page_count; i++) if (pages[i] in related) text = text ", \\fB" pages[i] "\\fP(3)"
    put(text)
}

function page(name,    i, words) {
    begin(name, 3)
    put(name " \\- " plain(brief(name)))
    library()
    heading("SYNOPSIS")
    raw(".nf")
    raw(".B #include <ws.h>")
    raw(".PP")
    words = is_function[name] || text_of[name] ~ /\(\*/ ? prototype(name) : trim(text_of[name])
    gsub(/\n/, "\\fP\n\\fB", words)
    raw("\\fB" words "\\fP")
    raw(".fi")
    sort_comment(name)
    put_section("DESCRIPTION", name)
    if (section["PARAMETERS"] != "") { heading("PARAMETERS"); put_parameters(section["PARAMETERS"], name) }
    if (field_count[name] > 0) {
        heading("FIELDS")
        for (i = 1; i <= field_count[name]; i++) { tag("\\fB" field_of[name, i] "\\fP"); put(marked(field_doc[name, i], name)) }
    }
    if (section["RETURN VALUE"] != "") { heading("RETURN VALUE"); put_returns(section["RETURN VALUE"], name) }
    if (name == "ws_status") { heading("VALUES"); put_constants("^WS_(OK|DONE|DISCARDED|ERR_)", 1) }
    put_section("BLOCKING, THREADS, CALLBACKS", name)
    put_section("NOTES", name)
    put_section("STANDARDS", name)
    for (i = 1; i <= page_count; i++) if (!is_function[pages[i]] && is_function[name] && text_of[name] ~ "(^|[ (])" pages[i] "[ ,*]") related[pages[i]] = 1
    see_also()
    close(file)
}

function put_constants(pattern, which,    i) {
    for (i = 1; i <= constant_count; i++)
        if ((constants[i] ~ pattern) == which) { tag("\\fB" constants[i] "\\fP"); put(marked(doc[constants[i]], "")) }
}

function put_group(name,    i) {
    raw(".SS " (name ~ / / ? "\"" name "\"" : name))
    for (i = 1; i <= page_count; i++) if (group(pages[i]) == name) { tag("\\fB" pages[i] "\\fP(3)"); put(marked(brief(pages[i]) ".", "ws")) }
}

# The header's first page: a paragraph that begins in capitals is a section.
function put_overview(    paragraphs, n, i, text, title) {
    n = split(overview, paragraphs, /\n[ \n]*\n/)
    for (i = 1; i <= n; i++) {
        text = trim(paragraphs[i])
        if (text ~ /^(libws:|SPDX)/ || text == "") continue
        if (match(text, /^[A-Z][A-Z\/ ]+[A-Z][. ]/)) {
            title = substr(text, 1, RLENGTH - 1)
            heading(title)
            if (substr(text, RLENGTH, 1) == ".") text = trim(substr(text, RLENGTH + 1))
            else text = substr(title, 1, 1) tolower(substr(title, 2)) substr(text, RLENGTH)
        } else raw(".PP")
        put(marked(text, "ws"))
    }
}

function overview_page(    line, text) {
    begin("ws", 7)
    text = overview
    sub(/^libws: /, "", text)
    sub(/\.?\n.*/, "", text)
    put("ws \\- " text)
    library()
    heading("SYNOPSIS")
    verbatim("#include <ws.h>\n\ncc program.c $(pkg-config --cflags --libs libws)\n")
    put_overview()
    if (example != "") {
        heading("EXAMPLES")
        text = ""
        while ((getline line < example) > 0) text = text line "\n"
        close(example)
        verbatim(text)
    }
    heading("FUNCTIONS AND TYPES")
    put_group("Sockets"); put_group("Options"); put_group("Loops"); put_group("The process"); put_group("Types")
    heading("CONSTANTS")
    put("Statuses are in \\fBws_status\\fP(3).")
    put_constants("^WS_(OK|DONE|DISCARDED|ERR_)", 0)
    close(file)
}

END {
    if (list) {
        for (i = 1; i <= page_count; i++) print "man3/" pages[i] ".3"
        print "man7/ws.7"
        exit
    }
    for (i = 1; i <= page_count; i++) page(pages[i])
    overview_page()
}
