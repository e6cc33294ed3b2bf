//! Words on standard error: what an export has by status, what it lacks, and the command to type next.

use std::fmt::Write as _;
use std::io::{self, Write};

use indicatif::HumanCount;

use crate::Args;
use crate::read::archive::Count;
use crate::read::{Archive, Format, Only};
use crate::shared::complain;

/// Statuses that a person may have given because of abuse, or for another reason.
const REJECTIONS: [&str; 3] = ["trash", "REJECTED", "deleted"];

/// Tells of an archive. There is no format if reading stopped early.
pub fn tell<W: Write>(archive: &Archive<W>, args: &Args, format: Option<Format>) {
    let mut text = table(&archive.counts());
    let written = if args.dry_run { "would be written" } else { "written" };
    let _ = writeln!(
        text,
        "{written}: {}, {} with a label, {} of these abusive",
        comments(archive.written),
        HumanCount(archive.labelled),
        HumanCount(archive.abusive)
    );
    if format.is_none() {
        text.push_str("stopped early: the export may have more\n");
    }
    let lacks = lacks(archive, format);
    if !lacks.is_empty() {
        text.push_str("\nAbout this export:\n");
        lacks.iter().for_each(|sentence| text.push_str(&wrapped(sentence)));
    }
    text.push_str("\nNext:\n");
    next(archive, args).iter().for_each(|line| {
        let _ = writeln!(text, "  {line}");
    });
    let _ = io::stderr().write_all(text.as_bytes());
    unused(archive);
}

/// Table of the statuses.
fn table(counts: &[Count]) -> String {
    let label = |count: &Count| match count.label.as_deref() {
        Some("") | None => "-".to_owned(),
        Some(label) => label.to_owned(),
    };
    let width = |title: &str, cells: &mut dyn Iterator<Item = String>| {
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(title.len())
    };
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
    let status = width("status", &mut counts.iter().map(|count| cut(&count.status)));
    let labels = width("label", &mut counts.iter().map(|count| cut(&label(count))));
    let mut text = format!("{:status$}  {:>10}  {:labels$}  why\n", "status", "comments", "label");
    for count in counts {
        let (name, comments) = (cut(&count.status), HumanCount(count.comments).to_string());
        let why: String = count.why.chars().filter(|c| !c.is_control()).take(90).collect();
        let _ = writeln!(text, "{name:status$}  {comments:>10}  {:labels$}  {why}", cut(&label(count)));
    }
    text
}

/// What the export cannot contain, and how to get it.
fn lacks<W: Write>(archive: &Archive<W>, format: Option<Format>) -> Vec<String> {
    let mut lacks = archive.notes.clone();
    let has = |status: &str| archive.of_status(status) > 0;
    match format {
        Some(Format::Wxr) => {
            lacks.push(
                "WordPress leaves spam out of this export and empties the trash after 30 days: it has hardly any \
                 rejections. For more of them: pages of the REST API (status=spam, status=trash; naqd-import \
                 wordpress-json) or the table wp_comments (naqd-import wordpress-sql); docs/import.md says how"
                    .to_owned(),
            );
        }
        Some(Format::WordpressJson) if !has("spam") || !has("trash") => lacks.push(
            "no spam or no trash: WordPress gives them only if they are asked for, each by itself: status=approve, \
             status=hold, status=spam, status=trash"
                .to_owned(),
        ),
        Some(Format::WordpressSql) => lacks.push(
            "WordPress empties the trash after 30 days: older rejections are lost. Import every month to keep them"
                .to_owned(),
        ),
        Some(Format::Disqus) => lacks.push(
            "Disqus does not say who deleted a comment; --map\u{A0}deleted=abusive is right only if readers of your site \
             seldom delete their own"
                .to_owned(),
        ),
        _ => {}
    }
    if has("approved") || has("published") {
        let status = if has("approved") { "approved" } else { "published" };
        lacks.push(format!(
            "it does not say who approved a comment: if your site publishes without a person, add --map\u{A0}{status}="
        ));
    }
    if archive.damaged > 0 {
        lacks.push(format!(
            "{} with bytes that are not UTF-8, now \u{FFFD}; if there are many, name the encoding: \
             --encoding\u{A0}windows-1256",
            comments(archive.damaged)
        ));
    }
    lacks
}

/// Commands that come next. All of them can be typed.
fn next<W: Write>(archive: &Archive<W>, args: &Args) -> Vec<String> {
    let file = args.output.as_ref().map_or("archive.csv".to_owned(), |output| quoted(&output.to_string_lossy()));
    let again = |options: &str| {
        let args = std::env::args().skip(1).filter(|arg| arg != "--dry-run").map(|arg| quoted(&arg));
        let args: Vec<String> = args.collect();
        let to = if args.iter().any(|arg| arg.starts_with("--output")) { "" } else { " > archive.csv" };
        format!("naqd-import {}{options}{to}", args.join(" "))
    };
    let suggest = format!("naqd-audit --suggest 200 --limit 200 {file} --output labelled.csv");
    let mut lines = Vec::new();
    if archive.written == 0 && args.only.is_none() {
        return vec!["export again: there are no comments in this file (in WordPress choose: All content)".to_owned()];
    }
    if args.only == Some(Only::Unlabelled) {
        lines.extend(args.dry_run.then(|| again("")));
        return lines.into_iter().chain([suggest]).collect();
    }
    if archive.abusive == 0 {
        lines.push("# no comment has the label abusive: naqd cannot learn what abuse is from these alone".to_owned());
        if let Some(status) = REJECTIONS.iter().find(|status| archive.of_status(status) > 0) {
            lines.push(format!("# if the status {status} means abuse on your site:"));
            lines.push(again(&format!(" --map {status}=abusive --only labelled")));
        }
        lines.push("# or label by hand those that naqd would learn most from:".to_owned());
        let counts = archive.counts();
        let labelled = counts.iter().filter(|count| count.label.as_ref().is_some_and(|label| !label.is_empty()));
        let without: Vec<String> = labelled.map(|count| format!("{}=", quoted(&count.status))).collect();
        lines.push(if without.is_empty() { again("") } else { again(&format!(" --map {}", without.join(","))) });
        lines.push(suggest);
        return lines;
    }
    if archive.written > archive.labelled {
        lines.push("# naqd-train wants comments with a label:".to_owned());
        lines.push(again(" --only labelled"));
    } else if args.dry_run {
        lines.push(again(""));
    }
    lines.push("# a model that tells abuse from the rest:".to_owned());
    lines.push(format!("naqd-train {file} --from none --output mine.naqd"));
    lines.push(
        "# a better one, that tells criticism too: put the right label into 200 comments, and learn from both"
            .to_owned(),
    );
    lines.push(suggest);
    lines.push(format!("naqd-train {file} labelled.csv --output mine.naqd"));
    lines
}

/// Warnings on entries of `--map` that gave nothing a label.
fn unused<W: Write>(archive: &Archive<W>) {
    let found: Vec<String> = archive.counts().into_iter().map(|count| count.status).collect();
    for (from, to, refused) in archive.unused() {
        if refused > 0 {
            complain(&format!(
                "--map {from}={to}: not applied to {}: no person decided, and a system's decision \
                 is no label",
                comments(refused)
            ));
        } else {
            complain(&format!("--map {from}={to}: no comment has the status {from}; there are: {}", found.join(", ")));
        }
    }
}

/// Number of comments.
fn comments(number: u64) -> String {
    if number == 1 { "1 comment".to_owned() } else { format!("{} comments", HumanCount(number)) }
}

/// Sentence as an entry of a list, in lines of at most 100 characters.
fn wrapped(sentence: &str) -> String {
    let mut text = String::new();
    let mut line = "  -".to_owned();
    for word in sentence.split(' ') {
        if line.chars().count() + word.chars().count() > 99 {
            text.push_str(&line);
            text.push('\n');
            line = "   ".to_owned();
        }
        line.push(' ');
        // A space that breaks no line: options stay whole.
        line.push_str(&word.replace('\u{A0}', " "));
    }
    text + &line + "\n"
}

/// Argument as a shell reads it.
pub fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+%@".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}
