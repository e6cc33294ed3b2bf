//! naqd for JavaScript: loads a model, scores, explains and decides. `package/classifier.js` is its only caller.
//!
//! Bytes cross in two buffers that this side owns. JavaScript asks for [`naqd_room`], writes what goes in, and calls one of
//! [`naqd_load`], [`naqd_rules`] and [`naqd_judge`] with its length; each leaves an answer, in UTF-8, at [`naqd_answer`]. One
//! instance holds one classifier, so that JavaScript's garbage collector frees it whole.
//!
//! No wasm-bindgen: six functions over numbers need neither its generated code nor a second program to build.
#![allow(unsafe_code)] // for the names of the functions; there is no unsafe block

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use naqd::internal::decide::{MAX_NOTE, VerdictJson, write_json};
use naqd::{Classifier, Effect, Model, Rule, Rules};

/// Most bytes that come in at once: a model. `package/classifier.js` has less for comments and rules.
const MAX_ROOM: usize = 256 << 20;

static ROOM: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
static RULES: OnceLock<Rules> = OnceLock::new();

/// Outcome of a call: the answer is what was asked for, or a message about what is wrong.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// JSON.
    Done = 0,
    /// Message.
    Refused = 1,
}

/// Room for `size` bytes to come in; its address, or 0 where that is too much. What was there is gone.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_room(size: usize) -> usize {
    // Where the call fails, nothing of the comment before is taken for its answer.
    lock(&ANSWER).clear();
    let mut room = lock(&ROOM);
    if size > MAX_ROOM {
        return 0;
    }
    if room.len() < size {
        // Nothing is copied, and there are never two of a model's size.
        *room = Vec::new();
        *room = vec![0; size];
    }
    room.as_mut_ptr() as usize
}

/// Loads the model of `len` bytes in the room. The answer has the names of the classes.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_load(len: usize) -> Outcome {
    // The place alone: a message may have words of the comment.
    std::panic::set_hook(Box::new(|panic| {
        *lock(&ANSWER) = panic.location().map_or_else(Vec::new, |place| place.to_string().into_bytes());
    }));
    answer(|| {
        let bytes = received(len)?;
        let model = Model::from_bytes(&bytes).map_err(|error| error.to_string())?;
        drop(bytes);
        let names = serde_json::to_vec(model.classes().names()).map_err(|error| error.to_string())?;
        CLASSIFIER.set(Classifier::new(&model)).map_err(|_| "a model is loaded already")?;
        Ok(names)
    })
}

/// House rule, as JavaScript gives it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRule {
    phrase: String,
    effect: String,
    #[serde(default)]
    note: String,
}

/// Takes the house rules of `len` bytes in the room, a list in JSON. The answer is their number. Each counts as a line, from 1.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_rules(len: usize) -> Outcome {
    answer(|| {
        let given: Vec<GivenRule> =
            serde_json::from_slice(&received(len)?).map_err(|error| format!("rules: {error}"))?;
        let list = (1..).zip(given).map(|(line, rule)| house_rule(line, rule)).collect::<Result<Vec<_>, _>>()?;
        let rules = Rules::new(list, "rules".as_ref()).map_err(|error| error.to_string())?;
        let number = rules.list().len().to_string().into_bytes();
        RULES.set(rules).map_err(|_| "rules are loaded already")?;
        Ok(number)
    })
}

fn house_rule(line: u64, GivenRule { phrase, effect, note }: GivenRule) -> Result<Rule, String> {
    if note.len() > MAX_NOTE {
        return Err(format!("rules:{line}: note: {} bytes long, expected at most {MAX_NOTE}", note.len()));
    }
    match Effect::ALL.into_iter().find(|known| known.as_str() == effect) {
        Some(effect) => Ok(Rule { phrase, effect, note, line }),
        None => Err(format!("rules:{line}: effect: {effect:?}, expected ignore, hold, reject or critical")),
    }
}

/// Judges the comment of `len` bytes in the room. The answer is the JSON of `docs/json.md`, with sentences and evidence if it
/// is to be explained.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_judge(len: usize, explain: bool) -> Outcome {
    answer(|| {
        let room = lock(&ROOM);
        let bytes = room.get(..len).ok_or("more bytes than there is room for")?;
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let classifier = CLASSIFIER.get().ok_or("no model is loaded")?;
        let (classes, rules) = (classifier.classes().names(), RULES.get());
        let mut json = std::mem::take(&mut *lock(&ANSWER));
        json.clear();
        if explain {
            let judgement = classifier.judge_explained(text, rules);
            write_json(&mut json, &VerdictJson::explained(classes, &judgement, rules, text));
        } else {
            let judgement = classifier.judge(text, rules);
            write_json(&mut json, &VerdictJson::of(classes, &judgement, rules));
        }
        Ok(json)
    })
}

/// Address of the answer to the last call.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_answer() -> usize {
    lock(&ANSWER).as_ptr() as usize
}

/// Number of bytes of the answer to the last call.
#[unsafe(no_mangle)]
pub extern "C" fn naqd_answer_length() -> usize {
    lock(&ANSWER).len()
}

fn answer(call: impl FnOnce() -> Result<Vec<u8>, String>) -> Outcome {
    let (outcome, answer) = match call() {
        Ok(json) => (Outcome::Done, json),
        Err(message) => (Outcome::Refused, message.into_bytes()),
    };
    *lock(&ANSWER) = answer;
    outcome
}

/// Takes the first `len` bytes out of the room.
fn received(len: usize) -> Result<Vec<u8>, &'static str> {
    let mut room = std::mem::take(&mut *lock(&ROOM));
    if len > room.len() {
        return Err("more bytes than there is room for");
    }
    room.truncate(len);
    Ok(room)
}

/// There is one thread; what a panic left behind is told before anything else is asked.
fn lock(buffer: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}
