# Whether the man page of a function or type says every word that its comment in the header says, at least as often.
#
#   awk -f man_words.awk ws.h DIRECTORY/man3/*.3
#
# Reads the header in a way of its own, so that it does not share a mistake with the generator. Prints what is missing, then how many
# pages it looked at; ends with 1 if words or pages are missing.
function page_of(file) { sub(/.*\//, "", file); sub(/\.3$/, "", file); return file }
# Words as they come; `list` gets how often each does.
function count(text, list,    n, words, i) {
    gsub(/\\f[BIP]|\\&/, "", text)
    gsub(/\\-/, "-", text)
    gsub(/\(3\)/, "", text)
    n = split(tolower(text), words, /[^a-z0-9_]+/)
    for (i = 1; i <= n; i++) if (words[i] != "") list[words[i]]++
}
FNR == 1 { header = FILENAME !~ /\.3$/; page = page_of(FILENAME) }
!header && $1 == ".TH" { said[page] = ""; in_text = 0 }
!header && $1 == ".SH" { in_text = $2 !~ /^(NAME|LIBRARY|SYNOPSIS|"SEE)$/; next }
!header { if (in_text) said[page] = said[page] " " $0; next }
/^\/\*\*/ { comment = ""; collecting = 1 }
collecting { comment = comment " " $0; if (/\*\//) collecting = 0; next }
comment != "" && /^#define/ { comment = ""; next }
comment != "" && /^[a-z]/ {
    name = $0
    if (/^typedef.*\(\*/) { sub(/^.*\(\*/, "", name); sub(/\).*/, "", name) }
    else if (/^typedef struct .*\{/) { sub(/ \{/, "", name); sub(/.* /, "", name) }
    else if (/^typedef/) { sub(/;/, "", name); sub(/.* /, "", name) }
    else { sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    comments[name] = comment
    comment = ""
}
END {
    for (name in comments) {
        names++
        if (!(name in said)) { print "there is no page of " name; missing++; continue }
        split("", wanted); split("", there)
        count(comments[name], wanted)
        count(said[name], there)
        # A list of statuses needs no "Returns".
        delete wanted["returns"]
        for (word in wanted) if (there[word] < wanted[word]) { print name ": \"" word "\" is missing"; missing++ }
    }
    print names " pages have the words of their comments, but for " missing + 0
    exit missing > 0 || names < 50
}
