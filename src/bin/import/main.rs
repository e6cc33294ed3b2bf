//! naqd-import: comments that a system exports, with what its moderators decided, as labelled CSV.

mod read;
#[path = "../shared/mod.rs"]
mod shared;
mod summary;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};
use naqd::internal::io::{Access, Replacement, encoding};
use read::archive::Personal;
use read::coral::{Collection, Decisions, collection};
use read::pointers::pointer;
use read::sql::Escape;
use read::{Archive, Format, Only, Pointers, Source, Stop, disqus, pointers, sniff, sql, wordpress, wxr};
use shared::{bar, check_output, complain};

/// Turn an export of WordPress, Coral, Disqus or another system into labelled CSV.
///
/// Writes the columns text, label, when, story, id, parent and why. Only a person's decision is a label: what a person
/// approved is critical|neutral; what a person rejected is abusive if the reason says so, or by --map. What the system
/// decided, a reader deleted or nobody has seen has no label. The column why says where a label is from, or why there
/// is none.
///
/// HTML becomes the text that a reader sees. Names, e-mail and IP addresses are left out. What the export has, what it
/// lacks and which command comes next is told on standard error. Compressed files (gzip) are read.
#[derive(Parser)]
#[command(
    name = "naqd-import",
    version,
    after_help = "\
Exit codes:
  0  done (also when the reader of a pipe goes away)
  1  done, but some comments could not be used (each is named on standard error)
  2  could not run; no file was written

Examples:
  naqd-import auto export.xml --dry-run
  naqd-import wxr export.xml --map trash=abusive --only labelled > archive.csv
  naqd-import wordpress-json approve.json spam.json trash.json > archive.csv
  naqd-import coral comments.json commentModerationActions.json --output archive.csv
  naqd-import disqus forum.xml.gz --only labelled > archive.csv
  naqd-import json posts.jsonl --text /body --decision /state --map 'ok=critical|neutral,removed=abusive'
  naqd-import json page.json --items /items --text /snippet/topLevelComment/snippet/textOriginal \\
      --text /snippet/textOriginal --id /id --replies /replies/comments"
)]
struct Args {
    /// Format of the export
    format: Format,
    /// Files of the export, compressed or not; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// CSV file to write, whole or not at all, readable by its owner alone [default: standard output]
    #[arg(long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
    /// Labels by status: trash=abusive,approved=critical|neutral; a status that is renamed to nothing (approved=) has no
    /// label
    #[arg(long, value_name = "STATUS=LABEL,...", value_delimiter = ',', value_parser = shared::map)]
    map: Vec<(String, String)>,
    /// Write only some comments [default: all]
    #[arg(long, value_name = "WHICH")]
    only: Option<Only>,
    /// Stop after this number of comments
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    /// Only tell what is in the export; write no comments
    #[arg(long, conflicts_with = "output")]
    dry_run: bool,
    /// Write the column author: the name of the writer (Coral: the number)
    #[arg(long)]
    with_author: bool,
    /// Write the column email, the writer's
    #[arg(long)]
    with_email: bool,
    /// Write the column ip, the writer's IP address
    #[arg(long)]
    with_ip: bool,
    /// Encoding of files that are not UTF-8 and have no byte order mark, such as windows-1256
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// Escapes in the table of wordpress-sql [default: found out]
    #[arg(long, value_name = "KIND")]
    escape: Option<Escape>,
    #[command(flatten)]
    json: Json,
}

/// Pointers of the format json.
#[derive(clap::Args)]
#[command(
    next_help_heading = "Format json: pointers (RFC 6901), such as /snippet/text; of several the first that leads to something counts"
)]
struct Json {
    /// Comment
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    text: Vec<String>,
    /// Decision; --map gives its values labels
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    decision: Vec<String>,
    /// Number or name of the comment
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    id: Vec<String>,
    /// Time of the comment
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    when: Vec<String>,
    /// Article
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    story: Vec<String>,
    /// Comment that is answered [default: for items of --replies, the item that they are in]
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    parent: Vec<String>,
    /// Name of the writer, for --with-author
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    author: Vec<String>,
    /// Items in each document, if they are not the document or the elements of an array: /data
    #[arg(long, value_name = "POINTER", value_parser = pointer, default_value = "", hide_default_value = true)]
    items: String,
    /// Items in each item, such as replies: /comments/data
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    replies: Vec<String>,
    /// Comments are HTML
    #[arg(long)]
    html: bool,
}

impl Json {
    fn pointers(&self) -> Pointers {
        let Json { text, decision, id, when, story, parent, author, items, replies, html } = self;
        Pointers {
            text: text.clone(),
            decision: decision.clone(),
            id: id.clone(),
            when: when.clone(),
            story: story.clone(),
            parent: parent.clone(),
            author: author.clone(),
            items: items.clone(),
            replies: replies.clone(),
            html: *html,
            ..Pointers::default()
        }
    }
}

/// The program.
pub fn main() -> ExitCode {
    main_with(std::env::args_os()).into()
}

/// Runs the program with arguments, the first of which is its name; returns the exit code.
pub fn main_with(arguments: impl Iterator<Item = OsString>) -> u8 {
    shared::end(run(&shared::manual::parse(arguments.collect())))
}

/// Returns the number of comments that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    let Args { with_author: author, with_email: email, with_ip: ip, .. } = *args;
    let mut replacement = None;
    let out: Box<dyn Write + '_> = match &args.output {
        _ if args.dry_run => Box::new(io::sink()),
        Some(output) => {
            check_output("--output", output, &args.files)?;
            let file =
                Replacement::create(output, Access::Owner).map_err(|error| format!("{}: {error}", output.display()))?;
            Box::new(replacement.insert(file))
        }
        None => Box::new(io::stdout().lock()),
    };
    let bar = progress(&args.files);
    let complain_above = {
        let bar = bar.clone();
        move |sentence: &str| bar.suspend(|| complain(&sentence))
    };
    let mut archive = Archive::new(out, &args.map, complain_above)
        .only(args.only)
        .limit(args.limit.unwrap_or(u64::MAX))
        .personal(Personal { author, email, ip });
    let read = read_files(args, &bar, &mut archive);
    bar.finish_and_clear();
    let format = match read {
        Ok(format) => Some(format),
        Err(Stop::Enough) => None,
        Err(Stop::Error(error)) => return Err(error.into()),
    };
    match archive.finish() {
        Ok(()) | Err(Stop::Enough) => {}
        Err(Stop::Error(error)) => return Err(error.into()),
    }
    summary::tell(&archive, args, format);
    let bad = usize::try_from(archive.bad_rows).unwrap_or(usize::MAX);
    drop(archive);
    if let (Some(file), Some(output)) = (replacement, &args.output) {
        file.commit().map_err(|error| format!("{}: {error}", output.display()))?;
    }
    Ok(bad)
}

/// Reads all files; returns their format.
fn read_files<W: Write>(args: &Args, bar: &ProgressBar, archive: &mut Archive<W>) -> Result<Format, Stop> {
    let mut sources = Vec::new();
    let mut format = args.format;
    for file in &args.files {
        let source = open(file, args.encoding, bar)?;
        let found = sniff(file, source.head())?;
        if format == Format::Auto {
            format = found;
        } else if found != format && !(found.is_json() && format.is_json()) {
            return Err(format!(
                "{}: looks like the format {}, not {}; import it by itself: naqd-import {} {} ...",
                file.display(),
                found.name(),
                format.name(),
                found.name(),
                summary::quoted(&file.to_string_lossy())
            )
            .into());
        }
        sources.push(source);
    }
    match format {
        Format::Coral => coral(sources, archive)?,
        Format::Json if args.json.text.is_empty() => {
            return Err(format!(
                "{}: JSON of an unknown system: name the comment's place with --text, such as --text /message; \
                 docs/import.md has the options for YouTube, Facebook and Instagram",
                args.files[0].display()
            )
            .into());
        }
        _ => {
            let pointers = if format == Format::WordpressJson { wordpress::rest() } else { args.json.pointers() };
            for source in sources {
                match format {
                    Format::Wxr => wxr::read(source, archive)?,
                    Format::Disqus => disqus::read(source, archive)?,
                    Format::WordpressSql => sql::read(source, args.escape, archive)?,
                    _ => pointers::read(source, &pointers, archive)?,
                }
            }
        }
    }
    Ok(format)
}

/// Reads Coral's two collections, the decisions first.
fn coral<W: Write>(sources: Vec<Source>, archive: &mut Archive<W>) -> Result<(), Stop> {
    let (mut comments, mut actions) = (Vec::new(), Vec::new());
    for source in sources {
        match collection(&source)? {
            Collection::Comments => comments.push(source),
            Collection::Actions => actions.push(source),
        }
    }
    for (sources, name) in [(&comments, "comments"), (&actions, "commentModerationActions")] {
        if sources.is_empty() {
            return Err(format!(
                "there is no file of the collection {name}; both are needed: mongoexport --uri ADDRESS --collection {name} \
                 --out {name}.json"
            )
            .into());
        }
    }
    let mut decisions = Decisions::new();
    for source in actions {
        decisions.read(source, archive)?;
    }
    for source in comments {
        decisions.comments(source, archive)?;
    }
    archive.note(format!(
        "decisions: {} by persons, {} by the system, which are no labels",
        decisions.persons, decisions.system
    ));
    if decisions.without_comment() > 0 {
        archive.note(format!(
            "{} decisions of persons are on comments that are not in these files (archived stories are in \
             archivedComments and archivedCommentModerationActions)",
            decisions.without_comment()
        ));
    }
    Ok(())
}

/// Opens a file, whose bytes are counted.
fn open(file: &Path, encoding: Option<&'static Encoding>, bar: &ProgressBar) -> Result<Source, String> {
    if file == Path::new("-") {
        return Source::new(file, bar.wrap_read(io::stdin()), encoding);
    }
    let raw = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Source::new(file, bar.wrap_read(raw), encoding)
}

/// Progress bar over the bytes of the files; invisible where there is no terminal.
fn progress(files: &[PathBuf]) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} ({elapsed})");
    let bar = bar();
    bar.set_style(style.expect("a valid template"));
    let sizes = files.iter().map(|file| std::fs::metadata(file).map_or(0, |found| found.len()));
    bar.set_length(sizes.sum());
    bar
}
