//! What has been labelled, and whether the error bounds of the model in use hold: on the spot checks alone, since comments that
//! were chosen for being doubtful say nothing of all others.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use naqd::internal::evaluate::{PromiseResult, check_promises, unknown_label};
use naqd::internal::model::{ABUSIVE, Triage};
use naqd::internal::stats::Tally;
use naqd::{Classifier, Corpus};
use rusqlite::{Connection, OptionalExtension, params};

use crate::app::App;
use crate::desk::DeskError;
use crate::desk::comparison;
use crate::desk::form::Fields;
use crate::desk::pages::{LearningPage, page as html};
use crate::desk::queue::Queue;
use crate::desk::routes::{answered, frame, open};
use crate::desk::visitor::Visitor;
use crate::engine::Engine;
use crate::moment;

/// Maximum number of spot checks that bounds are checked on, the latest.
const MAX_SPOTS: u32 = 20_000;
/// Confidence of the interval of the share of abuse, on either side.
const ONE_SIDE: f64 = 0.975;

/// State of the labels that decides whether the page is computed anew.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Stamp {
    model: String,
    labels: i64,
    latest: i64,
}

/// The learning page's figures.
pub struct Learnt {
    stamp: Stamp,
    pub model: String,
    pub since: i64,
    pub labels: i64,
    pub labels_since: i64,
    pub labels_random: i64,
    /// Number of each label.
    pub by_label: Vec<(String, i64)>,
    /// Share of abuse in all traffic with its interval, by the spot checks.
    pub share: Option<(f64, (f64, f64))>,
    /// Labelled spot checks.
    pub spots: u64,
    /// The thresholds are not those that the bounds were made with.
    pub own_thresholds: bool,
    /// Bounds of each expert of the model.
    pub parts: Vec<Part>,
}

/// Bounds of the comments of a script.
pub struct Part {
    /// Arabic or not; none for all comments.
    pub arabic: Option<bool>,
    pub confidence: f64,
    pub promises: Vec<PromiseResult>,
}

impl Part {
    /// The bounds, each with what it is on: true for the published.
    pub fn rows(&self) -> impl Iterator<Item = (bool, &PromiseResult)> {
        self.promises.iter().map(|promise| (promise.action == "publish", promise))
    }
}

/// Notes that a model is in use, if it is new here.
///
/// # Errors
/// The file cannot be written.
pub fn note_model(database: &Connection, model: &str) -> Result<(), DeskError> {
    database
        .execute("INSERT OR IGNORE INTO models (version, since) VALUES (?1, ?2)", params![model, moment::millis()])?;
    Ok(())
}

/// `GET /review/learning`.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let learnt = learnt(&app).await?;
        let mut f = frame(&visitor, &fields, visitor.language.words().learning);
        f.to = "/review/learning".to_owned();
        let read = move |database: &Connection| {
            Ok((f.with_queues(database, None)?, Queue::Spots.count(database)?, comparison::last(database)?))
        };
        let (f, spots, last) = open(&app)?.store.read(read).await?;
        Ok(html(StatusCode::OK, &LearningPage { f, learnt, spots, last, has_trainer: trainer().is_some() }))
    };
    answered(&visitor, result.await)
}

/// The figures, computed anew if a label or the model has changed.
async fn learnt(app: &App) -> Result<Arc<Learnt>, DeskError> {
    let (desk, engine) = (open(app)?, app.engine());
    let model = engine.version.clone();
    let stamp = desk.store.read(move |database| stamp(database, model)).await?;
    let known = desk.learnt.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known.filter(|known| known.stamp == stamp) {
        return Ok(known);
    }
    let learnt = Arc::new(desk.store.read(move |database| compute(database, &engine, stamp)).await?);
    *desk.learnt.lock().unwrap_or_else(PoisonError::into_inner) = Some(learnt.clone());
    Ok(learnt)
}

fn stamp(database: &Connection, model: String) -> Result<Stamp, DeskError> {
    let mut query = database.prepare_cached(
        "SELECT count(*), ifnull(max(decided_at), 0) FROM comments INDEXED BY labelled WHERE label IS NOT NULL",
    )?;
    Ok(query.query_row([], |row| Ok(Stamp { model, labels: row.get(0)?, latest: row.get(1)? }))?)
}

fn compute(database: &Connection, engine: &Engine, stamp: Stamp) -> Result<Learnt, DeskError> {
    let count =
        |sql: &str, since: i64| -> Result<i64, DeskError> { Ok(database.query_row(sql, [since], |row| row.get(0))?) };
    let since: Option<i64> = database
        .query_row("SELECT since FROM models WHERE version = ?1", [&stamp.model], |row| row.get(0))
        .optional()?;
    let since = since.unwrap_or_else(moment::millis);
    let mut query = database
        .prepare("SELECT label, count(*) FROM comments WHERE label IS NOT NULL GROUP BY label ORDER BY 2 DESC")?;
    let by_label = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let spots = spots(database, MAX_SPOTS)?;
    let tally =
        Tally { comments: spots.len() as u64, wrong: spots.iter().filter(|spot| spot.label == ABUSIVE).count() as u64 };
    Ok(Learnt {
        model: stamp.model.clone(),
        since,
        labels: stamp.labels,
        labels_since: count("SELECT count(*) FROM comments WHERE label IS NOT NULL AND decided_at >= ?1", since)?,
        labels_random: count(
            "SELECT count(*) FROM comments WHERE label IS NOT NULL AND sampling IS NOT NULL AND n > ?1",
            0,
        )?,
        by_label,
        share: (tally.comments > 0).then(|| (tally.share(), (tally.lower(ONE_SIDE), tally.upper(ONE_SIDE)))),
        spots: tally.comments,
        own_thresholds: engine.own_thresholds,
        parts: if engine.own_thresholds { Vec::new() } else { parts(&engine.classifier, &engine.triages, &spots) },
        stamp,
    })
}

/// A comment that was drawn at random and labelled.
pub struct Spot {
    /// Its number at the desk.
    pub n: i64,
    pub text: String,
    pub label: String,
}

/// The latest of them.
///
/// # Errors
/// The file cannot be read.
pub fn spots(database: &Connection, number: u32) -> Result<Vec<Spot>, DeskError> {
    let mut query = database.prepare(
        "SELECT n, text, label FROM comments WHERE label IS NOT NULL AND sampling IS NOT NULL ORDER BY decided_at DESC, n LIMIT ?1",
    )?;
    let found = query.query_map([number], |row| Ok(Spot { n: row.get(0)?, text: row.get(1)?, label: row.get(2)? }))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Bounds of a model on spot checks, Arabic first; none of a model without.
pub fn parts(classifier: &Classifier, triages: &[(Option<bool>, Triage)], spots: &[Spot]) -> Vec<Part> {
    let rows = |arabic: Option<bool>| {
        let is_of = move |text: &str| arabic.is_none_or(|arabic| classifier.score(text).familiarity.arabic == arabic);
        spots.iter().filter(move |spot| is_of(&spot.text)).map(|spot| (&spot.text, &spot.label))
    };
    let part = |(arabic, triage): &(Option<bool>, Triage)| {
        let corpus = Corpus::from_rows(rows(*arabic)).ok().filter(|corpus| !corpus.texts().is_empty())?;
        if unknown_label(&corpus, classifier.classes()).is_some() {
            return None;
        }
        let checked = check_promises(triage, classifier, &corpus);
        let promises = checked.promises.into_iter().chain(checked.let_through).collect();
        Some(Part { arabic: *arabic, confidence: triage.promises.confidence, promises })
    };
    let mut parts: Vec<Part> = triages.iter().filter_map(part).collect();
    parts.sort_by_key(|part| part.arabic != Some(true));
    parts
}

/// naqd-train, beside this program or on the path.
pub fn trainer() -> Option<PathBuf> {
    let name = format!("naqd-train{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(&name));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = beside.into_iter().chain(std::env::split_paths(&path).map(|folder| folder.join(&name)));
    places.find(|place| place.is_file())
}
