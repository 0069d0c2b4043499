# Text as doxygen takes it: what it would read as markup is escaped, names of the library become references.
#
# A file `names` that is read first has a line for each name: how it is written, and what doxygen calls it.

FILENAME ~ /\/names$/ { target[$1] = $2; next }

# Characters that mean something to doxygen, inside and outside of code.
function escaped(text,    out, at, character) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/"/, "\\&quot;", text)
    out = ""
    while ((at = match(text, /[\\@#%*_`\[\]|]|::|--+/)) > 0) {
        character = substr(text, at, RLENGTH)
        # "::name" would be a name to look up, without its colons.
        if (character ~ /^--/) character = hyphens(RLENGTH)
        else if (character != "|" || in_table) character = "\\" character
        out = out substr(text, 1, at - 1) character
        text = substr(text, at + RLENGTH)
    }
    return out text
}
function hyphens(number) { return number == 0 ? "" : "\\-" hyphens(number - 1) }

# Plain text or code, with references; `self` has none to itself. A scheme with nothing behind it is not to be the beginning of a URL.
function referring(text, self,    out, word, at) {
    out = ""
    while ((at = match(text, /[A-Za-z_][A-Za-z0-9_]*((::~?|\.)[A-Za-z_][A-Za-z0-9_]*)*/)) > 0) {
        word = substr(text, at, RLENGTH)
        while (!(word in target) && match(word, /(::~?|\.)[A-Za-z0-9_]*$/)) word = substr(word, 1, RSTART - 1)
        out = out escaped(substr(text, 1, at - 1))
        text = substr(text, at + length(word))
        if (word in target && word != self) out = out "\\ref " target[word] " \"" word "\""
        else out = out (word ~ /^(https?|ftp|file|mailto)$/ && text ~ /^:([^\/]|$)/ ? "%" : "") escaped_word(word)
    }
    return out escaped(text)
}

# Underscores inside of a word mean nothing.
function escaped_word(word) {
    sub(/^_/, "\\_", word)
    sub(/_$/, "\\_", word)
    return word
}

function code(text, self) { return "<code>" referring(text, self) "</code>" }

# A comment's text: backticks hold code.
function commented(text, self,    out, at) {
    out = ""
    while ((at = index(text, "`")) > 0) {
        out = out referring(substr(text, 1, at - 1), self)
        text = substr(text, at + 1)
        if ((at = index(text, "`")) == 0) at = length(text) + 1
        out = out code(substr(text, 1, at - 1), self)
        text = substr(text, at + 1)
    }
    return out referring(text, self)
}

# The name of the file that doxygen writes for a page, a group or a class.
function file_of(name) {
    gsub(/_/, "__", name)
    gsub(/::/, "_1_1", name)
    return name ".html"
}
