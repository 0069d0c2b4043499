# What the header says, for whoever makes documentation of it: each comment with what it stands before, and its sentences sorted, as they
# come in a fixed order: what a function does, its parameters, what it returns, whether it blocks, which threads and callbacks may call it,
# the standard's step.
#
#   awk -f packaging/comments.awk -f packaging/man.awk … include/ws.h
#
# Any awk will do (POSIX).

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

# ---- Text.

function trim(text) { gsub(/^[ \n]+|[ \n]+$/, "", text); return text }

# Lower case, but for what is an abbreviation.
function lower_first(text) { return text ~ /^[A-Z][a-z ]/ ? tolower(substr(text, 1, 1)) substr(text, 2) : text }

# Upper case, but for a piece of code.
function upper_first(text) { return text ~ /^[a-z]+([ ,;.]|$)/ ? toupper(substr(text, 1, 1)) substr(text, 2) : text }

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
    section["DESCRIPTION"] = section["PARAMETERS"] = section["RETURN VALUE"] = section["BLOCKING, THREADS, CALLBACKS"] = ""
    section["NOTES"] = section["STANDARDS"] = ""
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

# Takes the parameters of a section apart: parameter_count, and for each parameter_names ("data, len") and parameter_text.
function split_parameters(text, self,    at, next_at, from, many) {
    parameter_count = 0
    at = find_parameter(text, self, 1)
    while (at > 0) {
        from = goes_on
        parameter_names[++parameter_count] = names
        next_at = find_parameter(text, self, from)
        many = trim(next_at > 0 ? substr(text, from, next_at - from) : substr(text, from))
        sub(/;$/, ".", many)
        parameter_text[parameter_count] = many
        at = next_at
    }
}

# Takes "Returns WS_OK; WS_ERR_X: why; WS_ERR_Y. A remark." apart: return_count, and for each return_names and return_text; return_remarks. A
# status without a word of its own has that of its constant. 0 if the text is of another kind.
function split_returns(text,    statuses, rest, item, found, at, stop) {
    return_count = 0
    return_remarks = ""
    if (text !~ /^Returns WS_(OK|ERR)/) return 0
    statuses = "WS_[A-Z0-9_]+(, WS_[A-Z0-9_]+)*"
    rest = text
    sub(/^Returns /, "", rest)
    while (rest != "") {
        match(rest, "^" statuses)
        found = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        if ((at = match(rest, "[;.:] " statuses "[:;., ]")) > 0) {
            stop = substr(rest, at, 1)
            item = substr(rest, 1, at - 1)
            rest = substr(rest, at + 2)
        } else { stop = "."; item = rest; rest = "" }
        # What follows a status and a full stop is about all of them.
        if (item ~ /^\. /) { return_remarks = return_remarks substr(item, 2); item = "" }
        sub(/^[:;,.]? */, "", item)
        sub(/\.$/, "", item)
        if (item == "" && found in doc) { item = trim(doc[found]); sub(/\.[ \n]*$/, "", item); sub(/^A remark: /, "", item) }
        return_names[++return_count] = found
        return_text[return_count] = upper_first(item) (stop == ":" ? ":" : ".")
    }
    return_remarks = trim(return_remarks)
    return return_count
}

# The first sentence of a comment.
function first_sentence(name,    text, at) {
    text = doc[name]
    sub(/\n[ \n]*\n.*/, "", text)
    gsub(/[ \n]+/, " ", text)
    text = trim(text)
    if (find_parameter(text, name, 1) > 1) text = trim(substr(text, 1, find_parameter(text, name, 1) - 1))
    at = sentence_end(text)
    # A warning is no sentence.
    if (substr(text, 1, at) ~ /^[A-Z]+\. ?$/) at += sentence_end(substr(text, at + 1))
    return trim(substr(text, 1, at))
}

function group(name) {
    if (!is_function[name]) return "Types"
    if (name ~ /^ws_options_/) return "Options"
    if (name ~ /^ws_loop_/) return "Loops"
    return text_of[name] ~ /ws_socket/ ? "Sockets" : "The process"
}
