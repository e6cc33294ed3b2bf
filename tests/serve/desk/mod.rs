//! The review desk, as a browser and a site meet it.

mod attacks;
mod coral;
mod decide;
mod edited;
mod learning;
mod load;
mod people;
mod store;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::common::{Folder, Ran};
use super::{PROGRAM, Server};

/// Comments that are held by the thresholds of [`CONFIG`], of no one.
pub const HELD: [&str; 3] =
    ["كاتب المقال لا يفهم ما يكتب", "You did not even read the report, did you", "من أين لكم هذا الرقم العجيب؟"];
/// Thresholds that hold nearly everything.
pub const CONFIG: &str = "[thresholds]\npublish_below = 0.0001\nreject_above = 0.9999\nnotify_above = 0.5\n[review]\nfile = \"review.sqlite\"\nspot_checks = 0.0\n";
pub const PASSWORD: &str = "correct horse battery";

/// An answer with its head.
pub struct Page {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Page {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The secret of its forms.
    pub fn form(&self) -> String {
        let (_, rest) =
            self.body.split_once("name=\"form\" value=\"").unwrap_or_else(|| panic!("no form: {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn has(&self, words: &[&str]) -> &Page {
        for word in words {
            assert!(self.body.contains(word), "expected {word:?} in {}: {}", self.status, self.body);
        }
        self
    }
}

/// A browser with its cookies.
pub struct Browser {
    address: String,
    pub cookies: BTreeMap<String, String>,
    /// Secret of the forms of the page seen last.
    pub form: String,
    pub headers: Vec<(String, String)>,
}

impl Browser {
    pub fn new(address: &str) -> Browser {
        let cookies = BTreeMap::from([("naqd_language".to_owned(), "en".to_owned())]);
        Browser { address: address.to_owned(), cookies, form: String::new(), headers: Vec::new() }
    }

    /// A browser of somebody who has signed in.
    pub fn signed_in(address: &str, name: &str) -> Browser {
        let mut browser = Browser::new(address);
        let page = browser.sign_in(name, PASSWORD);
        assert_eq!((page.status, page.header("location")), (303, Some("/review")), "{}", page.body);
        browser.get("/review/others");
        browser
    }

    pub fn sign_in(&mut self, name: &str, password: &str) -> Page {
        self.get("/review/sign-in");
        self.post("/review/sign-in", &[("name", name), ("password", password)])
    }

    pub fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, "")
    }

    /// Gets a page, and where it leads.
    pub fn follow(&mut self, path: &str) -> Page {
        let mut page = self.get(path);
        for _ in 0..5 {
            let Some(next) = page.header("location").map(str::to_owned) else { break };
            page = self.get(&next);
        }
        page
    }

    /// Sends a form with the secret of the page seen last.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = self.form.clone();
        let encoded = fields.iter().map(|(name, value)| format!("&{name}={}", encode(value))).collect::<String>();
        self.ask("POST", path, &format!("form={form}{encoded}"))
    }

    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\nContent-Length: {}\r\n",
            self.address,
            cookies.join("; "),
            body.len()
        );
        self.headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let _ = stream.write_all(format!("{request}\r\n{body}").as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let page = Page { status, head: head.to_owned(), body: body.to_owned() };
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                let (name, rest) = value.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
        }
        if page.body.contains("name=\"form\"") {
            self.form = page.form();
        }
        page
    }
}

fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A folder with a configuration and the accounts mona (moderator), emad (editor) and amal (admin).
pub fn folder() -> Folder {
    let folder = Folder::new(&[("naqd.toml", CONFIG.as_bytes())]);
    for (name, role) in [("mona", "moderator"), ("emad", "editor"), ("amal", "admin")] {
        add_user(&folder, name, role);
    }
    folder
}

pub fn add_user(folder: &Folder, name: &str, role: &str) {
    let args = ["user", "add", name, "--role", role, "--review", "review.sqlite", "--password-stdin"];
    let output =
        assert_cmd::Command::new(PROGRAM).current_dir(folder.path("")).args(args).write_stdin(PASSWORD).output();
    Ran(output.unwrap()).says(0, &[]);
}

pub fn run(folder: &Folder, args: &[&str]) -> Ran {
    Ran(Command::new(PROGRAM).current_dir(folder.path("")).args(args).output().unwrap())
}

pub fn start(folder: &Folder) -> Server {
    Server::start(folder, &["--config", "naqd.toml"])
}

/// Sends comments to be scored and kept.
pub fn keep(server: &Server, comments: &[Value]) -> (u16, Value) {
    server.post("/v1/score?keep=true", &json!({ "comments": comments }))
}

/// The file of the desk, as another program sees it.
pub fn database(folder: &Folder) -> Connection {
    let database = Connection::open(folder.path("review.sqlite")).unwrap();
    database.busy_timeout(Duration::from_secs(20)).unwrap();
    database
}

pub fn number(folder: &Folder, sql: &str) -> i64 {
    database(folder).query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Puts `n` comments into the queue through a file.
pub fn fill(folder: &Folder, n: usize) {
    let rows: String = (0..n).map(|i| format!("f{i},\"{} {i}\",reader{}\n", HELD[i % 2], i % 7)).collect();
    std::fs::write(folder.path("inbox.csv"), format!("id,text,author\n{rows}")).unwrap();
    run(folder, &["queue", "inbox.csv", "--config", "naqd.toml"]).says(0, &["comments are in the queues"]);
}
