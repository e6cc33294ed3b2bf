//! Scopes of negations and of words about oneself: "not an idiot", «مش غبي», "I was such a fool".
//!
//! Weights of words add up, so that an insult denied would be as abusive as an insult. A negator, or a word about oneself,
//! opens a scope; the next content word in it has a marked n-gram in place of its own (after the tag NOT_ of Das and Chen
//! 2001, "Yahoo! for Amazon", and Pang et al. 2002, "Thumbs up?", which reaches further). Articles and the like stand between
//! the two. Whoever is addressed, and words such as "but" and "only", end a scope: "not an idiot but a liar" calls
//! somebody a liar, and "not just a liar" does so too.
//!
//! To deny that something is said denies all of it, also of those who are addressed: "nobody says that the author is a liar",
//! "she never called you an idiot". So does "not all".
//!
//! The words are a closed list. Among them is none that mostly means something else: «ما» also praises and insults
//! («ما أغباك»), «لا» stands before an address, and both deny only before a word of saying or «أحد»; «غير» in the Maghreb is
//! "only".

use crate::ngrams::hash::{mix, word_hash};
use crate::text::word::Word;
use crate::text::words::Words;
use std::sync::LazyLock;

/// Mark of a content word: what opened the scope that it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Negator.
    Not,
    /// Word about oneself.
    Own,
}

impl Mark {
    /// Name in the notation of n-grams.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mark::Not => "not",
            Mark::Own => "self",
        }
    }
}

/// Role of a word in scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Role {
    /// Content word: takes the mark, if a scope is open, and ends it.
    #[default]
    Content,
    /// Negator.
    Not,
    /// "don't": a negator after which "be" is a request.
    Dont,
    /// "do", as in "do not be".
    Do,
    /// «ما», «لا»: a negator before a word of saying, or before "one".
    Ma,
    /// "no": a negator before "one", and after "is" and the like.
    No,
    /// "one", «أحد».
    One,
    /// Word of saying: denied, it denies what is said.
    Say,
    /// "all", which a negator denies.
    All,
    Be,
    /// Word about oneself.
    Own,
    /// "I", which opens a scope together with "was" and the like.
    I,
    Was,
    /// Stands between what opens a scope and the content word.
    Between,
    /// Address: ends a scope, and the next word is not about oneself: «انت كنت».
    You,
    /// Call: as an address, also where something is said.
    Ya,
    /// "why", "if": ends a scope, and the next word denies nothing: "why don't the".
    If,
    /// Ends a scope.
    End,
    /// Takes the mark on from one content word to the next: "not a liar or".
    Or,
}

/// Words by role. They are read as words of a text, so that any spelling of a word that is folded is the same.
#[rustfmt::skip]
const WORDS: [(Role, &str); 18] = [
    (Role::Not,
        "not never nobody neither isn't aren't wasn't weren't ain't haven't hasn't didn't doesn't cannot can't \
        لست لستم ليس ليست ليسا ليسوا ليسو لسن لسنا وليس وليست ولست لم لن مش ومش مو ومو موش مب موب مهب مهوب مهوش ماهوب ماهيب ماهوش \
        ماهيش ماهمش مانيش منيش ماني مانيب منيب محد ماحد محدش ماحدش مكنتش ماكنتش مكانش ماكانش ماكنش ماكانوش ماشي \
        mesh mish mich mech mush mosh msh mch mouch moch mou mu machi laysa laysat lasto lastu mani manich manish \
        mahouch mahoush mahoch mahich mahish"),
    (Role::Dont, "don't"),
    (Role::Do, "do"),
    (Role::Ma, "ما لا ma la"),
    (Role::No, "no"),
    (Role::One, "one احد حد حدا 7ad 7ada hada had"),
    (Role::Say,
        "call called calling calls say said saying says \
        قال قالت قالو قالوا قلت قلنا قلتم قالك قالكم قلتلك يقول تقول اقول نقول يقولون يقل اقل نقل تقل يقولوا تقولوا يقال قيل \
        بيقول بتقول بقول بقلك بقولك يسمي تسمي نسمي اسمي تسموا تسمون سمى سمانا سماك سموك يصف تصف وصف وصفك يوصف توصف \
        gal 9al kal galek 9alek olt 2olt oltlak 2oltlak y2oul ygoul"),
    (Role::All, "all every everyone everybody كل كلهم كلكم جميع kol koul"),
    (Role::Be, "be"),
    (Role::Own, "I'm am myself انا اني كنت طلعت چنت ana ani kont kount knt tle3t tla3t"),
    (Role::I, "i"),
    (Role::Was, "was were felt feel looked look acted"),
    (Role::Between,
        "a an the such so really very quite being been is are that \
        him her them me us anyone anybody anything someone somebody people ones some any kind of as like at \
        here there total complete utter absolute bloody fucking damn right real \
        كثير كتير هيك كده كدا هالقد جدا يكن يكون تكن تكون اكن اكون نكن نكون يكونوا كان كانت مثل زي متل ان انه انها \
        انهم انك انكم انكن انو هو هي هم نحن احنا نحنا حنا هنا من عن على واحد واحده مجموعه \
        awi 2awi ktir kteer wa7ed wahed hna hon howa hiya houma"),
    (Role::You,
        "you u your ur you're yours yall انت انتي انتم انتو انتوا انتا لك لكم enta inta nta enti inti nti entom \
        ento ntoma"),
    (Role::Ya, "يا ايها ya"),
    (Role::If, "why if لو اذا ليش ليه لماذا علاش law lesh leh 3lash"),
    (Role::End,
        "but only just merely simply even because when he she they it this these those we who what and yet than except nor \
        لكن ولكن بل الا سوى بس فقط وبس مجرد لما لان لانه عشان وانا وانت و حتى غير اللي الذي التي \
        bas bes w wa lama gher illa"),
    (Role::Or, "or ولا او wala aw"),
];

/// Number of places of the table of roles, a power of two several times the number of words.
const PLACES: usize = 1 << 10;

/// Roles by the hash of the word, in an open table; 0 marks a free place.
static ROLES: LazyLock<Box<[(u64, Role); PLACES]>> = LazyLock::new(|| {
    let mut table = Box::new([(0, Role::Content); PLACES]);
    let mut word = Word::default();
    for (role, list) in WORDS {
        for written in list.split_whitespace() {
            Words::new(written).next(&mut word);
            let hash = word_hash(word.symbols());
            table[place(&table, hash)] = (hash, role);
        }
    }
    table
});

/// Place of a word in the table, or the free one where it would stand.
#[inline]
fn place(table: &[(u64, Role); PLACES], hash: u64) -> usize {
    let mut at = mix(hash) as usize % PLACES;
    while table[at].0 != hash && table[at].0 != 0 {
        at = (at + 1) % PLACES;
    }
    at
}

impl Role {
    /// All roles, in order.
    const ALL: [Role; 19] = [
        Role::Content,
        Role::Not,
        Role::Dont,
        Role::Do,
        Role::Ma,
        Role::No,
        Role::One,
        Role::Say,
        Role::All,
        Role::Be,
        Role::Own,
        Role::I,
        Role::Was,
        Role::Between,
        Role::You,
        Role::Ya,
        Role::If,
        Role::End,
        Role::Or,
    ];

    /// Role of a word by its hash. Emoji, marks and classes of words end a scope.
    #[inline]
    pub(crate) fn of(hash: u64, is_letters: bool) -> Role {
        if is_letters { ROLES[place(&ROLES, hash)].1 } else { Role::End }
    }

    /// Role of a number; that of a content word if there is none.
    #[inline(always)]
    pub(crate) fn from_number(number: u16) -> Role {
        *Role::ALL.get(usize::from(number)).unwrap_or(&Role::Content)
    }
}

/// Most words between what opens a scope and the content word.
const MAX_BETWEEN: u8 = 3;

/// Most content words that a wide scope marks.
const MAX_CONTENT: u8 = 4;

/// Scope at a place in a sentence.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scope {
    /// Mark of the next content word.
    open: Option<Mark>,
    /// Mark of the word just read.
    last: Option<Mark>,
    /// Role of the word just read.
    before: Role,
    /// Number of words since the scope was opened.
    between: u8,
    /// True if it was opened by "don't" or "do not".
    request: bool,
    /// Number of content words that are still marked: 0 if the first one ends the scope.
    wide: u8,
}

impl Scope {
    /// Mark of the next word, by its role.
    #[inline(always)]
    pub(crate) fn read(&mut self, role: Role) -> Option<Mark> {
        let idle = self.open.is_none() && self.last.is_none() && self.before == Role::Content;
        if idle && role == Role::Content { None } else { self.step(role) }
    }

    fn step(&mut self, role: Role) -> Option<Mark> {
        let before = std::mem::replace(&mut self.before, role);
        let last = self.last.take();
        match role {
            // Called: "that you liar", against "that you are a liar".
            Role::Content if before == Role::Ya => self.open = None,
            Role::Content => {
                self.last = self.open;
                self.between = 0;
                self.wide = self.wide.saturating_sub(1);
                if self.wide == 0 {
                    self.open = None;
                }
                return self.last;
            }
            Role::Not | Role::Dont if before != Role::If => {
                self.open(Mark::Not);
                self.request = role == Role::Dont || before == Role::Do;
            }
            Role::No if matches!(before, Role::Between | Role::Was | Role::Own) => self.open(Mark::Not),
            Role::One if matches!(before, Role::Ma | Role::No) => self.open(Mark::Not),
            Role::Say if before == Role::Ma || self.open == Some(Mark::Not) => {
                self.open(Mark::Not);
                self.wide = MAX_CONTENT;
            }
            Role::All if before == Role::Not => self.wide = MAX_CONTENT,
            Role::You if self.wide > 0 && before == Role::Say => self.between = 0,
            // Behind "that" it may be a call: so it is if a content word is next.
            Role::You if self.wide > 0 && before == Role::Between => (self.between, self.before) = (0, Role::Ya),
            Role::Own if !matches!(before, Role::You | Role::Ya) && self.open != Some(Mark::Not) => {
                self.open(Mark::Own)
            }
            Role::Was if before == Role::I => self.open(Mark::Own),
            Role::Or if last.is_some() => {
                self.open = last;
                self.between = 0;
            }
            Role::Be if self.request => self.open = None,
            Role::Do
            | Role::One
            | Role::Say
            | Role::All
            | Role::Be
            | Role::Own
            | Role::I
            | Role::Was
            | Role::Between => {
                self.between = self.between.saturating_add(1);
                if self.between > MAX_BETWEEN {
                    self.open = None;
                }
            }
            Role::Not | Role::Dont | Role::Ma | Role::No | Role::You | Role::Ya | Role::If | Role::End | Role::Or => {
                self.open = None
            }
        }
        None
    }

    fn open(&mut self, mark: Mark) {
        *self = Scope { open: Some(mark), before: self.before, ..Scope::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalise;

    /// Folded words and their roles, separated.
    fn listed() -> impl Iterator<Item = (Role, String)> {
        WORDS.iter().flat_map(|(role, list)| list.split_whitespace().map(|word| (*role, normalise(word))))
    }

    #[test]
    fn a_word_has_one_role() {
        let mut seen = std::collections::HashMap::new();
        for (role, word) in listed() {
            assert_eq!(seen.insert(word.clone(), role), None, "{word:?} is listed twice");
            let symbols: Vec<char> = word.chars().collect();
            assert_eq!(Role::of(word_hash(&symbols), true), role, "of {word:?}");
        }
        assert!(4 * seen.len() < 2 * PLACES, "{} words", seen.len());
        assert_eq!(Role::of(word_hash(&['c', 'a', 't']), true), Role::Content);
    }

    #[test]
    fn roles_are_numbered_in_order() {
        for (number, role) in (0..).zip(Role::ALL) {
            assert_eq!((role as u16, Role::from_number(number)), (number, role));
        }
    }
}
