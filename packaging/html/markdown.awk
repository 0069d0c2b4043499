# A document as doxygen takes it: GitHub's Markdown, whose code, links and names doxygen would read otherwise, becomes HTML where it must.
#
#   awk -f packaging/html/markdown.awk -f packaging/html/markup.awk -v path=docs/guide/first.md DIRECTORY/names DIRECTORY/places docs/guide/first.md
#
# `places` has a line for each file that is a page or has one: its path, the page's name (mainpage: the first page), the HTML file. A link to
# another file of the project is none in HTML: what it is called stays.

FILENAME ~ /\/places$/ { page_of[$1] = $2; html_of[$1] = $3; next }
FILENAME ~ /\/names$/ { target[$1] = $2; next }
{ lines[++count] = $0 }

# GitHub's anchor of a heading.
function slug(text,    out, i, character) {
    gsub(/`/, "", text)
    text = tolower(text)
    gsub(/[^a-z0-9_ -]/, "", text)
    gsub(/ /, "-", text)
    return text
}

# A link's target as it is in HTML; "" if that has no such place.
function resolved(link,    anchor, at, parts, n, i, m, folder) {
    if (link ~ /^https?:/) return link
    anchor = ""
    if ((at = index(link, "#")) > 0) { anchor = substr(link, at + 1); link = substr(link, 1, at - 1) }
    if (link == "") link = path
    else {
        folder = path
        if (!sub(/\/[^\/]*$/, "/", folder)) folder = ""
        n = split(folder link, parts, "/")
        m = 0
        for (i = 1; i <= n; i++)
            if (parts[i] == "..") m--
            else if (parts[i] != ".") kept[++m] = parts[i]
        link = kept[1]
        for (i = 2; i <= m; i++) link = link "/" kept[i]
    }
    if (!(link in html_of)) return ""
    return html_of[link] (anchor == "" ? "" : "#" page_of[link] "-" anchor)
}

function anchor_to(link, shown) { return link == "" ? shown : "<a href=\"" link "\">" shown "</a>" }

# The end of a code span that begins with `ticks` at the beginning of `text`; 0: there is none.
function span(text, ticks,    at) {
    at = index(substr(text, length(ticks) + 1), ticks)
    return at == 0 ? 0 : at + 2 * length(ticks) - 1
}

function inline(text,    out, at, ticks, end, shown, link) {
    out = ""
    while ((at = match(text, /`+|\[|\*\*?|<https?:[^>]*>|\\[^A-Za-z0-9 ]/)) > 0) {
        ticks = substr(text, at, RLENGTH)
        out = out referring(substr(text, 1, at - 1), "")
        text = substr(text, at)
        if (ticks ~ /^`/ && (end = span(text, ticks)) > 0) {
            shown = substr(text, length(ticks) + 1, end - 2 * length(ticks))
            if (in_table) gsub(/\\\|/, "|", shown)
            # A path in code leads to its page.
            link = in_link || !(shown in html_of) ? "" : html_of[shown]
            out = out (in_link || link != "" ? anchor_to(link, "<code>" escaped(shown) "</code>") : code(shown, ""))
        } else if (ticks == "[" && match(text, /^\[([^]`]|`[^`]*`)*\]\([^) ]*\)/)) {
            end = RLENGTH
            shown = substr(text, 2, end - 1)
            match(shown, /\]\([^) ]*\)$/)
            link = resolved(substr(shown, RSTART + 2, RLENGTH - 3))
            in_link = 1
            shown = inline(substr(shown, 1, RSTART - 1))
            in_link = 0
            out = out anchor_to(link, shown)
        } else if (ticks ~ /^\*/ && (end = span(text, ticks)) > 0 && substr(text, length(ticks) + 1, 1) != " ") {
            shown = inline(substr(text, length(ticks) + 1, end - 2 * length(ticks)))
            out = out (ticks == "*" ? "<em>" shown "</em>" : "<b>" shown "</b>")
        } else if (ticks ~ /^<http/) {
            end = length(ticks)
            out = out anchor_to(substr(ticks, 2, end - 2), escaped(substr(ticks, 2, end - 2)))
        } else if (ticks ~ /^\\/) {
            end = 2
            out = out escaped(substr(ticks, 2))
        } else {
            end = length(ticks)
            out = out escaped(ticks)
        }
        text = substr(text, end + 1)
    }
    return out (in_link ? escaped(text) : referring(text, ""))
}

function put_heading(line,    level, text) {
    match(line, /^#+/)
    level = substr(line, 1, RLENGTH)
    text = substr(line, RLENGTH + 2)
    if (level == "#") {
        print "# " heading_text(text) " {#" page_of[path] "}"
        print ""
        if (contents) { print "[TOC]"; print "" }
    } else print level " " heading_text(text) " {#" page_of[path] "-" numbered(slug(text)) "}"
}
# As on GitHub, a heading that is there already has a number behind it.
function numbered(anchor) {
    if (anchor in times) return anchor "-" times[anchor]++
    times[anchor] = 1
    return anchor
}
# doxygen takes a heading as text.
function heading_text(text) { gsub(/`/, "", text); return escaped(text) }

# The cells of a row: bars in code are none.
function put_row(line,    out, cell, at, piece) {
    if (line ~ /^[|: -]+$/) { print line; return }
    sub(/^\|/, "", line)
    sub(/\| *$/, "", line)
    out = "|"
    cell = ""
    in_table = 1
    while ((at = match(line, /\\\||\||`[^`]*`/)) > 0) {
        piece = substr(line, at, RLENGTH)
        cell = cell substr(line, 1, at - 1)
        line = substr(line, at + length(piece))
        if (piece == "|") { out = out " " inline(trim_spaces(cell)) " |"; cell = "" }
        else cell = cell piece
    }
    print out " " inline(trim_spaces(cell line)) " |"
    in_table = 0
}
function trim_spaces(text) { gsub(/^ +| +$/, "", text); return text }

function put_code(language, from, to,    i, shortest) {
    shortest = -1
    for (i = from; i <= to; i++) if (lines[i] != "") {
        match(lines[i], /^ */)
        if (shortest < 0 || RLENGTH < shortest) shortest = RLENGTH
    }
    print ""
    print "~~~{" (language == "c" ? ".c" : language == "cpp" ? ".cpp" : language == "python" ? ".py" : ".unparsed") "}"
    for (i = from; i <= to; i++) print substr(lines[i], shortest + 1)
    print "~~~"
    print ""
}

function is_item(line) { return line ~ /^ *([-*]|[0-9]+\.) / }
# Whether a line ends what was before: a paragraph is not ended by a number, unless it is the first of a list.
function begins(line, mark) { return line == "" || line ~ /^(#+ |\||```)/ || (is_item(line) && (mark != "" || line !~ /^ *[0-9]/ || line ~ /^ *1\. /)) }

END {
    for (i = 1; i <= count; i++) if (lines[i] ~ /^## /) headings++
    contents = headings > 3 && page_of[path] != "mainpage"
    in_list = 0
    for (i = 1; i <= count; i++) {
        if (lines[i] ~ /^ *```/) {
            language = lines[i]
            gsub(/[ `]/, "", language)
            from = i + 1
            for (i++; lines[i] !~ /^ *```/; i++);
            put_code(language, from, i - 1)
        } else if (lines[i] ~ /^#/) { put_heading(lines[i]); in_list = 0 }
        else if (lines[i] ~ /^\|/) { put_row(lines[i]); in_list = 0 }
        else if (lines[i] == "") print ""
        else if (!in_list && lines[i] ~ /^    /) {
            from = i
            while (lines[i + 1] ~ /^    / || (lines[i + 1] == "" && lines[i + 2] ~ /^    /)) i++
            put_code("", from, i)
        } else {
            # A paragraph or an element of a list: one line.
            text = lines[i]
            mark = ""
            if (is_item(text)) {
                match(text, /^ *([-*]|[0-9]+\.) +/)
                mark = substr(text, 1, RLENGTH)
                sub(/\*/, "-", mark)
                text = substr(text, RLENGTH + 1)
                in_list = 1
            } else if (text !~ /^ /) in_list = 0
            while (!begins(lines[i + 1], mark) && i < count) { i++; text = text " " trim_spaces(lines[i]) }
            print mark inline(trim_spaces(text))
        }
    }
}
