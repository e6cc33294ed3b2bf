//! Buffer that a word is read into.

/// Word that stands for any web address.
pub const URL: char = '🔗';

/// Word that stands for any @mention.
pub const MENTION: char = '👤';

/// Word that stands for any e-mail address.
pub const EMAIL: char = '📧';

/// Word that stands for any number written in digits.
pub const NUMBER: char = '🔢';

/// Longest word, in folded characters; what is longer is read as several words. Bounds the memory that a
/// comment without spaces can take.
pub const MAX_WORD: usize = 64;

/// Word: its folded characters between two spaces that mark its boundaries, each with the bytes of the text it came
/// from.
#[derive(Clone)]
pub struct Word {
    pub(crate) len: usize,
    pub(crate) symbols: [char; MAX_WORD + 2],
    pub(crate) starts: [u32; MAX_WORD + 2],
    pub(crate) ends: [u32; MAX_WORD + 2],
    pub(crate) letters: bool,
    /// True if a letter stood twice or more in a row and was written once.
    pub(crate) repeated: bool,
    /// For each character, from the first on, a bit that says whether it looks like a letter of ASCII.
    pub(crate) alike: u64,
    /// The letters of ASCII that they look like.
    pub(crate) latin: [u8; MAX_WORD],
}

impl Default for Word {
    fn default() -> Self {
        Word {
            len: 1,
            symbols: [' '; MAX_WORD + 2],
            starts: [0; MAX_WORD + 2],
            ends: [0; MAX_WORD + 2],
            letters: false,
            repeated: false,
            alike: 0,
            latin: [0; MAX_WORD],
        }
    }
}

impl Word {
    /// Folded characters, with a space before and after.
    #[inline]
    pub fn padded(&self) -> &[char] {
        &self.symbols[..self.len]
    }

    /// Folded characters.
    #[inline]
    pub fn symbols(&self) -> &[char] {
        &self.symbols[1..self.len - 1]
    }

    /// Bytes of the text that the padded characters `from..to` came from.
    #[inline]
    pub fn span(&self, from: usize, to: usize) -> (u32, u32) {
        (self.starts[from], self.ends[to - 1])
    }

    /// True if it is made of letters (and digits between them), not an emoji, a mark or a class of words.
    #[inline]
    pub fn is_letters(&self) -> bool {
        self.letters
    }

    /// Number of bytes of the text that character `at` came from.
    pub(crate) fn bytes(&self, at: usize) -> usize {
        (self.ends[at + 1] - self.starts[at + 1]) as usize
    }

    /// Sets the bytes that each of its characters comes from to `start..end`.
    pub(crate) fn move_to(&mut self, start: u32, end: u32) {
        self.starts[..self.len].fill(start);
        self.ends[..self.len].fill(end);
        (self.ends[0], self.starts[self.len - 1]) = (start, end);
    }

    /// Word of letters, at most [`MAX_WORD`], that is in no text.
    pub(crate) fn of(letters: impl IntoIterator<Item = char>) -> Word {
        let mut word = Word { letters: true, ..Word::default() };
        for (symbol, letter) in word.symbols[1..=MAX_WORD].iter_mut().zip(letters) {
            *symbol = letter;
            word.len += 1;
        }
        word.len += 1;
        word
    }

    /// Replaces it by another word, of at most [`MAX_WORD`] characters. Where they are as many as before, each keeps its
    /// span; otherwise each has the span of the whole.
    pub(crate) fn respell(&mut self, symbols: &[char]) {
        let (start, end) = self.span(1, self.len - 1);
        let n = symbols.len();
        if n != self.symbols().len() {
            self.len = n + 2;
            self.move_to(start, end);
        }
        self.symbols[1..=n].copy_from_slice(symbols);
        self.symbols[n + 1] = ' ';
    }

    /// Adds the marks up to byte `end` to the span of the last character.
    #[inline]
    pub(crate) fn attach(&mut self, end: u32) {
        if !self.is_empty() {
            self.ends[self.len - 1] = end;
        }
    }

    /// Appends to a run of question and exclamation marks: `?`, `!`, `??`, `!!` or `?!`.
    pub(crate) fn add_mark(&mut self, mark: char, start: u32, end: u32) {
        match self.symbols[1..self.len] {
            [] => self.push(mark, start, end),
            [first] => {
                self.push(mark, start, end);
                if first != mark {
                    (self.symbols[1], self.symbols[2]) = ('?', '!');
                }
            }
            [first, second] if first != mark || second != mark => {
                (self.symbols[1], self.symbols[2]) = ('?', '!');
            }
            _ => {}
        }
        self.attach(end);
    }

    /// Removes all characters.
    pub(crate) fn clear(&mut self) {
        self.len = 1;
        self.letters = false;
        self.repeated = false;
        self.alike = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 1
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len > MAX_WORD
    }

    /// True if a sign and a letter behind it still fit: no sign may be the last character.
    pub(crate) fn fits_sign(&self, sign: char) -> bool {
        self.len < MAX_WORD || self.symbols[self.len - 1] == sign && !self.is_full()
    }

    /// Appends a character; one that is the same as the last counts once.
    #[inline]
    pub(crate) fn push(&mut self, symbol: char, start: u32, end: u32) {
        let n = self.len;
        if n > 1 && self.symbols[n - 1] == symbol {
            self.ends[n - 1] = end;
            self.repeated = true;
            return;
        }
        self.symbols[n] = symbol;
        self.starts[n] = start;
        self.ends[n] = end;
        self.len += 1;
    }

    /// Appends a letter that looks like one of ASCII.
    pub(crate) fn push_alike(&mut self, latin: u8, symbol: char, start: u32, end: u32) {
        let n = self.len;
        self.push(symbol, start, end);
        if self.len > n {
            self.alike |= 1 << (n - 1);
            self.latin[n - 1] = latin;
        }
    }

    /// Makes all letters Latin if all that are not look so.
    pub(crate) fn unmask(&mut self) {
        let is_alike = |alike: u64, at: usize| alike >> (at - 1) & 1 == 1;
        let alike = std::mem::take(&mut self.alike);
        if (1..self.len).any(|at| !self.symbols[at].is_ascii() && !is_alike(alike, at)) {
            return;
        }
        let len = std::mem::replace(&mut self.len, 1);
        for at in 1..len {
            let symbol = if is_alike(alike, at) { char::from(self.latin[at - 1]) } else { self.symbols[at] };
            self.push(symbol, self.starts[at], self.ends[at]);
        }
    }

    /// True if it is a single letter, and so may belong to a word whose letters stand apart.
    pub(crate) fn is_lone(&self) -> bool {
        self.letters && self.len == 3
    }

    /// Closes the word with its boundary spaces.
    pub(crate) fn close(&mut self) {
        if self.alike != 0 {
            self.unmask();
        }
        // A word that was nothing but one repeated letter stays apart from the letter alone.
        if self.len == 2 && self.repeated {
            self.symbols[2] = self.symbols[1];
            self.starts[2] = self.starts[1];
            self.ends[2] = self.ends[1];
            self.len = 3;
        }
        if !self.letters && self.symbols[1].is_ascii_digit() {
            self.symbols[1] = NUMBER;
            self.ends[1] = self.ends[self.len - 1];
            self.len = 2;
        }
        let n = self.len;
        (self.starts[0], self.ends[0]) = (self.starts[1], self.starts[1]);
        (self.symbols[n], self.starts[n], self.ends[n]) = (' ', self.ends[n - 1], self.ends[n - 1]);
        self.len += 1;
    }
}
