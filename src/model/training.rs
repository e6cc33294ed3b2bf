//! Settings of the training that made a model.
//!
//! The keys of the model file are those of its first version; the names of the fields are read as well.

use serde::{Deserialize, Serialize};

/// Settings that a model was trained with: enough to train it again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Version of the program.
    pub naqd: String,
    /// Model that it learnt on top of, by the file or as `shipped`; none if it started from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Number of comments learnt from, without those of the model that it learnt on top of.
    pub comments: u64,
    /// Strength of the L2 penalty of the sparse layer; 0 if the weights are those of the model that it learnt on top of.
    pub l2: f32,
    /// Minimum number of comments that an n-gram had to occur in; raised if there were too many n-grams.
    #[serde(rename = "least", alias = "min_count")]
    pub min_count: u32,
    /// Seed of the folds.
    pub seed: u64,
    /// Maximum number of n-grams to learn from; 0 in models that have no such bound.
    #[serde(default, rename = "most_ngrams", alias = "max_ngrams")]
    pub max_ngrams: u64,
    /// Files whose comments had a weight other than 1, with that weight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<(String, f32)>,
    /// Maximum number of n-grams kept after training; all if none.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "keep", alias = "prune_to")]
    pub prune_to: Option<usize>,
    /// Files that the model was validated on, with the share of their comments; all files if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "judged_by", alias = "validated_on")]
    pub validated_on: Vec<(String, f64)>,
    /// Files of comments that only the thresholds were chosen on; the held-out comments if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds_on: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Training;
    use crate::stats::Promises;

    /// The keys that are written stay; old and new ones are read.
    #[test]
    fn keys_old_and_new() {
        let old = r#"{"naqd":"0.1.0","comments":3,"l2":1.0,"least":2,"seed":0,"most_ngrams":9,"keep":5,"judged_by":[["a.csv",0.5]]}"#;
        let new = r#"{"naqd":"0.1.0","comments":3,"l2":1.0,"min_count":2,"seed":0,"max_ngrams":9,"prune_to":5,"validated_on":[["a.csv",0.5]]}"#;
        let read: Training = serde_json::from_str(old).unwrap();
        assert_eq!(read, serde_json::from_str(new).unwrap());
        assert_eq!((read.min_count, read.max_ngrams, read.prune_to, read.validated_on.len()), (2, 9, Some(5), 1));
        assert_eq!(serde_json::to_string(&read).unwrap(), old);

        let old = r#"{"max_wrong_reject":0.02,"max_missed_abuse":0.01,"confidence":0.95}"#;
        let new = r#"{"max_innocent_rejected":0.02,"max_abusive_published":0.01,"confidence":0.95}"#;
        let read: Promises = serde_json::from_str(old).unwrap();
        assert_eq!((read.max_innocent_rejected, read.max_abusive_published, read.confidence), (0.02, 0.01, 0.95));
        assert_eq!(read, serde_json::from_str(new).unwrap());
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
    }
}
