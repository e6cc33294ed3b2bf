//! Texts of naqd-serve that users see, as they are written in `snapshots/`; see `tests/it/snapshots.rs`.

use std::process::Command;

use insta::{Settings, assert_snapshot};

use super::PROGRAM;
use super::common::Folder;

/// What naqd-serve writes, and its exit code.
fn transcript(folder: &Folder, args: &str) -> String {
    let output = Command::new(PROGRAM).current_dir(folder.path("")).args(args.split_whitespace()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().expect("not killed");
    format!("$ naqd-serve {args}\n{}{}(exit code {code})\n", text(output.stdout), text(output.stderr))
}

#[track_caller]
fn assert_text(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[time]");
    settings.bind(|| assert_snapshot!(name, text));
}

#[test]
fn help() {
    let folder = Folder::new(&[]);
    assert_text("help_naqd-serve", &(transcript(&folder, "--help") + &transcript(&folder, "export --help")));
}

#[test]
fn errors() {
    let folder = Folder::new(&[
        ("unknown.toml", b"modle = \"x\"\n"),
        ("short.toml", b"[keys]\nkeys = [\"secret7\"]\n"),
        ("limits.toml", b"[limits]\nheaders = 10\n"),
        ("other.sqlite", b"not a database at all, but long enough to look at"),
    ]);
    let commands = [
        "--config none.toml",
        "--config unknown.toml",
        "--config short.toml",
        "--config limits.toml",
        "--listen 0.0.0.0:0",
        "--listen here",
        "--model none.naqd",
        "--rules none.csv",
        "--log loud",
        "--feedback other.sqlite",
        "export --feedback none.sqlite",
        "export",
    ];
    assert_text("errors_naqd-serve", &commands.map(|args| transcript(&folder, args)).join("\n"));
}
