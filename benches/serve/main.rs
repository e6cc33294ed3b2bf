//! A bounded load on a server of this machine: how long a comment takes, and how many a second it scores.
//!
//!     cargo bench --features serve --bench serve -- [--seconds N] [--address 127.0.0.1:PORT] [--name NAME]
//!
//! Starts naqd-serve on a free port, or takes the server at the address, which has to be on the loopback. One thread
//! sends, so that the server has the other cores. Prints rows of a table in Markdown.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest run of one row.
const MOST_SECONDS: u64 = 60;
/// Requests not counted, for each connection.
const WARM: usize = 50;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let seconds = value("--seconds").map_or(Ok(10), |seconds| seconds.parse())?;
    let seconds = Duration::from_secs(u64::min(seconds, MOST_SECONDS));
    let (server, address) = match value("--address") {
        Some(address) => (None, address.parse::<SocketAddr>()?),
        None => {
            let (server, address) = Server::start()?;
            (Some(server), address)
        }
    };
    if !address.ip().is_loopback() {
        return Err("the load is for servers of this machine only".into());
    }
    let name = value("--name").unwrap_or_else(|| "naqd-serve".to_owned());
    let comments = comments()?;
    let single: Vec<Vec<u8>> = comments.iter().map(|comment| analyze(comment)).collect();
    let batch = [score(&comments)];
    println!("| server | request | connections | comments/s | p50 ms | p99 ms | worst ms |");
    println!("|---|---|---|---|---|---|---|");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Only naqd has the second kind of request.
    let kinds = [("one comment", &single[..], 1), ("100 comments", &batch[..], comments.len())];
    for (kind, requests, of) in kinds.into_iter().take(if server.is_some() { 2 } else { 1 }) {
        for connections in [1, 64] {
            let mut took = runtime.block_on(load(address, requests, connections, seconds))?;
            took.sort_unstable();
            let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
            let rate = (took.len() * of) as f64 / seconds.as_secs_f64();
            println!(
                "| {name} | {kind} | {connections} | {rate:.0} | {:.3} | {:.3} | {:.1} |",
                at(0.5),
                at(0.99),
                at(1.0)
            );
        }
    }
    Ok(())
}

/// Sends requests over so many connections, each when the answer to the one before is there.
async fn load(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    seconds: Duration,
) -> Result<Vec<Duration>, Failure> {
    let set = tokio::task::LocalSet::new();
    let requests: std::rc::Rc<[Vec<u8>]> = requests.into();
    let tasks: Vec<_> =
        (0..connections).map(|first| set.spawn_local(connection(address, requests.clone(), first, seconds))).collect();
    set.await;
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(all)
}

async fn connection(
    address: SocketAddr,
    requests: std::rc::Rc<[Vec<u8>]>,
    first: usize,
    seconds: Duration,
) -> Result<Vec<Duration>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(64 << 10);
    let mut took = Vec::with_capacity(1 << 16);
    let mut until = Instant::now() + seconds;
    for (number, request) in requests.iter().cycle().skip(first).enumerate() {
        if number == WARM {
            took.clear();
            until = Instant::now() + seconds;
        }
        let sent = Instant::now();
        if sent > until {
            break;
        }
        stream.write_all(request).await?;
        receive(&mut stream, &mut answer).await?;
        took.push(sent.elapsed());
    }
    Ok(took)
}

/// Reads an answer with `Content-Length` and insists on status 200.
async fn receive(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<(), Failure> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&answer[..head])?;
        if !text.starts_with("HTTP/1.1 200") {
            return Err(format!("expected status 200: {}", String::from_utf8_lossy(answer)).into());
        }
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let end = head + 4 + length.ok_or("expected a Content-Length")?;
        while answer.len() < end {
            if stream.read_buf(answer).await? == 0 {
                return Err("the server closed the connection".into());
            }
        }
        return Ok(());
    }
}

/// A hundred comments of 200 characters, made of those in the repository.
fn comments() -> Result<Vec<String>, Failure> {
    let mut reader = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/data/comments.csv"))?;
    let text = reader.headers()?.iter().position(|name| name == "text").ok_or("expected a column text")?;
    let (mut comments, mut comment) = (Vec::new(), String::new());
    for record in reader.records() {
        comment.push_str(&record?[text]);
        comment.push(' ');
        if comment.chars().count() >= 200 {
            comments.push(comment.chars().take(200).collect());
            comment.clear();
        }
    }
    // Spread over the file, which stands in an order.
    let step = comments.len() / 100;
    Ok(comments.into_iter().step_by(step.max(1)).take(100).collect())
}

fn analyze(comment: &str) -> Vec<u8> {
    let body = serde_json::json!({
        "comment": { "text": comment },
        "doNotStore": true,
        "requestedAttributes": { "TOXICITY": {} },
        "languages": ["en"],
    });
    post("/v1alpha1/comments:analyze?key=load", &body.to_string())
}

fn score(comments: &[String]) -> Vec<u8> {
    let comments: Vec<_> = comments.iter().map(|text| serde_json::json!({ "text": text })).collect();
    post("/v1/score", &serde_json::json!({ "comments": comments }).to_string())
}

fn post(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// naqd-serve on a free port; ended when it is dropped.
struct Server(Child);

impl Server {
    fn start() -> Result<(Server, SocketAddr), Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_naqd-serve"));
        let mut server = Server(command.args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn()?);
        let mut line = String::new();
        BufReader::new(server.0.stderr.take().ok_or("no log")?).read_line(&mut line)?;
        let line: serde_json::Value = serde_json::from_str(&line)?;
        Ok((server, line["address"].as_str().ok_or("no address")?.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
