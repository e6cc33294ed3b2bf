//! Metrics at an address of their own.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;

use super::common::Folder;
use super::{Server, answer, refused};

#[test]
fn scrapers_have_an_address_of_their_own() {
    let config = b"metrics = \"127.0.0.1:0\"\n[keys]\nkeys = [\"0123456789abcdef\"]\nscoring = true\n";
    let folder = Folder::new(&[("naqd.toml", config), ("wrong.toml", b"metrics = \"9090\"\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    assert_eq!(server.get("/metrics").0, 403, "at the address of all routes a key is needed");
    let address = server.metrics.clone().unwrap();
    let ask = |method: &str, path: &str, header: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}");
        stream.write_all(format!("{head}Content-Length: 2\r\n\r\n{{}}").as_bytes()).unwrap();
        answer(&mut stream)
    };
    let (status, text) = ask("GET", "/metrics", "");
    assert!(status == 200 && text.contains("\nnaqd_connections "), "{text}");
    for (method, path, header, expected) in [
        ("GET", "/metrics/", "", 200),
        ("POST", "/metrics", "", 405),
        ("POST", "/v1/score", "", 404),
        ("POST", "/v1/score", "X-Api-Key: 0123456789abcdef\r\n", 404),
        ("POST", "/v1/feedback", "", 404),
        ("POST", "/v1alpha1/comments:analyze", "", 404),
        ("GET", "/v1/model", "", 404),
        ("GET", "/openapi.json", "", 404),
        ("GET", "/metrics", "Origin: http://evil.example\r\n", 403),
        ("GET", "/metrics", "Sec-Fetch-Site: cross-site\r\n", 403),
    ] {
        assert_eq!(ask(method, path, header).0, expected, "{method} {path} {header}");
    }
    refused(&folder, &["--config", "wrong.toml"], &["wrong.toml: metrics \"9090\"", "127.0.0.1:8080"]);
    let taken = format!("metrics = \"{}\"\n", server.address);
    std::fs::write(folder.path("taken.toml"), taken).unwrap();
    refused(&folder, &["--config", "taken.toml", "--listen", "127.0.0.1:0"], &["metrics 127.0.0.1"]);
}

#[test]
fn without_keys_metrics_are_asked_for_by_a_name_of_the_server() {
    let folder = Folder::new(&[("naqd.toml", b"metrics = \"127.0.0.1:0\"\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    assert_eq!(server.post("/v1/score", &json!({ "text": "a" })).0, 200);
    let ask = |host: &str| {
        let mut stream = TcpStream::connect(server.metrics.as_ref().unwrap()).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        answer(&mut stream)
    };
    assert!(ask("localhost:9090").1.contains("naqd_comments_total"));
    assert_eq!(ask("evil.example").0, 403);
}
