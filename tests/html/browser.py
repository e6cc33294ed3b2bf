#!/usr/bin/env python3
"""Asks Chromium what it shows of pieces of HTML: tests/html/browser.py [NUMBER [SEED]]

Writes JSON Lines with the fields html and words (the words of innerText, in their order): the pieces of `cases.txt`, one a
line, then NUMBER random ones. `tests/html/cases.jsonl` is its output for 300 pieces; write it anew when a rule changes:

    tests/html/browser.py 300 > tests/html/cases.jsonl
"""

import base64
import html
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

LETTERS = ["id", "iot", "a", "b", "stu", "pid", "غب", "ي", " ", " ", " you ", " are ", "\n", ".", "x", "<", "&", ">", "'", '"', "="]
INLINE = "a abbr b bdi big cite code em font i kbd mark nobr s small span strong sub sup tt u var foo idiot o:p".split()
BLOCK = "div p blockquote ul ol li h1 h3 pre section article dl dt dd center address form fieldset figure".split()
VOID = "br hr img wbr input".split()
HIDDEN = "style script title template noscript iframe noembed xmp audio video".split()
TABLE = "table tbody tr td th caption".split()
REFERENCES = "&amp; &amp &lt;b&gt; &quot; &nbsp; &shy; &#105; &#x69 &#0; &#128; &copy &notit; &zwj; &apos; &hellip; &unknown; &#; &".split()
ATTRIBUTES = ['', '', '', ' x', ' class=y', ' title="a>b"', " title='>'", ' "', " '", ' ="', ' a="" b', ' a=b"c', ' / ', '/', ' hidden',
              ' style="display:none"', ' style="display:block"', ' style="display:inline"', ' x = "', " y='z' ", '\n', ' a=>']
MARKUP = ["<!-- x -->", "<!-->", "<!--->", "<!-- a --!>", "<!-- <b> -- > -->", "<!x>", "<?x>", "</>", "</ x>", "<!doctype x>", "<![CDATA[x]]>",
          "<>", "< b>", "<1>", "<script><!--<script></script>--></script>", "<b ", "<!-- "]


def piece(chance):
    """A random piece of HTML."""
    parts = []
    tables = chance.random() < 0.2
    for _ in range(chance.randint(2, 14)):
        kind = chance.random()
        if kind < 0.45:
            parts.append("".join(chance.choices(LETTERS, k=chance.randint(1, 3))))
        elif kind < 0.55:
            parts.append(chance.choice(REFERENCES))
        elif kind < 0.62:
            parts.append(chance.choice(MARKUP[:-2] if chance.random() < 0.9 else MARKUP))
        elif kind < 0.66:
            # CSS takes out a line end beside a <wbr>.
            name = chance.choice(VOID)
            parts.append(f"<{name}{chance.choice(ATTRIBUTES)}>" if name != "wbr" else "x<wbr>x")
        elif kind < 0.7:
            name = chance.choice(HIDDEN)
            parts.append(f"<{name}>" + "".join(chance.choices(LETTERS, k=2)) + (f"</{name}>" if chance.random() < 0.9 else ""))
        else:
            name = chance.choice(TABLE if tables and chance.random() < 0.5 else INLINE if chance.random() < 0.5 else BLOCK)
            name = name.upper() if chance.random() < 0.1 else name
            slash = "/" if chance.random() < 0.45 else ""
            attribute = chance.choice(ATTRIBUTES) if not slash or chance.random() < 0.1 else ""
            # innerText breaks lines at every paragraph, whatever its style.
            attribute = "" if "display:inline" in attribute and name.lower() == "p" else attribute
            parts.append(f"<{slash}{name}{attribute}>")
    return "".join(parts)


PAGE = """<!doctype html><meta charset=utf-8><style>body { width: 100000px }</style><div id=place></div><script>
const bytes = Uint8Array.from(atob("%s"), byte => byte.charCodeAt(0));
const shown = JSON.parse(new TextDecoder().decode(bytes)).map(html => {
    place.innerHTML = html;
    place.querySelectorAll("details").forEach(details => details.open = true);
    return place.innerText.split(/\\s+/u).filter(word => word);
});
place.remove();
document.title = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(shown))));
</script>"""


def shown(pieces):
    """Words that Chromium shows of each piece."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("browser.py: no Chromium, not run")
    words = []
    for start in range(0, len(pieces), 100):
        some = json.dumps(pieces[start : start + 100]).encode()
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "page.html")
            page.write_text(PAGE % base64.b64encode(some).decode(), encoding="utf-8")
            options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/user", "--virtual-time-budget=5000"]
            command = [browser, *options, "--dump-dom", page.as_uri()]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        title = re.search(r"<title>([^<]*)</title>", done.stdout)
        words += json.loads(base64.b64decode(html.unescape(title[1])))
    return words


def main():
    number, seed = (int(argument) for argument in (sys.argv[1:] + ["0", "1"][len(sys.argv) - 1 :]))
    cases = pathlib.Path(__file__).with_name("cases.txt").read_text(encoding="utf-8").splitlines()
    chance = random.Random(seed)
    pieces = [case.replace("\\n", "\n") for case in cases if case] + [piece(chance) for _ in range(number)]
    for source, words in zip(pieces, shown(pieces), strict=True):
        print(json.dumps({"html": source, "words": words}, ensure_ascii=False))


main()
