"""What hostile clients try at the review desk, for hostile.py: floods of sign-ins, forged sessions, forms of other sites, huge forms,
names that would act on a page or a terminal, a moderator who tries what only an admin may, floods of comments to keep."""

import http.client
import json
import os
import re
import sqlite3
import subprocess
import urllib.parse

PASSWORD = "correct horse battery"
CONFIG = """[review]
file = "{folder}/review.sqlite"
spot_checks = 0.1
max_mib = 64
"""
EVIL = ["</bdi><script>alert(1)</script>", "\u202e\u2066evil", "\x1b[31m\x1b]0;title\x07", "<img src=x onerror=alert(1)>", "a" * 1_000_000]
SHOWN = ["<script>alert", "<img src=x", "\u202e", "\x1b", "\x07"]


class Moderator:
    """A moderator who has signed in, and whose browser others misuse."""

    def __init__(self, host, port):
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        _, page, cookies = self.ask("GET", "/review/sign-in", {})
        self.form = re.search(r'name="form" value="(\w+)"', page)[1]
        status, _, self.cookies = self.ask("POST", "/review/sign-in", cookies, name="mona", password=PASSWORD)
        assert status == 303, "the moderator cannot sign in"
        _, page, _ = self.ask("GET", "/review/others", self.cookies)
        self.form = re.search(r'name="form" value="(\w+)"', page)[1]

    def ask(self, method, path, cookies, **fields):
        body = urllib.parse.urlencode({"form": self.form, **fields}) if fields else None
        # The server closes what has not been used for a while.
        self.connection.close()
        self.connection.request(method, path, body, {"Host": "localhost", "Cookie": joined(cookies)})
        answer = self.connection.getresponse()
        page = answer.read().decode()
        found = [value.partition(";")[0].partition("=") for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return answer.status, page, {name: value for name, _, value in found}


def joined(cookies):
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def begin(program, folder):
    """Makes an account before the server starts."""
    add = [program, "user", "add", "mona", "--review", os.path.join(folder, "review.sqlite"), "--password-stdin"]
    subprocess.run(add, input=PASSWORD.encode(), check=True, stderr=subprocess.DEVNULL)


def attacks(moderator, request):
    """Requests by their names, each with the statuses that it may be answered with."""
    mine = f"Cookie: {joined(moderator.cookies)}\r\n".encode()

    def post(path, headers, form=None, **fields):
        content = urllib.parse.urlencode({"form": moderator.form if form is None else form, **fields}).encode()
        return request(content, path, headers=headers)

    def login(rng):
        name, secret = rng.choice(["salma", "nobody", "admin' --", EVIL[0], "x" * 5000]), "%064x" % rng.getrandbits(256)
        return post("/review/sign-in", f"Cookie: naqd_form={secret}\r\n".encode(), secret, name=name, password="p" * rng.choice([12, 9000]))

    def forged(rng):
        value = rng.choice(["%064x" % rng.getrandbits(256), "", "a" * 8000, "' OR 1=1 --", "../../x"])
        path = rng.choice(["/review/queue/held", "/review/next/held", "/review/learning", "/review/audit.csv", "/review/comment/1"])
        return request(b"", path, method="GET", headers=f"Cookie: naqd_session={value}\r\n".encode())

    def csrf(rng):
        path, fields = rng.choice([("/review/comment/1", {"decision": "publish"}), ("/review/undo", {}), ("/review/bulk", {"author": "a", "told": "00"})])
        page = rng.choice([b"Origin: https://evil.example\r\n", b"Sec-Fetch-Site: cross-site\r\n", b""])
        return post(path, mine + page, None if page else rng.choice(["", "0" * 64]), **fields)

    def huge(rng):
        return post(rng.choice(["/review/undo", "/review/sign-in", "/review/comment/1"]), mine, x="x" * rng.choice([100_000, 900_000, 3_000_000]))

    def above(rng):
        path = rng.choice(["/review/audit.csv", "/review/labels.csv", "/review/criticism.csv", None])
        return request(b"", path, method="GET", headers=mine) if path else post("/review/delete", mine, author="reader")

    def names(rng):
        comment = {name: rng.choice(EVIL) for name in ("id", "author", "story", "parent", "link", "time") if rng.random() < 0.4}
        content = {"text": f"من أين لكم هذا الرقم {rng.choice(EVIL[:4])} {rng.random()}"} | comment
        return request(json.dumps(content).encode(), "/v1/score?keep=true")

    def keep(rng):
        comments = [{"text": f"you did not even read it, did you {rng.random()}", "author": "reader"}] * rng.choice([1, 2000])
        return request(json.dumps({"comments": comments}).encode(), "/v1/score?keep=true")

    return {
        "sign-in": (login, b"403|413|429|503"),
        "forged session": (forged, b"303|400|403|431"),
        "desk by another site": (csrf, b"403"),
        "huge form": (huge, b"403|408|413"),
        "above a moderator": (above, b"403"),
        "names": (names, b"200|413|429|503"),
        "flood of keep": (keep, b"200|408|413|429|503"),
    }


def wrongs(moderator, folder):
    """What went wrong: deeds that nobody may have done, and what acts on a page."""
    found = []
    with sqlite3.connect(os.path.join(folder, "review.sqlite")) as review:
        one = lambda sql: review.execute(sql).fetchone()[0]
        if one("SELECT count(*) FROM comments WHERE decision IS NOT NULL"):
            found.append("somebody decided on a comment")
        if deeds := one("SELECT count(*) FROM audit WHERE who NOT IN ('naqd', '(command line)') AND act NOT LIKE 'sign-in%' AND act NOT LIKE '%lock%'"):
            found.append(f"{deeds} deeds that nobody did")
        kept, evil = one("SELECT count(*) FROM comments"), one("SELECT ifnull(max(n), 0) FROM comments WHERE author LIKE '%script%'")
    for path in ("/review/queue/held", "/review/others", *([f"/review/comment/{evil}"] if evil else [])):
        status, page, _ = moderator.ask("GET", path, moderator.cookies)
        found += [f"{path}: status {status}"] * (status != 200)
        found += [f"{path}: {sign!r} is on the page" for sign in SHOWN if sign in page]
    return kept, found
