"""PHP inside the WordPress of the tests, and settings of the plugin; shared by the tests over HTTP."""

import base64
import json
import os
import select
import subprocess
import urllib.parse

URL = os.environ["WORDPRESS_URL"]
SECRET = "0123456789abcdef0123456789abcdef"


# One process for all, for WordPress takes longer to start than any of it to run. Nothing is remembered from one piece to the next.
LOOP = """
$_SERVER['HTTP_HOST'] = $argv[2]; error_reporting(E_ALL & ~E_DEPRECATED); require $argv[1] . '/wp-load.php'; error_reporting(E_ALL & ~E_DEPRECATED);
function naqd_test_run($code) { ob_start(); eval($code); return ob_get_clean(); }
while (false !== ($line = fgets(STDIN))) {
    wp_cache_flush();
    fwrite(STDOUT, base64_encode(naqd_test_run(base64_decode($line))) . "\\n");
}
"""
process = None


def php(code):
    """What PHP code prints inside WordPress, read as JSON."""
    global process
    if process is None:
        command = ["php", "-d", "display_errors=stderr", "-r", LOOP, "--", os.environ["WORDPRESS"], urllib.parse.urlsplit(URL).netloc]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b64(code).encode() + b"\n")
    process.stdin.flush()
    assert select.select([process.stdout], [], [], 120)[0], f"PHP takes longer than two minutes: {code}"
    answer = process.stdout.readline()
    assert answer.endswith(b"\n"), f"PHP ended, {process.wait()}: {code}"
    answer = base64.b64decode(answer).strip()
    return json.loads(answer) if answer else None


def settings(**values):
    stored = {"address": os.environ["NAQD_ADDRESS"], "mode": "act", "desk_secret": SECRET} | values
    php(f"update_option('naqd', json_decode(base64_decode('{b64(json.dumps(stored))}'), true)); delete_transient('naqd_down'); delete_option('naqd_last_failure');")


def b64(text):
    return base64.b64encode(text.encode()).decode()
