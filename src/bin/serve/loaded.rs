//! The model in use, with all that is derived from it; replaced as a whole when its file changes.

use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use naqd::LabelSet;
use naqd::Rules;
use naqd::internal::model::ABUSIVE;
use naqd::internal::model::OR;
use naqd::internal::model::Training;
use naqd::{Action, Decision, Reason, Thresholds};
use naqd::{Classifier, Judgement, Model, Score};
use sha2::{Digest, Sha256};

use crate::config::Settings;

/// Perspective's attributes that the probability of abuse answers. It is what the first three mean. The others are
/// kinds of it that naqd does not tell apart: what they get is how likely abuse of any kind is, an upper bound.
const FROM_ABUSIVE: [&str; 13] = [
    "TOXICITY",
    "TOXICITY_EXPERIMENTAL",
    "TOXICITY_FAST",
    "SEVERE_TOXICITY",
    "SEVERE_TOXICITY_EXPERIMENTAL",
    "IDENTITY_ATTACK",
    "IDENTITY_ATTACK_EXPERIMENTAL",
    "INSULT",
    "INSULT_EXPERIMENTAL",
    "PROFANITY",
    "PROFANITY_EXPERIMENTAL",
    "THREAT",
    "THREAT_EXPERIMENTAL",
];

/// A model compiled for use.
pub struct Loaded {
    pub classifier: Classifier,
    /// The rules of the house.
    pub rules: Option<Rules>,
    /// The first 16 digits of the SHA-256 of the model file.
    pub version: String,
    /// Whether it is the model in the program.
    pub shipped: bool,
    /// How it was trained.
    pub training: Training,
    /// Number of n-grams.
    pub ngrams: usize,
    /// Its card, if there is one.
    pub card: Option<String>,
    /// Attributes of `comments:analyze`, and the classes whose probabilities make their score.
    pub attributes: HashMap<String, LabelSet>,
    /// The class of abuse, if the model has one.
    pub abusive: Option<usize>,
}

impl Loaded {
    /// Reads the model that the settings name, or the shipped one, and the rules.
    ///
    /// # Errors
    /// What is wrong with the file or with the attributes of the configuration.
    pub fn read(settings: &Settings) -> Result<Loaded, String> {
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
        let version = hex(&Sha256::digest(&bytes)[..8]);
        let abusive = model.classes().abusive();
        let mut classifier = Classifier::new(&model);
        if settings.triage != Thresholds::default() {
            let (given, own) = (settings.triage, classifier.thresholds().unwrap_or_default());
            let thresholds = Thresholds {
                publish_below: given.publish_below.or(own.publish_below),
                reject_above: given.reject_above.or(own.reject_above),
                notify_above: given.notify_above.or(own.notify_above),
            };
            classifier.set_thresholds(thresholds).map_err(|error| format!("triage: {error}"))?;
        }
        let Thresholds { publish_below, reject_above, .. } = classifier.thresholds().unwrap_or_default();
        if abusive.is_none() {
            tracing::warn!(
                "the model has no class {ABUSIVE}: nobody asks for what it can answer, and nothing is decided"
            );
        } else if !settings.coral.secrets.is_empty() && publish_below.is_none() && reject_above.is_none() {
            tracing::warn!("neither the model nor [triage] has thresholds: every comment from Coral is held");
        }
        let rules = settings.rules.as_deref().map(Rules::open).transpose().map_err(|error| error.to_string())?;
        Ok(Loaded {
            classifier,
            rules,
            version,
            shipped,
            attributes: attributes(model.classes(), abusive, shipped, &settings.attributes)?,
            abusive,
            ngrams: model.weights().hashes.len(),
            training: model.training().clone(),
            card,
        })
    }

    /// Whether it may take the place of another in a running server.
    ///
    /// # Errors
    /// It has no class of abuse while the other has one: every request for TOXICITY would fail, and nothing be decided.
    pub fn may_replace(&self, other: &Loaded) -> Result<(), String> {
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
    /// What was found and what was expected.
    pub fn labels(&self, label: &str) -> Result<LabelSet, String> {
        labels(self.classifier.classes(), label)
    }

    /// How a label is written in a CSV file that naqd-train reads.
    pub fn name(&self, labels: LabelSet) -> String {
        self.classifier.classes().name(labels)
    }

    /// All classes but those of `labels`.
    pub fn others(&self, labels: LabelSet) -> LabelSet {
        (0..self.classifier.classes().len()).filter(|&class| !labels.contains(class)).collect()
    }
}

/// What becomes of a comment, and why.
pub struct Ruling {
    pub action: Action,
    /// Whether the editors should read it.
    pub editors: bool,
    pub reason: Reason,
    /// The phrase of the house rule that decided.
    pub rule: Option<String>,
}

impl Ruling {
    /// Whether the comment is held or rejected for what it says, not for want of an opinion.
    pub fn accuses(&self) -> bool {
        self.action != Action::Publish && matches!(self.reason, Reason::Score | Reason::Rule)
    }
}

impl Loaded {
    /// Scores a comment and decides what becomes of it.
    pub fn judge(&self, text: &str) -> (Score, Ruling) {
        let judgement = self.classifier.judge(text, self.rules.as_ref());
        (judgement.verdict, self.ruling(&judgement))
    }

    /// What a judgement comes to. Without thresholds every comment is held that no rule decides.
    pub fn ruling<V>(&self, judgement: &Judgement<V>) -> Ruling {
        let held = Decision::hold(Reason::NoPromise);
        let Decision { action, editors, reason, .. } = judgement.decision.unwrap_or(held);
        // It is told as "rule: " and the phrase.
        let reasons = judgement.reason(self.rules.as_ref());
        let rule = reasons.as_deref().and_then(|told| told.split_once(": ")).map(|(_, phrase)| phrase.to_owned());
        Ruling { action, editors, reason, rule }
    }
}

/// What each attribute is made from.
fn attributes(
    classes: &[String],
    abusive: Option<usize>,
    shipped: bool,
    more: &BTreeMap<String, String>,
) -> Result<HashMap<String, LabelSet>, String> {
    let mut found = HashMap::new();
    for (class, name) in classes.iter().enumerate() {
        found.insert(attribute(name), LabelSet::one(class));
    }
    if let Some(abusive) = abusive {
        let abusive = LabelSet::one(abusive);
        found.extend(FROM_ABUSIVE.map(|name| (name.to_owned(), abusive)));
        // What a newsroom would reject, a model knows only from that newsroom's own decisions.
        if !shipped {
            found.insert("LIKELY_TO_REJECT".to_owned(), abusive);
        }
    }
    for (name, label) in more {
        let labels = labels(classes, label).map_err(|error| format!("attributes.{name}: {error}"))?;
        found.insert(name.clone(), labels);
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

/// Where the card of a model is looked for: that of `mine.naqd` is `mine.card.md`.
pub fn card(model: &Path) -> PathBuf {
    model.with_extension("card.md")
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What tells that a file is another than before: length, time of the last change, place on the disk.
pub type Fingerprint = Option<(u64, Option<SystemTime>, Inode)>;

/// The fingerprint of a file; none if there is no such file.
pub fn fingerprint(path: &Path) -> Fingerprint {
    let found = std::fs::metadata(path).ok()?;
    Some((found.len(), found.modified().ok(), number(&found)))
}

/// The disk that a file is on, and its number there.
pub type Inode = (u64, u64);

/// Where a file is on the disk; none if there is no such file.
pub fn inode(path: &Path) -> Option<Inode> {
    std::fs::metadata(path).ok().map(|found| number(&found))
}

#[cfg(unix)]
fn number(found: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Inode {
    (0, 0)
}
