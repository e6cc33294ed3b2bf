//! Engine: the model and the rules in use, with all that is derived from them. It is replaced as a whole when a file
//! changes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use naqd::internal::decide::VerdictJson;
use naqd::internal::model::ABUSIVE;
use naqd::internal::model::OR;
use naqd::internal::model::{Training, Triage};
use naqd::internal::text::Visible;
use naqd::{
    AbuseKind, Classifier, Decision, Explanation, Judgement, KindScores, KindSet, LabelSet, Model, Probabilities,
    Reason, Rules, Thresholds, Verdict,
};
use sha2::{Digest, Sha256};

use crate::config::{Settings, Unfamiliar};

/// Perspective's attributes whose score is the probability of abuse.
const FROM_ABUSIVE: [&str; 5] =
    ["TOXICITY", "TOXICITY_EXPERIMENTAL", "TOXICITY_FAST", "SEVERE_TOXICITY", "SEVERE_TOXICITY_EXPERIMENTAL"];

/// Attributes of a kind of abuse, or of the likelier of two. Where the kinds of a comment are known their probability is the
/// score; elsewhere that of abuse of any kind, an upper bound.
const FROM_KINDS: [(&str, &[AbuseKind]); 8] = [
    ("IDENTITY_ATTACK", &[AbuseKind::Group]),
    ("IDENTITY_ATTACK_EXPERIMENTAL", &[AbuseKind::Group]),
    ("INSULT", &[AbuseKind::Insult]),
    ("INSULT_EXPERIMENTAL", &[AbuseKind::Insult]),
    ("PROFANITY", &[AbuseKind::Obscene, AbuseKind::Curse]),
    ("PROFANITY_EXPERIMENTAL", &[AbuseKind::Obscene, AbuseKind::Curse]),
    ("THREAT", &[AbuseKind::Threat]),
    ("THREAT_EXPERIMENTAL", &[AbuseKind::Threat]),
];

/// What the score of an attribute is made from.
#[derive(Clone, Copy, PartialEq)]
pub struct Attribute {
    /// Classes whose probabilities add up to it.
    pub classes: LabelSet,
    /// Kinds of abuse the likeliest of which it is, where they are known.
    pub kinds: KindSet,
}

impl Attribute {
    /// Score of a comment, from 0 to 1.
    pub fn of(&self, probabilities: &Probabilities, kinds: &KindScores) -> f32 {
        let known = self.kinds.iter().filter_map(|kind| kinds.probability(kind));
        let of_classes = || (probabilities.of(self.classes) as f32).clamp(0.0, 1.0);
        known.reduce(f32::max).unwrap_or_else(of_classes)
    }
}

impl From<LabelSet> for Attribute {
    fn from(classes: LabelSet) -> Attribute {
        Attribute { classes, kinds: KindSet::default() }
    }
}

/// Decision on a comment without thresholds where no rule decides.
const HELD: Decision = Decision::hold(Reason::NoPromise);

/// A model compiled for use, with the rules of the house.
pub struct Engine {
    pub classifier: Classifier,
    /// The rules of the house.
    pub rules: Option<Rules>,
    /// The first 16 digits of the SHA-256 of the model file.
    pub version: String,
    /// The model is the one in the program.
    pub shipped: bool,
    /// Data and settings of its training.
    pub training: Training,
    /// Error bounds of each expert of the model, by script: Arabic or not, or none for all comments.
    pub triages: Vec<(Option<bool>, Triage)>,
    /// The thresholds are those of the configuration, for which the model promises nothing.
    pub own_thresholds: bool,
    /// Number of n-grams.
    pub ngrams: usize,
    /// Model card, if there is one.
    pub card: Option<String>,
    /// Answer of `comments:analyze` to comments that the model is not familiar with.
    pub unfamiliar: Unfamiliar,
    /// Attributes of `comments:analyze`.
    pub attributes: HashMap<String, Attribute>,
    /// The class of abuse, if the model has one.
    pub abusive: Option<usize>,
    /// Decisions are answered as what naqd would do.
    pub watch_only: bool,
}

impl Engine {
    /// Reads the model that the settings name, or the shipped one, and the rules.
    ///
    /// # Errors
    /// A mistake in a file or in the attributes of the configuration.
    pub fn read(settings: &Settings) -> Result<Engine, String> {
        let (model, bytes, card) = match &settings.model {
            None => {
                let model = Model::shipped();
                let bytes = model.to_bytes();
                (model, bytes, Some(include_str!("../../../models/default.card.md").to_owned()))
            }
            Some(path) => {
                let fail = |error: String| format!("{}: {error}", path.display());
                let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
                let model = Model::from_bytes(&bytes).map_err(|error| fail(error.to_string()))?;
                (model, bytes, std::fs::read_to_string(card(path)).ok())
            }
        };
        let shipped = settings.model.is_none();
        let version = hex::encode(&Sha256::digest(&bytes)[..8]);
        let abusive = model.classes().abusive();
        let mut classifier = Classifier::new(&model);
        if settings.thresholds != Thresholds::default() {
            let given = settings.thresholds;
            let change = |own: &mut Thresholds| {
                *own = Thresholds {
                    publish_below: given.publish_below.or(own.publish_below),
                    reject_above: given.reject_above.or(own.reject_above),
                    notify_above: given.notify_above.or(own.notify_above),
                };
            };
            classifier.change_thresholds(change).map_err(|error| format!("[thresholds] or [triage]: {error}"))?;
        }
        let decides = [false, true].iter().any(|&arabic| {
            let Thresholds { publish_below, reject_above, .. } = classifier.thresholds(arabic).unwrap_or_default();
            publish_below.is_some() || reject_above.is_some()
        });
        if abusive.is_none() {
            tracing::warn!(
                "the model has no class named {ABUSIVE}: it answers none of Perspective's attributes, and decides nothing"
            );
        } else if !settings.coral.secrets.is_empty() && !decides {
            tracing::warn!(
                "neither the model nor [thresholds] of the configuration has thresholds: every comment from Coral is held"
            );
        }
        let rules = settings.rules.as_deref().map(Rules::open).transpose().map_err(|error| error.to_string())?;
        Ok(Engine {
            classifier,
            rules,
            version,
            shipped,
            unfamiliar: settings.unfamiliar,
            attributes: attributes(model.classes(), abusive, shipped, &settings.attributes)?,
            abusive,
            watch_only: settings.watch_only,
            triages: triages(&model),
            own_thresholds: settings.thresholds != Thresholds::default(),
            ngrams: model.weights().hashes.len(),
            training: model.training().clone(),
            card,
        })
    }

    /// Number of rules.
    pub fn rule_count(&self) -> usize {
        self.rules.as_ref().map_or(0, |rules| rules.list().len())
    }

    /// Checks that it may take the place of another in a running server. `told` is by SIGHUP, whatever is lost.
    ///
    /// # Errors
    /// It has no class of abuse while the other has one: every request for TOXICITY would fail, and nothing be decided. Or
    /// it has fewer than half of the rules: the list may be incomplete.
    pub fn may_replace(&self, other: &Engine, told: bool) -> Result<(), String> {
        let (rules, before) = (self.rule_count(), other.rule_count());
        if !told && 2 * rules < before {
            return Err(format!(
                "the list of rules has {rules}, the one in use {before}: complete it, or send SIGHUP (systemctl reload naqd) \
                 if so many are to go"
            ));
        }
        if self.abusive.is_some() || other.abusive.is_none() {
            return Ok(());
        }
        let classes = self.classifier.classes().join(", ");
        Err(format!(
            "the new model has the classes {classes}, expected {ABUSIVE} among them, as in the one in use: label with it \
             and train anew, or restart naqd-serve if moderation is to end"
        ))
    }

    /// The classes of a label such as `critical|neutral`, without regard to case.
    ///
    /// # Errors
    /// The label is unknown; the error names those that are expected.
    pub fn labels(&self, label: &str) -> Result<LabelSet, String> {
        labels(self.classifier.classes(), label)
    }

    /// Name of a label, as naqd-train reads it from CSV.
    pub fn name(&self, labels: LabelSet) -> String {
        self.classifier.classes().name(labels)
    }

    /// All classes but those of `labels`.
    pub fn others(&self, labels: LabelSet) -> LabelSet {
        (0..self.classifier.classes().len()).filter(|&class| !labels.contains(class)).collect()
    }
}

impl Engine {
    /// The worst of the readings of a comment.
    pub fn worst<'r, 't>(&self, readings: &'r [Visible<'t>]) -> &'r Visible<'t> {
        self.classifier.worst(readings, self.rules.as_ref())
    }

    /// Scores a comment and decides on it.
    pub fn judge(&self, text: &str) -> (Judgement, Decision) {
        decided(self.classifier.judge(text, self.rules.as_ref()))
    }

    /// The same with a verdict on each sentence.
    pub fn judge_sentences(&self, text: &str) -> (Judgement<Verdict>, Decision) {
        decided(self.classifier.judge_sentences(text, self.rules.as_ref()))
    }

    /// The same with the words that led to the verdict.
    pub fn judge_explained(&self, text: &str) -> (Judgement<Explanation>, Decision) {
        decided(self.classifier.judge_explained(text, self.rules.as_ref()))
    }

    /// The JSON of a verdict, with the names of before.
    pub fn json(&self, judgement: &Judgement) -> VerdictJson<'_> {
        self.named(VerdictJson::of(self.classifier.classes(), judgement, self.rules.as_ref()))
    }

    /// The same with the explanation of the comment `text`.
    pub fn json_explained<'a>(&'a self, judgement: &Judgement<Explanation>, text: &'a str) -> VerdictJson<'a> {
        self.named(VerdictJson::explained(self.classifier.classes(), judgement, self.rules.as_ref(), text))
    }

    fn named<'a>(&self, verdict: VerdictJson<'a>) -> VerdictJson<'a> {
        verdict.with_old_names().watched(self.watch_only)
    }
}

/// The judgement with its decision. Without thresholds every comment is held that no rule decides.
fn decided<V>(mut judgement: Judgement<V>) -> (Judgement<V>, Decision) {
    let decision = *judgement.decision.get_or_insert(HELD);
    (judgement, decision)
}

/// Error bounds of each expert of a model, by script: Arabic or not, or none for all comments.
pub fn triages(model: &Model) -> Vec<(Option<bool>, Triage)> {
    model.experts().iter().filter_map(|(script, expert)| Some((script, expert.triage.clone()?))).collect()
}

/// Attributes, each with what its score is made from.
fn attributes(
    classes: &[String],
    abusive: Option<usize>,
    shipped: bool,
    more: &BTreeMap<String, String>,
) -> Result<HashMap<String, Attribute>, String> {
    let mut found = HashMap::new();
    for (class, name) in classes.iter().enumerate() {
        found.insert(attribute(name), Attribute::from(LabelSet::one(class)));
    }
    if let Some(abusive) = abusive {
        let abusive = Attribute::from(LabelSet::one(abusive));
        found.extend(FROM_ABUSIVE.map(|name| (name.to_owned(), abusive)));
        let of = |kinds: &[AbuseKind]| Attribute { kinds: kinds.iter().copied().collect(), ..abusive };
        found.extend(FROM_KINDS.map(|(name, kinds)| (name.to_owned(), of(kinds))));
        // Only a model trained on a newsroom's own decisions knows what that newsroom rejects.
        if !shipped {
            found.insert("LIKELY_TO_REJECT".to_owned(), abusive);
        }
    }
    for (name, label) in more {
        let labels = labels(classes, label).map_err(|error| format!("attributes.{name}: {error}"))?;
        found.insert(name.clone(), labels.into());
    }
    Ok(found)
}

/// The attribute of a class: `critical|neutral` is CRITICAL_OR_NEUTRAL.
fn attribute(class: &str) -> String {
    let name = class.replace(OR, "_or_").to_uppercase();
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

fn labels(classes: &[String], label: &str) -> Result<LabelSet, String> {
    let whole = |name: &str| classes.iter().position(|class| class.eq_ignore_ascii_case(name.trim()));
    if let Some(class) = whole(label) {
        return Ok(LabelSet::one(class));
    }
    let mut set = LabelSet::default();
    for name in label.split(OR) {
        // Classes that the corpus never told apart are one class with both names.
        let part = |class: &String| class.split(OR).any(|part| part.eq_ignore_ascii_case(name.trim()));
        let class = whole(name).or_else(|| classes.iter().position(part));
        let class = class.ok_or_else(|| {
            format!("label {:?}, expected {} or several of them with {OR} between", name.trim(), classes.join(", "))
        })?;
        set = set.or(LabelSet::one(class));
    }
    Ok(set)
}

/// Path of the card of a model: that of `mine.naqd` is `mine.card.md`.
pub fn card(model: &Path) -> PathBuf {
    model.with_extension("card.md")
}
