"""Decisions told over https, by a naqd-serve of its own: a receiver with the certificate that the settings name gets them; one with
another certificate, or another name, gets nothing. The signature is checked as docs/webhooks.md tells it.

    NAQD_SERVE=target/release/naqd-serve tests/clients/webhooks.py
"""

import hmac
import http.server
import json
import os
import pathlib
import queue
import re
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request

SECRET = "0123456789abcdef0123456789abcdef"
CONFIG = """listen = "127.0.0.1:0"
[hooks.cms]
scheme = "bearer"
secrets = ["{secret}"]
text = "/text"
id = "/id"
[deliveries]
dead_letters = "dead.jsonl"
"""
RECEIVER = """[deliveries.to.{name}]
address = "https://{host}:{port}/naqd"
secret = "{secret}"
{ca}
"""


def certificate(folder, name):
    """A key and a certificate for a name, by openssl."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    command += ["-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def receiver(key, cert):
    """Starts a receiver; returns its port and what it gets."""
    got = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.put((self.headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # clients that do not trust it

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], got


def metric(address, series):
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        return float(re.search(rf"^{re.escape(series)} (\S+)$", answer.read().decode(), re.M).group(1))


def main():
    program = str(pathlib.Path(os.environ["NAQD_SERVE"]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        key, cert = certificate(folder, "localhost")
        other_key, other_cert = certificate(folder, "elsewhere")
        port, got = receiver(key, cert)
        other_port, other_got = receiver(other_key, other_cert)
        config = CONFIG.format(secret=SECRET)
        for name, to, ca in [
            ("good", port, f'ca = "{cert}"'),
            ("unknown", port, ""),
            ("misnamed", other_port, f'ca = "{other_cert}"'),
        ]:
            config += RECEIVER.format(name=name, host="localhost", port=to, secret=SECRET, ca=ca)
        (folder / "naqd.toml").write_text(config)
        with open(folder / "log", "w+") as log:
            server = subprocess.Popen([program, "--config", "naqd.toml"], cwd=folder, stderr=log)
            try:
                address = None
                while not address:
                    time.sleep(0.1)
                    assert server.poll() is None, (folder / "log").read_text()
                    address = re.search(r'"listening","address":"([^"]+)"', (folder / "log").read_text())
                address = address.group(1)
                request = urllib.request.Request(
                    f"http://{address}/v1/hooks/cms",
                    json.dumps({"text": "Where is the source?", "id": 7}).encode(),
                    {"Authorization": f"Bearer {SECRET}"},
                )
                with urllib.request.urlopen(request) as answer:
                    decided = json.load(answer)
                headers, body = got.get(timeout=20)
                seconds, signature = (part.partition("=")[2] for part in headers["X-Naqd-Signature"].split(","))
                expected = hmac.new(SECRET.encode(), seconds.encode() + b"." + body, "sha256").hexdigest()
                assert hmac.compare_digest(signature, expected) and abs(time.time() - int(seconds)) < 300
                event = json.loads(body)
                assert {name: event[name] for name in decided} == decided, (event, decided)
                until = time.monotonic() + 20
                for name in ["unknown", "misnamed"]:
                    while not metric(address, f'naqd_deliveries_total{{result="retried",to="{name}"}}'):
                        assert time.monotonic() < until, name
                        time.sleep(0.1)
                assert got.empty() and other_got.empty(), "told to somebody who is not who the settings say"
                assert metric(address, 'naqd_deliveries_total{result="delivered",to="good"}') == 1
            finally:
                server.terminate()
                server.wait(20)
        dead = [json.loads(line) for line in (folder / "dead.jsonl").read_text().splitlines()]
        assert sorted(line["to"] for line in dead) == ["misnamed", "unknown"], dead
        print("webhooks over https: ok;", *(f"{line['to']}: {line['error']}" for line in dead))


main()
