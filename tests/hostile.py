"""Hostile clients against naqd-serve on this machine: malformed, oversized, slow and half-closed requests, web pages of other
sites, work that grows with its square, answers that nobody reads, bodies that swell, forged webhooks, a receiver of decisions that
hangs, a rules file that is rewritten in place, and all that hostile_desk.py tries at the review desk.

    tests/hostile.py [--seconds 600] [--program target/release/naqd-serve]

Starts the server on a free port. Good requests are sent all the while; it fails when one of them is answered wrongly or
after more than a second, when /healthz is slow, when the server ends or does not end when told, when its memory grows, when a
rule is not enforced, or when a page of another site has stored feedback. Bounded in time and in connections.
"""

import argparse
import asyncio
import gzip
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import hostile_desk

HOSTILE = 150  # connections at once
MOST_MEMORY = 300  # of the server, in MiB
MOST_HEALTHZ = 100  # p99.9 of /healthz, in ms
SECRET = "0123456789abcdef0123456789abcdef"
RULES = "phrase,effect\n" + "".join(f"some phrase number {number},hold\n" for number in range(2000)) + "green lamp of ours,reject\n"
CONFIG = """listen = "127.0.0.1:0"
feedback = "{folder}/feedback.sqlite"
decisions = "{folder}/decisions.jsonl"
rules = "{folder}/rules.csv"
[coral]
secrets = ["{secret}"]
[hooks.cms]
scheme = "timestamped"
header = "X-Signature"
secrets = ["{secret}"]
text = "/comment/text"
id = "/comment/id"
format = "html"
answer = '{{ "said": "{{decision}} of {{id}}" }}'
[deliveries]
dead_letters = "{folder}/dead.jsonl"
[deliveries.to.cms]
address = "http://127.0.0.1:{receiver}/"
secret = "{secret}"
routes = ["/v1/hooks", "/v1/score"]
""" + hostile_desk.CONFIG
WORDS = ["كلام", "غبي", "شكرا", "idiot", "source", "😀", "\\ud83d", "\u202e", "a" * 3000, "\\u0000", "<b>", "&#x645;", "."]


def body(rng):
    text = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(40)))
    return ('{"comment":{"text":"%s"},"requestedAttributes":{"TOXICITY":{}},"spanAnnotations":true}' % text).encode()


def request(content, path="/v1alpha1/comments:analyze", length=None, method="POST", headers=b""):
    length = len(content) if length is None else length
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n".encode() + headers + b"\r\n" + content


def malformed(rng):
    """What is no request, or none that makes sense."""
    good = request(body(rng))
    cut = rng.randrange(len(good))
    choice = rng.randrange(10)
    if choice == 0:
        return rng.randbytes(rng.randrange(1, 3000))
    if choice == 1:
        return good[:cut] + rng.randbytes(4) + good[cut + 4 :]
    if choice == 2:
        return request(b"[" * rng.randrange(100_000))
    if choice == 3:
        return request(b'{"comments":[' + b'{"text":"a"},' * 20_000 + b'{"text":"a"}]}', "/v1/score?explain=true")
    if choice == 4:
        return request(body(rng), length=rng.choice(["-1", "1e3", "99999999999999999999", "0x10", "5, 6", ""]))
    if choice == 5:
        return request(b"zz\r\n\r\n", headers=b"Transfer-Encoding: chunked\r\n")
    if choice == 6:
        chunked = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        return chunked + b"ffffffffffffffff\r\n" + rng.randbytes(100)
    if choice == 7:
        attributes = ",".join(f'"A{number}":{{}}' for number in range(20_000))
        return request(b'{"comment":{"text":"a"},"requestedAttributes":{' + attributes.encode() + b"}}")
    if choice == 8:
        return request(b"{}", rng.choice(["/coral", "/v1/feedback", "//..%2f", "/%ff", "/" + "a" * 9000, "*"]))
    return request(body(rng), method=rng.choice(["BREW", "CONNECT", "TRACE", "PRI", "get"]))


def oversized(rng):
    choice = rng.randrange(3)
    if choice == 0:
        return request(b'{"text":"' + b"a" * (3 << 20) + b'"}', "/v1/score")
    if choice == 1:
        return request(b"{}", headers=b"X-Long: " + b"a" * 200_000 + b"\r\n")
    return request(b"{}", headers=b"".join(b"X-%d: a\r\n" % number for number in range(2000)))


PAGE = b"Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Type: text/plain\r\n"
ATTRIBUTES = ["TOXICITY", "SEVERE_TOXICITY", "INSULT", "PROFANITY", "THREAT", "IDENTITY_ATTACK", "ABUSIVE", "CRITICAL", "NEUTRAL"]


def page(rng):
    """What a web page of another site can make a browser send; never answered with 200."""
    feedback = json.dumps({"text": "of another page %d" % rng.randrange(1 << 40), "label": "approve"}).encode()
    if rng.random() < 0.5:
        return request(feedback, "/v1/feedback", headers=PAGE)
    return request(feedback, "/v1/feedback").replace(b"Host: localhost", b"Host: evil.example")


def spans(rng):
    """Spans of scores times comment: counted, or few."""
    text = rng.choice(["<b ", '<b "', "a ", "<b>a</b>"]) * 2500
    number = rng.choice([100, 1000, 20_000])
    scored = [{"begin": 0, "end": len(text) - span % 2000, "score": {"value": 0}} for span in range(number)]
    content = {"comment": {"text": text, "type": "HTML"}, "attributeScores": {"TOXICITY": {"spanScores": scored}}}
    return request(json.dumps(content).encode(), "/v1alpha1/comments:suggestscore")


def sentences(rng):
    """Thousands of sentences times attributes, or thousands of verdicts."""
    if rng.random() < 0.3:
        return request(json.dumps({"comments": [{"text": "a"}] * 5000}).encode(), "/v1/score")
    text = rng.choice(["a\n", "a. ", "x! "]) * 6500
    content = {"comment": {"text": text}, "requestedAttributes": {name: {} for name in ATTRIBUTES}, "spanAnnotations": True}
    return request(json.dumps(content).encode())


def swelling(rng):
    """A small body that inflates to a large one, or is no gzip."""
    text = rng.choice([b"a", b"<b ", b'{"', b"["]) * rng.choice([100_000, 900_000, 50_000_000])
    content = gzip.compress(b'{"text":"' + text + b'"}', 1)[: rng.choice([1 << 20, 2000])]
    return request(content, "/v1/score", headers=b"Content-Encoding: gzip\r\n")


def relaxed(rng):
    """JSON as only Google takes it, and what looks like it."""
    inner = rng.choice(["{comment:{text:'a'},requestedAttributes:{TOXICITY:{},},}", "{'" * 50_000, "[" * 100_000, "'\\" * 100_000])
    return request(inner.encode())


def markup(rng):
    """Signed as Coral does: tags and quotes that never end."""
    comment = rng.choice(["<b ", '<b "', "<!--", "<a b='", "</div>", "&#x", "<style>"]) * rng.choice([1000, 100_000])
    content = json.dumps({"comment": {"body": comment}}).encode()
    signature = hmac.new(SECRET.encode(), content, "sha256").hexdigest()
    return request(content, "/coral", headers=f"X-Coral-Signature: sha256={signature}\r\n".encode())


def webhook(rng):
    """Signed, forged and expired webhooks; deep, large and wrong payloads."""
    text = rng.choice(["a " * 400_000, "<b " * 200_000, "you idiot", 7, {"a": 1}, None])
    content = json.dumps({"comment": {"text": text, "id": rng.choice(['","decision":"publish', 1 << 70, "{decision}"])}}).encode()
    content = rng.choice([content, content, b"[" * 500_000, b'{"comment":' * 100_000, b"[" + b"0," * 400_000 + b"0]"])
    now = int(time.time()) - rng.choice([0, 0, 1000])
    signature = hmac.new(rng.choice([SECRET, SECRET, "another"]).encode(), b"%d.%b" % (now, content), hashlib.sha256).hexdigest()
    return request(content, "/v1/hooks/cms", headers=f"X-Signature: t={now},v1={signature}\r\n".encode())


def doors(rng):
    """The forms of others: many inputs, long ones, images."""
    content = rng.choice([{"input": ["a"] * 20_000}, {"input": "a b " * 200_000}, {"inputs": "x! " * 100_000}, {"input": [[]] * 9}])
    return request(json.dumps(content).encode(), rng.choice(["/v1/moderations", "/predict", "/models/" + "x/" * 500]))


# Work that is answered or refused, and never in another way.
WORK = {"spans": spans, "swelling": swelling, "relaxed": relaxed, "markup": markup, "webhook": webhook, "doors": doors}
# The same at the review desk, each with the statuses that it may be answered with; filled once somebody has signed in.
DESK = {}


def connect_small(host, port):
    """A socket that takes little before it is read."""
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.setblocking(False)
    try:
        stream.connect((host, port))
    except BlockingIOError:
        pass
    return stream


async def attack(rng, host, port, counts):
    """One hostile connection."""
    kinds = ["malformed", "malformed", "malformed", "oversized", "slow", "half", "deaf", "reset", "page", *WORK, *DESK, "unread", "stalled"]
    kind = rng.choice(kinds)
    if kind == "unread":
        reader, writer = await asyncio.open_connection(sock=connect_small(host, port), limit=1)
    else:
        reader, writer = await asyncio.open_connection(host, port)
    counts[kind] = counts.get(kind, 0) + 1
    try:
        if kind == "slow":
            for byte in request(body(rng))[:60]:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(rng.random() / 4)
        elif kind == "half":
            good = request(body(rng))
            writer.write(good[: rng.randrange(len(good))])
            writer.write_eof()
        elif kind == "deaf":
            # Asks again and again and never reads; the answers are long.
            ask = request(b'{"comments":[' + b'{"text":"one idiot"},' * 400 + b'{"text":"a"}]}', "/v1/score?explain=true")
            for _ in range(40):
                writer.write(ask)
                await asyncio.wait_for(writer.drain(), 1)
            await asyncio.sleep(2)
        elif kind == "page":
            writer.write(page(rng))
            head = await asyncio.wait_for(reader.read(64), 10)
            assert head.startswith(b"HTTP/1.1 403") or not head, head
            return
        elif kind in WORK:
            writer.write(WORK[kind](rng))
            head = await asyncio.wait_for(reader.read(64), 10)
            assert re.match(rb"HTTP/1.1 (200|400|401|404|408|413|415|429|431|503)|$", head), (kind, head)
            return
        elif kind in DESK:
            attempt, statuses = DESK[kind]
            writer.write(attempt(rng))
            head = await asyncio.wait_for(reader.read(64), 15)
            assert re.match(rb"HTTP/1.1 (%b) |$" % statuses, head), (kind, head)
            return
        elif kind == "unread":
            writer.write(sentences(rng))
            await asyncio.sleep(rng.random() * 12)
            return
        elif kind == "stalled":
            begun = b'{"text":"' + b"a " * rng.choice([10_000, 200_000])
            writer.write(request(begun, "/v1/score", length=900_000))
            await asyncio.sleep(rng.random() * 12)
            return
        elif kind == "reset":
            writer.write(request(body(rng)))
            await writer.drain()
            writer.transport.abort()
            return
        else:
            writer.write(malformed(rng) if kind == "malformed" else oversized(rng))
        await asyncio.wait_for(reader.read(65536), rng.random() * 5)
    finally:
        writer.transport.abort()


async def attacks(seed, host, port, until, counts):
    rng = random.Random(seed)
    while time.monotonic() < until:
        try:
            await asyncio.wait_for(attack(rng, host, port, counts), 20)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        except AssertionError as error:
            counts["wrong answers"] = counts.get("wrong answers", 0) + 1
            print(f"wrong answer: {error}", file=sys.stderr)


async def good(host, port, until, took):
    """Good requests, on new connections and on old ones; each has to be answered rightly."""
    ask = request('{"comment":{"text":"شكرا على هذا التقرير"},"requestedAttributes":{"NEUTRAL":{}}}'.encode())
    ruled = request(b'{"text":"the green lamp of ours"}', "/v1/score")
    number = 0
    writer = None
    while time.monotonic() < until:
        started = time.monotonic()
        if number % 50 == 0:
            if writer:
                writer.close()
            reader, writer = await asyncio.open_connection(host, port)
        number += 1
        writer.write(ruled if number % 2 else ask)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = int(re.search(rb"content-length: (\d+)", head).group(1))
        answer = json.loads(await asyncio.wait_for(reader.readexactly(length), 10))
        assert head.startswith(b"HTTP/1.1 200"), head
        if number % 2:
            assert answer["results"][0]["decision"] == "reject", answer
        else:
            assert answer["attributeScores"]["NEUTRAL"]["summaryScore"]["value"] > 0.3, answer
        took.append(time.monotonic() - started)
        await asyncio.sleep(0.02)
    writer.close()


def memory(process):
    with open(f"/proc/{process}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


async def watch(process, until, seconds, samples):
    while time.monotonic() < until:
        samples.append(memory(process))
        await asyncio.sleep(min(1, seconds / 30))


async def healthy(host, port, until, took):
    """Asks for the health of the server, on one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    while time.monotonic() < until:
        started = time.monotonic()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"ok\n"), 10)
        assert head.startswith(b"HTTP/1.1 200"), head
        took.append(time.monotonic() - started)
        await asyncio.sleep(0.01)
    writer.close()


def probe(host, port, seconds, pipe):
    """Sends the good requests from a process of its own, so that its times are those of the server."""

    async def both(until):
        await asyncio.gather(good(host, port, until, took), healthy(host, port, until, health))

    took, health = [], []
    asyncio.run(both(time.monotonic() + seconds))
    pipe.send((sorted(took), sorted(health)))


def rewrite(path, seconds):
    """Writes the rules again and again, in place and in halves; now and then the list is empty for a while."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number += 1
        with open(path, "w") as rules:
            rules.flush()
            time.sleep(3 if number % 5 == 0 else 0)
            rules.write(RULES[: len(RULES) // 3])
            rules.flush()
            time.sleep(0.3)
            rules.write(RULES[len(RULES) // 3 :])
        time.sleep(1)


async def run(process, host, port, seconds):
    until = time.monotonic() + seconds
    counts, samples = {}, []
    tasks = [attacks(seed, host, port, until, counts) for seed in range(HOSTILE)]
    await asyncio.gather(watch(process, until, seconds, samples), *tasks)
    return counts, samples


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=int, default=600)
    arguments.add_argument("--program", default="target/release/naqd-serve")
    arguments = arguments.parse_args()
    seconds = min(arguments.seconds, 3600)
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "log"), "w+") as log:
        receiver = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
        settings = os.path.join(folder, "naqd.toml")
        with open(os.path.join(folder, "rules.csv"), "w") as rules:
            rules.write(RULES)
        with open(settings, "w") as config:
            config.write(CONFIG.format(folder=folder, secret=SECRET, receiver=receiver.getsockname()[1]))
        hostile_desk.begin(arguments.program, folder)
        server = subprocess.Popen([arguments.program, "--config", settings], stderr=log)
        try:
            address = None
            for _ in range(100):
                time.sleep(0.1)
                with open(log.name) as lines:
                    found = re.search(r'"listening","address":"([0-9.]+):(\d+)"', lines.read())
                if found:
                    address = found.groups()
                    break
            host, port = address[0], int(address[1])
            moderator = hostile_desk.Moderator(host, port)
            DESK.update(hostile_desk.attacks(moderator, request))
            here, there = multiprocessing.Pipe()
            prober = multiprocessing.Process(target=probe, args=(host, port, seconds, there), daemon=True)
            prober.start()
            there.close()
            writer = multiprocessing.Process(target=rewrite, args=(os.path.join(folder, "rules.csv"), seconds), daemon=True)
            writer.start()
            counts, samples = asyncio.run(run(server.pid, host, port, seconds))
            took, health = here.recv()
            time.sleep(1)
            kept, at_desk = hostile_desk.wrongs(moderator, folder)
            alive = server.poll() is None
            with open(log.name) as lines:
                panics = sum("panick" in line for line in lines)
            with sqlite3.connect(os.path.join(folder, "feedback.sqlite")) as feedback:
                pages = feedback.execute("SELECT count(*) FROM feedback WHERE text LIKE 'of another page%'").fetchone()[0]
        finally:
            server.terminate()
            server.wait(20)
    third = len(samples) // 3
    before, after = max(samples[third : 2 * third]), max(samples[2 * third :])
    late = sum(one > 1 for one in took)
    print(f"{sum(counts.values())} hostile connections in {seconds} s: {dict(sorted(counts.items()))}")
    print(
        f"{len(took)} good requests: p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {took[len(took) * 99 // 100] * 1000:.1f} ms, "
        f"worst {took[-1] * 1000:.0f} ms, {late} above a second"
    )
    p999, slow = (times[len(times) * 999 // 1000] * 1000 for times in (took, health))
    print(f"p99.9 {p999:.1f} ms; {pages} rows of feedback by pages of other sites")
    print(f"/healthz, {len(health)} times: p50 {health[len(health) // 2] * 1000:.2f} ms, p99.9 {slow:.1f} ms, worst {health[-1] * 1000:.0f} ms")
    print(f"memory: at most {before:.1f} MiB in the second third of the time, {after:.1f} MiB in the last; {panics} panics")
    print(f"review desk: {kept} comments kept; {len(at_desk)} wrongs{'' if not at_desk else ': ' + '; '.join(at_desk)}")
    if not alive or panics or late or pages or at_desk or slow > MOST_HEALTHZ or counts.get("wrong answers") or after > 1.2 * before + 8 or max(samples) > MOST_MEMORY:
        print("0 passed, 1 failed")
        sys.exit(1)
    print("1 passed, 0 failed")


main()
