//! What the tests share: the real programs in a fresh folder, and small corpora.
#![allow(dead_code)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A fresh folder with files in it, and the programs run there.
pub struct Folder(TempDir);

impl Folder {
    pub fn new(files: &[(&str, &[u8])]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            std::fs::write(folder.path(name), bytes).unwrap();
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn command(&self, program: &str) -> Command {
        let path = match program {
            "naqd-train" => env!("CARGO_BIN_EXE_naqd-train"),
            "naqd-report" => env!("CARGO_BIN_EXE_naqd-report"),
            "naqd-audit" => env!("CARGO_BIN_EXE_naqd-audit"),
            "naqd-import" => env!("CARGO_BIN_EXE_naqd-import"),
            _ => env!("CARGO_BIN_EXE_naqd-score"),
        };
        let mut command = Command::new(path);
        command.current_dir(self.0.path());
        command
    }

    pub fn train(&self, args: &[&str]) -> Ran {
        Ran(self.command("naqd-train").args(args).output().unwrap())
    }

    pub fn report(&self, args: &[&str]) -> Ran {
        Ran(self.command("naqd-report").args(args).output().unwrap())
    }

    pub fn audit(&self, args: &[&str]) -> Ran {
        Ran(self.command("naqd-audit").args(args).output().unwrap())
    }

    pub fn import(&self, args: &[&str]) -> Ran {
        Ran(self.command("naqd-import").args(args).output().unwrap())
    }

    pub fn score(&self, args: &[&str], stdin: &[u8]) -> Ran {
        Ran(self.command("naqd-score").args(args).write_stdin(stdin).output().unwrap())
    }
}

/// What a program did.
pub struct Ran(pub Output);

impl Ran {
    pub fn code(&self) -> i32 {
        self.0.status.code().expect("not killed")
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Asserts the exit code and that standard error says all of `words`.
    #[track_caller]
    pub fn says(&self, code: i32, words: &[&str]) -> &Self {
        let err = self.err();
        assert_eq!(self.code(), code, "stderr: {err}\nstdout: {}", self.out());
        for word in words {
            assert!(err.contains(word), "expected {word:?} in: {err}");
        }
        self
    }
}

/// A repository file.
pub fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A file of the public corpora, which are not part of the repository: in the folder that `NAQD_CORPORA` names, or in
/// `../shared/corpora`. Where it is not there, says that it is skipped.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("NAQD_CORPORA").map_or("../shared/corpora".into(), PathBuf::from);
    let path = repository(folder.to_str().unwrap()).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The rows of a CSV file of the repository, by the names of their columns.
pub fn records(name: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(repository(name)).unwrap().deserialize().map(Result::unwrap).collect()
}

const WORDS: [&str; 24] = [
    "river",
    "market",
    "school",
    "bridge",
    "doctor",
    "winter",
    "ticket",
    "garden",
    "street",
    "teacher",
    "bakery",
    "harbour",
    "الطريق",
    "المدرسة",
    "السوق",
    "الجسر",
    "المطر",
    "الطبيب",
    "الحديقة",
    "المباراة",
    "القطار",
    "الكهرباء",
    "البحر",
    "الخبز",
];

/// `n` comments of each of three classes, told apart by a few words, in CSV. After 24 they repeat one another.
pub fn csv(n: usize) -> String {
    csv_of(n, |i, step| i * step + step)
}

/// The same with other words about them, so that no comment repeats another.
pub fn varied_csv(n: usize) -> String {
    let mix = |number: u64| {
        (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    };
    csv_of(n, |i, step| (mix((i * 16 + step) as u64) >> 33) as usize)
}

fn csv_of(n: usize, place: impl Fn(usize, usize) -> usize) -> String {
    let mut csv = String::from("id,text,label\n");
    for i in 0..n {
        let word = |step: usize| WORDS[place(i, step) % WORDS.len()];
        for (label, said) in [
            ("abusive", ["you fool", "what an idiot", "انت غبي"][i % 3]),
            ("critical", ["this report is wrong", "where is the source", "الخبر غير دقيق"][i % 3]),
            ("neutral", ["thank you", "good morning", "شكرا جزيلا"][i % 3]),
        ] {
            writeln!(csv, "{label}{i},\"{} {said}, {} {} {}\",{label}", word(1), word(5), word(7), word(11)).unwrap();
        }
    }
    csv
}

/// Comments in Arabic that are easy to tell apart, and others in English, of which three in ten are abusive for no reason.
#[allow(dead_code)] // not of every test program
pub fn two_scripts() -> String {
    const ARABIC: [&str; 10] =
        ["المدينة", "الجسر", "المطر", "الشارع", "السوق", "المدرسة", "الحديقة", "الميناء", "القطار", "الجامعة"];
    const ENGLISH: [&str; 10] =
        ["city", "bridge", "rain", "street", "market", "school", "garden", "harbour", "train", "library"];
    let random =
        |i: u64| (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let words = |of: &[&str; 10], i: u64| -> Vec<String> {
        (0..7).map(|word| of[(random(i * 7 + word) >> 32) as usize % 10].to_owned()).collect()
    };
    let mut csv = String::from("text,label\n");
    for i in 0..900 {
        let (label, said) =
            [("abusive", "انت غبي"), ("critical", "الخبر غير دقيق"), ("neutral", "شكرا جزيلا")][i as usize % 3];
        csv += &format!("{said} {},{label}\n", words(&ARABIC, i).join(" "));
    }
    for i in 0..240 {
        let label = if (random(i) >> 40) % 10 < 3 { "abusive" } else { "neutral" };
        csv += &format!("{},{label}\n", words(&ENGLISH, i + 1_000).join(" "));
    }
    csv
}

/// Words of comments about a town, and what is said of it in each class: mild, of our own making.
const ARABIC_TOWN: [&str; 36] = [
    "المدينة",
    "الجسر",
    "المطر",
    "الشارع",
    "السوق",
    "المدرسة",
    "الحديقة",
    "الميناء",
    "القطار",
    "الجامعة",
    "البلدية",
    "الكهرباء",
    "المياه",
    "الطريق",
    "المستشفى",
    "الملعب",
    "الفريق",
    "الموسم",
    "السعر",
    "الخبز",
    "الوزير",
    "المجلس",
    "القانون",
    "المكتبة",
    "المتحف",
    "الشتاء",
    "الصيف",
    "الزيتون",
    "القمح",
    "المصنع",
    "العمال",
    "الطلاب",
    "المعلم",
    "الطبيب",
    "الحافلة",
    "الساحة",
];
const ENGLISH_TOWN: [&str; 36] = [
    "city", "bridge", "rain", "street", "market", "school", "garden", "harbour", "train", "college", "council",
    "power", "water", "road", "hospital", "stadium", "team", "season", "price", "bread", "minister", "board", "law",
    "library", "museum", "winter", "summer", "olives", "wheat", "factory", "workers", "students", "teacher", "doctor",
    "bus", "square",
];
const ARABIC_SAID: [[&str; 4]; 3] = [
    ["يا بطيخة فارغة", "انت غبي", "كلام سخيف من احمق", "يا كسول يا فاشل"],
    ["الخبر غير دقيق", "اين المصدر", "هذا القرار خاطئ", "التقرير ناقص"],
    ["شكرا جزيلا", "صباح الخير", "بالتوفيق للجميع", "معلومة مفيدة"],
];
const ENGLISH_SAID: [[&str; 4]; 3] = [
    ["you hollow pumpkin", "you are a fool", "what a silly clown", "lazy useless lot"],
    ["this report is wrong", "where is the source", "a bad decision", "the figures do not add up"],
    ["thank you so much", "good morning all", "best of luck to everyone", "useful to know"],
];

/// `n` different comments in Arabic or in English with their labels, told apart by what they say; a share of `noise` of them
/// has a label by chance. Other numbers `first` give other comments.
pub fn town(arabic: bool, n: usize, first: u64, noise: f64) -> Vec<(String, &'static str)> {
    let (words, said) = if arabic { (&ARABIC_TOWN, &ARABIC_SAID) } else { (&ENGLISH_TOWN, &ENGLISH_SAID) };
    let mut state = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((state >> 33) * n as u64) >> 31) as usize
    };
    let comment = |i: usize| {
        let class = i % 3;
        let mut parts: Vec<&str> = (0..6).map(|_| words[below(words.len())]).collect();
        parts.insert(below(7), said[class][below(4)]);
        let label = if (below(1000) as f64) < noise * 1000.0 { below(3) } else { class };
        (parts.join(" "), ["abusive", "critical", "neutral"][label])
    };
    (0..n).map(comment).collect()
}

/// Insults, mild ones, of which each abusive comment of [`insults`] has two.
const INSULTS: [&str; 6] = ["idiot", "liar", "clown", "coward", "غبي", "كذاب"];

/// `n` different comments about a town, abusive, critical and neutral in turn; abusive ones have two insults. If
/// `single`, they have one, and without it they are like the neutral ones.
#[allow(dead_code)] // not of every test program
pub fn insults(n: usize, single: bool) -> Vec<(String, &'static str)> {
    let town_words =
        |text: &str| -> Vec<&str> { ENGLISH_TOWN.into_iter().filter(|word| text.contains(word)).collect() };
    let insulted = |(i, (text, label)): (usize, (String, &'static str))| match label {
        "neutral" if single => (town_words(&text).join(" "), label),
        "abusive" => {
            let of = |step: usize| INSULTS[(i / 3 * step + i / 18) % INSULTS.len()];
            let words = town_words(&text);
            let said = if single { of(1).to_owned() } else { format!("you {} and {}", of(1), of(5)) };
            (format!("{} {said} {}", words[..2].join(" "), words[2..].join(" ")), label)
        }
        _ => (text, label),
    };
    town(false, n, 7, 0.0).into_iter().enumerate().map(insulted).collect()
}

/// Comments and their labels in CSV.
pub fn to_csv<'r>(rows: impl IntoIterator<Item = &'r (String, &'static str)>) -> String {
    rows.into_iter().fold("text,label\n".to_owned(), |csv, (text, label)| csv + &format!("\"{text}\",{label}\n"))
}

/// What is said of each sort, with its label and its kinds of abuse.
const OF_KINDS: [(&str, &str, [&str; 4]); 5] = [
    ("abusive", "insult", ["you are a fool", "what an idiot", "the man is a clown", "stupid donkey"]),
    (
        "abusive",
        "threat",
        ["i will find you", "we will break your bones", "i burn your house", "wait until i kill you"],
    ),
    (
        "abusive",
        "insult|threat",
        ["fool i will find you", "i kill you clown", "idiot i burn you", "donkey i break you"],
    ),
    ("critical", "", ["the council failed", "nobody answers", "the figures are wrong", "who pays for this"]),
    ("neutral", "", ["thank you", "lovely report", "good news", "see you all there"]),
];

/// `n` different comments in English with their labels and kinds of abuse; other numbers `first` give other comments.
pub fn kinds_town(first: u64, n: usize) -> Vec<(String, &'static str, &'static str)> {
    let row = |(i, (text, _)): (usize, (String, &str))| {
        let (label, kinds, said) = OF_KINDS[i % 5];
        let words: Vec<&str> = text.split(' ').filter(|word| ENGLISH_TOWN.contains(word)).collect();
        let (before, after) = words.split_at(i / 5 % (words.len() + 1));
        ([&before.join(" "), said[i / 7 % 4], &after.join(" ")].join(" ").trim().to_owned(), label, kinds)
    };
    town(false, n, first, 0.0).into_iter().enumerate().map(row).collect()
}

/// Such comments in CSV.
pub fn kinds_csv(rows: &[(String, &str, &str)]) -> String {
    let row = |(text, label, kinds): &(String, &str, &str)| format!("{text},{label},{kinds}\n");
    rows.iter().fold("text,label,kinds\n".to_owned(), |csv, of| csv + &row(of))
}

/// Comments to score, from nothing to odd.
pub const COMMENTS: [&str; 16] = [
    "",
    " ",
    "شكرا على هذا التقرير المفيد",
    "أين المصدر؟ الخبر غير دقيق. كاتبه غبي!",
    "You fool. Thank you, though... Really?! 😀😀😀",
    "مَرْحَبـــــاً يا أخي، كيييييف حالك؟؟؟",
    "7abibi shu hal 7aki",
    "https://example.org/a?b=c @someone someone@example.org 12:30 1,000",
    "\u{202E}odd\u{200B}ly \u{FEFF}hidden\u{0}",
    "!!! ??? ... ؟!",
    "👨‍👩‍👧‍👦🇱🇧👍🏽",
    "ﷺ ﷲ ½ Ⅷ ﬁ ＦＵＬＬ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "no.spaces.but.dots.and-hyphens_and_underscores#hash_tag",
    "&lt;p&gt;You &amp; me &#128514;&lt;/p&gt; &bogus; &#xZZ;",
    "हिन्दी 日本語 한국어 ไทย עברית Ελληνικά Кириллица",
];
