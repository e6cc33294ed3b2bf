//! naqd-serve through its sockets: the real program, raw requests.

#[path = "../common/mod.rs"]
mod common;
mod coral;
mod decisions;
mod deliveries;
mod desk;
mod doors;
mod feedback;
mod formats;
mod hooks;
mod metrics;
mod origin;
mod own;
mod perspective;
mod running;
mod snapshots;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::assert::OutputAssertExt;
use serde_json::{Value, json};

use common::Folder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_naqd-serve");

/// A running server; killed when it is dropped.
struct Server {
    process: Child,
    address: String,
    /// Address for scrapers of metrics, if there is one.
    metrics: Option<String>,
    log: BufReader<Box<dyn Read>>,
}

impl Server {
    fn start(folder: &Folder, args: &[&str]) -> Server {
        Server::start_with(folder, args, &[])
    }

    /// The same with variables of the environment.
    fn start_with(folder: &Folder, args: &[&str], variables: &[(&str, &str)]) -> Server {
        let mut command = command(folder, "127.0.0.1:0", args);
        command.envs(variables.iter().copied());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(Box::new(process.stderr.take().unwrap()) as Box<dyn Read>);
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no log line: {line}"));
        let address = said["address"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned();
        let metrics = said["metrics"].as_str().map(str::to_owned);
        Server { process, address, metrics, log }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Status and body of the answer to a request on a connection of its own.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        // A server that has refused already may have gone away.
        let _ = stream.write_all(request.as_bytes());
        answer(&mut stream)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, &[], "")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.ask("POST", path, &[], &body.to_string());
        (status, serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}")))
    }

    fn metric(&self, series: &str) -> f64 {
        let (_, text) = self.get("/metrics");
        let line =
            text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("no {series} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.process.id().to_string()]).assert().success();
    }

    /// The next line of the log.
    fn next_line(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.log.read_line(&mut line).unwrap() > 0, "the log has ended");
        serde_json::from_str(&line).unwrap()
    }

    /// The next line of the log with this message.
    fn says(&mut self, message: &str) -> Value {
        loop {
            let said = self.next_line();
            if said["message"].as_str().is_some_and(|said| said.starts_with(message)) {
                return said;
            }
        }
    }
}

fn command(folder: &Folder, listen: &str, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder.path("")).args(["--listen", listen]).args(args);
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads an answer to its end.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    // A reset after the answer does not matter.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn analyze(text: &str) -> Value {
    json!({ "comment": { "text": text }, "requestedAttributes": { "TOXICITY": {} } })
}

fn refused(folder: &Folder, args: &[&str], words: &[&str]) {
    let output = Command::new(PROGRAM).current_dir(folder.path("")).args(args).output().unwrap();
    common::Ran(output).says(2, words);
}

fn export(folder: &Folder) -> common::Ran {
    export_with(folder, &[])
}

fn export_with(folder: &Folder, options: &[&str]) -> common::Ran {
    let args = ["export", "--feedback", "feedback.sqlite"];
    common::Ran(Command::new(PROGRAM).current_dir(folder.path("")).args(args).args(options).output().unwrap())
}

/// The lines of the decision log that are of a comment.
fn find(folder: &Folder, comment: &str) -> common::Ran {
    let mut command = assert_cmd::Command::new(PROGRAM);
    let args = ["find", "--decisions", "decisions.jsonl"];
    common::Ran(command.current_dir(folder.path("")).args(args).write_stdin(comment).output().unwrap())
}

/// Waits for what comes from another thread.
fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < until, "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}
