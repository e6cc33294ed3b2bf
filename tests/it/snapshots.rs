//! Texts that users see, as they are written in `snapshots/`: help, tables, rows, cards, reports, error messages.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test` writes them anew, and the difference is read in git.

use insta::{Settings, assert_snapshot};

use crate::common::{Folder, Ran, csv, repository, to_csv, town, two_scripts};

/// Comments to score: two languages, what cannot be scored, a line break, a disguise.
const INBOX: &str = "id,comment\n\
    1,كاتب هذا المقال غبي وحمار\n\
    2,أين المصدر؟ الخبر غير دقيق.\n\
    3,شكرا على هذا التقرير المفيد\n\
    4,\"Where is your source?\nWhoever wrote this is an i.d.i.o.t!\"\n\
    5,Дороги города надо чинить\n\
    6,\n";

const RULES: &str = "phrase,effect,note\nsource,critical,a reader who asks\nغبي,reject,of every day\n";

/// Paths, times and versions are left out.
fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(&regex_of(env!("CARGO_PKG_VERSION")), "[version]");
    settings.add_filter(&regex_of(env!("CARGO_MANIFEST_DIR")), "[repository]");
    settings.add_filter(r"\b\d+\.\d s\b", "[time]");
    settings
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

#[track_caller]
fn assert_text(name: &str, text: &str) {
    settings().bind(|| assert_snapshot!(name, text));
}

/// What a run wrote, and its exit code.
fn transcript(command: &str, ran: &Ran) -> String {
    format!("$ {command}\n{}{}(exit code {})\n", ran.out(), ran.err(), ran.code())
}

fn run(folder: &Folder, program: &str, args: &[&str]) -> Ran {
    Ran(folder.command(program).args(args).output().unwrap())
}

/// Runs commands one after the other, each with its arguments separated by spaces.
fn transcripts(folder: &Folder, commands: &[&str]) -> String {
    let one = |command: &&str| {
        let mut words = command.split(' ');
        let program = words.next().unwrap();
        transcript(command, &run(folder, program, &words.collect::<Vec<_>>()))
    };
    commands.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A model that stands in `tests/formats`, so that no training changes what is scored here.
fn scoring() -> Folder {
    let model = std::fs::read(repository("tests/formats/model-6.naqd")).unwrap();
    Folder::new(&[("mine.naqd", &model), ("inbox.csv", INBOX.as_bytes()), ("rules.csv", RULES.as_bytes())])
}

#[test]
fn help() {
    let folder = Folder::new(&[]);
    for program in ["naqd-train", "naqd-score", "naqd-audit", "naqd-report", "naqd-import"] {
        assert_text(&format!("help_{program}"), &run(&folder, program, &["--help"]).out());
    }
}

#[test]
fn training() {
    let labelled = csv(96)
        + "x1,thank you,critical\nx2,\"river market thank you, river bridge doctor\",abusive|neutral\nx3,,neutral\nx4,hello,rude\n";
    let folder = Folder::new(&[("comments.csv", labelled.as_bytes()), ("archive.csv", csv(96).as_bytes())]);
    let labels = "--labels abusive,critical,neutral";
    let thresholds = "--max-wrong-reject 30% --max-missed-abuse 20%";
    assert_text(
        "training",
        &transcripts(
            &folder,
            &[
                &format!("naqd-train comments.csv --from none {labels} {thresholds} --card card.md"),
                "naqd-train archive.csv --map abusive=rejected,critical=approved,neutral=approved --l2 10 --keep 40",
                "naqd-train archive.csv --from none --map critical=critical|neutral,neutral=critical|neutral",
            ],
        ),
    );
    assert_text("card", &folder.read("card.md"));
}

/// What `--map` does not name, never finds or leaves out.
#[test]
fn archive() {
    let archive = csv(24).replacen("label", "status", 1).replace("neutral", "approved").replace("abusive", "rejected")
        + "x,buy this,trash\n";
    let folder = Folder::new(&[("archive.csv", archive.as_bytes()), ("labelled.csv", csv(24).as_bytes())]);
    let map = "--label-column status --map critical=,rejected=abusive,aproved=neutral";
    assert_text(
        "archive",
        &transcripts(
            &folder,
            &[
                &format!("naqd-train archive.csv {map},trash="),
                &format!("naqd-train archive.csv {map}"),
                &format!("naqd-audit archive.csv {map},trash= --limit 1"),
                "naqd-train labelled.csv archive.csv --label-column statsu",
                "naqd-train labelled.csv labelled.csv --label-column statsu",
            ],
        ),
    );
}

/// What naqd-import tells of exports, and of what is none.
#[test]
fn import() {
    let wxr = "<?xml version=\"1.0\"?>\n<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><item>\n\
        <link>https://paper.example/bridge</link>\n<wp:comment><wp:comment_id>1</wp:comment_id>\
        <wp:comment_content><![CDATA[<p>أين المصدر؟</p>]]></wp:comment_content>\
        <wp:comment_approved>1</wp:comment_approved></wp:comment>\n<wp:comment><wp:comment_id>2</wp:comment_id>\
        <wp:comment_content>you fool</wp:comment_content><wp:comment_approved>trash</wp:comment_approved>\
        <wp:commentmeta><wp:meta_key>_wp_trash_meta_status</wp:meta_key></wp:commentmeta></wp:comment>\n\
        <wp:comment><wp:comment_content>later</wp:comment_content><wp:comment_approved>0</wp:comment_approved>\
        </wp:comment>\n</item></channel></rss>\n";
    let comments = "{\"id\":\"c1\",\"storyID\":\"s1\",\"status\":\"REJECTED\",\"revisions\":[{\"id\":\"r1\",\"body\":\"you fool\"}]}\n";
    let actions = "{\"commentID\":\"c1\",\"commentRevisionID\":\"r1\",\"status\":\"REJECTED\",\"moderatorID\":\"m1\",\
        \"rejectionReason\":{\"code\":\"ABUSIVE\"}}\n";
    let folder = Folder::new(&[
        ("export.xml", wxr.as_bytes()),
        ("cut.xml", &wxr.as_bytes()[..400]),
        ("comments.json", comments.as_bytes()),
        ("actions.json", actions.as_bytes()),
        ("items.jsonl", b"{\"body\":\"one\",\"state\":\"ok\"}\n{\"body\":\n"),
        ("inbox.csv", INBOX.as_bytes()),
    ]);
    assert_text(
        "import",
        &transcripts(
            &folder,
            &[
                "naqd-import auto export.xml",
                "naqd-import wxr export.xml --map trash=abusive,pending=neutral,spam=abusive --only labelled",
                "naqd-import auto comments.json actions.json --dry-run",
                "naqd-import json items.jsonl --text /body --decision /state --map ok=critical|neutral",
                "naqd-import auto items.jsonl",
                "naqd-import json items.jsonl --text /text",
                "naqd-import coral comments.json",
                "naqd-import auto cut.xml --output archive.csv",
                "naqd-import auto inbox.csv",
                "naqd-import disqus export.xml",
                "naqd-import auto none.xml",
                "naqd-import auto export.xml --output none/archive.csv",
            ],
        ),
    );
}

#[test]
fn rows() {
    let folder = scoring();
    let model = "naqd-score --model mine.naqd";
    for (name, args) in [
        ("rows_csv", &["inbox.csv", "inbox.csv --explain --rules rules.csv"][..]),
        ("rows_json", &["--to jsonl inbox.csv", "--to jsonl --explain --rules rules.csv inbox.csv"]),
        ("rows_table", &["--to table inbox.csv", "--to table --explain --rules rules.csv inbox.csv"]),
        (
            "rows_watch_only",
            &["--watch-only inbox.csv", "--watch-only --to jsonl inbox.csv", "--watch-only --to table inbox.csv"],
        ),
    ] {
        let commands: Vec<String> = args.iter().map(|args| format!("{model} {args}")).collect();
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        assert_text(name, &transcripts(&folder, &commands));
    }
}

/// In colours, written as `\e[31m`.
#[test]
fn colours() {
    let ran = run(
        &scoring(),
        "naqd-score",
        &["--model", "mine.naqd", "--to", "table", "--explain", "--color", "always", "inbox.csv"],
    );
    assert_text("rows_colours", &ran.out().replace('\u{1b}', "\\e"));
}

#[test]
fn check() {
    let folder = scoring();
    std::fs::write(folder.path("fresh.csv"), csv(24)).unwrap();
    let model = "naqd-score --model mine.naqd --check fresh.csv";
    assert_text("check", &transcripts(&folder, &[model, &format!("{model} --to jsonl")]));
}

#[test]
fn audit() {
    let labelled = csv(20)
        + "x1,\"thank you, what an idiot you are, you fool\",neutral\n\
           x2,The new bridge over the river opens on the second Sunday of May,neutral\n\
           x3,the NEW bridge over the river opens on the second Sunday of March,critical\n";
    let folder = Folder::new(&[("a.csv", labelled.as_bytes())]);
    assert_text("audit", &transcripts(&folder, &["naqd-audit a.csv --suggest 3 --most 8"]));
}

/// The text of a page, a line for each piece between tags; of styles and plots nothing.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let line = rest[..start].split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() {
            text += &line;
            text.push('\n');
        }
        rest = &rest[start..];
        let hidden = ["style", "svg"].into_iter().find(|name| rest[1..].starts_with(name));
        let end = hidden.map_or(">".to_owned(), |name| format!("</{name}>"));
        rest = &rest[rest.find(&end).unwrap() + end.len()..];
    }
    text
}

#[test]
fn report() {
    let comments = two_scripts();
    let later: Vec<&str> = comments.lines().step_by(7).collect();
    let folder = Folder::new(&[("comments.csv", comments.as_bytes()), ("later.csv", later.join("\n").as_bytes())]);
    let bounds = ["--from", "none", "--max-innocent-rejected", "10%", "--max-abusive-published", "15%"];
    for language in ["en", "ar"] {
        let report = ["comments.csv", "--card", "card.md", "--report", "report.html", "--report-language", language];
        let ran = folder.train(&[&report[..], &bounds].concat());
        ran.says(0, &[]);
        if language == "en" {
            assert_text("training_thresholds", &ran.out()[ran.out().find("triage by").unwrap()..]);
        }
        let text = text_of(&folder.read("report.html"));
        // What the pages have in common besides is below.
        let text = if language == "ar" { text.split("\nمصفوفة الخلط").next().unwrap() } else { &text };
        assert_text(&format!("report_training_{language}"), text);
        folder.report(&["model.naqd", "later.csv", "--language", language]).says(0, &[]);
        assert_text(&format!("report_{language}"), &text_of(&folder.read("report.html")));
    }
    assert_text("card_thresholds", folder.read("card.md").split("## Thresholds").nth(1).unwrap());
}

/// Two scripts with enough comments of each: an expert for each, one with thresholds and one without.
#[test]
fn two_experts() {
    let (arabic, other) = (town(true, 900, 21, 0.05), town(false, 400, 22, 0.3));
    let (later, both) = ([&arabic[..90], &other[..60]].concat(), [arabic, other].concat());
    let folder = Folder::new(&[("both.csv", to_csv(&both).as_bytes()), ("later.csv", to_csv(&later).as_bytes())]);
    let command =
        "naqd-train both.csv --from none --max-abusive-published 15% --max-innocent-rejected 25% --card card.md";
    assert_text("two_experts", &transcripts(&folder, &[command]));
    let card = folder.read("card.md");
    assert_text("two_experts_card", &card[card.find("Comments of each script").unwrap()..]);
    for (language, end) in [("en", "\nConfusion matrix"), ("ar", "\nمصفوفة الخلط")] {
        let report = format!("{command} --report report.html --report-language {language}");
        run(&folder, "naqd-train", &report.split(' ').skip(1).collect::<Vec<_>>()).says(0, &[]);
        let text = text_of(&folder.read("report.html"));
        assert_text(&format!("two_experts_{language}"), text.split(end).next().unwrap());
        folder.report(&["model.naqd", "later.csv", "--language", language]).says(0, &[]);
        let text = text_of(&folder.read("report.html"));
        assert_text(&format!("two_experts_later_{language}"), text.split(end).next().unwrap());
    }
}

/// Learnt on top of the shipped model, from comments that it does not know: of labels that go with the words, and of labels
/// that do not.
#[test]
fn on_top() {
    let comments = two_scripts();
    let arabic: Vec<&str> = comments.lines().take(301).collect();
    let scattered = |(i, row): (usize, &&str)| {
        let (text, _) = row.split_once(',').unwrap();
        format!("{text},{}", ["abusive", "critical", "neutral"][i / 3 % 3])
    };
    let scattered: Vec<String> = arabic[1..].iter().enumerate().map(scattered).collect();
    let scattered = format!("text,label\n{}", scattered.join("\n"));
    let folder = Folder::new(&[("mine.csv", arabic.join("\n").as_bytes()), ("scattered.csv", scattered.as_bytes())]);
    // Own thresholds, chosen on other comments: nothing is inherited.
    let fresh = [&arabic[..1], &comments.lines().skip(301).take(600).collect::<Vec<_>>()].concat().join("\n");
    std::fs::write(folder.path("fresh.csv"), fresh).unwrap();
    let bounds = "--max-abusive-published 15% --max-innocent-rejected 20%";
    let own = transcripts(&folder, &[&format!("naqd-train mine.csv --thresholds-on fresh.csv {bounds}")]);
    assert_text("on_top_own_thresholds", &own);
    for file in ["mine", "scattered"] {
        let command = format!("naqd-train {file}.csv --card card.md --report report.html");
        assert_text(&format!("on_top_{file}"), &transcripts(&folder, &[&command]));
        let card = folder.read("card.md");
        let [start, thresholds] = ["## Start", "## Thresholds"].map(|title| card.find(title).unwrap());
        let metrics = card.find("## Metrics").unwrap();
        assert_text(&format!("on_top_{file}_card"), &format!("{}{}", &card[start..metrics], &card[thresholds..]));
        for (language, end) in [("en", "\nConfusion matrix"), ("ar", "\nمصفوفة الخلط")] {
            folder.train(&[&format!("{file}.csv"), "--report", "report.html", "--report-language", language]);
            let page = text_of(&folder.read("report.html"));
            assert_text(&format!("on_top_{file}_{language}"), page.split(end).next().unwrap());
        }
    }
}

/// Started from nothing although another model was at hand.
#[test]
fn from_nothing() {
    let known: String = std::fs::read_to_string(repository("data/comments.csv")).unwrap();
    let known: Vec<&str> = known.lines().take(121).collect();
    let archive = csv(24).replace("neutral", "approved").replace("abusive", "rejected");
    let folder = Folder::new(&[("known.csv", known.join("\n").as_bytes()), ("archive.csv", archive.as_bytes())]);
    for (file, english, arabic) in [
        ("known.csv", "has learnt 120 of these comments already", "تعلّم من قبل من \u{2066}120\u{2069} تعليقًا"),
        ("archive.csv", "its classes (approved, critical, rejected) are not those", "بدأ هذا النموذج من الصفر: ففئاته"),
    ] {
        for (language, says) in [("en", english), ("ar", arabic)] {
            folder
                .train(&[file, "--card", "card.md", "--report", "report.html", "--report-language", language])
                .says(0, &[]);
            let page = folder.read("report.html");
            assert!(page.contains(says), "{}", text_of(&page).split("\n1. ").next().unwrap());
        }
        let card = folder.read("card.md");
        assert!(card.contains("## Start") && card.contains(english), "{card}");
    }
}

#[test]
fn errors() {
    let folder = scoring();
    for (name, bytes) in [
        ("comments.csv", csv(24).as_bytes()),
        ("ids.csv", b"id,words\n1,hello\n"),
        ("empty.csv", b"text,label\n"),
        ("one.csv", b"text,label\nhello there,neutral\ngood morning,neutral\n"),
        ("bad.csv", b"text,label\nhello,\n,neutral\nhi,neutral|\nhi,abusive,more\n"),
        ("cut.naqd", b"not a model"),
        ("bad-rules.csv", b"phrase,effect\n,hold\nfool,remove\na*b,hold\n"),
        ("scored.csv", b"text,naqd_label\nhello,neutral\n"),
        ("bad.jsonl", b"{\"text\":\"a\"}\n[1]\n{\"text\":3}\n{\"body\"\n"),
    ] {
        std::fs::write(folder.path(name), bytes).unwrap();
    }
    assert_text(
        "errors_train",
        &transcripts(
            &folder,
            &[
                "naqd-train",
                "naqd-train none.csv",
                "naqd-train ids.csv",
                "naqd-train empty.csv",
                "naqd-train one.csv",
                "naqd-train bad.csv",
                "naqd-train bad.csv --strict",
                "naqd-train comments.csv --out comments.csv",
                "naqd-train comments.csv --out no/model.naqd",
                "naqd-train comments.csv --label-column id",
                "naqd-train comments.csv --map abusive",
                "naqd-train comments.csv --encoding windows-1",
                "naqd-train comments.csv --delimiter ab",
                "naqd-train comments.csv --max-wrong-reject 0%",
                "naqd-train comments.csv --weight other.csv=2",
                "naqd-train comments.csv --weight comments.csv=0",
                "naqd-train comments.csv --no-such-option",
            ],
        ),
    );
    assert_text(
        "errors_score",
        &transcripts(
            &folder,
            &[
                "naqd-score none.csv",
                "naqd-score --model none.naqd inbox.csv",
                "naqd-score --model cut.naqd inbox.csv",
                "naqd-score --rules bad-rules.csv inbox.csv",
                "naqd-score scored.csv",
                "naqd-score empty.csv --text-column comment",
                "naqd-score --model mine.naqd bad.jsonl",
                "naqd-score --fail-on rude --text hello",
                "naqd-score --fail-on abusive:2 --text hello",
                "naqd-score --reject-above 0.2 --publish-below 0.5 --text hello",
                "naqd-score --reject-above 20 --text hello",
                "naqd-score --check empty.csv",
                "naqd-score --check ids.csv",
                "naqd-score --format xml inbox.csv",
            ],
        ),
    );
    assert_text(
        "errors_audit_and_report",
        &transcripts(
            &folder,
            &[
                "naqd-audit none.csv",
                "naqd-audit ids.csv",
                "naqd-audit one.csv",
                "naqd-audit comments.csv --output comments.csv",
                "naqd-report",
                "naqd-report none.naqd comments.csv",
                "naqd-report mine.naqd empty.csv",
                "naqd-report mine.naqd bad.csv --strict",
                "naqd-report mine.naqd comments.csv --output no/r.html",
                "naqd-report mine.naqd comments.csv --map neutral=approved",
                "naqd-report mine.naqd comments.csv --language fr",
            ],
        ),
    );
}
