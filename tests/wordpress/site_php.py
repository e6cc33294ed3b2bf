"""PHP inside the WordPress of the tests, and settings of the plugin; shared by the tests over HTTP."""

import base64
import json
import os
import subprocess
import urllib.parse

URL = os.environ["WORDPRESS_URL"]
SECRET = "0123456789abcdef0123456789abcdef"


def php(code):
    """What PHP code prints inside WordPress, read as JSON."""
    start = f"$_SERVER['HTTP_HOST'] = '{urllib.parse.urlsplit(URL).netloc}'; error_reporting(E_ALL & ~E_DEPRECATED); require '{os.environ['WORDPRESS']}/wp-load.php'; "
    run = subprocess.run(["php", "-d", "display_errors=stderr", "-r", start + code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout) if run.stdout.strip() else None


def settings(**values):
    stored = {"address": os.environ["NAQD_ADDRESS"], "mode": "act", "desk_secret": SECRET} | values
    php(f"update_option('naqd', json_decode(base64_decode('{b64(json.dumps(stored))}'), true)); delete_transient('naqd_down'); delete_option('naqd_last_failure');")


def b64(text):
    return base64.b64encode(text.encode()).decode()
