//! Labels that people use, and what they seem to mean.

use crate::corpus::labels::key;
use crate::model::classes::{ABUSIVE, CRITICAL};

/// The usual classes.
pub const CLASSES: [&str; 3] = [ABUSIVE, CRITICAL, "neutral"];

/// Labels that people use, and the classes that they seem to mean; nothing: their rows are better left out.
#[rustfmt::skip]
const USUAL: [(&str, &str); 54] = [
    ("1", ABUSIVE), ("true", ABUSIVE), ("yes", ABUSIVE), ("toxic", ABUSIVE), ("abuse", ABUSIVE), ("offensive", ABUSIVE),
    ("off", ABUSIVE), ("hate", ABUSIVE), ("insult", ABUSIVE), ("obscene", ABUSIVE), ("bad", ABUSIVE), ("reject", ABUSIVE),
    ("rejected", ABUSIVE), ("trash", ABUSIVE), ("post-trashed", ""), ("spam", ""), ("deleted", ABUSIVE), ("removed", ABUSIVE),
    ("مسيء", ABUSIVE), ("مسيئ", ABUSIVE), ("إساءة", ABUSIVE), ("مسيئة", ABUSIVE), ("شتم", ABUSIVE), ("شتيمة", ABUSIVE),
    ("مرفوض", ABUSIVE), ("محذوف", ABUSIVE), ("نعم", ABUSIVE), ("عدائي", ABUSIVE), ("كراهية", ABUSIVE),
    ("critical", "critical"), ("criticism", "critical"), ("critique", "critical"), ("نقد", "critical"), ("ناقد", "critical"),
    ("انتقاد", "critical"), ("نقدي", "critical"),
    ("neutral", "neutral"), ("none", "neutral"), ("normal", "neutral"), ("محايد", "neutral"), ("محايدة", "neutral"), ("عادي", "neutral"),
    ("طبيعي", "neutral"),
    ("0", "critical|neutral"), ("false", "critical|neutral"), ("no", "critical|neutral"), ("ok", "critical|neutral"),
    ("clean", "critical|neutral"), ("not", "critical|neutral"), ("approved", "critical|neutral"), ("published", "critical|neutral"),
    ("مقبول", "critical|neutral"), ("منشور", "critical|neutral"), ("لا", "critical|neutral"),
];

/// Decisions that mean something else as a label: of a comment, 1 says that it was approved. What is no is a rejection, or
/// nobody has decided.
const DECISIONS: [(&str, Option<&str>); 11] = [
    ("1", Some("critical|neutral")),
    ("true", Some("critical|neutral")),
    ("yes", Some("critical|neutral")),
    ("نعم", Some("critical|neutral")),
    ("0", Some("")),
    ("pending", Some("")),
    ("hold", Some("")),
    ("معلق", Some("")),
    ("false", None),
    ("no", None),
    ("لا", None),
];

/// Class that a label with this [`key`] seems to mean, several joined by `|`, or nothing if its rows are better left out; none
/// if it is not known. `is_decision` if the label says what was decided.
pub fn usual_class(wanted: &str, is_decision: bool) -> Option<&'static str> {
    if let Some(class) = CLASSES.iter().find(|class| key(class) == wanted) {
        return Some(class);
    }
    let decision = DECISIONS.iter().find(|(usual, _)| is_decision && key(usual) == wanted);
    let usual = || USUAL.iter().find(|(usual, _)| key(usual) == wanted).map(|(_, class)| *class);
    decision.map_or_else(usual, |(_, class)| *class)
}

/// True if a label with this [`key`] is one that people use, for what a comment is or for what was decided.
pub(super) fn is_usual(wanted: &str) -> bool {
    usual_class(wanted, false).is_some() || DECISIONS.iter().any(|(usual, _)| key(usual) == wanted)
}
