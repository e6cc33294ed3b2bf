#!/usr/bin/env python3
"""What a reader waits for: tests/wordpress/delay.py [NUMBER]

Posts comments by the form: without the plugin, with naqd-serve up, down and hanging; then 50 at once. Prints median and p99,
and fails where the plugin costs a reader more than it promises. Environment: as of site.py.
"""

import concurrent.futures
import http.client
import os
import statistics
import sys
import time
import urllib.parse

from site_php import URL, php, settings

NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 150
POST = php("echo get_page_by_path('naqd', OBJECT, 'post')->ID;")
TEXTS = ["شكرا على هذا التقرير", "أين مصدر هذا الكلام؟", "you are a stupid idiot", "أنت كلب حقير يا تافه"]
posted = 0


def comment(number):
    """Seconds until the answer."""
    form = {"comment_post_ID": POST, "author": "a", "email": f"reader{number}@example.org", "comment": f"{TEXTS[number % 4]} {number}"}
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc, timeout=60)
    start = time.perf_counter()
    connection.request("POST", "/wp-comments-post.php", urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - start
    assert answer.status == 302, answer.status
    return took


def measure(what, many=1, number=NUMBER):
    global posted
    php("wp_cache_flush(); delete_transient('naqd_down');")
    numbers = range(posted, posted + number)
    posted += number
    with concurrent.futures.ThreadPoolExecutor(many) as pool:
        times = sorted(pool.map(comment, numbers))
    median, p99 = statistics.median(times), times[min(len(times) - 1, round(0.99 * len(times)))]
    print(f"{what:<34} median {1000 * median:6.0f} ms   p99 {1000 * p99:6.0f} ms   slowest {1000 * times[-1]:6.0f} ms", flush=True)
    return median, times


def plugin(active):
    php(f"require_once ABSPATH . 'wp-admin/includes/plugin.php'; {'activate_plugin' if active else 'deactivate_plugins'}('naqd/naqd.php');")


php("update_option('comment_moderation', 0);")
start = posted = int(time.time()) % 1_000_000 * 1000
plugin(False)
measure("(first requests)", number=10)
without, _ = measure("without the plugin")
measure("without the plugin, 50 at once", 50, 200)
plugin(True)
settings()
up, _ = measure("naqd-serve up")
settings(address="http://127.0.0.1:1")
down, _ = measure("naqd-serve down")
settings(address=os.environ["BAD_ADDRESS"] + "/hang")
hanging, times = measure("naqd-serve hangs")
settings()
_, many = measure("naqd-serve up, 50 at once", 50, 200)
settings(address=os.environ["BAD_ADDRESS"] + "/hang")
measure("naqd-serve hangs, 50 at once", 50, 200)
settings()
stored = php(f"global $wpdb; echo $wpdb->get_var(\"SELECT COUNT(*) FROM $wpdb->comments WHERE comment_author_email LIKE 'reader%@example.org' AND comment_author = 'a'\");")
assert stored >= posted - start, f"{posted - start} comments posted, {stored} stored"
# Half a second of room for a machine that does other work too.
assert up - without < 0.1, "naqd-serve costs a reader too much"
assert down - without < 0.1, "a server that is down costs a reader too much"
slow = sum(took > without + 0.7 for took in times)
# One waits a second, then nobody for 30 seconds.
assert slow <= 2 + sum(times) / 30, f"{slow} readers waited for a server that hangs"
print(f"naqd-serve costs a reader {1000 * (up - without):.0f} ms in the median; {slow} of {len(times)} waited for a server that hangs")
