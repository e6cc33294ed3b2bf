#!/usr/bin/env python3
"""A naqd-serve that fails in many ways, by the first part of the path: bad_server.py PORT

/count/... answers well and counts; GET /count says how often. /forget/... answers /v1/forget and lists the ids at GET /forgotten.
"""

import gzip
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

forgotten = []
counts = {}
lock = threading.Lock()
bomb = []
packing = threading.Thread(target=lambda: bomb.append(gzip.compress(gzip.compress(b"[" + b" " * 200_000_000 + b"]"))))
packing.start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/forgotten":
            return self.answer(200, forgotten)
        return self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.path.split("/")[1]
        with lock:
            counts[kind] = counts.get(kind, 0) + 1
        try:
            self.fail(kind, body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def fail(self, kind, body):
        if kind == "hang":
            time.sleep(8)
        elif kind == "slow":
            time.sleep(4)
            self.answer(200, {"model": "m", "results": []})
        elif kind == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.2)
        elif kind == "close":
            self.connection.close()
        elif kind == "rubbish":
            self.answer(200, {"model": ["x"], "results": {"0": {"id": 7, "label": ["x"], "probabilities": "x"}}})
        elif kind == "html":
            self.answer(200, b"<html><script>alert(1)</script>It works!</html>")
        elif kind == "other":
            comments = json.loads(body)["comments"]
            self.answer(200, {"model": "m", "results": [{"id": c["id"] + "x", "label": "abusive", "probabilities": {"abusive": 1}, "decision": "reject"} for c in comments]})
        elif kind == "redirect":
            self.answer(302, b"", Location="http://127.0.0.1:1/elsewhere")
        elif kind == "huge":
            # Good JSON, of which PHP makes a hundred times as much.
            self.answer(200, b'{"model":"m","results":[' + b"[0]," * 1_400_000 + b"0]}")
        elif kind == "deep":
            self.answer(200, b'{"results":' + b"[" * 500_000 + b"]" * 500_000 + b"}")
        elif kind == "bomb":
            # Packed twice: curl unpacks one layer, and WordPress the other one.
            packing.join()
            self.answer(200, bomb[0], **{"Content-Encoding": "gzip"})
        elif kind == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 8000) for n in range(2000)) + b"\r\n")
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            end = time.time() + 8
            while time.time() < end:
                self.wfile.write(b"[" * 65536)
        elif kind == "forget":
            forgotten.append(json.loads(body)["id"])
            self.answer(200, {"comments": 1, "feedback": 1})
        elif kind.isdigit():
            self.answer(int(kind), {"error": {"code": int(kind), "message": "<script>alert(1)</script> no"}})
        else:
            self.answer(404, {"error": {"code": 404, "message": "nothing here"}})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
