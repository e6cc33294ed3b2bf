//! Folds of code points: the table behind [`crate::text::words`].
//!
//! `fold` decides what a code point becomes, for one block of 256 code points at a time and on first use, so that
//! nothing is looked up twice.

use std::sync::{LazyLock, OnceLock};

use unicode_normalization::char::decompose_compatible;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_security::skeleton;

/// Fold of one code point: what it becomes in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fold {
    /// Part of a word, as this character.
    Letter(char),
    /// Part of a word, as this character, which looks like that letter of ASCII.
    Alike(u8, char),
    /// A decimal digit, as ASCII.
    Digit(char),
    /// Sign that stands for a letter between two others, and splits words otherwise.
    Stand(char),
    /// A word of its own: emoji and other pictures.
    Symbol(char),
    /// `?` or `!`: a word of its own that ends a sentence.
    Mark(char),
    /// Ends a sentence: full stop, ellipsis. A dot before an ASCII letter or digit does not.
    Stop,
    /// Ends a sentence: line end.
    Line,
    /// Belongs to the letter before it and leaves no trace: diacritics, tatweel, invisible characters.
    Attached,
    /// Left out without splitting a word: apostrophes.
    Dropped,
    /// Splits words.
    Space,
    /// Several of the above: first index in [`Block::long`] and number.
    Several(u16, u8),
}

/// Folds of the code points that UTF-8 writes in one or two bytes: Latin, Greek, Cyrillic, Arabic.
pub(crate) static LOW: LazyLock<Box<[Fold; 0x800]>> = LazyLock::new(|| {
    let mut low = Box::new([Fold::Space; 0x800]);
    for (folds, first) in low.chunks_mut(256).zip((0..).step_by(256)) {
        folds.copy_from_slice(&block(char::from_u32(first).expect("below the surrogates")).folds);
    }
    low
});

/// Folds of 256 code points in a row.
pub(crate) struct Block {
    pub(crate) folds: [Fold; 256],
    /// Expansions that [`Fold::Several`] points into; at most 256 x 18 (U+FDFA) long.
    pub(crate) long: Vec<Fold>,
}

static BLOCKS: [OnceLock<Box<Block>>; 0x1100] = [const { OnceLock::new() }; 0x1100];

#[inline]
pub(crate) fn block(c: char) -> &'static Block {
    BLOCKS[c as usize >> 8].get_or_init(|| Box::new(Block::new((c as u32) & !0xFF)))
}

impl Block {
    fn new(first: u32) -> Block {
        let mut block = Block { folds: [Fold::Space; 256], long: Vec::new() };
        for i in 0..256 {
            let Some(c) = char::from_u32(first + i) else { continue };
            let mut folds = Vec::new();
            fold(c, 0, &mut folds);
            let alone = folds.len() == 1;
            for fold in &mut folds {
                if let Fold::Letter(letter) = *fold {
                    let latin = looks(letter, if alone { c } else { letter });
                    *fold = latin.map_or(*fold, |latin| Fold::Alike(latin, letter));
                }
            }
            block.folds[i as usize] = match folds[..] {
                [] => Fold::Attached,
                [one] => one,
                _ => {
                    let several = Fold::Several(block.long.len() as u16, folds.len() as u8);
                    block.long.append(&mut folds);
                    several
                }
            };
        }
        block
    }
}

/// Appends the folds of a code point: compatibility decomposition and lower case until neither changes
/// anything, then the kind of each character that is left.
fn fold(c: char, depth: u8, out: &mut Vec<Fold>) {
    let spelt = respell(c);
    let mut parts = Vec::new();
    decompose_compatible(spelt, |d| parts.extend(d.to_lowercase()));
    if depth < 4 && parts != [c] {
        for part in parts {
            fold(part, depth + 1, out);
        }
        return;
    }
    match kind(c) {
        Fold::Attached => {}
        Fold::Space if matches!(out.last(), Some(Fold::Space)) => {}
        fold => out.push(fold),
    }
}

/// Letter of ASCII that `letter` is mistaken for, or else its capital `c` (Unicode Technical Standard 39,
/// confusables). None for letters that are written from right to left and for parts of Korean syllables: nobody
/// disguises a word with these.
fn looks(letter: char, c: char) -> Option<u8> {
    if letter.is_ascii() || matches!(letter, '\u{590}'..='\u{8FF}' | '\u{1100}'..='\u{11FF}') {
        return None;
    }
    let like = |c: char| {
        let mut buffer = [0; 4];
        let mut skeleton = skeleton(c.encode_utf8(&mut buffer));
        match (skeleton.next().map(small), skeleton.next()) {
            (Some(letter), None) if letter.is_ascii_alphabetic() => Some(letter.to_ascii_lowercase() as u8),
            _ => None,
        }
    };
    like(letter).or_else(|| (!c.is_lowercase()).then(|| letter.to_uppercase().next().and_then(like)).flatten())
}

/// Letter of a small capital, which the confusables keep apart from letters.
fn small(c: char) -> char {
    match c {
        'ᴀ' => 'a',
        'ʙ' => 'b',
        'ᴄ' => 'c',
        'ᴅ' => 'd',
        'ᴇ' => 'e',
        'ꜰ' => 'f',
        'ɢ' => 'g',
        'ʜ' => 'h',
        'ᴊ' => 'j',
        'ᴋ' | 'ĸ' => 'k',
        'ʟ' => 'l',
        'ᴍ' => 'm',
        'ɴ' => 'n',
        'ᴏ' => 'o',
        'ᴘ' => 'p',
        'ʀ' => 'r',
        'ꜱ' => 's',
        'ᴛ' => 't',
        'ᴜ' => 'u',
        'ᴠ' => 'v',
        'ᴡ' => 'w',
        'ʏ' => 'y',
        'ᴢ' => 'z',
        other => other,
    }
}

/// Usual letter for one that readers write instead of it, mostly for want of the right keyboard.
fn respell(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' | 'ٵ' => 'ا',
        'ى' | 'ی' | 'ې' | 'ۍ' | 'ێ' | 'ے' | 'ۓ' | 'ئ' | 'ٸ' | 'ؠ' => 'ي',
        'ة' | 'ۃ' | 'ہ' | 'ھ' | 'ۀ' | 'ە' | 'ۂ' | 'ۿ' => 'ه',
        'ؤ' | 'ۆ' | 'ۇ' | 'ۈ' | 'ۋ' | 'ٶ' | 'ٷ' | 'ۄ' | 'ۅ' | 'ۉ' | 'ۏ' => 'و',
        'ک' | 'گ' | 'ڪ' | 'ګ' | 'ڭ' | 'ݣ' => 'ك',
        'چ' => 'ج',
        'پ' => 'ب',
        'ڤ' | 'ڥ' => 'ف',
        'ژ' | 'ڑ' => 'ز',
        'ٹ' => 'ت',
        'ڈ' => 'د',
        'ں' => 'ن',
        'ڨ' => 'ق',
        'ı' => 'i',
        'ς' => 'σ',
        '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '´' | '′' => '\'',
        // White letters on black circles and squares, which Unicode does not decompose as it does those in outline.
        '\u{1F150}'..='\u{1F169}' => letter_of('\u{1F150}', c),
        '\u{1F170}'..='\u{1F189}' => letter_of('\u{1F170}', c),
        other => other,
    }
}

/// Letter of ASCII of a sign, where the sign of `a` is `first` and the others follow.
fn letter_of(first: char, sign: char) -> char {
    char::from(b'a' + (sign as u32 - first as u32) as u8)
}

/// Fold of a character that decomposition and lower case leave as it is.
fn kind(c: char) -> Fold {
    use GeneralCategory::*;
    match c {
        '?' | '؟' | '⁇' | '¿' | '՞' | '፧' => return Fold::Mark('?'),
        '!' | '¡' => return Fold::Mark('!'),
        '.' | '۔' | '。' | '।' => return Fold::Stop,
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Fold::Line,
        '\'' => return Fold::Dropped,
        '*' | '@' | '$' => return Fold::Stand(c),
        // Tatweel; hamza on the line, which readers leave out at will; keycap and variation marks.
        'ـ' | 'ء' | 'ٴ' | '\u{20E3}' => return Fold::Attached,
        // Skin tones belong to the emoji before them.
        '\u{1F3FB}'..='\u{1F3FF}' => return Fold::Attached,
        _ => {}
    }
    match c.general_category() {
        Format | EnclosingMark => Fold::Attached,
        // Marks that merely decorate are dropped; in scripts that write vowels as marks they are letters.
        NonspacingMark if decorates(c) => Fold::Attached,
        DecimalNumber => Fold::Digit(digit(c)),
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter | LetterNumber
        | NonspacingMark | SpacingMark | OtherNumber => Fold::Letter(c),
        OtherSymbol => Fold::Symbol(c),
        _ => Fold::Space,
    }
}

/// True if a mark only decorates: those of Latin, Greek, Cyrillic, Hebrew, Arabic and Syriac, and those of no script (variation selectors).
fn decorates(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}'
        | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' | '\u{711}' | '\u{730}'..='\u{74A}'
        | '\u{898}'..='\u{8FF}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{E0100}'..='\u{E01EF}')
}

/// ASCII digit of a decimal digit: Unicode keeps the ten digits of a script in a row, zero first.
fn digit(c: char) -> char {
    let is_digit = |n: u32| char::from_u32(n).is_some_and(|c| c.general_category() == GeneralCategory::DecimalNumber);
    let mut zero = c as u32;
    while zero > 0 && is_digit(zero - 1) {
        zero -= 1;
    }
    char::from(b'0' + ((c as u32 - zero) % 10) as u8)
}
