"""The attacks: what people do to the spelling of a word, or to the rest of a comment, to get abuse past a filter."""

import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = {"ar": "\u0621-\u063a\u0640-\u0655\u0670\u0671\u067e\u0686\u06a4\u06af", "en": "A-Za-z"}
WORDS = {language: re.compile(f"[{letters}]{{3,}}") for language, letters in SCRIPTS.items()}
ALPHABETS = {"ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "en": "abcdefghijklmnopqrstuvwxyz"}

HARAKAT = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"
ZERO_WIDTH = "\u200b\u200c\u200d\ufeff"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = [chr(code) for code in range(0x300, 0x370)]
JOINING = set("بتثجحخسشصضطظعغفقكلمنهيئ")  # those that join the next letter
PRESENTATION = {}
for code in [*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD)]:
    PRESENTATION.setdefault(unicodedata.normalize("NFKC", chr(code)), []).append(chr(code))

LOOKALIKES = dict(zip("acdehijklmnopqrstuvxy", "асԁеһіјκӏмηорԛгѕтυνху"))
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7"}
ARABIZI_DIGITS = {"ع": "3", "خ": "5", "ح": "7", "ص": "9", "ط": "6", "ء": "2", "أ": "2", "ئ": "2"}
SIMILAR = {"ذ": "د", "ض": "ظ", "ظ": "ض", "س": "ص", "ص": "س", "ت": "ط", "ط": "ت", "ق": "ف", "ف": "ق", "د": "ذ"}
SIMILAR |= {"ه": "ة", "ة": "ه", "ح": "خج", "خ": "ح", "ج": "ح", "ع": "غ", "غ": "ع", "ر": "ز", "ز": "ر", "ث": "ت"}
ARABIZI = dict(zip("ابتجحخدرزسصضطظعفقكلمنهويىةءئؤأإآ", "abtj75drzss" "d6z3f2klmnhwyaa222aea"))
ARABIZI |= {"ث": "th", "ذ": "th", "ش": "sh", "غ": "gh"}


def plain(word):
    """The letters alone: no diacritics, no tatweel."""
    return [letter for letter in word if letter.isalpha() and letter != "ـ"]


def between(word, make):
    """Something after each letter but the last."""
    return "".join(letter + make() for letter in word[:-1]) + word[-1]


def exchanged(word, table, rng):
    """Some of the letters that are in the table, at least one, for what the table has for them."""
    places = [place for place, letter in enumerate(word) if letter.lower() in table]
    chosen = {place for place in places if rng.random() < 0.5} or set(places[:1])
    letters = list(word)
    for place in chosen:
        other = rng.choice(table[word[place].lower()])
        letters[place] = other.upper() if word[place].isupper() else other
    return "".join(letters)


def tatweel(word, rng):
    return "".join(
        letter + "ـ" * (rng.randint(1, 3) if letter in JOINING and next.isalpha() else 0)
        for letter, next in zip(word, [*word[1:], " "])
    )


def repeated(length):
    """An attack that makes one letter, single or double as `length` says, three to six long."""

    def attack(word, rng):
        runs = [run for run in re.finditer(r"(.)\1*", word) if len(run[0]) == length and plain(run[1])]
        if not runs:
            return word
        run = rng.choice(runs)
        return word[: run.start()] + run[1] * rng.randint(3, 6) + word[run.end() :]

    return attack


def inner(edit):
    """An attack on one letter of a word that is neither the first nor the last: edit(letters, place, rng)."""

    def attack(word, rng):
        letters = plain(word)
        if len(letters) < 3:
            return word
        edit(letters, rng.randrange(1, len(letters) - 1), rng)
        return "".join(letters)

    return attack


def starred(letters, place, rng):
    letters[place] = "*"


def spaced(letters, place, rng):
    letters.insert(len(letters) // 2, " ")


def swapped(letters, place, rng):
    letters[place : place + 2] = reversed(letters[place : place + 2])


def dropped(letters, place, rng):
    del letters[place]


def replaced(letters, place, rng):
    letters[place] = rng.choice(ALPHABETS["en" if letters[place].isascii() else "ar"])


def all_starred(letters, place, rng):
    letters[1:-1] = "*" * (len(letters) - 2)


def arabizi(word, rng):
    """Without the short vowels, but for an `a` here and there between two consonants."""
    latin = "".join(ARABIZI.get(letter, "") for letter in plain(word))
    latin = re.sub(r"^al", "el", latin)
    return re.sub(r"(?<=[^aeiouwy])(?=[^aeiouwy])", lambda _: "a" * (rng.random() < 0.4), latin[:-1]) + latin[-1:]


def run_together(text, start, end, rng):
    """A word with the one before it or after it."""
    sides = [slice(start - 1, start)] * text[:start].endswith(" ") + [slice(end, end + 1)] * text[end:].startswith(" ")
    if not sides:
        return text
    side = rng.choice(sides)
    return text[: side.start] + text[side.stop :]


FRIENDLY, ARTICLE = {}, {}
for language in SCRIPTS:
    content = (Path(__file__).parent / f"{language}.txt").read_text(encoding="utf-8")
    sentences, ARTICLE[language] = content.split("\n\n", 1)
    FRIENDLY[language] = sentences.replace("\n", " ")
MANY = {"ar": "شكرا " * 1000, "en": "thanks " * 1000}
LOVE = {"ar": " حب", "en": " love"}


@dataclass
class Attack:
    name: str
    group: str
    languages: tuple
    function: object
    on: str  # what the function gets: a word, a place in the text, or the whole text

    def __call__(self, text, spans, language):
        rng = random.Random(f"{self.name}\n{text}")
        if self.on == "text":
            return self.function(text, language)
        for start, end in sorted(spans, reverse=True):
            if self.on == "place":
                text = self.function(text, start, end, rng)
            else:
                text = text[:start] + self.function(text[start:end], rng) + text[end:]
        return text


def attacks():
    both, arabic, english = ("ar", "en"), ("ar",), ("en",)
    pick = lambda characters: lambda word, rng: between(word, lambda: rng.choice(characters))
    put = lambda table: lambda word, rng: exchanged(word, table, rng)
    wide = lambda word, rng: "".join(chr(ord(letter) + 0xFEE0) for letter in word)
    piled = lambda word, rng: between(word, lambda: "".join(rng.choices(MARKS, k=5)))
    forms = lambda word, rng: "".join(rng.choice(PRESENTATION.get(letter, letter)) for letter in word)
    yield from (
        Attack(name, "exact", languages, function, "word")
        for name, languages, function in [
            ("Arabic diacritics", arabic, lambda word, rng: between(word, lambda: rng.choice(HARAKAT))),
            ("tatweel between letters", arabic, tatweel),
            ("Arabic presentation forms", arabic, forms),
            ("full-width letters", english, wide),
            ("five combining marks a letter", english, piled),
            ("zero-width characters", both, pick(ZERO_WIDTH)),
            ("bidirectional controls", both, pick(BIDI)),
            ("a single letter made 3 to 6 long", both, repeated(1)),
            ("a double letter made 3 to 6 long", both, repeated(2)),
        ]
    )
    joined = lambda mark: lambda word, rng: rng.choice(mark).join(plain(word))
    yield from (
        Attack(name, "likely", languages, function, "word")
        for name, languages, function in [
            ("letters spaced apart", both, joined(" ")),
            ("letters dotted apart", both, joined(".")),
            ("letters joined by hyphens or underscores", both, joined("-_")),
            ("a space inside the word", both, inner(spaced)),
            ("an asterisk for an inner letter", both, inner(starred)),
            ("asterisks for all inner letters", both, inner(all_starred)),
            ("look-alike Cyrillic and Greek letters", english, put(LOOKALIKES)),
            ("digits and signs for letters", english, put(LEET)),
            ("Arabizi digits in Arabic words", arabic, put(ARABIZI_DIGITS)),
            ("the word in Arabizi", arabic, arabizi),
            ("similar Arabic letters", arabic, put(SIMILAR)),
            ("two letters swapped", both, inner(swapped)),
            ("a letter dropped", both, inner(dropped)),
            ("a letter replaced", both, inner(replaced)),
        ]
    )
    yield Attack("run together with a neighbour", "likely", both, run_together, "place")
    loved = lambda text, language: re.sub(r"(?<=\S)(?=\s|$)", LOVE[language], text)
    yield from (
        Attack(name, group, both, function, "text")
        for name, group, function in [
            ("all spaces removed", "likely", lambda text, _: "".join(text.split())),
            ("ten friendly sentences after", "padding", lambda text, language: f"{text} {FRIENDLY[language]}"),
            ("ten friendly sentences before", "padding", lambda text, language: f"{FRIENDLY[language]} {text}"),
            ("a news article after", "padding", lambda text, language: f"{text}\n{ARTICLE[language]}"),
            ("an innocent word 1,000 times after", "padding", lambda text, language: f"{text} {MANY[language]}"),
            ("an innocent word 1,000 times before", "padding", lambda text, language: MANY[language] + text),
            ("*love* after every word", "padding", loved),
        ]
    )
