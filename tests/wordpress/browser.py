#!/usr/bin/python3
"""The plugin in a real browser: tests/wordpress/browser.py [PICTURES]

A reader, an administrator and a moderator in Chromium, in Arabic from the right and in English; with PICTURES, pictures of the
pages go there. Environment: as of site.py. Needs chromium-driver and python3-selenium, of Debian.
"""

import json
import os
import sys
import time
import unittest

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import Select, WebDriverWait

from site_php import URL, php, settings

PICTURES = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith(("-", "Browser")) else None
CRITICAL, ABUSIVE = "أين مصدر هذا الكلام؟", "أنت كلب حقير يا تافه"


def browser(language):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900", "--hide-scrollbars",
                     f"--lang={language}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]:
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = browser("ar")

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def open(self, path):
        self.driver.get(URL + path)

    def click(self, element):
        """Clicks, and waits for the page that follows."""
        page = self.find("html")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        WebDriverWait(self.driver, 20).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "html") != page)

    def login(self):
        self.open("/wp-admin/")
        if self.all("#user_login"):
            # The page moves the focus by itself.
            self.driver.execute_script("document.querySelector('#user_login').value = 'admin'; document.querySelector('#user_pass').value = 'naqd-Test-1'")
            self.click(self.find("#wp-submit"))
        self.assertTrue(self.all("#wpadminbar"))

    def language(self, locale):
        php(f"update_user_meta(1, 'locale', '{locale}'); ")

    def picture(self, name, selector="body", height=900):
        if not PICTURES:
            return
        self.driver.execute_script("document.querySelectorAll('.update-nag, .notice.is-dismissible, #wpfooter').forEach(e => e.remove())")
        self.driver.set_window_size(1280, min(2400, height))
        self.driver.save_screenshot(f"{PICTURES}/{name}.png")
        self.driver.set_window_size(1280, 900)

    def width_fits(self, what):
        """Nothing runs out of the page at its side."""
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0, what)

    def test_a_reader_is_asked_to_rephrase_and_does(self):
        settings(on_reject="refuse")
        driver = self.driver
        driver.delete_all_cookies()
        self.open("/?p=" + str(php("echo get_page_by_path('naqd', OBJECT, 'post')->ID;")))
        self.find("#author").send_keys("قارئة")
        self.find("#email").send_keys("reader@example.org")
        self.find("#comment").send_keys(ABUSIVE + " " + str(time.time()))
        self.click(self.find("#submit"))
        self.assertIn("نرحب بالنقد", self.find("body").text)
        self.assertEqual(self.find("html").get_attribute("dir"), "rtl")
        self.assertEqual(driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus"), 409)
        self.picture("refused-ar", height=420)
        driver.back()
        text = CRITICAL + " " + str(time.time())
        field = WebDriverWait(driver, 10).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "#comment"))
        self.assertIn(ABUSIVE, field.get_attribute("value"), "what he wrote is still there")
        field.clear()
        field.send_keys(text)
        self.click(self.find("#submit"))
        self.assertIn(text, self.find("body").text)

    def test_settings_by_the_form(self):
        self.login()
        for locale, words in [("ar", ["ما يُسمح للبرنامج به", "اختبر الاتصال", "قرارات المشرفين"]), ("en_US", ["What naqd may do", "Test the connection"])]:
            self.language(locale)
            settings(mode="watch")
            self.open("/wp-admin/options-general.php?page=naqd")
            self.assertEqual(self.find("html").get_attribute("dir") or "ltr", "rtl" if locale == "ar" else "ltr")
            page = self.find("#wpcontent").text + " ".join(button.get_attribute("value") for button in self.all("input[type=submit]"))
            for word in words:
                self.assertIn(word, page)
            self.width_fits("settings")
            self.picture(f"settings-{locale[:2]}", height=1750)
            address = self.find("#naqd-address")
            address.clear()
            address.send_keys(os.environ["BAD_ADDRESS"] + "/403")
            self.find("input[name='naqd[mode]'][value=act]").click()
            self.find("#naqd-key").send_keys("secret-key-2")
            self.click(self.find("input[name=submit].button-primary"))
            self.assertTrue(self.find("input[name='naqd[mode]'][value=act]").is_selected())
            self.assertNotIn("secret-key-2", self.driver.page_source)
            self.click(self.find("form[action$='admin-post.php'] input[name=submit]"))
            self.assertEqual(len(self.all(".notice-error.inline")), 1)
            self.assertIn("keys.keys", self.find(".notice-error.inline").text)
            settings()
            self.open("/wp-admin/options-general.php?page=naqd")
            self.click(self.find("form[action$='admin-post.php'] input[name=submit]"))
            self.assertGreaterEqual(len(self.all(".notice-success.inline")), 3, self.find("#wpcontent").text)
            self.picture(f"test-{locale[:2]}", height=900)
            self.open("/wp-admin/options-discussion.php")
            self.assertEqual(len(self.all("a[href$='page=naqd']")), 2, "menu and hint")

    def test_archive_by_the_buttons(self):
        self.login()
        self.language("ar")
        settings()
        self.open("/wp-admin/options-general.php?page=naqd")
        self.click(self.find("#naqd_start"))
        self.assertEqual(len(self.all("#naqd_stop")), 1)
        self.assertEqual(len(self.all(".naqd progress")), 1)
        self.click(self.find("#naqd_stop"))
        self.assertEqual(len(self.all("#naqd_start")), 1)

    def test_list_history_and_dashboard(self):
        settings(mode="watch")
        php("""global $wpdb; $wpdb->query("DELETE FROM $wpdb->comments"); $wpdb->query("DELETE FROM $wpdb->commentmeta"); delete_transient('naqd_week'); delete_option('naqd_refused'); delete_option('naqd_rescore');
            $post = get_page_by_path('naqd', OBJECT, 'post')->ID;
            $file = fopen('data/inbox.csv', 'r'); $head = fgetcsv($file, null, ',', '"', '');
            while ($row = fgetcsv($file, null, ',', '"', '')) {
                $row = array_combine($head, $row);
                wp_new_comment(wp_slash(array('comment_post_ID' => $post, 'comment_author' => 'قارئ', 'comment_author_email' => 'reader@example.org', 'comment_author_url' => '',
                    'comment_content' => $row['comment'], 'comment_author_IP' => '192.0.2.1', 'comment_agent' => '', 'comment_type' => 'comment', 'comment_parent' => 0, 'user_id' => 0)), true);
            }""")
        self.login()
        for locale in ["ar", "en_US"]:
            self.language(locale)
            rtl = locale == "ar"
            self.open("/wp-admin/edit-comments.php")
            self.assertEqual(self.find("body").value_of_css_property("direction"), "rtl" if rtl else "ltr")
            self.assertGreaterEqual(len(self.all(".column-naqd .naqd-label")), 15)
            self.width_fits("list")
            # The column is behind the comment, seen in the direction of reading.
            comment, column = self.find("td.column-comment").rect, self.find("td.column-naqd").rect
            self.assertEqual(comment["x"] > column["x"], rtl)
            for words in self.all(".naqd-words bdi"):
                self.assertEqual(words.value_of_css_property("unicode-bidi"), "isolate")
            # Each comment runs from its own side.
            self.assertEqual(self.find("#the-comment-list .column-comment p").value_of_css_property("unicode-bidi"), "plaintext")
            self.picture(f"list-{locale[:2]}", height=860)
            # Criticism for the editors, by the link and by the choice.
            self.click(self.find(".subsubsub a[href*='naqd=editors']"))
            marks = len(self.all(".column-naqd .naqd-mark"))
            self.assertTrue(marks > 0 and marks == len(self.all("td.column-naqd")))
            Select(self.find("#naqd-filter")).select_by_value("reject")
            self.click(self.find("#post-query-submit"))
            self.assertTrue(all(cell.text for cell in self.all("td.column-naqd .naqd-decision")) and len(self.all("td.column-naqd")) > 0)
            # The history of a comment.
            self.driver.execute_script("document.querySelectorAll('.row-actions').forEach(e => e.style.position = 'static')")
            self.click(self.find(".row-actions a[href$='#naqd']"))
            self.assertEqual(len(self.all("#naqd .naqd-history li")), 1)
            self.driver.execute_script("document.querySelector('#naqd').scrollIntoView()")
            self.picture(f"history-{locale[:2]}", height=900)
            self.open("/wp-admin/")
            self.assertEqual(len(self.all("#naqd_week .naqd-week tbody tr")), 3)
            if PICTURES:
                self.driver.set_window_size(1280, 1200)
                self.find("#naqd_week").screenshot(f"{PICTURES}/dashboard-{locale[:2]}.png")
            # A narrow screen.
            self.driver.set_window_size(390, 800)
            self.open("/wp-admin/edit-comments.php")
            self.assertGreaterEqual(len(self.all(".column-naqd .naqd-label")), 15)
            self.driver.set_window_size(1280, 900)

    def test_a_moderator_clicks_and_the_label_waits(self):
        self.login()
        self.language("ar")
        settings()
        text = ABUSIVE + " " + str(time.time())
        id = php(f"echo wp_insert_comment(array('comment_post_ID' => get_page_by_path('naqd', OBJECT, 'post')->ID, 'comment_content' => '{text}', 'comment_approved' => 1));")
        self.open("/wp-admin/edit-comments.php")
        self.driver.execute_script("document.querySelectorAll('.row-actions').forEach(e => e.style.position = 'static')")
        self.find(f"#comment-{id} .row-actions .spam a").click()
        WebDriverWait(self.driver, 20).until(lambda driver: php(f"wp_cache_flush(); echo json_encode(get_comment_meta({id}, '_naqd_feedback', true));") == "reject")

    def test_zz_nothing_is_loaded_from_elsewhere_and_no_error_is_logged(self):
        addresses = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent" and "naqd" in message["params"]["request"]["url"]:
                addresses.add(message["params"]["request"]["url"])
        self.assertTrue(addresses)
        self.assertEqual([address for address in addresses if not address.startswith(URL)], [])
        self.assertEqual([entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE" and "naqd" in entry["message"]], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
