# Man pages from the header: one in section 3 for each function and type, and ws(7), the overview.
#
#   awk -f packaging/man.awk -v version=0.1.0 -v out=DIRECTORY include/ws.h   writes DIRECTORY/man3/*.3 and DIRECTORY/man7/ws.7
#   awk -f packaging/man.awk -v list=1 include/ws.h                           prints which files that are
#
# `-v example=FILE` puts a C program into ws(7). What a page says is what the header's comments say, in their fixed order: what a
# function does, its parameters, what it returns, whether it blocks, which threads and callbacks may call it, the standard's step.
# Any awk will do (POSIX). The directories must be there.

# ---- Reading: comments and what they stand before.

/^\/\*\*/ { comment = ""; in_comment = 1 }
!in_comment && !declaring && FNR == 1 && /^\/\*/ { in_overview = 1; overview = substr($0, 4) "\n"; next }
in_overview {
    if (/\*\//) { in_overview = 0; next }
    sub(/^ \* ?/, "")
    overview = overview $0 "\n"
    next
}
in_comment {
    line = $0
    ends = sub(/ *\*\/$/, "", line)
    sub(/^ *\/\*\* ?/, "", line)
    sub(/^ *\* ?/, "", line)
    comment = comment line "\n"
    if (ends) in_comment = 0
    next
}
comment != "" && !declaring && /^#define/ { constant($2); comment = ""; next }
comment != "" && !declaring && /^[a-z]/ { declaring = 1; declaration = ""; fields = 0 }
declaring && /^ +\/\*\*/ { field_comment = ""; in_field = 1 }
declaring && in_field {
    line = $0
    ends = sub(/ *\*\/$/, "", line)
    sub(/^ *\/\*\* ?/, "", line)
    sub(/^ *\* ?/, "", line)
    if (line != "") field_comment = field_comment line "\n"
    if (ends) in_field = 0
    next
}
declaring {
    declaration = declaration $0 "\n"
    if (/^    / && declaration ~ /^typedef struct/) { field_text[++fields] = field_comment; field[fields] = trim($0) }
    if (/^}.*;$/ || (/;$/ && declaration !~ /{/)) { declared(); declaring = 0; comment = "" }
}

function constant(name) {
    constants[++constant_count] = name
    doc[name] = comment
}

# Files the declaration just read under its name, with the parameters of a function or the fields of a type.
function declared(    name, words, i, n, parts) {
    words = declaration
    gsub(/[ \n]+/, " ", words)
    if (words ~ /^typedef .*\(\*/) { name = words; sub(/^[^(]*\(\*/, "", name); sub(/\).*/, "", name) }
    else if (words ~ /^typedef/) { name = words; sub(/; *$/, "", name); sub(/.* /, "", name) }
    else { name = words; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    doc[name] = comment
    text_of[name] = declaration
    pages[++page_count] = name
    is_page[name] = 1
    is_function[name] = words !~ /^typedef/
    field_count[name] = fields
    for (i = 1; i <= fields; i++) { field_of[name, i] = field[i]; field_doc[name, i] = field_text[i] }
    if (is_function[name] || words ~ /\(\*/) {
        sub(/.*\(/, "", words); sub(/\).*/, "", words)
        n = split(words, parts, ", ")
        for (i = 1; i <= n; i++) { sub(/.*[ *]/, "", parts[i]); parameter[name, parts[i]] = 1 }
    }
}

# ---- Text to roff.

function trim(text) { gsub(/^[ \n]+|[ \n]+$/, "", text); return text }

# Lower case, but for what is an abbreviation.
function lower_first(text) { return text ~ /^[A-Z][a-z ]/ ? tolower(substr(text, 1, 1)) substr(text, 2) : text }

# Upper case, but for a piece of code.
function upper_first(text) { return text ~ /^[a-z]+([ ,;.]|$)/ ? toupper(substr(text, 1, 1)) substr(text, 2) : text }

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

# ---- A comment's sentences, sorted into the sections of a page.

function sentence_end(text,    at, rest, from) {
    from = 1
    while ((at = match(substr(text, from), /[.:)]+ (["(A-Z]|ws_)/)) > 0) {
        rest = substr(text, from + at - 1)
        match(rest, / /)
        if (substr(rest, RSTART - 1, 1) ~ /[.)]/ && (substr(rest, 1, RSTART) ~ /\./)) return from + at + RSTART - 2
        from += at + RSTART - 1
    }
    return length(text)
}

# Where in `text` a parameter's description begins ("name: " or "name, other: " at its start or after a sentence or clause), from
# the position `from` on; 0: nowhere. Leaves the names in `names` and where the description goes on in `goes_on`.
function find_parameter(text, self, from,    rest, at, n, parts, i, good) {
    while (from <= length(text)) {
        rest = substr(text, from)
        if (!match(rest, /(^|[.;] )[a-z][a-z0-9_]*(, [a-z][a-z0-9_]*)*: /)) return 0
        at = RSTART + (substr(rest, RSTART, 2) ~ /^[.;] / ? 2 : 0)
        if (at > RSTART || from == 1) {
            names = substr(rest, at, RSTART + RLENGTH - at - 2)
            n = split(names, parts, ", ")
            good = 1
            for (i = 1; i <= n; i++) if (!((self, parts[i]) in parameter)) good = 0
            if (good) { goes_on = from + RSTART + RLENGTH - 1; return from + at - 1 }
        }
        from += RSTART + RLENGTH - 2
    }
    return 0
}

function file_under(name, text) { section[name] = section[name] (section[name] == "" ? "" : " ") text }

function sort_comment(self,    paragraphs, n, i, at, text, now, length_of, sentence) {
    split("", section)
    n = split(doc[self], paragraphs, /\n[ \n]*\n/)
    now = "DESCRIPTION"
    for (i = 1; i <= n; i++) {
        text = paragraphs[i]
        gsub(/[ \n]+/, " ", text)
        text = trim(text)
        if (i > 1 && now != "DESCRIPTION") now = is_function[self] ? "NOTES" : "DESCRIPTION"
        if (i > 1 && find_parameter(text, self, 1) == 1) now = "PARAMETERS"
        if (i == 1 && (at = find_parameter(text, self, 1)) > 1) {
            file_under("DESCRIPTION", trim(substr(text, 1, at - 1)))
            text = substr(text, at)
            now = "PARAMETERS"
        }
        if (i > 1 && section[now] != "") section[now] = section[now] "\n\n"
        while (text != "") {
            length_of = sentence_end(text)
            sentence = trim(substr(text, 1, length_of))
            text = trim(substr(text, length_of + 1))
            if (is_function[self] && sentence ~ /^Returns[ ,]/) now = "RETURN VALUE"
            else if (is_function[self] && sentence ~ /^(Does not block|Never blocks|Blocks)/) now = "BLOCKING, THREADS, CALLBACKS"
            else if (now != "DESCRIPTION" && now != "PARAMETERS" && sentence ~ /^(WHATWG|RFC [0-9]|Fetch,)/) now = "STANDARDS"
            else if (now ~ /^(BLOCKING|NOTES)/ && section["BLOCKING, THREADS, CALLBACKS"] != "")
                now = sentence ~ /[Tt]hread|[Cc]allback|lock/ ? "BLOCKING, THREADS, CALLBACKS" : "NOTES"
            file_under(now, sentence)
        }
    }
}

function put_paragraphs(text, self,    paragraphs, n, i) {
    n = split(text, paragraphs, "\n\n")
    for (i = 1; i <= n; i++) if (trim(paragraphs[i]) != "") {
        if (i > 1) raw(".PP")
        put(marked(trim(paragraphs[i]), self))
    }
}

function put_parameters(text, self,    at, next_at, from, shown, many) {
    at = find_parameter(text, self, 1)
    while (at > 0) {
        from = goes_on
        shown = names
        gsub(/, /, "\\fP, \\fI", shown)
        next_at = find_parameter(text, self, from)
        tag("\\fI" shown "\\fP")
        many = trim(next_at > 0 ? substr(text, from, next_at - from) : substr(text, from))
        sub(/;$/, ".", many)
        put(marked(many, self))
        at = next_at
    }
}

# "Returns WS_OK; WS_ERR_X: why; WS_ERR_Y. A remark." as a list; a status without a word of its own has that of its constant.
function put_returns(text, self,    statuses, rest, item, names, at, remarks, stop) {
    if (text !~ /^Returns WS_(OK|ERR)/) { put_paragraphs(text, self); return }
    statuses = "WS_[A-Z0-9_]+(, WS_[A-Z0-9_]+)*"
    rest = text
    sub(/^Returns /, "", rest)
    remarks = ""
    while (rest != "") {
        match(rest, "^" statuses)
        names = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        if ((at = match(rest, "[;.:] " statuses "[:;., ]")) > 0) {
            stop = substr(rest, at, 1)
            item = substr(rest, 1, at - 1)
            rest = substr(rest, at + 2)
        } else { stop = "."; item = rest; rest = "" }
        # What follows a status and a full stop is about all of them.
        if (item ~ /^\. /) { remarks = remarks substr(item, 2); item = "" }
        sub(/^[:;,.]? */, "", item)
        sub(/\.$/, "", item)
        if (item == "" && names in doc) { item = doc[names]; sub(/\.[ \n]*$/, "", item); sub(/^A remark: /, "", item) }
        gsub(/, /, "\\fP, \\fB", names)
        tag("\\fB" names "\\fP")
        put(marked(upper_first(item) (stop == ":" ? ":" : "."), self))
    }
    if (remarks != "") { raw(".PP"); put(marked(trim(remarks), self)) }
}

# ---- Pages.

function brief(name,    text, end) {
    text = doc[name]
    sub(/\n[ \n]*\n.*/, "", text)
    gsub(/[ \n]+/, " ", text)
    text = trim(text)
    if (find_parameter(text, name, 1) > 1) text = trim(substr(text, 1, find_parameter(text, name, 1) - 1))
    text = trim(substr(text, 1, sentence_end(text)))
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

function group(name) {
    if (!is_function[name]) return "Types"
    if (name ~ /^ws_options_/) return "Options"
    if (name ~ /^ws_loop_/) return "Loops"
    return text_of[name] ~ /ws_socket/ ? "Sockets" : "The process"
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
