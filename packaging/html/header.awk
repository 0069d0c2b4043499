# ws.h as doxygen takes it: the header's comments, which are plain text, with commands for parameters, statuses and groups.
#
#   awk -f packaging/html/header.awk -f packaging/html/markup.awk -f packaging/comments.awk -v names_to=FILE src/ffi/*.rs include/ws.h
#       writes each name to FILE, and how doxygen calls it
#   awk … -v nav_to=FILE -v briefs_to=FILE DIRECTORY/names src/ffi/*.rs include/ws.h
#       prints the header; writes the groups, for the navigation, and each name with its first sentence, for the search
#
# The groups are those of ws(7), divided as src/ffi is: what stands in one file of it is a group, whose title is the file's first line.

FILENAME ~ /\.rs$/ {
    if (FNR == 1) {
        file = FILENAME
        sub(/.*\//, "", file)
        sub(/\.rs$/, "", file)
        title_of[file] = titled($0)
    }
    if (match($0, /(fn|struct|type|const) (ws|WS)_[A-Za-z0-9_]+/)) {
        word = substr($0, RSTART, RLENGTH)
        sub(/.* /, "", word)
        if (/^ *pub / && !(word in made_in)) made_in[word] = file
    }
    next
}
/^#define/ { value_of[$2] = substr($0, index($0, $3)) }

# "//! `ws_options`: timeouts and limits." is "Timeouts and limits"; what comes behind another colon is not part of a title.
function titled(line) {
    sub(/^\/\/! */, "", line)
    sub(/^`[a-z_]*`: /, "", line)
    sub(/: .*/, "", line)
    sub(/\.$/, "", line)
    gsub(/`/, "", line)
    return upper_first(line)
}

# The file whose group a name belongs to: of a constant that says whose it is, "ws_event.type: …", that one's.
function place(name,    owner) {
    owner = owner_of(name)
    sub(/\..*/, "", owner)
    if (owner in made_in) return made_in[owner]
    return made_in[name]
}
# "ws_event.type" of "ws_event.type: …" and of "In ws_event.type: …"; "".
function owner_of(name,    text) {
    text = doc[name]
    sub(/^[ \n]*(In )?/, "", text)
    return !is_page[name] && match(text, /^ws_[a-z_.]+: /) ? substr(text, 1, RLENGTH - 2) : ""
}

# The group of ws(7) that a file's functions are in. Events are a socket's.
function top(file,    i, has) {
    for (i = 1; i <= page_count; i++) if (made_in[pages[i]] == file) {
        if (is_function[pages[i]] || text_of[pages[i]] ~ /ws_socket/) {
            has = is_function[pages[i]] ? group(pages[i]) : "Sockets"
            if (has != "The process") return has
        }
    }
    return has != "" ? has : file == "constants" ? "Numbers" : "The process"
}

function say(line) { print line }
function comment_line(text) { say("/// " text) }

function put_paragraphs(text, self,    parts, n, i, items, m, j) {
    n = split(text, parts, "\n\n")
    for (i = 1; i <= n; i++) {
        # A list: "An element is - a name; - an address".
        m = split(parts[i], items, / - [a-z*]/)
        if (m > 2) {
            comment_line(commented(items[1], self))
            comment_line("<ul>")
            for (j = 2; j <= m; j++) {
                parts[i] = substr(parts[i], length(items[j - 1]) + (j == 2 ? 4 : 3))
                comment_line("<li>" commented(substr(parts[i], 1, length(items[j]) + 1), self) "</li>")
                parts[i] = substr(parts[i], 2)
            }
            comment_line("</ul>")
        } else comment_line(commented(parts[i], self))
        comment_line("")
    }
}

function put_text(title, text, self) {
    if (text == "") return
    comment_line("@par " title)
    put_paragraphs(text, self)
}

# The parameters that a text about `shown` names beside them, "len" of "data: the payload, len bytes".
function also_named(shown, text, self,    n, words, i) {
    n = split(text, words, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= n; i++)
        if (((self, words[i]) in parameter) && !(words[i] in told)) { told[words[i]] = 1; shown = shown "," words[i] }
    return shown
}

function put_function(name,    i, n, parts, j) {
    sort_comment(name)
    comment_line("@brief " commented(first_sentence(name), name))
    comment_line("")
    put_paragraphs(trim(substr(section["DESCRIPTION"], length(first_sentence(name)) + 1)), name)
    split("", told)
    split_parameters(section["PARAMETERS"], name)
    for (i = 1; i <= parameter_count; i++) {
        gsub(/, /, ",", parameter_names[i])
        n = split(parameter_names[i], parts, ",")
        for (j = 1; j <= n; j++) told[parts[j]] = 1
    }
    for (i = 1; i <= parameter_count; i++)
        comment_line("@param " also_named(parameter_names[i], parameter_text[i], name) " " commented(parameter_text[i], name))
    if (split_returns(section["RETURN VALUE"])) {
        comment_line("@par Returns")
        comment_line("<table class=\"retval\">")
        for (i = 1; i <= return_count; i++) {
            comment_line("<tr><td class=\"paramname\">" with_breaks(return_names[i]) "</td><td>" commented(return_text[i], name) "</td></tr>")
        }
        comment_line("</table>")
        if (return_remarks != "") put_paragraphs(return_remarks, name)
    } else if (section["RETURN VALUE"] != "") comment_line("@returns " commented(section["RETURN VALUE"], name))
    put_text("Blocking, threads, callbacks", section["BLOCKING, THREADS, CALLBACKS"], name)
    put_text("Notes", section["NOTES"], name)
    put_text("Standards", section["STANDARDS"], name)
    say(text_of[name])
}

# Statuses, each on a line.
function with_breaks(statuses,    n, parts, i, out) {
    n = split(statuses, parts, ", ")
    out = referring(parts[1], "")
    for (i = 2; i <= n; i++) out = out "<br>" referring(parts[i], "")
    return out
}

function put_type(name,    i, text) {
    sort_comment(name)
    comment_line("@brief " commented(first_sentence(name), name))
    comment_line("")
    put_paragraphs(trim(substr(section["DESCRIPTION"], length(first_sentence(name)) + 1)), name)
    put_text("Parameters", section["PARAMETERS"], name)
    if (field_count[name] == 0) { say(text_of[name]); return }
    say("typedef struct " name " {")
    for (i = 1; i <= field_count[name]; i++) {
        comment_line("@brief " commented(trim(one_line(field_doc[name, i])), name))
        say("    " field_of[name, i])
    }
    say("} " name ";")
}

function one_line(text) { gsub(/[ \n]+/, " ", text); return trim(text) }

# The text of a constant behind the name of its owner.
function meaning(name,    text, owner) {
    text = one_line(doc[name])
    owner = owner_of(name)
    if (owner != "") text = substr(text, index(text, owner) + length(owner) + 2)
    return upper_first(text)
}

# The constants of a group, those of one owner under its name.
function put_constants(file,    i, owner, now) {
    now = ""
    for (i = 1; i <= constant_count; i++) if (place(constants[i]) == file) {
        owner = owner_of(constants[i])
        if (owner != now) {
            if (now != "") say("///@}\n")
            if (owner != "") { comment_line("@name " owner); say("///@{\n") }
            now = owner
        }
        comment_line("@ingroup c_" file)
        comment_line("@brief " commented(meaning(constants[i]), constants[i]))
        say("#define " constants[i] " " value_of[constants[i]])
        say("")
    }
    if (now != "") say("///@}")
}

function put_group(file,    i) {
    for (i = 1; i <= page_count; i++) if (place(pages[i]) == file) {
        comment_line("@ingroup c_" file)
        if (is_function[pages[i]]) put_function(pages[i])
        else put_type(pages[i])
        say("")
    }
    put_constants(file)
}

function begin_group(id, parent, shown, about) {
    comment_line("@defgroup " id " " shown)
    if (about != "") comment_line("@brief " about)
    comment_line("@ingroup " parent)
    say("")
    print (parent == "c" ? 1 : 2) "\t" file_of("group_" id) "\t" shown > nav_to
}

# The header's first page; a paragraph that begins in capitals is a section.
function put_overview(    parts, n, i, text, heading) {
    n = split(overview, parts, /\n[ \n]*\n/)
    comment_line("@defgroup c The C interface: ws.h")
    comment_line("The names of the standard, in C. All of it is in one header.")
    comment_line("")
    comment_line("@code{.c}")
    comment_line("#include <ws.h>")
    comment_line("@endcode")
    comment_line("")
    for (i = 1; i <= n; i++) {
        text = one_line(parts[i])
        if (text ~ /^(libws:|SPDX)/ || text == "") continue
        if (match(text, /^[A-Z][A-Z\/ ]+[A-Z][. ]/)) {
            heading = substr(text, 1, RLENGTH - 1)
            heading = substr(heading, 1, 1) tolower(substr(heading, 2))
            if (substr(text, RLENGTH, 1) == ".") text = trim(substr(text, RLENGTH + 1))
            else text = heading substr(text, RLENGTH)
            sub(/i\/o/, "I/O", heading)
            comment_line("<h2>" heading "</h2>")
        }
        comment_line(commented(text, ""))
        comment_line("")
    }
    print 1 "\t" file_of("group_c") "\tThe C interface: ws.h" > nav_to
}

function write_names(    i, j, field) {
    for (i = 1; i <= page_count; i++) {
        print pages[i], pages[i] > names_to
        for (j = 1; j <= field_count[pages[i]]; j++) {
            field = field_of[pages[i], j]
            sub(/;$/, "", field)
            sub(/.*[ *]/, "", field)
            print pages[i] "." field, pages[i] "::" field > names_to
        }
    }
    for (i = 1; i <= constant_count; i++) print constants[i], constants[i] > names_to
}

# What the search shows beside a name.
function write_briefs(    i) {
    for (i = 1; i <= page_count; i++) print pages[i] "\t" first_sentence(pages[i]) > briefs_to
    for (i = 1; i <= constant_count; i++) print constants[i] "\t" one_line(doc[constants[i]]) > briefs_to
}

END {
    if (names_to != "") { write_names(); exit }
    write_briefs()
    put_overview()
    n = split("Sockets,Options,Loops,The process,Numbers", tops, ",")
    # In the order in which the library's own files say them: the object itself, then what is done with it.
    split("socket socket_events event streaming owned response failure stats options options_request options_tls options_proxy" \
        " options_addresses options_rules options_limits options_flow options_receiving options_deflate loop status log shutdown" \
        " version constants", order, " ")
    for (count = 1; count in order; count++) ordered[order[count]] = 1
    # Files that nobody has found a place for come behind.
    for (i = 1; i <= page_count; i++) {
        file = place(pages[i])
        if (!(file in ordered)) { order[count++] = file; ordered[file] = 1 }
    }
    for (i = 1; i in order; i++) files_of[top(order[i])]++
    for (t = 1; t <= n; t++) {
        id = tolower(tops[t])
        gsub(/ /, "_", id)
        if (files_of[tops[t]] > 1) begin_group("c_all_" id, "c", tops[t], "")
        for (i = 1; i in order; i++) if (top(order[i]) == tops[t]) {
            if (files_of[tops[t]] > 1) begin_group("c_" order[i], "c_all_" id, title_of[order[i]], "")
            else begin_group("c_" order[i], "c", tops[t], title_of[order[i]] ".")
            put_group(order[i])
        }
    }
}
