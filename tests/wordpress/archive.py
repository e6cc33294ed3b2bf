#!/usr/bin/env python3
"""10,000 old comments judged by WP-Cron, which is killed in the middle, again and again: tests/wordpress/archive.py

Environment: as of site.py, and DECISIONS, the decision log of naqd-serve.
"""

import collections
import json
import os
import signal
import subprocess
import sys
import time

from site_php import php, settings

NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
KILLS = 3

settings(mode="act", on_reject="trash")
ids = php(f"""
    global $wpdb;
    $file = fopen('data/comments.csv', 'r');
    $head = fgetcsv($file, null, ',', '"', '');
    $post = get_page_by_path('naqd', OBJECT, 'post')->ID;
    $wpdb->query('START TRANSACTION');
    for ($n = 0; $n < {NUMBER}; $n++) {{
        $row = fgetcsv($file, null, ',', '"', '');
        if (!$row) {{ rewind($file); fgetcsv($file, null, ',', '"', ''); $row = fgetcsv($file, null, ',', '"', ''); }}
        $row = array_combine($head, $row);
        $wpdb->insert($wpdb->comments, array('comment_post_ID' => $post, 'comment_content' => $row['text'], 'comment_author' => 'قارئ', 'comment_approved' => array('1', '0', 'spam', 'trash')[$n % 4],
            'comment_date' => '2020-01-01 00:00:00', 'comment_date_gmt' => '2020-01-01 00:00:00', 'comment_type' => $n % 2 ? '' : 'comment'));
        $ids[] = $wpdb->insert_id;
    }}
    $wpdb->query('COMMIT');
    echo json_encode($ids);""")
statuses = "global $wpdb; echo json_encode($wpdb->get_col('SELECT comment_approved FROM ' . $wpdb->comments . ' ORDER BY comment_ID'));"
before = php(statuses)
php("Naqd_Rescore::start(false);")


def cron(wait):
    """WP-Cron, as a crontab calls it; killed after some time. True if it ended by itself."""
    process = subprocess.Popen(["php", "wp-cron.php"], cwd=os.environ["WORDPRESS"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(wait)
        return True
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False


def due():
    """Lets the next turn begin now, which is planned for later; fails if none is planned."""
    assert php("echo json_encode(false !== wp_next_scheduled('naqd_rescore'));"), "no turn is planned"
    php("wp_clear_scheduled_hook('naqd_rescore'); wp_schedule_single_event(time() - 1, 'naqd_rescore'); delete_transient('doing_cron');")


started, killed, turns = time.time(), 0, 0
while True:
    state = php("wp_cache_flush(); echo json_encode(Naqd_Rescore::state());")
    if not state["running"]:
        break
    due()
    if killed < KILLS:
        killed += not cron(1.5)
    else:
        # Two at once: the lock lets one of them work.
        other = subprocess.Popen(["php", "-r", f"require '{os.environ['WORDPRESS']}/wp-load.php'; do_action('naqd_rescore');"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cron(120)
        other.wait()
    turns += 1
    assert turns < 60, state
took = time.time() - started
assert killed == KILLS, "it was never killed"

found = php("""
    global $wpdb;
    foreach (array('_naqd_verdict', '_naqd_decision', '_naqd_history') as $key)
        $rows[$key] = $wpdb->get_col($wpdb->prepare('SELECT comment_id FROM ' . $wpdb->commentmeta . ' WHERE meta_key = %s AND comment_id >= %d', $key, """ + str(ids[0]) + """));
    $rows['runs'] = $wpdb->get_var('SELECT COUNT(DISTINCT SUBSTRING(meta_value, 1, 60)) FROM ' . $wpdb->commentmeta . " WHERE meta_key = '_naqd_verdict' AND comment_id >= """ + str(ids[0]) + """");
    echo json_encode($rows);""")
for key in ["_naqd_verdict", "_naqd_decision"]:
    counts = collections.Counter(map(int, found[key]))
    assert set(counts) >= set(ids), f"{key}: {len(set(ids) - set(counts))} are missing"
    assert max(counts.values()) == 1, f"{key}: some twice"
assert int(found["runs"]) == 1, found["runs"]
assert php(statuses) == before, "a status has changed"
wanted = {str(id) for id in ids}
asked = collections.Counter(line["id"] for line in map(json.loads, open(os.environ["DECISIONS"], encoding="utf-8")) if line.get("id") in wanted)
twice = sum(number > 1 for number in asked.values())
assert set(asked) == wanted and twice <= KILLS * 100, twice
print(f"{NUMBER:,} comments judged in {took:.0f} s, killed {killed} times, {turns} turns; stored once each; {twice} asked about again after a kill")
