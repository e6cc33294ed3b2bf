//! Model file: the only part of the library that knows its bytes.
//!
//! A [safetensors](https://github.com/huggingface/safetensors) file, so that it can be opened from Python too.
//! Tensors:
//!
//! | name | type | shape | contents |
//! |---|---|---|---|
//! | `hashes` | U64 | n | hashes of the n-grams, ascending |
//! | `weights` | I16 | n x classes | weights of the n-grams |
//! | `ngrams` | U8 | bytes | the n-grams as UTF-8, one a line, in the order of the hashes |
//! | `words` | U64 | 16,384 | words of the comments it has learnt from, as a Bloom filter |
//! | `comments` | U32 | comments | hashes of the comments it has learnt from, ascending |
//! | `kind_hashes` | U64 | n-grams | hashes of the n-grams of kinds, ascending within each expert; only if there are any |
//! | `kind_weights` | I16 | weights | their weights, `[n-gram][head]`, one expert after the other |
//! | `checksum` | U32 | 1 | CRC-32 of the header text and of the tensors above, in that order |
//!
//! Everything else is JSON under the key `naqd` of the file's metadata. Its format version is read before
//! anything else is believed, then the checksum, then the rest. The file that is compiled in is checked by a test instead.

use crate::model::by_script::ByScript;
use crate::model::classes::Classes;
use crate::model::kinds::{Kinds, MAX_WEIGHT};
use crate::model::known_words::{self, KnownWords};
use crate::model::label::MAX_CLASSES;
use crate::model::layer::{Calibrator, StrongestPart, signal_count};
use crate::model::learnt_comments::LearntComments;
use crate::model::ngrams::{Ngrams, Weights};
use crate::model::training::Training;
use crate::model::{Expert, Model};
use crate::ngrams::emit::FEATURES;
use crate::text::words::NORMALISER;
use bytemuck::AnyBitPattern;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Version of the file format.
pub const FORMAT: u32 = 5;

/// Greatest absolute mean, weight or intercept of a calibrator.
const MAX_MAGNITUDE: f64 = 1e9;

/// Largest model file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 30;

/// Error of opening a model file.
///
/// ```
/// use naqd::{Model, ModelError};
///
/// let error = Model::from_bytes(b"not a model").unwrap_err();
/// assert!(matches!(error, ModelError::Container(_)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file is larger than any model.
    #[error("more than the {MAX_BYTES} bytes that a model may have: not a model file")]
    TooLarge,
    /// The file is no safetensors file, or cut short. Copy it again or train anew.
    #[error("not a model file, or cut short: {0}")]
    Container(String),
    /// The file is a safetensors file, but no model of naqd.
    #[error("not a naqd model: it has no metadata `naqd`")]
    NotNaqd,
    /// The file was written for another version of the format, the normaliser or the features: by a newer program if
    /// `got` is greater than `expected`, and by an older one otherwise.
    #[error("{}", version(what, *expected, *got))]
    Version {
        /// Part of the program that the version is of: format, normaliser or features.
        what: &'static str,
        /// Version of this program.
        expected: u32,
        /// Version of the file.
        got: u32,
    },
    /// The contents of the file do not match its checksum. Copy it again or train anew.
    #[error("damaged: checksum {got:08x}, expected {expected:08x}")]
    Checksum {
        /// Checksum in the file.
        expected: u32,
        /// Checksum of its contents.
        got: u32,
    },
    /// The file is whole, but its parts contradict one another.
    #[error("invalid: {what} is {got}, expected {expected}")]
    Invalid {
        /// Part of the model.
        what: &'static str,
        /// Values that are allowed.
        expected: String,
        /// Value in the file.
        got: String,
    },
}

fn version(what: &str, expected: u32, got: u32) -> String {
    if got > expected {
        format!(
            "made by a newer naqd: update this program ({what} version {got}, this program reads version {expected})"
        )
    } else {
        format!(
            "made by an older naqd: train the model anew with this version ({what} version {got}, this program reads \
             version {expected})"
        )
    }
}

/// Part of the header that every version of the format has.
#[derive(Deserialize)]
struct Versions {
    format: u32,
    normaliser: u32,
    features: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    normaliser: u32,
    features: u32,
    classes: Classes,
    step: f32,
    experts: ByScript<Expert>,
    training: Training,
}

/// Tensors that the checksum is of, in its order.
const TENSORS: [(&str, Dtype); 5] = [
    ("hashes", Dtype::U64),
    ("weights", Dtype::I16),
    ("ngrams", Dtype::U8),
    ("words", Dtype::U64),
    ("comments", Dtype::U32),
];

/// Tensors of kinds, which the checksum is of as well; a model without kinds has none.
const KIND_TENSORS: [(&str, Dtype); 2] = [("kind_hashes", Dtype::U64), ("kind_weights", Dtype::I16)];

pub(crate) fn write(model: &Model) -> Vec<u8> {
    let header = Header {
        format: FORMAT,
        normaliser: NORMALISER,
        features: FEATURES,
        classes: Classes::clone(&model.classes),
        step: model.weights.step,
        experts: model.experts.clone(),
        training: model.training.clone(),
    };
    let header = serde_json::to_string(&header).expect("a header of numbers and strings");
    let layer = &model.weights;
    let (n, k) = (layer.hashes.len(), model.classes.len());
    // A model that contradicts itself is written as it is, and refused when it is read.
    let weights = if layer.weights.len() == n * k { vec![n, k] } else { vec![layer.weights.len()] };
    let data = [
        layer.hashes.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>(),
        layer.weights.iter().flat_map(|x| x.to_le_bytes()).collect(),
        model.ngrams.lines().as_bytes().to_vec(),
        model.known_words.numbers().iter().flat_map(|x| x.to_le_bytes()).collect(),
        model.learnt_comments.hashes().iter().flat_map(|x| x.to_le_bytes()).collect(),
    ];
    let kinds = || model.experts.iter().filter_map(|(_, expert)| expert.kinds.as_ref());
    let kind_data = match kinds().next() {
        None => Vec::new(),
        Some(_) => vec![
            kinds().flat_map(|kinds| kinds.hashes.iter()).flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>(),
            kinds().flat_map(|kinds| kinds.weights.iter()).flat_map(|x| x.to_le_bytes()).collect(),
        ],
    };
    let all: Vec<&[u8]> = data.iter().chain(&kind_data).map(|data| data.as_slice()).collect();
    let checksum = checksum(&header, &all).to_le_bytes();
    let (words, comments) = (model.known_words.numbers().len(), model.learnt_comments.len());
    let shapes = [vec![n], weights, vec![data[2].len()], vec![words], vec![comments]];
    let mut tensors: Vec<(&str, TensorView)> = TENSORS
        .iter()
        .zip(&data)
        .zip(shapes)
        .map(|((&(name, dtype), data), shape)| (name, TensorView::new(dtype, shape, data).expect("shape fits data")))
        .collect();
    for (&(name, dtype), data) in KIND_TENSORS.iter().zip(&kind_data) {
        let size = if dtype == Dtype::U64 { 8 } else { 2 };
        tensors.push((name, TensorView::new(dtype, vec![data.len() / size], data).expect("shape fits data")));
    }
    tensors.push(("checksum", TensorView::new(Dtype::U32, vec![1], &checksum).expect("shape fits data")));
    // One key, so that the order of the map cannot matter.
    let metadata = [("naqd".to_owned(), header)].into_iter().collect();
    safetensors::serialize(tensors, Some(metadata)).expect("valid tensors")
}

/// Way of keeping the contents of a model file.
pub(crate) trait Keep<'b>: Copy {
    /// True if the file may be damaged, so that its checksum and its contents are checked.
    const CHECKED: bool;

    fn text(self, text: &'b str) -> Cow<'static, str>;

    fn numbers<T: AnyBitPattern, const N: usize>(self, bytes: &'b [u8], from: fn([u8; N]) -> T) -> Cow<'static, [T]>;
}

/// Copies, so that the bytes of the file can be freed.
#[derive(Clone, Copy)]
pub(crate) struct Copied;

impl<'b> Keep<'b> for Copied {
    const CHECKED: bool = true;

    fn text(self, text: &'b str) -> Cow<'static, str> {
        text.to_owned().into()
    }

    fn numbers<T: AnyBitPattern, const N: usize>(self, bytes: &'b [u8], from: fn([u8; N]) -> T) -> Cow<'static, [T]> {
        numbers(bytes, from).into()
    }
}

/// Borrows from the file that is compiled in, which a test checks. Numbers are copied only where byte order or alignment differ.
#[derive(Clone, Copy)]
pub(crate) struct Borrowed;

impl Keep<'static> for Borrowed {
    const CHECKED: bool = false;

    fn text(self, text: &'static str) -> Cow<'static, str> {
        text.into()
    }

    fn numbers<T: AnyBitPattern, const N: usize>(
        self,
        bytes: &'static [u8],
        from: fn([u8; N]) -> T,
    ) -> Cow<'static, [T]> {
        match bytemuck::try_cast_slice(bytes) {
            Ok(numbers) if cfg!(target_endian = "little") => numbers.into(),
            _ => numbers(bytes, from).into(),
        }
    }
}

/// Reads a model.
pub(crate) fn read<'b, K: Keep<'b>>(bytes: &'b [u8], keep: K) -> Result<Model, ModelError> {
    if bytes.len() > MAX_BYTES {
        return Err(ModelError::TooLarge);
    }
    let container = |error: safetensors::SafeTensorError| ModelError::Container(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(container)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(container)?;
    let header = metadata.metadata().as_ref().and_then(|map| map.get("naqd")).ok_or(ModelError::NotNaqd)?;

    let versions: Versions = parse(header)?;
    check_versions(&versions)?;
    let tensor = |name: &'static str, dtype: Dtype| {
        let tensor = tensors.tensor(name).map_err(container)?;
        match tensor.dtype() == dtype {
            true => Ok(tensor),
            false => Err(invalid(name, format!("{dtype:?}"), format!("{:?}", tensor.dtype()))),
        }
    };
    let mut data: [&[u8]; TENSORS.len()] = [&[]; TENSORS.len()];
    for (data, (name, dtype)) in data.iter_mut().zip(&TENSORS) {
        *data = tensor(name, *dtype)?.data();
    }
    let mut kind_data: Vec<&[u8]> = Vec::new();
    if tensors.names().iter().any(|name| *name == KIND_TENSORS[0].0) {
        for (name, dtype) in &KIND_TENSORS {
            kind_data.push(tensor(name, *dtype)?.data());
        }
    }
    if K::CHECKED {
        let stored = numbers(tensor("checksum", Dtype::U32)?.data(), u32::from_le_bytes);
        let got = checksum(header, &data.iter().chain(&kind_data).copied().collect::<Vec<_>>());
        if stored != [got] {
            return Err(ModelError::Checksum { expected: stored.first().copied().unwrap_or(0), got });
        }
    }

    let mut header: Header = parse(header)?;
    fill_kinds(&mut header.experts, &kind_data, keep)?;
    let [hashes, weights, ngrams, words, comments] = data;
    let ngrams = simdutf8::compat::from_utf8(ngrams).map_err(|error| invalid("ngrams", "UTF-8", error))?;
    let known_words = KnownWords::from_numbers(keep.numbers(words, u64::from_le_bytes));
    let model = Model {
        known_words: known_words
            .ok_or_else(|| invalid("number of bits of words", 64 * known_words::NUMBERS, 8 * words.len()))?,
        weights: Weights {
            classes: header.classes.len(),
            hashes: keep.numbers(hashes, u64::from_le_bytes),
            weights: keep.numbers(weights, i16::from_le_bytes),
            step: header.step,
        },
        classes: Arc::new(header.classes),
        ngrams: Ngrams::from_lines(keep.text(ngrams)),
        experts: header.experts,
        training: header.training,
        learnt_comments: LearntComments::from_hashes(keep.numbers(comments, u32::from_le_bytes)),
    };
    if K::CHECKED {
        validate(&model)?;
    }
    Ok(model)
}

/// Gives each expert the n-grams of its kinds.
fn fill_kinds<'b>(experts: &mut ByScript<Expert>, data: &[&'b [u8]], keep: impl Keep<'b>) -> Result<(), ModelError> {
    let [mut hashes, mut weights] = [0, 1].map(|at| data.get(at).copied().unwrap_or_default());
    for kinds in experts.iter_mut().filter_map(|expert| expert.kinds.as_mut()) {
        let split = |data: &'b [u8], size: usize| data.split_at_checked(kinds.ngrams.checked_mul(size)?);
        let (Some((own, other)), Some((own_weights, other_weights))) =
            (split(hashes, 8), split(weights, 2 * kinds.heads.len()))
        else {
            return Err(invalid("number of n-grams of kinds", format!("at most {}", hashes.len() / 8), kinds.ngrams));
        };
        (hashes, weights) = (other, other_weights);
        kinds.hashes = keep.numbers(own, u64::from_le_bytes);
        kinds.weights = keep.numbers(own_weights, i16::from_le_bytes);
    }
    match (hashes.len() / 8, weights.len() / 2) {
        (0, 0) => Ok(()),
        (hashes, weights) => Err(invalid(
            "n-grams and weights of kinds beyond those of the heads",
            "0 and 0",
            format!("{hashes} and {weights}"),
        )),
    }
}

fn validate_kinds(kinds: &Kinds) -> Result<(), ModelError> {
    if kinds.heads.is_empty() || !kinds.heads.is_sorted_by(|a, b| a.kind < b.kind) {
        return Err(invalid("kinds", "one head at least, each kind once and in their order", "not"));
    }
    for (what, expected, got) in [
        ("number of n-grams of kinds", kinds.ngrams, kinds.hashes.len()),
        ("number of weights of kinds", kinds.hashes.len() * kinds.heads.len(), kinds.weights.len()),
    ] {
        if got != expected {
            return Err(invalid(what, expected, got));
        }
    }
    if !kinds.hashes.is_sorted_by(|a, b| a < b) {
        return Err(invalid("order of the hashes of kinds", "ascending", "not"));
    }
    if let Some(got) = kinds.weights.iter().find(|weight| weight.unsigned_abs() > MAX_WEIGHT.unsigned_abs()) {
        return Err(invalid("a weight of a kind", format!("-{MAX_WEIGHT} to {MAX_WEIGHT}"), got));
    }
    for head in &kinds.heads {
        if ![head.intercept, head.step, head.abuse].iter().all(|x| x.abs() <= MAX_MAGNITUDE) {
            return Err(invalid("a number of a kind", "finite and at most 1e9", "not"));
        }
        let of = &head.figures;
        let mut shares = vec![f64::from(head.threshold), of.roc_auc, of.roc_auc_in_abuse, of.precision, of.recall];
        shares.extend([of.interval, of.interval_in_abuse].concat());
        if !shares.iter().all(|x| (0.0..=1.0).contains(x)) {
            return Err(invalid("threshold and figures of a kind", "0 to 1", "not"));
        }
    }
    Ok(())
}

/// Refuses other versions; a newer one before an older one, since an update of this program may read both.
fn check_versions(versions: &Versions) -> Result<(), ModelError> {
    let versions = [
        ("format", FORMAT, versions.format),
        ("normaliser", NORMALISER, versions.normaliser),
        ("features", FEATURES, versions.features),
    ];
    let newer = versions.iter().find(|(_, expected, got)| got > expected);
    match newer.or_else(|| versions.iter().find(|(_, expected, got)| got < expected)) {
        Some(&(what, expected, got)) => Err(ModelError::Version { what, expected, got }),
        None => Ok(()),
    }
}

fn validate(model: &Model) -> Result<(), ModelError> {
    let k = model.classes.len();
    if !(2..=MAX_CLASSES).contains(&k) {
        return Err(invalid("number of classes", format!("2 to {MAX_CLASSES}"), k));
    }
    let n = model.weights.hashes.len();
    for (what, expected, got) in
        [("number of weights", n * k, model.weights.weights.len()), ("number of n-grams", n, model.ngrams.len())]
    {
        if got != expected {
            return Err(invalid(what, expected, got));
        }
    }
    if !model.weights.hashes.is_sorted_by(|a, b| a < b) {
        return Err(invalid("order of hashes", "ascending", "not"));
    }
    if !(model.weights.step.is_finite() && model.weights.step > 0.0) {
        return Err(invalid("step", "finite and positive", model.weights.step));
    }
    for (_, Expert { bias, calibrator, triage, kinds }) in model.experts.iter() {
        if bias.len() != k {
            return Err(invalid("number of biases", k, bias.len()));
        }
        if !bias.iter().all(|x| x.is_finite()) {
            return Err(invalid("bias", "finite", "not"));
        }
        validate_calibrator(calibrator, k)?;
        kinds.as_ref().map_or(Ok(()), validate_kinds)?;
        if let Some(triage) = triage {
            triage.check(&model.classes).map_err(|error| invalid("triage", "thresholds of its classes", error))?;
            if let Some((what, expected)) = triage.impossible() {
                return Err(invalid(what, expected, "not"));
            }
        }
    }
    Ok(())
}

fn validate_calibrator(calibrator: &Calibrator, k: usize) -> Result<(), ModelError> {
    let width = signal_count(k);
    for (what, expected, got) in [
        ("number of signal means", width, calibrator.mean.len()),
        ("number of signal deviations", width, calibrator.deviation.len()),
        ("number of calibrator weights", width * k, calibrator.weights.len()),
        ("number of intercepts", k, calibrator.intercept.len()),
        ("number of label weights", k, calibrator.label_weights.len()),
    ] {
        if got != expected {
            return Err(invalid(what, expected, got));
        }
    }
    // Without a bound finite numbers could add up to some that are not.
    let finite = [&calibrator.mean, &calibrator.weights, &calibrator.intercept]
        .iter()
        .all(|v| v.iter().all(|x| x.abs() <= MAX_MAGNITUDE));
    let StrongestPart { factor, shift, excess, excess_growth } = calibrator.strongest_part;
    let finite = finite
        && shift.abs() <= MAX_MAGNITUDE
        && [factor, excess, excess_growth].iter().all(|x| (0.0..=MAX_MAGNITUDE).contains(x));
    let positive = [&calibrator.deviation, &calibrator.label_weights]
        .iter()
        .all(|values| values.iter().all(|x| x.is_finite() && *x > 0.0));
    if !(finite && positive) {
        return Err(invalid(
            "a number of the calibrator",
            "finite and at most 1e9 (deviations and label weights: positive; factor and excess: not negative)",
            "not",
        ));
    }
    Ok(())
}

fn invalid(what: &'static str, expected: impl ToString, got: impl ToString) -> ModelError {
    ModelError::Invalid { what, expected: expected.to_string(), got: got.to_string() }
}

fn parse<'a, T: Deserialize<'a>>(header: &'a str) -> Result<T, ModelError> {
    serde_json::from_str(header).map_err(|error| invalid("header", "JSON of a naqd model", error))
}

fn checksum(header: &str, data: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header.as_bytes());
    data.iter().for_each(|data| hasher.update(data));
    hasher.finalize()
}

fn numbers<T, const N: usize>(bytes: &[u8], from: fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).map(|chunk| from(chunk.try_into().expect("N bytes"))).collect()
}
