#!/usr/bin/env python3
"""Readers, moderators and strangers at a real WordPress with the plugin, over HTTP: tests/wordpress/site.py

Environment: WORDPRESS_URL, WORDPRESS (its folder), NAQD_ADDRESS, BAD_ADDRESS, NAQD (folder of the programs), FEEDBACK (file).
"""

import contextlib
import csv
import hashlib
import hmac
import html
import http.cookiejar
import io
import json
import os
import re
import sqlite3
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from site_php import SECRET, URL, b64, php, settings

POLITE, CRITICAL = "شكرا جزيلا لكم", "أين مصدر هذا الكلام؟"
ABUSIVE, HELD = "أنت كلب حقير يا تافه", "you are so dumb"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Visitor:
    """A browser without a window."""

    def __init__(self, user=None):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), NoRedirect)
        if user:
            self.ask("/wp-login.php")
            status, _, _ = self.ask("/wp-login.php", {"log": user, "pwd": "naqd-Test-1", "testcookie": "1"})
            assert status == 302, f"{user} is not let in"

    def ask(self, path, form=None, headers=None, data=None):
        url = path if path.startswith("http") else URL + path
        body = urllib.parse.urlencode(form).encode() if form is not None else data
        try:
            answer = self.opener.open(urllib.request.Request(url, body, headers or {}), timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.read().decode("utf-8", "replace"), answer.headers

    def nonce(self, path, pattern):
        page = html.unescape(self.ask(path)[1])
        found = re.search(pattern, page)
        assert found, f"{pattern} is not in {path}"
        return found[1]

    def comment(self, text, **more):
        form = {"comment_post_ID": str(POST), "author": "قارئ", "email": "reader@example.org", "comment": text} | more
        return self.ask("/wp-comments-post.php", form)


def stored(text):
    """The last comment with exactly this text: id, status, label, events, feedback."""
    return php(
        f"global $wpdb; wp_cache_flush(); $id = (int) $wpdb->get_var($wpdb->prepare('SELECT comment_ID FROM ' . $wpdb->comments . ' WHERE comment_content = %s ORDER BY comment_ID DESC', base64_decode('{b64(text)}')));"
        "$v = Naqd_Record::verdict($id); $c = get_comment($id);"
        "echo $c ? json_encode(array('id' => $id, 'status' => $c->comment_approved, 'parent' => (int) $c->comment_parent, 'type' => $c->comment_type, 'label' => $v ? $v->label : null,"
        "'events' => array_column(Naqd_Record::history($id), 'event'), 'feedback' => get_comment_meta($id, '_naqd_feedback', true), 'name' => get_comment_meta($id, '_naqd_id', true))) : 'null';")


def old_comment(text, status="1", **more):
    data = {"comment_post_ID": POST, "comment_content": text, "comment_approved": status, "comment_author": "قارئ", "comment_author_email": "reader@example.org"} | more
    return php(f"echo json_encode(wp_insert_comment(wp_slash(json_decode(base64_decode('{b64(json.dumps(data))}'), true))));")


number = 0


def new(text):
    """A text that no other comment has, with the same verdict."""
    global number
    number += 1
    return text + " ." * number


POST = None
ADMIN = EDITOR = READER = None


def setUpModule():
    global POST, ADMIN, EDITOR, READER
    POST = php("echo get_page_by_path('naqd', OBJECT, 'post')->ID;")
    for role in ["subscriber", "editor"]:
        php(f"if (!get_user_by('login', 'naqd-{role}')) wp_insert_user(array('user_login' => 'naqd-{role}', 'user_pass' => 'naqd-Test-1', 'user_email' => 'naqd-{role}@example.org', 'role' => '{role}'));")
    ADMIN, EDITOR, READER = Visitor("admin"), Visitor("naqd-editor"), Visitor("naqd-subscriber")


class Case(unittest.TestCase):
    def setUp(self):
        settings()


class Readers(Case):
    def test_form(self):
        for text, status in [(POLITE, "1"), (CRITICAL, "1"), (HELD, "0"), (ABUSIVE, "trash")]:
            text = new(text)
            code, _, headers = Visitor().comment(text)
            self.assertEqual(code, 302)
            self.assertIn("#comment-", headers["Location"])
            self.assertEqual(stored(text)["status"], status)

    def test_reply(self):
        parent, text = old_comment(new("خبر")), new(HELD)
        Visitor().comment(text, comment_parent=str(parent))
        self.assertEqual((stored(text)["status"], stored(text)["parent"]), ("0", parent))

    def test_refused_politely(self):
        settings(on_reject="refuse", refusal_ar="أعد <b>الصياغة</b>", refusal_other="Again, please")
        text = new(ABUSIVE)
        code, page, _ = Visitor().comment(text)
        self.assertEqual(code, 409)
        self.assertIn("<bdi>أعد &lt;b&gt;الصياغة&lt;/b&gt;</bdi>", page)
        self.assertIn("history.back()", page)
        self.assertIsNone(stored(text))

    def test_rest(self):
        for headers in [{}, {"X-WP-Nonce": READER.nonce("/wp-admin/profile.php", r'wpApiSettings = \{[^}]*"nonce":"(\w+)"')}]:
            visitor = READER if headers else Visitor()
            for text, code, status in [(POLITE, 201, "1"), (HELD, 201, "0"), (ABUSIVE, 201, "trash")]:
                text = new(text)
                body = json.dumps({"post": POST, "content": text, "author_name": "a", "author_email": "a@example.org"}).encode()
                got, answer, _ = visitor.ask("/?rest_route=/wp/v2/comments", headers={"Content-Type": "application/json"} | headers, data=body)
                self.assertEqual(got, code, answer)
                self.assertEqual(stored(text)["status"], status)
                self.assertNotIn("naqd", answer)
        settings(on_reject="refuse", refusal_ar="أعد <b>الصياغة</b>")
        body = json.dumps({"post": POST, "content": new(ABUSIVE), "author_name": "a", "author_email": "a@example.org"}).encode()
        code, answer, _ = Visitor().ask("/?rest_route=/wp/v2/comments", headers={"Content-Type": "application/json"}, data=body)
        self.assertEqual((code, json.loads(answer)["message"]), (409, "أعد <b>الصياغة</b>"))

    def test_xml_rpc_and_pingback(self):
        text = new(HELD)
        call = f"""<?xml version="1.0"?><methodCall><methodName>wp.newComment</methodName><params><param><value><int>1</int></value></param>
            <param><value>naqd-subscriber</value></param><param><value>naqd-Test-1</value></param><param><value><int>{POST}</int></value></param>
            <param><value><struct><member><name>content</name><value>{text}</value></member></struct></value></param></params></methodCall>"""
        code, answer, _ = Visitor().ask("/xmlrpc.php", headers={"Content-Type": "text/xml"}, data=call.encode())
        self.assertEqual((code, stored(text)["status"]), (200, "0"), answer)
        # Another article of this site links to this one.
        linking = php(f"echo wp_insert_post(array('post_title' => 'رابط', 'post_status' => 'publish', 'post_content' => '<p>انظر <a href=\"{URL}/?p={POST}\">الخبر</a> هناك</p>'));")
        call = f"""<?xml version="1.0"?><methodCall><methodName>pingback.ping</methodName><params><param><value>{URL}/?p={linking}</value></param>
            <param><value>{URL}/?p={POST}</value></param></params></methodCall>"""
        code, answer, _ = Visitor().ask("/xmlrpc.php", headers={"Content-Type": "text/xml"}, data=call.encode())
        ping = php("global $wpdb; $c = get_comments(array('type' => 'pingback', 'number' => 1)); echo json_encode($c ? array($c[0]->comment_approved, Naqd_Record::verdict($c[0]->comment_ID), get_comment_meta($c[0]->comment_ID)) : null);")
        self.assertEqual(ping, ["1", None, []], answer)

    def test_watch_and_failures(self):
        settings(mode="watch")
        text = new(ABUSIVE)
        Visitor().comment(text)
        self.assertEqual((stored(text)["status"], stored(text)["events"]), ("1", ["watched"]))
        # The longer the comment, the longer an answer may be: what is too much for PHP must not be more than that.
        for path, times in [("hang", 1), ("rubbish", 1), ("slow", 1), ("500", 1), ("huge", 1), ("huge", 350), ("bomb", 200), ("deep", 350), ("headers", 1)]:
            settings(address=os.environ["BAD_ADDRESS"] + "/" + path)
            text, start = new(ABUSIVE * times), time.time()
            code, _, _ = Visitor().comment(text)
            # One second and the page, on a machine that does other work too.
            self.assertLess(time.time() - start, 3.5)
            self.assertEqual((code, stored(text)["status"], stored(text)["events"]), (302, "1", ["failed"]), path)


class Moderators(Case):
    def labels(self):
        """Sends what waits as WP-Cron does it; what naqd-serve has stored, by text."""
        php("do_action('naqd_feedback');")
        run = subprocess.run([os.environ["NAQD"] + "/naqd-serve", "export", "--feedback", os.environ["FEEDBACK"]], capture_output=True, text=True, check=True)
        return {row["text"]: (row["label"], row["id"]) for row in csv.DictReader(io.StringIO(run.stdout))}

    def test_every_way_by_hand_and_the_labels_arrive(self):
        wanted = {}
        # The links below a comment, as the script of the page calls them.
        for field, value, label in [("new", "approved", "critical|neutral"), ("spam", "1", "abusive"), ("trash", "1", "abusive")]:
            text = new("تعليق قديم")
            id = old_comment(text, "0")
            if field == "new":
                nonce = EDITOR.nonce("/wp-admin/edit-comments.php", rf"comment\.php\?c={id}&action=approvecomment&_wpnonce=(\w+)")
                form = {"action": "dim-comment", "id": str(id), "dimClass": "unapproved", "_ajax_nonce": nonce, "new": "approved"}
            else:
                nonce = EDITOR.nonce("/wp-admin/edit-comments.php", rf"comment\.php\?c={id}&action={field}comment&_wpnonce=(\w+)")
                form = {"action": "delete-comment", "id": str(id), "_ajax_nonce": nonce, field: "1"}
            code, answer, _ = EDITOR.ask("/wp-admin/admin-ajax.php", form)
            self.assertEqual(code, 200, answer)
            wanted[text] = label
        # The link of a mail to moderators, and bulk actions.
        text = new("تعليق قديم")
        id = old_comment(text, "0")
        nonce = EDITOR.nonce(f"/wp-admin/comment.php?action=approve&c={id}", r'name="_wpnonce" value="(\w+)"')
        EDITOR.ask("/wp-admin/comment.php", {"action": "approvecomment", "c": str(id), "_wpnonce": nonce})
        wanted[text] = "critical|neutral"
        for action, label in [("trash", "abusive"), ("spam", "abusive"), ("approve", "critical|neutral")]:
            text = new("تعليق قديم")
            id = old_comment(text, "0")
            nonce = EDITOR.nonce("/wp-admin/edit-comments.php", r'name="_wpnonce" value="(\w+)"')
            EDITOR.ask("/wp-admin/edit-comments.php?" + urllib.parse.urlencode({"_wpnonce": nonce, "action": action, "action2": "-1", "delete_comments[]": id, "comment_status": "all"}))
            wanted[text] = label
        # REST, as apps do it.
        nonce = EDITOR.nonce("/wp-admin/profile.php", r'wpApiSettings = \{[^}]*"nonce":"(\w+)"')
        for change, label in [({"status": "approved"}, "critical|neutral"), ({"status": "spam"}, "abusive")]:
            text = new("تعليق قديم")
            id = old_comment(text, "0")
            EDITOR.ask(f"/?rest_route=/wp/v2/comments/{id}", headers={"Content-Type": "application/json", "X-WP-Nonce": nonce}, data=json.dumps(change).encode())
            wanted[text] = label
        # The page that edits a comment.
        text = new("تعليق قديم")
        id = old_comment(text, "0")
        nonce = EDITOR.nonce(f"/wp-admin/comment.php?action=editcomment&c={id}", r'name="_wpnonce" value="(\w+)"')
        EDITOR.ask("/wp-admin/comment.php", {"action": "editedcomment", "c": str(id), "comment_ID": str(id), "p": str(POST), "_wpnonce": nonce, "comment_status": "trash",
                   "newcomment_author": "قارئ", "newcomment_author_email": "reader@example.org", "newcomment_author_url": "", "content": text})
        wanted[text] = "abusive"
        # The application of WordPress for phones.
        text = new("تعليق قديم")
        id = old_comment(text, "0")
        call = f"""<?xml version="1.0"?><methodCall><methodName>wp.editComment</methodName><params><param><value><int>1</int></value></param><param><value>naqd-editor</value></param>
            <param><value>naqd-Test-1</value></param><param><value><int>{id}</int></value></param>
            <param><value><struct><member><name>status</name><value>approve</value></member></struct></value></param></params></methodCall>"""
        Visitor().ask("/xmlrpc.php", headers={"Content-Type": "text/xml"}, data=call.encode())
        wanted[text] = "critical|neutral"
        # What naqd itself decides is not among them.
        own = new(ABUSIVE)
        Visitor().comment(own)
        labels = self.labels()
        for text, label in wanted.items():
            self.assertIn(text, labels)
            self.assertEqual(labels[text], (label, stored(text)["name"]))
        self.assertNotIn(own, labels)

    def test_akismet_is_no_hand(self):
        php("require_once ABSPATH . 'wp-admin/includes/plugin.php'; update_option('wordpress_api_key', '0123456789ab'); echo json_encode(activate_plugin('akismet/akismet.php'));")
        try:
            # A comment that Akismet refuses is not asked about.
            text = new("viagra " + ABUSIVE)
            Visitor().comment(text)
            self.assertEqual((stored(text)["status"], stored(text)["label"]), ("spam", None))
            # "Check for spam", clicked by a moderator.
            text = new("viagra old")
            id = old_comment(text, "0")
            nonce = ADMIN.nonce("/wp-admin/edit-comments.php?comment_status=moderated", r'data-nonce="(\w+)"')
            code, answer, _ = ADMIN.ask("/wp-admin/admin-ajax.php", {"action": "akismet_recheck_queue", "nonce": nonce, "offset": "0", "limit": "100"})
            self.assertEqual((code, stored(text)["status"]), (200, "spam"), answer[:500])
            self.assertEqual((stored(text)["events"], stored(text)["feedback"]), ([], ""))
            self.assertNotIn(text, self.labels())
        finally:
            php("require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins('akismet/akismet.php');")


class Desk(Case):
    """The review desk of the real naqd-serve, whose decisions come back by the signed route."""

    def setUp(self):
        settings(desk="keep")
        self.person = Visitor()
        self.form("/review/sign-in", "/review/sign-in", name="salma", password="naqd-Test-12345")

    def form(self, page, path, **fields):
        """Sends a form of the desk, with the secret of the page that has it."""
        server = os.environ["NAQD_ADDRESS"]
        secret = self.person.nonce(server + page, r'name="form" value="([^"]+)"')
        code, answer, _ = self.person.ask(server + path, {"form": secret} | fields)
        self.assertEqual(code, 303, answer)

    def kept(self, text):
        """Number of a comment at the desk, or None."""
        database = os.path.join(os.path.dirname(os.environ["FEEDBACK"]), "review.sqlite")
        with contextlib.closing(sqlite3.connect(database, timeout=10)) as desk:
            found = desk.execute("SELECT n FROM comments WHERE id = ?", [stored(text)["name"]]).fetchone()
        return found and found[0]

    def becomes(self, text, status):
        """Waits until WordPress has the status; deliveries are on their way for some moments."""
        end = time.time() + 20
        while time.time() < end and stored(text)["status"] != status:
            time.sleep(0.1)
        self.assertEqual(stored(text)["status"], status)

    def test_held_comments_are_decided_at_the_desk(self):
        text, polite = new(HELD), new(POLITE)
        for one in [text, polite]:
            self.assertEqual(Visitor().comment(one)[0], 302)
        self.assertEqual((stored(text)["status"], stored(polite)["status"]), ("0", "1"))
        number = self.kept(text)
        self.assertIsNotNone(number)
        self.assertIsNone(self.kept(polite), "what is published needs nobody")
        card = html.unescape(self.person.ask(f"{os.environ['NAQD_ADDRESS']}/review/comment/{number}")[1])
        self.assertIn("خبر", card, "the title of the post")
        self.assertIn(f"{URL}/?p={POST}", card)
        self.assertNotIn("reader@example.org", card)
        self.form(f"/review/comment/{number}", f"/review/comment/{number}", decision="publish")
        self.becomes(text, "1")
        self.assertIn(text, html.unescape(Visitor().ask(f"/?p={POST}")[1]), "readers see it")
        # Undone, it waits again; then it is rejected.
        self.form(f"/review/comment/{number}", "/review/undo")
        self.becomes(text, "0")
        self.form(f"/review/comment/{number}", f"/review/comment/{number}", decision="reject", why="abuse")
        self.becomes(text, "trash")
        self.assertNotIn(text, html.unescape(Visitor().ask(f"/?p={POST}")[1]))
        self.assertEqual((stored(text)["events"], stored(text)["feedback"]), (["decided", "desk", "desk", "desk"], ""))


class Strangers(Case):
    def state(self):
        return php("wp_cache_flush(); echo json_encode(array(get_option('naqd'), Naqd_Rescore::state()['run']));")

    def test_nothing_is_done_without_nonce_and_capability(self):
        before = self.state()
        forms = [
            ("/wp-admin/admin-post.php", {"action": "naqd_test"}),
            ("/wp-admin/admin-post.php", {"action": "naqd_rescore", "naqd_start": "1", "naqd_all": "1"}),
            ("/wp-admin/options.php", {"option_page": "naqd", "action": "update", "naqd[mode]": "act", "naqd[address]": "http://evil.example", "naqd[key_remove]": "1"}),
        ]
        for path, form in forms:
            for who, visitor in [("nobody", Visitor()), ("a reader", READER), ("an editor", EDITOR), ("an administrator without nonce", ADMIN)]:
                for nonce in [{}, {"_wpnonce": "0123456789"}, {"_wpnonce[]": "x"}]:
                    code, page, _ = visitor.ask(path, form | nonce)
                    self.assertIn(code, [400, 403, 302, 200] if who == "nobody" else [403, 500], (path, who))
                self.assertEqual(self.state(), before, (path, who))
        # A nonce of one action is none of another.
        nonce = ADMIN.nonce("/wp-admin/options-general.php?page=naqd", r'name="_wpnonce" value="(\w+)"')
        self.assertEqual(ADMIN.ask("/wp-admin/admin-post.php", {"action": "naqd_rescore", "naqd_start": "1", "_wpnonce": nonce})[0], 403)
        self.assertEqual(self.state(), before)
        for visitor in [Visitor(), READER, EDITOR]:
            self.assertNotEqual(visitor.ask("/wp-admin/options-general.php?page=naqd")[0], 200)

    def test_files_do_nothing_by_themselves(self):
        base = "/wp-content/plugins/naqd/"
        root = os.environ["WORDPRESS"] + base
        for folder, _, names in os.walk(root):
            for name in names:
                if name.endswith(".php"):
                    path = base + os.path.relpath(os.path.join(folder, name), root)
                    code, page, _ = Visitor().ask(path)
                    self.assertEqual((code, page), (200, ""), path)

    def test_the_route_of_the_desk(self):
        text = new(HELD)
        Visitor().comment(text)
        event = json.dumps({"id": "1", "comment_id": stored(text)["name"], "decision": "publish", "label": "neutral", "at": time.time()}).encode()
        for signature, code in [(None, 401), ("t=1,v1=" + "0" * 64, 401), ("good", 200)]:
            headers = {"Content-Type": "application/json"}
            if signature:
                moment = str(int(time.time()))
                made = f"t={moment},v1=" + hmac.new(SECRET.encode(), f"{moment}.".encode() + event, hashlib.sha256).hexdigest()
                headers["X-Naqd-Signature"] = made if signature == "good" else signature
            got, answer, _ = Visitor().ask("/?rest_route=/naqd/v1/decision", headers=headers, data=event)
            self.assertEqual(got, code, answer)
            self.assertEqual(stored(text)["status"], "1" if code == 200 else "0")
        self.assertEqual((stored(text)["feedback"], stored(text)["events"]), ("", ["decided", "desk"]))

    def test_hostile_comments_and_names(self):
        hostile = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover=alert(1) '", "javascript:alert(1)", "\u202e\u2066evil", "<svg/onload=alert(1)>", "{{7*7}}%s%n", "x\0y"]
        settings(mode="watch")
        for text in hostile:
            Visitor().comment(new(text + " كلام"), author=text, email="x@example.org", url="javascript:alert(1)")
        last = php("echo get_comments(array('number' => 1, 'status' => 'any', 'fields' => 'ids'))[0];")
        for path in ["/wp-admin/edit-comments.php", "/wp-admin/edit-comments.php?naqd=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/wp-admin/edit-comments.php?naqd[]=x", "/wp-admin/",
                     f"/wp-admin/comment.php?action=editcomment&c={last}", "/wp-admin/options-general.php?page=naqd&naqd=<script>alert(1)</script>"]:
            code, page, _ = ADMIN.ask(path.replace("<", "%3C").replace(">", "%3E"))
            self.assertEqual(code, 200, path)
            self.assertNotRegex(page, r"(?i)<script>alert|<img src=x|onerror=alert\(1\)>|<svg/onload", path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
