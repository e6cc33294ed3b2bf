//! The decision log.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::common::Folder;
use super::{Server, find, wait_for};

const LOG: &str = "decisions.jsonl";

/// Short comments are few, and their hashes known; with a secret they are not.
#[test]
fn who_has_the_log_cannot_guess_comments() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--decisions", LOG]);
    for text in ["you fool", "thanks", "line\n"] {
        assert_eq!(server.post("/v1/score", &json!({ "text": text })).0, 200);
    }
    let log = wait_for(|| Some(folder.read(LOG)).filter(|log| log.lines().count() == 3));
    assert!(!log.contains(&hex::encode(Sha256::digest("thanks"))), "{log}");
    let lines: Vec<&str> = log.lines().collect();
    let found = find(&folder, "thanks\n");
    found.says(0, &["1 lines"]);
    assert_eq!(found.out().trim_end(), lines[1]);
    assert_eq!(find(&folder, "line\n\n").out().trim_end(), lines[2]);
    find(&folder, "another").says(0, &["0 lines"]);
    // The way without naqd that docs/serving.md shows.
    let script = r#"printf %s "$1" | sha256sum | cut -c -64 | tr -d '\n' | openssl dgst -sha256 -hmac "$(cat decisions.jsonl.secret)" -r"#;
    if let Ok(output) =
        std::process::Command::new("bash").current_dir(folder.path("")).args(["-c", script, "", "thanks"]).output()
        && output.status.success()
        && !output.stdout.is_empty()
    {
        let hash = String::from_utf8(output.stdout).unwrap();
        let line: Value = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(line["hmac"], hash[..64]);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.path("decisions.jsonl.secret").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The secret stays when the log begins anew; without it nothing is found, and a bad one is refused.
    let secret = folder.read("decisions.jsonl.secret");
    drop(server);
    let server = Server::start(&folder, &["--decisions", LOG]);
    assert_eq!(folder.read("decisions.jsonl.secret"), secret);
    drop(server);
    std::fs::write(folder.path("decisions.jsonl.secret"), "short\n").unwrap();
    super::refused(&folder, &["--decisions", LOG], &["decisions.jsonl.secret", "5 bytes", "openssl rand"]);
    std::fs::remove_file(folder.path("decisions.jsonl.secret")).unwrap();
    find(&folder, "thanks").says(0, &["0 lines"]);
}

/// The machine went down amid a line: the next one stands by itself.
#[test]
fn half_a_line_spoils_no_other() {
    let folder = Folder::new(&[(LOG, b"{\"decision\":\"hold\"}\n{\"decision\":\"publ")]);
    for lines in [3, 4] {
        let server = Server::start(&folder, &["--decisions", LOG]);
        assert_eq!(server.post("/v1/score", &json!({ "text": "a comment" })).0, 200);
        let log = wait_for(|| Some(folder.read(LOG)).filter(|log| log.lines().count() == lines));
        let whole = log.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
        assert_eq!(whole, lines - 1, "{log}");
    }
}
