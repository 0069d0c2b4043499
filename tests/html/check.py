"""What must hold of the pages in a folder that packaging/html.sh has made; prints a line "ok …" for each thing that does.

    check.py FOLDER ROOT      ROOT: the project's

Reads the header and the documents in a way of its own, so that it shares no mistake with what makes the pages.
"""

import collections
import html.parser
import pathlib
import re
import sys

FOLDER, ROOT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
INLINE = {"a", "b", "code", "em", "span", "wbr"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Element:
    """An element: what its classes are, what is in it."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def classes(self):
        return (self.attributes.get("class") or "").split()

    def all(self):
        """It and every element in it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.all()

    def with_class(self, name):
        return [element for element in self.all() if name in element.classes()]

    def text(self):
        between = "" if self.tag in INLINE else " "
        return between + "".join(child.text() if isinstance(child, Element) else child for child in self.children) + between

    def texts(self, skip):
        """The pieces of text in it, but for those in elements that `skip` is true of."""
        for child in self.children:
            if not isinstance(child, Element):
                yield child
            elif not skip(child):
                yield from child.texts(skip)


class Page(html.parser.HTMLParser):
    """A page as a tree."""

    def __init__(self, path):
        super().__init__()
        self.name = path.name
        self.root = self.now = Element("", {}, None)
        self.feed(path.read_text())
        self.elements = list(self.root.all())
        self.anchors = {element.attributes.get(key) for element in self.elements for key in ("id", "name")}
        self.content = next((element for element in self.elements if "contents" in element.classes()), self.root)

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes), self.now)
        self.now.children.append(element)
        if tag not in VOID:
            self.now = element

    def handle_endtag(self, tag):
        at = self.now
        while at.parent is not None and at.tag != tag:
            at = at.parent
        if at.parent is not None:
            self.now = at.parent

    def handle_data(self, data):
        self.now.children.append(data)


wrong = []


def done(what):
    """Says that something holds, unless something was found wrong before."""
    if wrong:
        sys.exit("html: " + "\n      ".join(wrong[:40]) + (f"\n      and {len(wrong) - 40} more" if len(wrong) > 40 else ""))
    print(f"ok {what}")


def words(text):
    return collections.Counter(re.findall(r"[a-z0-9_]+", text.lower()))


pages = {path.name: Page(path) for path in sorted(FOLDER.glob("*.html"))}
scripts = {path.name: path.read_text() for path in sorted(FOLDER.iterdir()) if path.suffix in (".css", ".js")}

# ---- Links.

links = [(page, element) for page in pages.values() for element in page.elements if element.tag == "a" and "href" in element.attributes]
places = [(page.name, page.name, element.attributes["href"]) for page, element in links]
places += [("names.js", "", place) for place in re.findall(r'^\["(?:[^"\\]|\\.)*","\w+","([^"]*)"', scripts["names.js"], re.MULTILINE)]
led_to = collections.Counter()
local = 0
for where, own, place in places:
    if place.startswith(("https://", "http://")):
        continue
    name, _, anchor = place.partition("#")
    name = name or own
    local += 1
    if name not in pages:
        wrong.append(f"{where}: the link {place} leads nowhere")
    elif anchor and anchor not in pages[name].anchors:
        wrong.append(f"{where}: {name} has no anchor {anchor}")
    elif where not in (name, "names.js"):
        led_to[name] += 1
wrong += [f"no link leads to {name}" for name in pages if led_to[name] == 0]
done(f"each of {local} links leads to a place that is there, and to each of {len(pages)} pages there is one")

# ---- Nothing from elsewhere.

for page in pages.values():
    for element in page.elements:
        keys = ["src", "srcset", "data", "action", "style"] + (["href"] if element.tag in ("link", "base", "use", "image") else [])
        for key in keys:
            value = element.attributes.get(key)
            if value is None:
                continue
            if re.search(r"//", value) or (key in ("src", "href") and value != "data:," and value not in scripts):
                wrong.append(f'{page.name}: <{element.tag} {key}="{value}"> is not of these files')
        if element.tag in ("iframe", "object", "embed", "form"):
            wrong.append(f"{page.name}: <{element.tag}>")
for name, text in scripts.items():
    if name != "names.js" and re.search(r"//\w|@import|url\(|fetch|XMLHttp|import\(", text):
        wrong.append(f"{name} fetches something")
done("no page loads anything but its own files")

# ---- The header.

header = (ROOT / "include/ws.h").read_text()
header = header[header.index("#define WS_H") :]
COMMENT = r"/\*\*((?:(?!\*/)[\s\S])*)\*/"
comments = {}
for comment, declaration in re.findall(COMMENT + r"\n(#define .*|typedef struct \w+ {[\s\S]*?\n}.*|[a-z][^;{]*;)", header):
    comment = re.sub(r"\n *\*", "\n", comment)
    if declaration.startswith("#define"):
        # Constants of one owner stand under its name.
        comments[declaration.split()[1]] = re.sub(r"^\s*(In )?ws_[a-z_.]+: ", "", comment)
        continue
    if declaration.startswith("typedef struct") and "{" in declaration:
        name = re.search(r"} (\w+);", declaration)[1]
        for about, field in re.findall(COMMENT + r"\n[^;]*?(\w+);", declaration):
            comments[f"{name}.{field}"] = re.sub(r"\n *\*", "\n", about)
    elif "(*" in declaration:
        name = re.search(r"\(\*(\w+)\)", declaration)[1]
    elif declaration.startswith("typedef"):
        name = re.search(r"(\w+);", declaration)[1]
    else:
        name = re.search(r"(\w+)\(", declaration)[1]
    comments[name] = comment

entries = collections.defaultdict(str)
for page in pages.values():
    if not page.name.startswith("group__c"):
        continue
    for row in page.content.with_class("mdescRight"):
        kind, _, anchor = row.parent.attributes["class"].partition(":")
        member = next(other for other in row.parent.parent.all() if f"memitem:{anchor}" in other.classes())
        declared = member.with_class("memItemRight")[0].text()
        if found := re.match(r"\W*(\w+)", declared):
            entries[found[1]] += " " + row.text()
    for title in page.content.with_class("memtitle"):
        name = re.search(r"(\w+)(\(\))?\s*$", title.text())[1]
        item = next(other for other in title.parent.children[title.parent.children.index(title) :] if isinstance(other, Element) and "memitem" in other.classes())
        entries[name] += " " + item.with_class("memdoc")[0].text()
        for field in item.with_class("fieldname"):
            entries[f"{name}.{field.text().strip()}"] += field.parent.with_class("fielddoc")[0].text()


def has_entry(name):
    """Whether the reference has every word of the comment, but for the one that a table's heading says."""
    missing = words(comments[name]) - words(entries[name])
    del missing["returns"]
    if name not in entries:
        wrong.append(f"{name} has no entry")
    elif missing:
        wrong.append(f"the entry of {name} does not say: {' '.join(missing)}")


functions = (ROOT / "tests/symbols.list").read_text().split()
for name in functions:
    if name not in comments:
        wrong.append(f"this test does not find {name} in the header")
    else:
        has_entry(name)
done(f"each of {len(functions)} functions has its entry with every word of its comment")
others = [name for name in comments if name not in functions]
for name in others:
    has_entry(name)
kinds = {"fields": r"ws_\w+\.", "constants": "WS_", "types": r"ws_\w+$"}
numbers = {kind: sum(1 for name in others if re.match(pattern, name)) for kind, pattern in kinds.items()}
# A regular expression that finds less than there is would make this a test of nothing.
for kind, least in ("fields", 45), ("constants", 60), ("types", 8):
    if numbers[kind] < least:
        wrong.append(f"this test finds {numbers[kind]} {kind} in the header")
done("so has " + " and ".join(f"each of {number} {kind}" for kind, number in numbers.items()))

# ---- What the headers say beside that: the page on the life of a socket, and the comments of the C++ interface.


def flat(text):
    return " ".join(re.findall(r"[a-z0-9_]+", text.lower()))


def sentences(comment):
    text = re.sub(r"\n *\*", "\n", comment)
    return [sentence for sentence in map(flat, re.split(r"\.\s|\n\s*\n", text)) if sentence]


overview = re.match(r"/\*([\s\S]*?)\*/", (ROOT / "include/ws.h").read_text())[1]
said = flat(pages["group__c.html"].content.text())
# The first line is the page's title, the second the licence's.
told = [sentence for sentence in sentences(overview)[2:]]
wrong += [f"group__c.html does not say: {sentence}" for sentence in told if sentence not in said]
cxx = [page for name, page in pages.items() if re.match(r"(namespace|class|struct)ws", name)]
said = flat(" ".join(page.content.text() for page in cxx))
for path in [ROOT / "include/ws.hpp", *(ROOT / "include/ws").glob("*.hpp")]:
    text = path.read_text()
    first = re.findall(r"^/\*([\s\S]*?)\*/", text) if path.name == "ws.hpp" else []
    text = re.sub(r"^namespace detail {[\s\S]*?^} // namespace detail|^private:[\s\S]*?^};", "", text, flags=re.MULTILINE)
    # A class begins private.
    text = re.sub(r"^(class .*{)\n[\s\S]*?^public:", r"\1", text, flags=re.MULTILINE)
    parts = [re.sub(r"\n *// ", " ", part) for part in re.findall(r"^ *// ---- (.*(?:\n *// .*)*)", text, re.MULTILINE)]
    for comment in first + parts + re.findall(COMMENT, text):
        mine = [sentence for sentence in sentences(comment) if not sentence.startswith("spdx")]
        told += mine
        wrong += [f"the pages of C++ do not say: {sentence} ({path.name})" for sentence in mine if sentence not in said]
if len(told) < 300:
    wrong.append(f"this test finds {len(told)} sentences")
done(f"so have the header's first page and the comments of C++, {len(told)} sentences")

# ---- The documents: nothing is lost on the way, and names lead to their entry.

DOCUMENTS = {
    "README.md": "index", "CHANGELOG.md": "changelog", "CONTRIBUTING.md": "contributing", "SECURITY.md": "security",
    "bench/README.md": "bench", "bindings/python/README.md": "python", "examples-c/README.md": "examples-c",
    "examples-cxx/README.md": "examples-cxx", "examples-ffi/README.md": "examples-ffi", "fuzz/README.md": "fuzz",
    "tests/README.md": "tests", "docs/guide/README.md": "guide",
}
for path in (ROOT / "docs").glob("*.md"):
    DOCUMENTS[f"docs/{path.name}"] = path.stem
for path in (ROOT / "docs/guide").glob("[a-z]*.md"):
    DOCUMENTS[f"docs/guide/{path.name}"] = f"guide-{path.stem}"
known = {name for name in comments if "." not in name}


def is_code_or_link(element):
    return element.tag in ("a", "h1", "h2", "h3", "title") or "fragment" in element.classes() or "toc" in element.classes()


def code_in(text):
    """What is code in a document: the lines of its blocks, and its spans but for those in headings."""
    blocks = re.findall(r"^ *```.*\n([\s\S]*?)^ *```", text, re.MULTILINE)
    rest = re.sub(r"^ *```[\s\S]*?^ *```|^#.*", "", text, flags=re.MULTILINE)
    rest = re.sub(r"^\|.*", lambda row: row[0].replace(r"\|", "|"), rest, flags=re.MULTILINE)
    spans = [re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", rest)]
    return [line.strip() for block in blocks for line in block.splitlines()], spans


spans_seen = 0
for path, name in DOCUMENTS.items():
    page = pages.get(f"{name}.html")
    if page is None:
        wrong.append(f"{path} has no page {name}.html: packaging/html.sh lists the pages")
        continue
    text = (ROOT / path).read_text()
    text = re.sub(r"^ *(```\w*|\d\d?\. )", "", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^) ]*\)", "]", text).replace("`", "")
    shown = words(page.content.text()) + words(page.root.with_class("title")[0].text())
    lost = words(text) - shown
    if lost:
        wrong.append(f"{name}.html does not say: {' '.join(lost)}")
    lines, spans = code_in((ROOT / path).read_text())
    shown = {line.text().strip() for line in page.content.with_class("line")}
    wrong += [f"{name}.html has not this line of code: {line}" for line in lines if line not in shown]
    shown = {element.text() for element in page.content.all() if element.tag == "code"}
    wrong += [f"{name}.html has no code that reads {span}" for span in spans if span not in shown]
    spans_seen += len(spans)
    for piece in page.content.texts(is_code_or_link):
        wrong += [f"{name}.html: {word} leads nowhere in: {piece.strip()[:60]}" for word in re.findall(r"\w+", piece) if word in known]
if spans_seen < 2000:
    wrong.append(f"this test finds {spans_seen} pieces of code in the documents")
done(f"each of {len(DOCUMENTS)} documents has its page with every word of it, its code as it stands, in which each name of ws.h leads to its entry")

linked = 0
for page in pages.values():
    if not page.name.startswith("guide-"):
        continue
    for fragment in page.content.with_class("fragment"):
        # Blocks of C: what the console shows has no link, and neither has what is in a comment or a text.
        if "#include <ws.h>" not in fragment.text():
            continue
        linked += len([element for element in fragment.all() if element.tag == "a"])
        plain = fragment.texts(lambda element: element.tag == "a" or set(element.classes()) & {"comment", "stringliteral", "preprocessor", "ttc"})
        wrong += [f"{page.name}: {word} is no link in a program" for piece in plain for word in re.findall(r"\w+", piece) if word in known]
if linked < 200:
    wrong.append(f"the guide's programs have {linked} links")
done(f"so do the names in the guide's programs, {linked} of them")
