//! The page for editors: its commands run as they stand, in both languages, and its messages are those of the programs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::common::{Folder, repository};

const PAGES: [&str; 2] = ["docs/editors.md", "docs/ar/editors.md"];

fn page(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap()
}

/// Commands under the headings of a page, by heading.
fn commands(page: &str) -> Vec<Vec<String>> {
    let (mut sections, mut inside) = (Vec::new(), false);
    for line in page.lines().map(str::trim) {
        match line {
            _ if line.starts_with("## ") => sections.push(Vec::new()),
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => sections.last_mut().unwrap().push(line.to_owned()),
            _ => {}
        }
    }
    sections.retain(|commands| !commands.is_empty());
    sections
}

/// A folder as an editor has it: two files, later a third, a list of phrases, and the script.
fn desk() -> Folder {
    let folder = Folder::new(&[]);
    let few = |name: &str, step: usize| {
        let mut reader = csv::Reader::from_path(repository(name)).unwrap();
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(reader.headers().unwrap()).unwrap();
        reader.records().step_by(step).for_each(|row| csv.write_record(&row.unwrap()).unwrap());
        csv.into_inner().unwrap()
    };
    std::fs::write(folder.path("labelled.csv"), few("data/comments.csv", 5)).unwrap();
    std::fs::write(folder.path("fresh.csv"), few("data/test.csv", 3)).unwrap();
    std::fs::copy(repository("data/inbox.csv"), folder.path("inbox.csv")).unwrap();
    std::fs::copy(repository("examples/rules.csv"), folder.path("rules.csv")).unwrap();
    std::fs::create_dir(folder.path("examples")).unwrap();
    std::fs::copy(repository("examples/moderate.sh"), folder.path("examples/moderate.sh")).unwrap();
    folder
}

#[test]
fn the_ten_commands_run_as_they_stand() {
    let [ten, week] = commands(&page(PAGES[0])).try_into().unwrap();
    assert_eq!(ten.len(), 10);
    let folder = desk();
    let programs = Path::new(env!("CARGO_BIN_EXE_naqd-score")).parent().unwrap().display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    for command in ten.iter().chain(&week) {
        let ran =
            Command::new("sh").args(["-c", command]).env("PATH", &path).current_dir(folder.path("")).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(0), "{command}: {err}");
    }
    // What is for Excel opens there, and has all rows of the inbox.
    let rows = |name: &str| {
        let text = folder.read(name);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or_else(|| panic!("{name} has no byte order mark"));
        csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).count()
    };
    let inbox = csv::Reader::from_path(folder.path("inbox.csv")).unwrap().into_records().count();
    let sorted = ["publish", "hold", "reject"].map(|name| rows(&format!("moderated/{name}.csv")));
    assert_eq!((rows("scored.csv"), sorted.iter().sum(), rows("moderated/watched.csv")), (inbox, inbox, inbox));
    assert_eq!((rows("audit.csv"), rows("to-label.csv").min(1)), (100, 1));
    assert!(folder.read("report.html").contains("<html"));
}

#[test]
fn the_page_in_arabic_has_the_same_commands() {
    let [english, arabic] = PAGES.map(|name| commands(&page(name)));
    let example = |command: &str| command.split(" --text ").next().unwrap().to_owned();
    let bare = |commands: &Vec<String>| commands.iter().map(|command| example(command)).collect::<Vec<_>>();
    let in_english = |command: &String| command.replace(" --report-language ar", "");
    assert_eq!(bare(&english[0]), bare(&arabic[0].iter().map(in_english).collect()));
    assert!(arabic[0].iter().any(|command| command.ends_with("--report-language ar")));
    // One that stands in a sentence of the page in English.
    assert_eq!(english[1][..], arabic[1][..1]);
    assert!(page(PAGES[0]).contains(&arabic[1][1]));
}

/// Messages in the first columns of the tables: both pages explain the same, and the programs say so.
#[test]
fn the_messages_are_those_of_the_programs() {
    let messages = |page: &str| -> BTreeSet<String> {
        let cells =
            page.lines().filter(|line| line.starts_with("| `")).map(|line| line[2..].split(" | ").next().unwrap());
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let [english, arabic] = PAGES.map(|name| messages(&page(name)));
    assert_eq!(english, arabic);
    assert!(english.len() > 20);
    let mut said = String::new();
    let mut folders = vec![repository("src"), repository("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.extension().and_then(|extension| extension.to_str()) {
                _ if entry.is_dir() => folders.push(entry),
                Some("rs" | "sh") => said += &std::fs::read_to_string(entry).unwrap(),
                _ => {}
            }
        }
    }
    // Of the system, not of naqd.
    for message in english.iter().filter(|message| *message != "No such file or directory") {
        assert!(said.contains(message.trim_end_matches(" ...")), "nothing says {message:?}");
    }
}
