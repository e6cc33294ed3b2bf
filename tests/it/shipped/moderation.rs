//! The moderation script, as people run it.

use std::process::{Command, Output};

use crate::common::{Folder, repository};

fn moderate(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new("sh")
        .arg(repository("examples/moderate.sh"))
        .args(args)
        .env("NAQD_SCORE", env!("CARGO_BIN_EXE_naqd-score"))
        .envs(env.iter().copied())
        .current_dir(folder.path(""))
        .output()
        .unwrap()
}

/// What is in the folder after a run: links, the folder that they lead to, the lock.
const FILES: [&str; 7] = [".current", ".lock", ".run", "editors.csv", "hold.csv", "publish.csv", "reject.csv"];

/// Names in the folder of the output, those of folders without their random letters.
fn names(folder: &Folder) -> Vec<String> {
    let name = |name: String| match name.rsplit_once('.') {
        Some((folder, _)) if name.starts_with(".run.") || name.starts_with(".new.") => folder.to_owned(),
        _ => name,
    };
    let mut names: Vec<String> = std::fs::read_dir(folder.path("out"))
        .unwrap()
        .map(|entry| name(entry.unwrap().file_name().into_string().unwrap()))
        .collect();
    names.sort();
    names
}

/// Thresholds that decide, whatever the shipped model promises.
const DECIDED: [(&str, &str); 3] = [("PUBLISH_BELOW", "0.4"), ("REJECT_ABOVE", "0.5"), ("NOTIFY_ABOVE", "0.5")];

fn texts(folder: &Folder, name: &str) -> Vec<String> {
    csv::Reader::from_path(folder.path(name)).unwrap().records().map(|r| r.unwrap()[1].to_owned()).collect()
}

/// Every row goes to one of publish, hold and reject, whole, with its line breaks and quotes.
#[test]
fn the_script_sorts_an_inbox() {
    let inbox = "id,comment\n1,\"you stupid fool, you pathetic disgusting pig,\n\"\"you idiot\"\"\"\n2,\"شكرا جزيلا\n\nتقرير مفيد\"\n3,\"Where is your source? The headline is wrong, the article is biased.\"\n4,\n";
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes())]);
    let ran = moderate(&folder, &["inbox.csv", "out"], &DECIDED);
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "4 comments: 2 publish, 1 hold, 1 reject; 1 for the editors\n");
    assert_eq!(texts(&folder, "out/reject.csv"), ["you stupid fool, you pathetic disgusting pig,\n\"you idiot\""]);
    assert_eq!(texts(&folder, "out/hold.csv"), [""], "what cannot be scored waits for a person");
    let critical = "Where is your source? The headline is wrong, the article is biased.";
    assert_eq!(texts(&folder, "out/publish.csv"), ["شكرا جزيلا\n\nتقرير مفيد", critical]);
    assert_eq!(texts(&folder, "out/editors.csv"), [critical]);
    let header = folder.read("out/hold.csv").lines().next().unwrap().to_owned();
    assert_eq!(
        header,
        "id,comment,naqd_label,naqd_abusive,naqd_critical,naqd_neutral,naqd_kinds,naqd_decision,naqd_notify,naqd_reason,naqd_error"
    );
}

#[test]
fn the_script_leaves_everything_as_it_was_when_it_cannot_run() {
    let folder = Folder::new(&[("inbox.csv", b"comment\nhello\n"), ("wrong.csv", b"a,b\n1,2\n")]);
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(0));
    let before = folder.read("out/publish.csv");
    for args in
        [&["none.csv", "out"][..], &["wrong.csv", "out"], &["inbox.csv"], &["inbox.csv", "out", "--model", "none"]]
    {
        let ran = moderate(&folder, args, &DECIDED);
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[("NAQD_SCORE", "no-such-program")]).status.code(), Some(2));
    for wrong in ["abc", "0,4", "2", ""] {
        let ran = moderate(&folder, &["inbox.csv", "out"], &[DECIDED[0], ("REJECT_ABOVE", wrong)]);
        assert_eq!(ran.status.code(), Some(if wrong.is_empty() { 0 } else { 2 }), "REJECT_ABOVE={wrong}");
    }
    assert_eq!(folder.read("out/publish.csv"), before);
    assert_eq!(names(&folder), FILES, "nothing half written");
}

/// With WATCH_ONLY=1 the four files stay as they are, and each comment is added to a fifth once.
#[test]
fn the_script_watches_an_inbox_and_acts_on_nothing() {
    let inbox = "id,comment\n1,\"you stupid fool, you pathetic disgusting pig,\n\"\"you idiot\"\"\"\n2,\"شكرا جزيلا\n\nتقرير مفيد\"\n3,\n";
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes()), ("other.csv", b"comment\nhello\n")]);
    let watch = |args: &[&str], code: i32, said: &str| {
        let ran = moderate(&folder, args, &[&DECIDED[..], &[("WATCH_ONLY", "1")]].concat());
        let out = [&ran.stdout[..], &ran.stderr].map(String::from_utf8_lossy).concat();
        assert_eq!(ran.status.code(), Some(code), "{out}");
        assert!(out.contains(said), "{out}");
        assert!(!out.contains("naqd-score: watch only"), "counts of comments that were watched before: {out}");
    };
    watch(
        &["inbox.csv", "out"],
        1,
        "3 new comments: would publish 1, hold 1, reject 1; 0 for the editors (watch only: nothing was acted on; 3 \
         comments watched so far)\n",
    );
    assert_eq!(folder.read("inbox.csv"), inbox);
    assert_eq!(names(&folder), [".lock", "watched.csv"]);
    let watched = folder.read("out/watched.csv");
    assert!(watched.starts_with("id,comment,") && watched.contains(",naqd_would,naqd_would_notify,"), "{watched}");
    assert_eq!(
        texts(&folder, "out/watched.csv"),
        ["you stupid fool, you pathetic disgusting pig,\n\"you idiot\"", "شكرا جزيلا\n\nتقرير مفيد", ""]
    );
    // From cron: once watched, a comment is not new again, whatever the model says then; equal rows are as many as they are.
    watch(&["inbox.csv", "out"], 1, "0 new comments");
    watch(&["inbox.csv", "out", "--reject-above", "none"], 2, "--reject-above");
    let model = repository("tests/formats/model-6.naqd");
    watch(&["inbox.csv", "out", "--model", model.to_str().unwrap()], 1, "0 new comments");
    assert_eq!(folder.read("out/watched.csv"), watched);
    std::fs::write(
        folder.path("inbox.csv"),
        format!("{inbox}4,you stupid idiot you disgusting pig\n4,you stupid idiot you disgusting pig\n"),
    )
    .unwrap();
    watch(&["inbox.csv", "out"], 1, "2 new comments: would publish 0, hold 0, reject 2");
    watch(&["inbox.csv", "out"], 1, "; 5 comments watched so far)\n");
    // Other columns are not mixed in.
    let watched = folder.read("out/watched.csv");
    watch(&["other.csv", "out"], 2, "out/watched.csv: its columns are not those of the inbox");
    assert_eq!((folder.read("out/watched.csv"), names(&folder).len()), (watched, 2));
    // Only 1 and 0 are known, and the script acts again without it.
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[("WATCH_ONLY", "yes")]).status.code(), Some(2));
    assert_eq!(moderate(&folder, &["inbox.csv", "out", "--watch-only"], &DECIDED).status.code(), Some(2));
    assert_eq!(names(&folder).len(), 2);
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(1));
    assert_eq!(names(&folder).len(), FILES.len() + 1);
}

/// Would not end within an hour if lines were joined one to the other.
#[test]
fn a_comment_of_many_lines_does_not_hold_the_script_up() {
    let inbox = format!("id,comment\n1,\"{}\"\n2,hello\n", "idiot\n".repeat(1 << 20));
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes())]);
    let ran = moderate(&folder, &["inbox.csv", "back\\nslash"], &DECIDED);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout).split(':').next(), Some("2 comments"));
}

#[test]
fn the_script_runs_once_at_a_time() {
    let folder = Folder::new(&[("inbox.csv", b"comment\nhello\n")]);
    std::fs::create_dir(folder.path("out")).unwrap();
    let mut holder = Command::new("flock")
        .args(["out/.lock", "sh", "-c", "echo held; read line"])
        .current_dir(folder.path(""))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut held = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut held).unwrap();
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[]).status.code(), Some(75));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(0));
}

/// A model that decides nothing is no model for the script.
#[test]
fn the_script_wants_decisions() {
    let csv = crate::common::csv(24).replace("abusive\n", "rude\n");
    let folder = Folder::new(&[("c.csv", csv.as_bytes()), ("inbox.csv", b"comment\nhello\n")]);
    let ran = folder.train(&["c.csv", "--out", "rude.naqd"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("no triage: it needs a class named \"abusive\""), "{}", ran.out());
    let ran = moderate(&folder, &["inbox.csv", "out", "--model", "rude.naqd"], &[]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("the model must have thresholds"));
    let ran = moderate(&folder, &["inbox.csv", "out", "--model", "rude.naqd"], &DECIDED);
    assert_eq!(ran.status.code(), Some(2));
}

/// Numbers in the first column of each of the four files; none where there is no file.
fn sorted(folder: &Folder) -> Vec<Option<String>> {
    let ids = |name: &str| {
        let file = csv::Reader::from_path(folder.path(&format!("out/{name}.csv"))).ok()?;
        Some(file.into_records().map(|row| row.unwrap()[0].to_owned()).collect::<Vec<_>>().join(" "))
    };
    ["publish", "hold", "reject", "editors"].map(ids).into()
}

/// Rows of an inbox that are published, held, rejected and shown to the editors, by their numbers.
const SORTED: &str = "id,comment\n1,شكرا جزيلا\n2,\n3,\"you stupid fool, you pathetic disgusting pig\"\n\
                      4,\"Where is your source? The headline is wrong, the article is biased.\"\n";

fn of(numbers: [&str; 4]) -> Vec<Option<String>> {
    numbers.map(|numbers| Some(numbers.to_owned())).into()
}

/// A command for each of the tools that the script runs which kills the script when it is the step `STEP`: before the tool
/// runs or after.
#[cfg(unix)]
fn shims(folder: &Folder, score: &str) {
    std::fs::create_dir(folder.path("shims")).unwrap();
    for tool in ["mv", "ln", "rm", "cp", "mktemp", "chmod", "awk", "sync", "cat", "readlink", "naqd-score"] {
        let real = if tool == "naqd-score" {
            score.to_owned()
        } else {
            let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap();
            String::from_utf8(found.stdout).unwrap().trim().to_owned()
        };
        // A tool within $( ) has a shell of its own for a parent: the script is the leader of its group.
        let script = format!(
            "#!/bin/sh\nstep=$(($(/bin/cat \"$STEPS\") + 1))\necho $step >\"$STEPS\"\n\
             [ $step != \"$STEP\" ] || [ \"$WHEN\" != before ] || kill -s KILL -- -$LEADER\n\
             [ $step != \"$STEP\" ] || [ \"$WHEN\" != fail ] || exit 1\n\
             code=0\n{real} \"$@\" || code=$?\n\
             [ $step != \"$STEP\" ] || [ \"$WHEN\" != after ] || kill -s KILL -- -$LEADER\nexit $code\n"
        );
        executable(&folder.path(&format!("shims/{tool}")), &script);
    }
}

/// The scoring program, which remembers in a folder what it said of each inbox: a run of the script is stopped at each of its
/// steps, and it is the script that is tested.
#[cfg(unix)]
fn remembering(said: &Folder) -> String {
    let program = env!("CARGO_BIN_EXE_naqd-score");
    let script = format!(
        "#!/bin/sh\nsaid=\"$(dirname \"$0\")/$(/usr/bin/cksum <inbox.csv | /usr/bin/tr -d ' ')\"\n\
         [ -f \"$said\" ] || {{ code=0; {program} \"$@\" >\"$said.rows\" || code=$?; echo \"$code\" >\"$said.code\"; \
         /bin/mv \"$said.rows\" \"$said\"; }}\n\
         /bin/cat \"$said\"\nexit \"$(/bin/cat \"$said.code\")\"\n"
    );
    let path = said.path("naqd-score");
    executable(&path, &script);
    path.to_str().unwrap().to_owned()
}

#[cfg(unix)]
fn executable(path: &std::path::Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs the script with nothing in its way; its exit code.
#[cfg(unix)]
fn moderated(folder: &Folder, score: &str, env: &[(&str, &str)]) -> Option<i32> {
    let env = [&DECIDED[..], &[("NAQD_SCORE", score)], env].concat();
    // A killed run holds the lock until the last of its programs is gone.
    for _ in 0..100 {
        let code = moderate(folder, &["inbox.csv", "out"], &env).status.code();
        if code != Some(75) {
            return code;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Some(75)
}

/// Runs the script in a group of its own, where step `step` is stopped; its exit code, none if it was killed.
#[cfg(unix)]
fn stopped(folder: &Folder, env: &[(&str, &str)], step: usize, when: &str) -> Option<i32> {
    std::fs::write(folder.path("steps"), "0\n").unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("setsid");
    command
        .args(["--wait", "sh", "-c", "LEADER=$$; export LEADER; exec sh \"$@\"", "sh"])
        .arg(repository("examples/moderate.sh"))
        .args(["inbox.csv", "out"])
        .env("PATH", format!("{}:{path}", folder.path("shims").display()))
        .env_remove("NAQD_SCORE")
        .env("STEPS", folder.path("steps"))
        .env("STEP", step.to_string())
        .env("WHEN", when)
        .envs(DECIDED)
        .envs(env.iter().copied())
        .current_dir(folder.path(""));
    let code = command.output().unwrap().status.code();
    code.filter(|code| *code != 128 + 9)
}

/// Killed before or after any of its commands, the script leaves the files of one run, and the next run clears up.
#[cfg(unix)]
#[test]
fn the_script_switches_all_files_or_none() {
    let said = Folder::new(&[]);
    let score = remembering(&said);
    let later = "id,comment\n5,\"you stupid fool, you pathetic disgusting pig\"\n6,شكرا جزيلا\n7,\n\
                 8,\"Where is your source? The headline is wrong, the article is biased.\"\n";
    let (first, second) = (of(["1 4", "2", "3", "4"]), of(["6 8", "7", "5", "8"]));
    for from_nothing in [true, false] {
        let (before, inbox) = if from_nothing { (vec![None; 4], SORTED) } else { (first.clone(), later) };
        let after = if from_nothing { &first } else { &second };
        // After one command is before the next.
        for when in ["before", "fail"] {
            let mut switched = [0, 0];
            for step in 1.. {
                let folder = Folder::new(&[("inbox.csv", SORTED.as_bytes())]);
                shims(&folder, &score);
                if !from_nothing {
                    assert_eq!(moderated(&folder, &score, &[]), Some(1));
                    assert_eq!(sorted(&folder), before);
                    std::fs::write(folder.path("inbox.csv"), inbox).unwrap();
                }
                let code = stopped(&folder, &[], step, when);
                let reached: usize = folder.read("steps").trim().parse().unwrap();
                if reached < step {
                    assert_eq!((code, &sorted(&folder)), (Some(1), after));
                    break;
                }
                let found = if folder.path("out").exists() { sorted(&folder) } else { vec![None; 4] };
                assert!(found == before || &found == after, "step {step}, {when}: {found:?}");
                switched[usize::from(&found == after)] += 1;
                match code {
                    Some(2) => assert_eq!(found, before, "step {step} failed"),
                    // A left-over that is not removed is no failure.
                    Some(code) => assert_eq!((code, when), (1, "fail"), "step {step}"),
                    None => assert_ne!(when, "fail"),
                }
                assert_eq!(moderated(&folder, &score, &[]), Some(1), "after step {step}, {when}");
                assert_eq!((&sorted(&folder), &names(&folder)[..]), (after, &FILES.map(str::to_owned)[..]));
            }
            assert!(switched[0] > 5 && switched[1] > 0, "{when}: {switched:?}");
        }
    }
}

/// Files of a version without links become links, and at every step the files are those of one run.
#[cfg(unix)]
#[test]
fn the_script_takes_over_files_that_are_no_links() {
    let said = Folder::new(&[]);
    let score = remembering(&said);
    let of_old = |name: &str| format!("id,comment\n{name},x\n");
    let before = of(["publish", "hold", "reject", "editors"]);
    for (when, steps) in [("before", 1..), ("after", 1..)] {
        for step in steps {
            let folder = Folder::new(&[("inbox.csv", SORTED.as_bytes())]);
            shims(&folder, &score);
            std::fs::create_dir(folder.path("out")).unwrap();
            for name in ["publish", "hold", "reject", "editors"] {
                std::fs::write(folder.path(&format!("out/{name}.csv")), of_old(name)).unwrap();
            }
            let code = stopped(&folder, &[], step, when);
            let after = of(["1 4", "2", "3", "4"]);
            let found = sorted(&folder);
            assert!(found == before || found == after, "step {step}, {when}: {found:?}");
            assert_eq!(moderated(&folder, &score, &[]), Some(1));
            assert_eq!((sorted(&folder), &names(&folder)[..]), (after, &FILES.map(str::to_owned)[..]));
            if code.is_some() {
                break;
            }
        }
    }
}

/// A file that somebody took away comes back with the rows of the next run, never with those that it had.
#[cfg(unix)]
#[test]
fn a_file_that_was_taken_away_comes_back_with_new_rows() {
    let said = Folder::new(&[]);
    let score = remembering(&said);
    for step in 1.. {
        let folder = Folder::new(&[("inbox.csv", SORTED.as_bytes())]);
        shims(&folder, &score);
        assert_eq!(moderated(&folder, &score, &[]), Some(1));
        std::fs::remove_file(folder.path("out/publish.csv")).unwrap();
        std::fs::write(folder.path("inbox.csv"), "id,comment\n9,شكرا جزيلا\n").unwrap();
        let code = stopped(&folder, &[], step, "before");
        let found = sorted(&folder)[0].clone();
        assert!([None, Some("9".to_owned())].contains(&found), "step {step}: {found:?}");
        assert_eq!(moderated(&folder, &score, &[]), Some(0));
        assert_eq!(sorted(&folder)[0], Some("9".to_owned()));
        if code.is_some() {
            break;
        }
    }
}

/// With REMEMBER=1 each comment is decided once, also after a run that was killed, and a run without it forgets nothing.
#[cfg(unix)]
#[test]
fn the_script_remembers_what_it_decided() {
    let run = |folder: &Folder, inbox: &str, code: i32, said: &str| {
        std::fs::write(folder.path("inbox.csv"), inbox).unwrap();
        let ran = moderate(folder, &["inbox.csv", "out"], &[&DECIDED[..], &[("REMEMBER", "1")]].concat());
        let out = [&ran.stdout[..], &ran.stderr].map(String::from_utf8_lossy).concat();
        assert_eq!(ran.status.code(), Some(code), "{out}");
        assert!(out.contains(said), "{out}");
    };
    let folder = Folder::new(&[]);
    run(
        &folder,
        SORTED,
        1,
        "4 new comments: 2 publish, 1 hold, 1 reject; 1 for the editors (4 comments decided so far)",
    );
    assert_eq!(sorted(&folder), of(["1 4", "2", "3", "4"]));
    run(&folder, SORTED, 1, "0 new comments");
    assert_eq!(sorted(&folder), of(["", "", "", ""]));
    let more = format!("{SORTED}5,شكرا جزيلا\n");
    run(
        &folder,
        &more,
        1,
        "1 new comments: 1 publish, 0 hold, 0 reject; 0 for the editors (5 comments decided so far)",
    );
    assert_eq!(sorted(&folder), of(["5", "", "", ""]));
    assert_eq!(texts(&folder, "out/decided.csv").len(), 5);
    // What was decided is known again after a run that did not ask.
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(1));
    assert_eq!(sorted(&folder), of(["1 4 5", "2", "3", "4"]));
    run(&folder, &more, 1, "0 new comments");
    // Other columns are not mixed in; the list can be begun anew.
    run(&folder, "comment\nhello\n", 2, "decided.csv: its columns are not those of the inbox");
    std::fs::remove_file(folder.path("out/decided.csv")).unwrap();
    run(&folder, "comment\nhello\n", 0, "1 new comments");
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[("REMEMBER", "yes")]).status.code(), Some(2));

    // Comments are lost with no run that is killed: they are in its files, or new in the next run.
    let said = Folder::new(&[]);
    let score = remembering(&said);
    for when in ["before"] {
        for step in 1.. {
            let folder = Folder::new(&[("inbox.csv", SORTED.as_bytes())]);
            shims(&folder, &score);
            let remember = [("REMEMBER", "1")];
            let code = stopped(&folder, &remember, step, when);
            let known = folder.path("out/decided.csv").exists();
            let (all, none) = (of(["1 4", "2", "3", "4"]), of(["", "", "", ""]));
            if known {
                assert_eq!(sorted(&folder), all, "step {step}, {when}");
            }
            assert_eq!(moderated(&folder, &score, &remember), Some(1));
            assert_eq!(sorted(&folder), if known { none } else { all }, "step {step}, {when}");
            if code.is_some() {
                break;
            }
        }
    }
}

/// The phrase of a rule with a comma, a quote or a semicolon stands in quotes in the output.
#[test]
fn rules_with_commas_decide_too() {
    let rules = "phrase,effect,note\n\"hello, there\",reject,\n\"good \"\"old\"\" days\",hold,\nsemi;colon,reject,\n";
    let inbox = "id,comment\n1,\"Well, hello, there\"\n2,\"the good \"\"old\"\" days\"\n3,a semi;colon here\n4,\"x, 0.1234,,publish,,\"\"rule: a\"\"\"\n";
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes()), ("rules.csv", rules.as_bytes())]);
    for options in [&[][..], &["--excel"], &["--excel=semicolon"]] {
        let args = [&["inbox.csv", "out", "--rules", "rules.csv", "--reject-above", "none"], options].concat();
        let ran = moderate(&folder, &args, &[("PUBLISH_BELOW", "none")]);
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
        let said = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(said.split(';').next(), Some("4 comments: 0 publish, 2 hold, 2 reject"), "{options:?}");
    }
    assert!(folder.read("out/reject.csv").starts_with("\u{FEFF}id;comment;naqd_label;"));
}

/// Marks, line ends, delimiters and quotes of the inbox are those of the files.
#[test]
fn the_files_have_the_form_of_the_inbox() {
    let inbox = "\u{FEFF}id;comment\r\n\"1\";شكرا جزيلا\r\n2;\"you stupid fool,\r\nyou pathetic disgusting pig\"\r\n";
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes())]);
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(0));
    let header = "\u{FEFF}id;comment;naqd_label;";
    let (publish, reject) = (folder.read("out/publish.csv"), folder.read("out/reject.csv"));
    assert!(publish.starts_with(header) && publish.contains("\r\n\"1\";شكرا جزيلا;neutral;"), "{publish}");
    assert!(reject.starts_with(header) && reject.contains("\r\n2;\"you stupid fool,\r\nyou pathetic"), "{reject}");
}

/// An inbox without comments leaves the files as they were; a first one makes none.
#[test]
fn an_empty_inbox_is_nothing_to_do() {
    for empty in ["", "\n\n", "\u{FEFF}", "\u{FEFF}\r\n", "id,comment\n", "\u{FEFF}id;comment\r\n\r\n"] {
        let folder = Folder::new(&[("inbox.csv", empty.as_bytes()), ("full.csv", SORTED.as_bytes())]);
        for before in [vec![None; 4], of(["1 4", "2", "3", "4"])] {
            if before[0].is_some() {
                assert_eq!(moderate(&folder, &["full.csv", "out"], &DECIDED).status.code(), Some(1));
            }
            for env in [[("WATCH_ONLY", "0")], [("WATCH_ONLY", "1")], [("REMEMBER", "1")]] {
                let ran = moderate(&folder, &["inbox.csv", "out"], &[&DECIDED[..], &env].concat());
                let err = String::from_utf8_lossy(&ran.stderr);
                assert_eq!((ran.status.code(), ran.stdout.len()), (Some(0), 0), "{empty:?}: {err}");
                assert!(
                    err.contains("inbox.csv: no comments, nothing to do; the files in ./out are as they were"),
                    "{err}"
                );
                assert_eq!(sorted(&folder), before);
            }
            assert!(names(&folder).iter().all(|name| name != "watched.csv" && name != ".new"));
        }
    }
}

/// Left-overs of a run that was killed go with the next one; a move that fails is exit code 2.
#[cfg(unix)]
#[test]
fn what_stopped_runs_left_is_removed() {
    let folder = Folder::new(&[("inbox.csv", SORTED.as_bytes())]);
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(1));
    for left in ["out/.new.abcdef", "out/.run.abcdef"] {
        std::fs::create_dir(folder.path(left)).unwrap();
        std::fs::write(folder.path(&format!("{left}/publish.csv")), "id,comment\n").unwrap();
    }
    std::fs::write(folder.path("inbox.csv"), "id,comment\n").unwrap();
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &DECIDED).status.code(), Some(0));
    assert_eq!(names(&folder), FILES);
    assert_eq!(sorted(&folder), of(["1 4", "2", "3", "4"]));
}

/// The line for cron works as it is printed, with the few folders that cron's path has.
#[cfg(unix)]
#[test]
fn the_line_for_cron_works_as_printed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let script = std::fs::read_to_string(repository("examples/moderate.sh")).unwrap();
    let manual = std::fs::read_to_string(repository("docs/cli.md")).unwrap();
    let lines: Vec<&str> = script.lines().chain(manual.lines()).filter(|line| line.contains("*/5 * * * *")).collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        let command = line.trim_start_matches(['#', ' ']).strip_prefix("*/5 * * * *").unwrap().trim();
        for place in ["opt/naqd", "home/.cargo/bin"] {
            let model = std::fs::read(repository("models/default.naqd")).unwrap();
            let folder = Folder::new(&[]);
            for part in ["opt/naqd", "srv", "home/.cargo/bin"] {
                std::fs::create_dir_all(folder.path(part)).unwrap();
            }
            std::fs::write(folder.path("srv/inbox.csv"), SORTED).unwrap();
            std::fs::write(folder.path("srv/mine.naqd"), model).unwrap();
            std::fs::copy(repository("examples/moderate.sh"), folder.path("opt/naqd/moderate.sh")).unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(folder.path("opt/naqd/moderate.sh"), mode).unwrap();
            symlink(env!("CARGO_BIN_EXE_naqd-score"), folder.path(&format!("{place}/naqd-score"))).unwrap();
            let root = folder.path("").display().to_string();
            let command = command.replace("/opt/", &format!("{root}opt/")).replace("/srv/", &format!("{root}srv/"));
            let ran = Command::new("/bin/sh")
                .args(["-c", &command])
                .env_clear()
                .envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh"), ("LOGNAME", "naqd")])
                .env("HOME", folder.path("home"))
                .current_dir(folder.path("home"))
                .output()
                .unwrap();
            let err = String::from_utf8_lossy(&ran.stderr);
            assert_eq!(ran.status.code(), Some(1), "{command}: {err}");
            assert!(String::from_utf8_lossy(&ran.stdout).starts_with("4 "), "{err}");
        }
    }
}
