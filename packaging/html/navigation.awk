# The navigation at the left of each page: from lines "level TAB file TAB title", level 0 a section with no page of its own.
function text(title) { gsub(/&/, "\\&amp;", title); gsub(/</, "\\&lt;", title); return title }
function down_to(level) {
    while (at > level) { print "</ul></li>"; at-- }
}
BEGIN { FS = "\t"; at = -1 }
$1 == 0 {
    down_to(1)
    if (at == 1) print "</li></ul></details>"
    print "<details open><summary>" text($3) "</summary><ul>"
    at = 0
    next
}
{
    if ($1 > at && at > 0) print "<ul>"
    else if ($1 == at) print "</li>"
    else if ($1 < at) { print "</li></ul></li>" }
    at = $1
    printf "<li><a href=\"%s\">%s</a>", $2, text($3)
}
END {
    if (at == 2) print "</li></ul>"
    print "</li></ul></details>"
}
