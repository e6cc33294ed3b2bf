//! JSON of a verdict, the same in naqd-score and naqd-serve. `docs/json.md` describes it.

use std::io;

use crate::decide::judgement::Judgement;
use crate::decide::rules::Rules;
use crate::model::kinds::{AbuseKind, KindScores, KindSet};
use crate::model::label::Probabilities;
use crate::model::score::Score;
use crate::model::triage::Decision;
use crate::score::explanation::{Explanation, Piece};
use crate::text::offsets::{Offsets, Place};
use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// Version of the JSON. A field may be added within a version; a field that changes or goes raises it.
pub const VERSION: u32 = 1;

/// Most rules that are written of a comment.
const MAX_RULES: usize = 100;

/// A verdict as it is written, by [`write_json`].
#[derive(serde::Serialize, Clone)]
pub struct VerdictJson<'a> {
    version: u32,
    /// Name of the class; none where the comment could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<ByClass<'a>>,
    /// Probabilities of the kinds of abuse, where they were computed, and the kinds that the comment is said to be of.
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<ByKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    named_kinds: Option<Names>,
    /// `publish`, `hold` or `reject`; none without thresholds where no rule decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    /// `threat`, `editors`, both joined by `|`, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    notify: Option<&'static str>,
    /// The same in watch-only mode, in place of `decision` and `notify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_notify: Option<&'static str>,
    /// `score`, `unfamiliar`, `no promise`, `rule`, `one word`, `quotation` or `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Phrase of the rule that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    /// Sentences in their order, of an explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentences: Option<Vec<SentenceJson<'a>>>,
    /// Words with the greatest weights, greatest first, of an explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Vec<EvidenceJson<'a>>>,
    /// Rules that match the comment, of an explanation with house rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<RuleJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<FullPrecision<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    editors: Option<bool>,
}

/// A sentence with its own verdict.
#[derive(serde::Serialize, Clone)]
pub struct SentenceJson<'a> {
    #[serde(flatten)]
    span: SpanJson<'a>,
    label: &'a str,
    probabilities: ByClass<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<FullPrecision<'a>>,
}

/// A word or pair of words, with the class that it speaks for.
#[derive(serde::Serialize, Clone)]
pub struct EvidenceJson<'a> {
    #[serde(flatten)]
    span: SpanJson<'a>,
    label: &'a str,
    weight: f64,
}

/// Rule that matches the comment, and its place.
#[derive(serde::Serialize, Clone)]
pub struct RuleJson<'a> {
    #[serde(flatten)]
    span: SpanJson<'a>,
    phrase: &'a str,
    effect: &'static str,
    note: &'a str,
    line: u64,
}

/// A piece of the comment and where it stands.
#[derive(serde::Serialize, Clone)]
struct SpanJson<'a> {
    text: &'a str,
    bytes: [usize; 2],
    chars: [usize; 2],
    utf16: [usize; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<usize>,
}

/// Probability of each class by its name.
#[derive(Clone, Copy)]
struct ByClass<'a> {
    classes: &'a [String],
    probabilities: Probabilities,
}

impl Serialize for ByClass<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.classes.len()))?;
        let mut entries = self.classes.iter().zip(self.probabilities.as_slice());
        entries.try_for_each(|(class, probability)| map.serialize_entry(class, probability))?;
        map.end()
    }
}

/// Probability of each kind that was computed, by its name.
#[derive(Clone, Copy)]
struct ByKind(KindScores);

impl Serialize for ByKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, probability)| (kind.as_str(), probability)))
    }
}

/// Names of kinds, as a list.
#[derive(Clone, Copy)]
struct Names(KindSet);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(AbuseKind::as_str))
    }
}

/// Probability of each class by its name, with all digits.
#[derive(Clone, Copy)]
struct FullPrecision<'a>(ByClass<'a>);

impl Serialize for FullPrecision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.classes.len()))?;
        for (class, probability) in self.0.classes.iter().zip(self.0.probabilities.as_slice()) {
            // As it stands: numbers are written with fewer digits.
            let digits = serde_json::value::to_raw_value(probability).map_err(Error::custom)?;
            map.serialize_entry(class, &*digits as &RawValue)?;
        }
        map.end()
    }
}

impl<'a> VerdictJson<'a> {
    /// The verdict on a comment by a classifier of these classes. `rules` are those that it was judged by.
    pub fn of(classes: &'a [String], judgement: &Judgement<Score>, rules: Option<&'a Rules>) -> Self {
        Self::whole(classes, judgement.verdict, judgement, rules)
    }

    /// The verdict on the comment `text` with its explanation.
    pub fn explained(
        classes: &'a [String],
        judgement: &Judgement<Explanation>,
        rules: Option<&'a Rules>,
        text: &'a str,
    ) -> Self {
        let Judgement { verdict: Explanation { verdict, .. }, matches, .. } = judgement;
        let offsets = Offsets::of(text);
        let span = |bytes: &std::ops::Range<usize>| {
            let Place { bytes: [start, end], chars, utf16 } = offsets.place(bytes);
            SpanJson { text: &text[start..end], bytes: [start, end], chars, utf16, begin: None, end: None }
        };
        let sentences = verdict.sentences.iter().map(|sentence| SentenceJson {
            span: span(&sentence.span),
            label: &classes[sentence.score.class],
            probabilities: ByClass { classes, probabilities: sentence.score.probabilities },
            scores: None,
        });
        let evidence = |piece: &Piece| EvidenceJson {
            span: span(&piece.span),
            label: &classes[piece.class],
            weight: piece.weight,
        };
        let rules_met = rules.map(|rules| {
            let met = matches.iter().take(MAX_RULES).filter_map(|found| Some((rules.list().get(found.rule)?, found)));
            let met = met.map(|(rule, found)| RuleJson {
                span: span(&found.span),
                phrase: &rule.phrase,
                effect: rule.effect.as_str(),
                note: &rule.note,
                line: rule.line,
            });
            met.collect()
        });
        VerdictJson {
            sentences: Some(sentences.collect()),
            evidence: Some(judgement.verdict.telling().into_iter().map(evidence).collect()),
            rules: rules_met,
            ..Self::whole(classes, verdict.score(), judgement, rules)
        }
    }

    /// The decision on a comment that cannot be read: held for a person.
    pub fn error() -> Self {
        VerdictJson { decision: Some("hold"), notify: Some(""), reason: Some("error"), ..Self::empty() }
    }

    fn whole<V>(classes: &'a [String], score: Score, judgement: &Judgement<V>, rules: Option<&'a Rules>) -> Self {
        let by = judgement.reason(rules);
        VerdictJson {
            label: Some(&classes[score.class]),
            probabilities: Some(ByClass { classes, probabilities: score.probabilities }),
            kinds: (!score.kinds.is_empty()).then_some(ByKind(score.kinds)),
            named_kinds: (!score.kinds.is_empty()).then_some(Names(score.kinds.named)),
            decision: judgement.decision.map(|decision| decision.action.as_str()),
            notify: judgement.decision.map(|decision| notify(&decision)),
            reason: by.map(|(reason, _)| reason.as_str()),
            rule: by.and_then(|(_, rule)| Some(rule?.phrase.as_str())),
            ..Self::empty()
        }
    }

    fn empty() -> Self {
        VerdictJson {
            version: VERSION,
            label: None,
            probabilities: None,
            kinds: None,
            named_kinds: None,
            decision: None,
            notify: None,
            would: None,
            would_notify: None,
            reason: None,
            rule: None,
            sentences: None,
            evidence: None,
            rules: None,
            scores: None,
            editors: None,
        }
    }

    /// The verdict alone, without text of the comment.
    pub fn without_explanation(&self) -> Self {
        VerdictJson {
            version: self.version,
            label: self.label,
            probabilities: self.probabilities,
            kinds: self.kinds,
            named_kinds: self.named_kinds,
            decision: self.decision,
            notify: self.notify,
            would: self.would,
            would_notify: self.would_notify,
            reason: self.reason,
            rule: self.rule,
            sentences: None,
            evidence: None,
            rules: None,
            scores: self.scores,
            editors: self.editors,
        }
    }

    /// Adds the names that naqd-serve wrote before there were versions: `scores`, `editors`, `begin` and `end`.
    #[must_use]
    pub fn with_old_names(mut self) -> Self {
        let old = |span: &mut SpanJson| (span.begin, span.end) = (Some(span.utf16[0]), Some(span.utf16[1]));
        self.scores = self.probabilities.map(FullPrecision);
        self.editors = self.notify.map(|notify| notify.ends_with(EDITORS));
        for sentence in self.sentences.iter_mut().flatten() {
            old(&mut sentence.span);
            sentence.scores = Some(FullPrecision(sentence.probabilities));
        }
        self.evidence.iter_mut().flatten().for_each(|piece| old(&mut piece.span));
        self
    }

    /// In watch-only mode, renames the decision to what would have been done, so that a client finds nothing to act on.
    #[must_use]
    pub fn watched(mut self, watch_only: bool) -> Self {
        if watch_only {
            (self.would, self.would_notify) = (self.decision.take(), self.notify.take());
            self.editors = None;
        }
        self
    }
}

/// Who is notified of criticism.
const EDITORS: &str = "editors";

/// What a decision notifies of: `threat`, `editors` (criticism, for them), both joined by `|`, or nothing.
pub fn notify(decision: &Decision) -> &'static str {
    match (decision.threat, decision.editors) {
        (false, false) => "",
        (false, true) => EDITORS,
        (true, false) => "threat",
        (true, true) => "threat|editors",
    }
}

/// Writes JSON with four decimals for every `f32`, a probability, and three for every `f64`, a weight.
pub fn write_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let mut serializer = serde_json::Serializer::with_formatter(out, Decimals);
    value.serialize(&mut serializer).expect("strings as keys, and memory to write to");
}

struct Decimals;

impl serde_json::ser::Formatter for Decimals {
    fn write_f32<W: ?Sized + io::Write>(&mut self, out: &mut W, probability: f32) -> io::Result<()> {
        out.write_all(&decimals(probability))
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, weight: f64) -> io::Result<()> {
        write!(out, "{weight:.3}")
    }
}

/// A probability with four decimals.
pub fn decimals(probability: f32) -> [u8; 6] {
    let mut left = (f64::from(probability) * 10_000.0 + 0.5) as u32;
    let mut digits = *b"0.0000";
    for place in [5, 4, 3, 2, 0] {
        digits[place] += (left % 10) as u8;
        left /= 10;
    }
    digits
}
