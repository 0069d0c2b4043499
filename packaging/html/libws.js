// Where the reader is in the contents, and the search among names.js: names of the library, pages and headings.
"use strict";

const here = location.pathname.split("/").pop() || "index.html";
for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === here) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest" });
    }
}

const field = document.getElementById("search");
const list = document.getElementById("found");
let chosen = -1;

// How well an entry fits: the smaller the better; Infinity: a word of the question is not in it.
function rank([name, kind, , about], words) {
    const low = name.toLowerCase();
    let sum = 0;
    for (const word of words) {
        const at = low.indexOf(word);
        if (low === word) sum += 0;
        else if (at === 0) sum += 10;
        else if (at > 0 && /[^a-z0-9]/.test(low[at - 1])) sum += 20;
        else if (at > 0) sum += 30;
        else if (about.toLowerCase().includes(word)) sum += 50;
        else return Infinity;
    }
    // C before C++, short names before long ones.
    return sum + (name.includes("::") ? 5 : 0) + (kind === "section" ? 4 : 0) + name.length / 40;
}

function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter((word) => word);
    chosen = -1;
    list.replaceChildren();
    list.hidden = words.length === 0;
    if (list.hidden) return;
    const hits = names.map((entry) => [rank(entry, words), entry]).filter(([value]) => value < Infinity);
    hits.sort((one, other) => one[0] - other[0]);
    for (const [, [name, kind, place, about]] of hits.slice(0, 30)) {
        const link = document.createElement("a");
        link.href = place;
        for (const [element, text] of [["b", name], ["i", kind], ["span", about]]) {
            if (text) link.appendChild(document.createElement(element)).textContent = text;
        }
        list.appendChild(document.createElement("li")).appendChild(link);
    }
    if (hits.length === 0) list.appendChild(document.createElement("p")).textContent = "Nothing has this name.";
}

function choose(step) {
    const links = list.querySelectorAll("a");
    if (links.length === 0) return;
    links[chosen]?.classList.remove("chosen");
    chosen = (chosen + step + links.length) % links.length;
    links[chosen].classList.add("chosen");
    links[chosen].scrollIntoView({ block: "nearest" });
}

function leave() {
    list.hidden = true;
    document.getElementById("menu").checked = false;
}

field.addEventListener("input", show);
field.addEventListener("focus", show);
field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? 0 : -1);
    else if (event.key === "Enter") (list.querySelectorAll("a")[Math.max(chosen, 0)])?.click();
    else if (event.key === "Escape") { leave(); field.blur(); }
    else return;
    event.preventDefault();
});
list.addEventListener("click", leave);
document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) list.hidden = true;
});
document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
        document.getElementById("menu").checked = true;
        field.focus();
        event.preventDefault();
    }
});
// index.html?find=close shows what the search has found.
const asked = new URLSearchParams(location.search).get("find");
if (asked) { field.value = asked; show(); }
