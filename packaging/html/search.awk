# What the search knows, from doxygen's tag file: names, pages and headings, each with its place; `briefs` has the first sentences.
#
#   awk -f packaging/html/search.awk DIRECTORY/briefs DIRECTORY/tags >names.js

function unescaped(text) {
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
    return text
}
function element(name) {
    if (!match($0, "<" name "[^>]*>[^<]*")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub(/^[^>]*>/, "", text)
    return unescaped(text)
}
function attribute(name) {
    if (!match($0, name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3)
    return unescaped(text)
}
function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
function put(name, kind, place, about) {
    if (name == "" || place == "" || seen[name, kind, kind == "section" ? place : ""]++) return
    printf "%s[%s,%s,%s,%s]", (entries++ ? ",\n" : ""), quoted(name), quoted(kind), quoted(place), quoted(about)
}

FNR == 1 { tags = FILENAME ~ /tags$/ }
!tags { split($0, parts, "\t"); brief[parts[1]] = parts[2]; next }
FNR == 1 { print "const names = [" }
/<compound / { kind = attribute("kind"); name = title = file = "" }
/<member / { member = attribute("kind"); member_name = anchor_file = anchor = "" }
!member && /<name>/ { name = element("name") }
!member && /<title>/ { title = element("title") }
!member && /<filename>/ {
    file = element("filename")
    if (file !~ /\.html(#|$)/) file = file ".html"
}
member && /<name>/ { member_name = element("name") }
member && /<anchorfile>/ { anchor_file = element("anchorfile") }
member && /<anchor>/ { anchor = element("anchor") }
/<\/member>/ {
    if (member_name !~ /^(~|operator)/ && kind != "group" || member_name ~ /^(ws|WS)_/) {
        shown = kind == "group" ? member_name : name "::" member_name
        put(shown, member == "define" || member == "enumvalue" ? "number" : member == "variable" ? "field" : member == "typedef" ? "type" : member, anchor_file "#" anchor, brief[member_name])
    }
    member = ""
}
/<docanchor/ { put(attribute("title"), "section", attribute("file") "#" element("docanchor"), title) }
/<\/compound>/ {
    if (kind ~ /^(page|group)$/) put(title, "page", file, "")
    else if (kind ~ /^(class|struct)$/) put(name, "type", file, brief[name])
}
END { print "\n];" }
