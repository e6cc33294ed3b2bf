//! Requests of web pages: those of other sites can neither write nor read.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};

use super::common::Folder;
use super::{Server, analyze, answer, export};

const ROUTES: [(&str, &str); 9] = [
    ("POST", "/v1/feedback"),
    ("POST", "/v1/score"),
    ("POST", "/comments:analyze"),
    ("POST", "/v1alpha1/comments:suggestscore"),
    ("POST", "/coral"),
    ("GET", "/v1/model"),
    ("GET", "/metrics"),
    ("GET", "/healthz"),
    ("GET", "/nowhere"),
];

/// Reason of a refusal, and its message.
fn refusal(answer: &str) -> (String, String) {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["error"]["details"][0]["reason"]), text(&answer["error"]["message"]))
}

#[test]
fn pages_of_other_sites_are_refused_on_every_route() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let body = json!({ "text": "of another page", "label": "approve" }).to_string();
    let own = format!("http://{}", server.address);
    for (method, path) in ROUTES {
        for header in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://evil.example"),
            ("Origin", "http://localhost"),
            ("Origin", "https://127.0.0.1"),
            ("Origin", "null"),
            ("Origin", "http://"),
        ] {
            let (status, told) = server.ask(method, path, &[("Content-Type", "text/plain"), header], &body);
            assert_eq!((status, refusal(&told).0.as_str()), (403, "OTHER_SITE"), "{path} {header:?}");
        }
        let asked = server.ask("OPTIONS", path, &[("Origin", "http://evil.example")], "");
        assert_eq!(asked.0, 403, "no preflight is granted");
    }
    export(&folder).says(0, &["0 rows"]);
    // What a page of its own sends, a person who types an address, and clients that are no browser.
    for headers in [
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", own.as_str())][..],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", &own.replace("http", "HTTP").to_lowercase())],
        &[],
    ] {
        assert_eq!(server.ask("POST", "/v1/feedback", headers, &body).0, 200, "{headers:?}");
    }
}

/// A page whose name leads here by a trick of its name server is of the same origin for the browser.
#[test]
fn without_keys_the_server_is_asked_by_its_own_name() {
    let key = ("X-Api-Key", "0123456789abcdef");
    let folder = Folder::new(&[
        ("hosts.toml", b"hosts = [\"news.example\", \"naqd:8443\"]\n"),
        ("keys.toml", b"[keys]\nkeys = [\"0123456789abcdef\"]\n"),
        ("wrong.toml", b"hosts = [\"http://news.example\"]\n"),
    ]);
    let ask = |server: &Server, head: &str| {
        let mut stream = server.connect();
        stream.write_all(format!("{head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
        answer(&mut stream)
    };
    let with_host = |server: &Server, host: &str| ask(server, &format!("GET /healthz HTTP/1.1\r\nHost: {host}"));
    let plain = Server::start(&folder, &[]);
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:99", "[::1]", "[::1]:8080"] {
        assert_eq!(with_host(&plain, host).0, 200, "{host}");
    }
    for host in
        ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "192.0.2.1", "localhost.", "news.example", ""]
    {
        let (status, told) = with_host(&plain, host);
        let (reason, message) = refusal(&told);
        assert_eq!((status, reason.as_str()), (403, "UNKNOWN_HOST"), "{host}");
        assert!(message.contains("add it to hosts in naqd.toml"), "{message}");
    }
    assert_eq!(ask(&plain, "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost").0, 403);
    assert_eq!(ask(&plain, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost").0, 400);
    // No browser: it says no name at all.
    assert_eq!(ask(&plain, "GET /healthz HTTP/1.0\r\nAccept: */*").0, 200);

    let named = Server::start(&folder, &["--config", "hosts.toml"]);
    for (host, expected) in
        [("news.example", 200), ("News.example:443", 200), ("naqd:8443", 200), ("naqd:80", 403), ("localhost", 200)]
    {
        assert_eq!(with_host(&named, host).0, expected, "{host}");
    }
    let page = |origin: &str| ask(&named, &format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}")).0;
    assert_eq!(["https://news.example", "http://news.example:81", "http://naqd:8443"].map(page), [200, 403, 200]);
    // A page that has no key may have any name; a page that has one is still of another site.
    let keyed = Server::start(&folder, &["--config", "keys.toml"]);
    assert_eq!(with_host(&keyed, "evil.example").0, 200);
    let (status, told) =
        keyed.ask("POST", "/comments:analyze", &[key, ("Origin", "http://evil.example")], &analyze("a").to_string());
    assert_eq!((status, refusal(&told).0.as_str()), (403, "OTHER_SITE"));
    super::refused(&folder, &["--config", "wrong.toml"], &["wrong.toml", "http://news.example", "news.example"]);
}

/// A page that tries all that a page may try, and tells what it got in its title.
const PAGE: &str = r#"<!doctype html><title>waits</title><script>
(async () => {
  const got = [];
  const feedback = JSON.stringify({ text: "of another page", label: "approve" });
  for (const [name, path, options] of [
    ["write", "/v1/feedback", { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: feedback }],
    ["json", "/v1/feedback", { method: "POST", headers: { "Content-Type": "application/json" }, body: feedback }],
    ["read", "/v1/model", {}],
    ["score", "/v1/score", { method: "POST", headers: { "Content-Type": "text/plain" }, body: '{"text":"a"}' }],
  ]) {
    try {
      const answer = await fetch(SERVER + path, options);
      got.push(`${name} ${answer.type} ${answer.status} ${(await answer.text()).slice(0, 20)}`);
    } catch (error) {
      got.push(`${name} failed`);
    }
  }
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: SERVER + "/v1/feedback", enctype: "text/plain", target: "frame" });
  const field = document.createElement("input");
  [field.name, field.value] = ['{"text":"of a form', '","label":"approve"}'];
  form.append(field);
  document.body.append(form);
  form.submit();
  await new Promise((done) => setTimeout(done, 500));
  document.title = "got: " + got.join("; ");
})();
</script><body><iframe name="frame"></iframe>"#;

/// A page of another origin in Chromium.
#[test]
#[cfg(target_os = "linux")]
fn a_page_of_another_origin_in_a_browser_can_neither_write_nor_read() {
    if Command::new("chromium").arg("--version").output().is_err() {
        println!("skipped: no chromium, apt-get install chromium");
        return;
    }
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let port = server.address.rsplit_once(':').unwrap().1;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let pages = listener.local_addr().unwrap().port();
    // Another server of this machine serves the page: of another site by one name, of the same site by the other.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                let head = String::from_utf8_lossy(&request[..read]).into_owned();
                let target =
                    head.split(' ').nth(1).unwrap_or("").split_once("?to=").map_or("", |(_, to)| to).to_owned();
                let page = PAGE.replace("SERVER", &format!("\"http://{target}\""));
                let length = page.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{page}"
                );
            });
        }
    });
    let profile = folder.path("profile");
    let title = |page: &str| {
        let output = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=20000"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("--host-resolver-rules=MAP evil.example 127.0.0.1")
            .arg(page)
            .output()
            .unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        title.unwrap_or_else(|| panic!("{page} {}", String::from_utf8_lossy(&output.stderr))).0.to_owned()
    };
    let nothing = "got: write opaque 0 ; json failed; read failed; score failed";
    for page in [
        // Another site, the same site by another port, and another site that the name server has moved here.
        format!("http://localhost:{pages}/?to=127.0.0.1:{port}"),
        format!("http://127.0.0.1:{pages}/?to=127.0.0.1:{port}"),
        format!("http://evil.example:{pages}/?to=evil.example:{port}"),
    ] {
        assert_eq!(title(&page), nothing, "{page}");
    }
    export(&folder).says(0, &["0 rows"]);
    // The browser does reach it.
    assert!(server.metric("naqd_requests_total{code=\"403\",route=\"/v1/feedback\"}") >= 3.0);
}
