# What doxygen cannot be told to write otherwise.

# A variable called ws is not the namespace.
s,<a class="code hl_namespace" href="namespacews.html">ws</a>,ws,g
# The summary above a description that begins with it.
/^<p>/{
N
/^<p>[^\n]*\n <a href="[^"]*#details">More\.\.\.<\/a><\/p>$/d
}
# C has no classes, and what a page is about is said by the contents beside it.
s,<h2 class="groupheader">Class Documentation</h2>,<h2 class="groupheader">The structures</h2>,
s,<tr><th colspan="3">Class Members</th></tr>,<tr><th colspan="3">Fields</th></tr>,
s,<div class="title">ws Namespace Reference,<div class="title">The C++ interface: ws.hpp,
s,<title>ws Namespace Reference,<title>The C++ interface: ws.hpp,
/<div class="title">\|<title>/s, \(Class\|Struct\)\( Template\)* Reference,,
# Names of parameters: none is the function or field of the same name.
/class="memItemRight"/s, <a class="el" href="[^"]*">\([a-z_]*\)</a>\([\,)=]\), \1\2,g
s/<td class="paramname">\([a-z_]*\),\([a-z_]\)/<td class="paramname">\1, \2/
# A variable is none of the C++ interface's names.
s,\([ (*!{[>]\|&amp;\)<a class="code hl_[a-z]*" href="\(namespacews\|classws_1_1\)[^"]*">\([a-z_]*\)</a>,\1\3,g
s,<h3>Table of Contents</h3>,<h3>On this page</h3>,
# Long names of tests, in tables, may be broken between their words.
/^<td class="markdownTableBody/{
:break
s,\(<code>[^<]*[a-z0-9]\(_\|::\|/\)\)\([a-z0-9]\),\1<wbr>\3,
t break
}
