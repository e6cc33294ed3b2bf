//! Manual pages and completions, which programs make of their own command lines.

use crate::common::{Folder, Ran};

const PROGRAMS: [&str; 5] = ["naqd-train", "naqd-score", "naqd-audit", "naqd-report", "naqd-import"];

/// Long options that a help text names at the begin of a line.
fn options(help: &str) -> Vec<&str> {
    // Not the items of a list, which begin with a hyphen and a blank.
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-') && !line.starts_with("- "));
    let names = lines.filter_map(|line| line.split_once("--")).map(|(_, rest)| rest);
    names.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap()).collect()
}

#[test]
fn each_option_has_its_place_in_page_and_completions() {
    for program in PROGRAMS {
        let folder = Folder::new(&[]);
        let ran = Ran(folder.command(program).args(["--generate", "."]).output().unwrap());
        ran.says(0, &[]);
        assert_eq!((ran.out(), ran.err()), (String::new(), String::new()));
        let help = Ran(folder.command(program).arg("--help").output().unwrap()).out();
        let page = folder.read(&format!("{program}.1")).replace("\\-", "-");
        assert!(page.contains("Exit codes") && page.contains(env!("CARGO_PKG_VERSION")), "{page}");
        let options = options(&help);
        assert!(options.len() >= 3, "{help}");
        for file in [format!("{program}.bash"), format!("_{program}"), format!("{program}.fish")] {
            let completion = folder.read(&file);
            for option in &options {
                assert!(page.contains(&format!("--{option}")), "--{option} is not in the page of {program}");
                assert!(completion.contains(option), "--{option} is not in {file}");
            }
        }
    }
}

#[test]
fn the_same_twice_and_a_folder_that_is_none_is_told() {
    let folder = Folder::new(&[("file", b"")]);
    std::fs::create_dir(folder.path("a")).unwrap();
    std::fs::create_dir(folder.path("b")).unwrap();
    for name in ["a", "b"] {
        Ran(folder.command("naqd-score").args(["--generate", name]).output().unwrap()).says(0, &[]);
    }
    for entry in std::fs::read_dir(folder.path("a")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(folder.read(&format!("a/{name}")), folder.read(&format!("b/{name}")), "{name}");
    }
    for name in ["absent", "file"] {
        let ran = Ran(folder.command("naqd-score").args(["--generate", name]).output().unwrap());
        ran.says(2, &["naqd-score: ", name, "expected a folder"]);
    }
    // Beside anything else it is no option.
    folder.score(&["--generate"], b"").says(2, &["--generate"]);
    folder.score(&["--generate", ".", "x.csv"], b"").says(2, &["--generate"]);
}
