//! The solver and the figures against linfa, and what training promises.

use std::collections::{HashMap, HashSet};

use linfa::prelude::*;
use linfa_logistic::MultiLogisticRegression;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate::{calibration, figures, roc_auc};
use naqd::internal::train::Rows;
use naqd::internal::train::{Part, Problem};
use naqd::internal::train::{Solver, Stop};
use naqd::{Action, Classifier, Corpus, CorpusReader, Model, Promises, Trainer};
use naqd::{LabelSet, Probabilities};
use naqd::{TrainError, Trained};
use ndarray::{Array1, Array2};

use crate::common::town;

/// Numbers that look random and are always the same.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    }
}

/// Counts of columns in rows, and the number that a row is divided by the square root of.
type Counts = (Array2<u32>, Vec<u32>);

fn rows((counts, n): &Counts) -> Rows {
    Rows::build(counts.nrows(), counts.ncols(), u64::MAX, |row, columns| {
        for (column, count) in counts.row(row).iter().enumerate() {
            columns.extend(std::iter::repeat_n(column as u32, *count as usize));
        }
        n[row]
    })
    .unwrap()
}

fn dense((counts, n): &Counts) -> Array2<f64> {
    Array2::from_shape_fn(counts.dim(), |(row, column)| f64::from(counts[(row, column)]) / f64::from(n[row]).sqrt())
}

/// Solves several weightings of the rows side by side; the probabilities of each row by each.
fn solve_parts(
    counts: &Counts,
    labels: &[LabelSet],
    classes: usize,
    l2: f32,
    weights: &[Vec<f32>],
) -> Vec<Vec<Probabilities>> {
    let (rows, x) = (rows(counts), dense(counts));
    let scale = vec![1.0; x.ncols() * classes];
    let parts: Vec<Part> =
        weights.iter().map(|weights| Part { weights: weights.clone(), scale: scale.clone() }).collect();
    let problem = Problem { rows: &rows, labels, groups: &[], offset: &[], classes, parts: &parts };
    let mut solver = Solver::new(&problem, l2, None).unwrap();
    solver.run(Stop { iterations: 2000, tolerance: 1e-12 }).unwrap();
    let probabilities = |part| -> Vec<Probabilities> {
        let solution = solver.solution(part);
        let logit = |row: usize, class: usize| {
            let weight = |column: usize| f64::from(solution[column * classes + class]);
            (0..x.ncols()).map(|column| x[(row, column)] * weight(column)).sum::<f64>() + weight(x.ncols())
        };
        (0..x.nrows())
            .map(|row| Probabilities::softmax(&(0..classes).map(|class| logit(row, class)).collect::<Vec<_>>()))
            .collect()
    };
    (0..parts.len()).map(probabilities).collect()
}

fn solve(counts: &Counts, labels: &[LabelSet], classes: usize, l2: f32) -> Vec<Probabilities> {
    solve_parts(counts, labels, classes, l2, &[vec![1.0; labels.len()]]).remove(0)
}

fn counted_problem() -> (Counts, Vec<usize>) {
    let mut next = numbers(7);
    let counts = Array2::from_shape_fn((150, 6), |_| (next() * 4.0) as u32 * u32::from(next() > 0.4));
    let n = (0..150).map(|_| 1 + (next() * 5.0) as u32).collect();
    let counts = (counts, n);
    let x = dense(&counts);
    let y = x.rows().into_iter().map(|row| {
        let scores = [row[0] + row[1], row[2] * 1.5, row[3] + row[4] - row[5]].map(|score| score + next());
        (0..3).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
    });
    let y = y.collect();
    (counts, y)
}

/// Probabilities of dense rows by linfa-logistic, and the labels of the rows.
fn optimum_of_linfa(x: &Array2<f64>, y: &[usize], l2: f64) -> (Array2<f64>, Vec<LabelSet>) {
    let fitted = MultiLogisticRegression::default()
        .alpha(l2)
        .gradient_tolerance(1e-9)
        .max_iterations(2000)
        .fit(&Dataset::new(x.clone(), Array1::from(y.to_vec())))
        .unwrap();
    (fitted.predict_probabilities(x), y.iter().map(|class| LabelSet::one(*class)).collect())
}

#[test]
fn the_sparse_solver_finds_the_optimum_of_linfa() {
    let (counts, y) = counted_problem();
    let x = dense(&counts);
    let l2 = 0.7;
    let (expected, labels) = optimum_of_linfa(&x, &y, l2);
    for (row, found) in solve(&counts, &labels, 3, l2 as f32).iter().enumerate() {
        for class in 0..3 {
            let (expected, found) = (expected[(row, class)], f64::from(found[class]));
            assert!((expected - found).abs() < 1e-4, "row {row}, class {class}: {expected}, found {found}");
        }
    }
}

/// Problems beside one another do not mix.
#[test]
fn parts_side_by_side_are_solved_as_if_alone() {
    let (counts, y) = counted_problem();
    let labels: Vec<LabelSet> = y.iter().map(|class| LabelSet::one(*class)).collect();
    let without = |fold: usize| (0..150).map(|row| f32::from(u8::from(row % 5 != fold))).collect::<Vec<f32>>();
    let together = solve_parts(&counts, &labels, 3, 0.7, &[0, 1, 2, 3, 4].map(without));
    for (fold, together) in together.iter().enumerate() {
        let alone = solve_parts(&counts, &labels, 3, 0.7, &[without(fold)]).remove(0);
        for (a, b) in alone.iter().zip(together) {
            assert!((0..3).all(|class| (a[class] - b[class]).abs() < 1e-3), "fold {fold}: {a:?}, {b:?}");
        }
    }
}

/// Two classes mirror one another; the same classes with scales that differ do not.
#[test]
fn two_classes_have_the_optimum_of_linfa() {
    let (counts, y) = counted_problem();
    let x = dense(&counts);
    let y: Vec<usize> = y.into_iter().map(|class| class.min(1)).collect();
    let l2 = 0.7;
    let (expected, labels) = optimum_of_linfa(&x, &y, l2);
    let mirrored = solve(&counts, &labels, 2, l2 as f32);
    for (row, found) in mirrored.iter().enumerate() {
        let (expected, found) = (expected[(row, 0)], f64::from(found[0]));
        assert!((expected - found).abs() < 1e-4, "row {row}: {expected}, found {found}");
    }
    // A scale of sqrt(3) for the one and 1 for the other class: the difference of the two is as free as before, at
    // half the penalty of twice a scale of 1.
    let rows = rows(&counts);
    let scale = [3f32.sqrt(), 1.0].repeat(x.ncols());
    let parts = [Part { weights: vec![1.0; labels.len()], scale }];
    let problem = Problem { rows: &rows, labels: &labels, groups: &[], offset: &[], classes: 2, parts: &parts };
    let mut solver = Solver::new(&problem, 2.0 * l2 as f32, None).unwrap();
    solver.run(Stop { iterations: 2000, tolerance: 1e-12 }).unwrap();
    let solution = solver.solution(0);
    for (row, found) in mirrored.iter().enumerate() {
        let logit = |class: usize| -> f64 {
            let weight = |column: usize| f64::from(solution[column * 2 + class]);
            (0..x.ncols()).map(|column| x[(row, column)] * weight(column)).sum::<f64>() + weight(x.ncols())
        };
        let p = Probabilities::softmax(&[logit(0), logit(1)])[0];
        assert!((p - found[0]).abs() < 1e-3, "row {row}: {p}, {}", found[0]);
    }
}

/// With alternatives the loss is -ln(p of any of them): the classes are still told apart by the rows that do.
#[test]
fn alternatives_are_learnt_by_their_marginal_likelihood() {
    let (counts, y) = counted_problem();
    let blur = |class: usize| if class == 0 { LabelSet::one(0) } else { [1, 2].into_iter().collect() };
    let labels: Vec<LabelSet> =
        y.iter().enumerate().map(|(i, class)| if i % 3 == 0 { LabelSet::one(*class) } else { blur(*class) }).collect();
    let blurred = solve(&counts, &labels, 3, 0.5);
    let loss = |probabilities: &[Probabilities], labels: &[LabelSet]| calibration(labels, probabilities).log_loss;
    let full: Vec<LabelSet> = y.iter().map(|class| LabelSet::one(*class)).collect();
    let right = blurred.iter().zip(&y).filter(|(p, class)| p[**class] > 0.5).count();
    assert!(right > 95, "{right} of 150");
    assert!(loss(&blurred, &full) < 1.0);
    // Alternatives of all classes say nothing at all.
    let nothing = vec![[0, 1, 2].into_iter().collect::<LabelSet>(); labels.len()];
    for probabilities in solve(&counts, &nothing, 3, 0.5) {
        assert!(probabilities.as_slice().iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-3));
    }
}

#[test]
fn figures_of_full_labels_are_those_of_linfa() {
    let mut next = numbers(3);
    let truth: Vec<usize> = (0..400).map(|_| (next() * 3.0) as usize).collect();
    let probabilities: Vec<Probabilities> = truth
        .iter()
        .map(|class| Probabilities::softmax(&[0, 1, 2].map(|k| next() * 2.0 + f64::from(u8::from(k == *class)))))
        .collect();
    let given: Vec<usize> =
        probabilities.iter().map(|p| (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap()).collect();
    let labels: Vec<LabelSet> = truth.iter().map(|class| LabelSet::one(*class)).collect();
    let classes = naqd::Classes::new(["a", "b", "c"]);
    let found = figures(&classes, &labels, &given, &probabilities);

    let matrix = Array1::from(given.clone()).confusion_matrix(&Array1::from(truth.clone())).unwrap();
    let close = |a: f64, b: f32| (a - f64::from(b)).abs() < 1e-4;
    for ((class, binary), figures) in matrix.split_one_vs_all().iter().enumerate().zip(&found.classes) {
        // linfa 0.8.1 counts predictions in rows, so that its precision is the recall and the other way round
        // of a matrix with the truth in rows; both are compared.
        let pair = [binary.precision(), binary.recall()];
        assert!(pair.iter().any(|x| close(figures.precision, *x)) && pair.iter().any(|x| close(figures.recall, *x)));
        assert!(close(figures.f1, binary.f1_score()));
        let is: Vec<bool> = truth.iter().map(|t| *t == class).collect();
        let scores: Array1<Pr> = probabilities.iter().map(|p| Pr::new(p[class])).collect();
        let linfa = scores.roc(&is).unwrap().area_under_curve();
        assert!(close(figures.roc_auc.unwrap(), linfa), "{:?} {linfa}", figures.roc_auc);
    }
    assert_eq!(found.confusion.iter().flat_map(|row| &row.predicted).sum::<u64>(), 400);
}

#[test]
fn figures_count_alternatives_where_they_can() {
    let one = LabelSet::one;
    let either: LabelSet = [1, 2].into_iter().collect();
    let classes = naqd::Classes::new(["abusive", "critical", "neutral"]);
    let sure = |class: usize| Probabilities::softmax(&[0, 1, 2].map(|k| if k == class { 5.0 } else { 0.0 }));
    let labels = [one(0), one(0), either, either, one(1), one(2)];
    let given = [0, 1, 0, 2, 1, 2];
    let found = figures(&classes, &labels, &given, &given.map(sure));
    // abusive: given to rows 0 and 2, right for row 0; its rows are 0 and 1.
    assert_eq!((found.classes[0].precision, found.classes[0].recall, found.classes[0].support), (0.5, 0.5, 2));
    // neutral: row 3 may be neutral and counts neither way; row 5 is.
    assert_eq!((found.classes[2].precision, found.classes[2].recall, found.classes[2].support), (1.0, 1.0, 1));
    let rows: Vec<(&str, &[u64])> = found.confusion.iter().map(|r| (r.label.as_str(), &r.predicted[..])).collect();
    assert_eq!(
        rows,
        [
            ("abusive", &[1, 1, 0][..]),
            ("critical", &[0, 1, 0]),
            ("neutral", &[0, 0, 1]),
            ("critical|neutral", &[1, 0, 1])
        ]
    );
}

#[test]
fn roc_auc_counts_pairs() {
    assert_eq!(roc_auc(vec![(0.1, false), (0.4, false), (0.35, true), (0.8, true)]), Some(0.75));
    assert_eq!(roc_auc(vec![(0.5, false), (0.5, true)]), Some(0.5));
    assert_eq!(roc_auc(vec![(0.5, true)]), None);
}

#[test]
fn repeats_share_a_fold() {
    let long = "The council voted last night to close the swimming pool for the whole winter and nobody asked us";
    let mut rows: Vec<(String, &str)> = Vec::new();
    let other = ["market", "school", "bridge", "doctor", "winter", "ticket", "garden", "teacher", "bakery", "harbour"];
    for (i, word) in other.iter().enumerate() {
        rows.push((format!("{word} {} {word}s", other[(i * 3 + 1) % 10]), "a"));
        rows.push((format!("no {word} for a {}", other[(i * 7 + 4) % 10]), "b"));
    }
    // The same but for what folds away, and nearly the same.
    let repeats = [
        long.to_owned(),
        long.to_uppercase(),
        format!("@someone {long}!!! https://t.example/{}", 1),
        format!("{long} 👏"),
        long.replace("nobody", "noboody"),
        format!("well {long}"),
    ];
    rows.extend(repeats.iter().zip(["a", "b"].into_iter().cycle()).map(|(text, label)| (text.clone(), label)));
    let corpus = Corpus::from_rows(rows).unwrap();
    for seed in 0..20 {
        let folds = Trainer::new().seed(seed).folds(&corpus);
        let of_repeats = &folds[20..];
        assert!(of_repeats.iter().all(|fold| *fold == of_repeats[0]), "seed {seed}: {of_repeats:?}");
        let mut sizes = HashMap::new();
        folds.iter().for_each(|fold| *sizes.entry(fold).or_insert(0) += 1);
        assert_eq!(sizes.len(), 5);
    }
    let found = NearDuplicates::find(corpus.texts());
    assert_eq!(found.same[21], 20, "case folds away");
    assert_eq!(corpus.contradictions(&found).len(), 1);
    assert_eq!(corpus.contradictions(&found)[0].to_string(), "rows:22: b, but the same text at rows:21: a");
}

#[test]
fn different_short_comments_are_not_repeats() {
    let texts = ["ok", "no", "good", "gold", "شكرا", "شكر", "thank you", "thanks you", "", "!", "?", "1", "@a"];
    let found = NearDuplicates::find(&texts);
    assert_eq!(found.same, (0..texts.len()).collect::<Vec<_>>());
}

#[test]
fn too_little_is_an_error() {
    let rows = |n: usize, label: &'static str| (0..n).map(move |i| (format!("words {i} of {label}"), label));
    let fit = |corpus: Result<Corpus, _>| Trainer::default().fit(&corpus.unwrap()).unwrap_err();
    assert_eq!(fit(Corpus::from_rows(rows(0, "a"))), TrainError::Empty);
    assert_eq!(fit(Corpus::from_rows(rows(50, "a"))), TrainError::OneClass { class: "a".into() });
    // Numbers fold into one word: these twelve are one comment.
    assert!(matches!(
        fit(Corpus::from_rows(rows(12, "a").chain(rows(12, "b")))),
        TrainError::FewOfClass { got: 1, .. }
    ));
}

/// 72 comments of three classes, and what they become with the settings that `set` makes.
fn train(set: impl Fn(Trainer) -> Trainer) -> Trained {
    let path = tempfile::tempdir().unwrap();
    let files = ["a.csv", "b.csv"].map(|name| path.path().join(name));
    let rows = crate::common::csv(40);
    // The same comments in both files would be near-duplicates: the second has their words in reverse.
    let turned = rows.lines().map(|row| match row.split('"').collect::<Vec<_>>()[..] {
        [id, text, label] => format!("{id}\"{}\"{label}\n", text.split(' ').rev().collect::<Vec<_>>().join(" ")),
        _ => format!("{row}\n"),
    });
    std::fs::write(&files[1], turned.collect::<String>()).unwrap();
    std::fs::write(&files[0], rows).unwrap();
    let corpus = CorpusReader::default().read(&files, &mut |_| false).unwrap();
    set(Trainer::new()).fit(&corpus).unwrap()
}

/// Rows in memory or in a file, n-grams counted at once or in parts: the same model, byte for byte.
#[test]
fn bounds_of_memory_do_not_change_the_model() {
    let free = train(|trainer| trainer);
    for rows in [0, 2000] {
        let bound = train(|trainer| trainer.count_capacity(1).row_memory(rows));
        assert_eq!(bound.model.to_bytes(), free.model.to_bytes(), "{rows} bytes of rows in memory");
    }
}

#[test]
fn max_ngrams_raises_the_min_count() {
    let free = train(|trainer| trainer).validation;
    let bound = train(|trainer| trainer.max_ngrams(free.ngrams_counted / 2));
    assert!(bound.validation.ngrams_counted <= free.ngrams_counted / 2, "{}", bound.validation.ngrams_counted);
    assert!(bound.validation.ngrams_counted > 0);
    assert!(bound.validation.min_count > free.min_count, "{}", bound.validation.min_count);
    assert_eq!(bound.model.training().min_count, bound.validation.min_count);
    assert_eq!(train(|trainer| trainer.max_ngrams(free.ngrams_counted)).validation.min_count, 2);
}

#[test]
fn folds_are_visited_until_enough_comments_are_judged() {
    let all = train(|trainer| trainer).validation;
    assert_eq!((all.folds, all.held_out, all.comments), (5, 240, 240));
    let some = train(|trainer| trainer.validation_size(60)).validation;
    // Enough are at least ten different ones of each class, too.
    assert!(some.folds < 5 && (60..240).contains(&some.held_out), "{} comments, {} folds", some.held_out, some.folds);
    assert_eq!(some.figures.confusion.iter().flat_map(|row| &row.predicted).sum::<u64>(), some.held_out as u64);
    assert!(some.figures.macro_f1 > 0.9, "{}", some.figures.macro_f1);
}

#[test]
fn only_some_files_are_judged_by() {
    let trained = train(|trainer| trainer.validate_on(vec![(1, 1.0)]));
    assert_eq!((trained.validation.held_out, trained.validation.comments), (120, 240));
    assert_eq!(trained.model.training().validated_on.len(), 1);
    assert!(trained.model.training().validated_on[0].0.ends_with("b.csv"));
}

/// A comment that weighs nothing to speak of teaches nothing to speak of, and one that weighs twice counts as two.
#[test]
fn comments_weigh_what_their_file_does() {
    let words = ["red", "green", "blue", "black", "white", "brown", "pink", "grey", "gold", "silver", "lime", "teal"];
    let corpus = |weights: &[f32]| {
        let row = |word: &str, said: &str, label: &'static str| (format!("{word} {said} {word}"), label);
        let first = words.iter().flat_map(|word| [row(word, "fool", "abusive"), row(word, "thanks", "neutral")]);
        // The second file says the contrary.
        let second = words.iter().flat_map(|word| [row(word, "thanks", "abusive"), row(word, "fool", "neutral")]);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, rows: &mut dyn Iterator<Item = (String, &str)>| {
            let rows: String = rows.map(|(text, label)| format!("{text},{label}\n")).collect();
            std::fs::write(folder.path().join(name), format!("text,label\n{rows}")).unwrap();
            folder.path().join(name)
        };
        let files = [write("first", &mut first.into_iter()), write("contrary", &mut second.into_iter())];
        let corpus = CorpusReader::default().read(&files, &mut |_| false).unwrap();
        let trainer = Trainer::new().weights(weights.to_vec()).l2(1.0);
        let trained = trainer.fit(&corpus).unwrap();
        let weight = |ngram: &str| {
            let place = trained.model.ngrams().iter().position(|name| name == ngram);
            place.map_or(0.0, |place| {
                let [abusive, neutral] = trained.model.weights().weights[place * 2..][..2] else { unreachable!() };
                f64::from(i32::from(abusive) - i32::from(neutral)) * f64::from(trained.model.weights().step)
            })
        };
        let name = |(file, weight): &(String, f32)| (file.rsplit('/').next().unwrap().to_owned(), *weight);
        (weight("[fol]"), trained.model.training().weights.iter().map(name).collect::<Vec<_>>())
    };
    assert!(corpus(&[1.0, 0.01]).0 > 0.1);
    assert!(corpus(&[0.01, 1.0]).0 < -0.1);
    assert_eq!(corpus(&[1.0, 0.5]).1, [("contrary".to_owned(), 0.5)]);
    assert_eq!(corpus(&[]).1, []);
}

#[test]
fn weights_are_checked() {
    let corpus = Corpus::from_rows((0..40).map(|i| {
        let letter = char::from(b'a' + i as u8 % 26);
        (format!("{letter}{letter} {}", if i % 2 == 0 { "fool" } else { "thanks" }), if i % 2 == 0 { "a" } else { "b" })
    }))
    .unwrap();
    for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let error = Trainer::new().weights(vec![weight]).fit(&corpus).unwrap_err();
        assert!(error.to_string().contains("expected a number greater than 0"), "{error}");
    }
    let error = Trainer::new().validate_on(vec![(7, 1.0)]).fit(&corpus).unwrap_err();
    assert!(error.to_string().contains("has 0 different comments of its own to validate on"), "{error}");
}

#[test]
fn classes_that_no_label_tells_apart_are_one() {
    let words = ["red", "green", "blue", "black", "white", "brown", "pink", "grey", "gold", "silver", "lime", "teal"];
    let rows = words.iter().flat_map(|word| {
        [(format!("{word} fool idiot"), "abusive"), (format!("{word} thanks friend"), "neutral | Critical ")]
    });
    let corpus = Corpus::from_rows(rows).unwrap();
    assert_eq!(corpus.classes().names(), ["abusive", "critical|neutral"]);
    assert_eq!(corpus.merged().count(), 1);
    let classifier = Classifier::new(&Trainer::default().fit(&corpus).unwrap().model);
    assert_eq!(classifier.classify("you idiot").probabilities.as_slice().len(), 2);
    assert_eq!(classifier.classes()[classifier.classify("thanks").class], "critical|neutral");
}

/// The labels of comments that are set aside have no part in the model, nor in which comments these are.
#[test]
fn nothing_is_learnt_from_comments_set_aside() {
    let turned = |label: &'static str| match label {
        "abusive" => "neutral",
        "critical" => "abusive",
        _ => "critical",
    };
    let promises = Promises { max_innocent_rejected: 0.2, max_abusive_published: 0.15, ..Promises::default() };
    let base = Trainer::new().l2(10.0).fit(&Corpus::from_rows(town(false, 300, 1, 0.0)).unwrap()).unwrap().model;
    let rows = town(false, 900, 2, 0.05);
    for (what, trainer) in [
        ("a share that is named", Trainer::new().set_aside(0.3)),
        ("a share that is planned", Trainer::new()),
        ("on top of a model", Trainer::new().on_top_of(base).set_aside(0.3)),
    ] {
        let fit = |rows: Vec<(String, &'static str)>| {
            trainer.clone().promises(promises).fit(&Corpus::from_rows(rows).unwrap()).unwrap()
        };
        let first = fit(rows.clone());
        let places: Vec<usize> = first.set_aside.iter().map(|(place, _)| *place).collect();
        assert!((130..460).contains(&places.len()), "{what}: {}", places.len());
        assert!(first.held_out.iter().all(|(place, _)| !places.contains(place)), "{what}");
        assert_eq!(first.validation.set_aside.unwrap().comments, places.len(), "{what}");
        let mut other = rows.clone();
        // A few of them: with more, no promise could be given, and the comments would be learnt from after all.
        places.iter().take(4).for_each(|&place| other[place].1 = turned(other[place].1));
        let mut second = fit(other);
        assert!(first.set_aside == second.set_aside, "{what}: the same comments with the same scores");
        assert!(first.held_out == second.held_out, "{what}");
        let thresholds = |model: &Model| [false, true].map(|arabic| model.triage(arabic).cloned());
        assert_ne!(thresholds(&first.model), thresholds(&second.model), "{what}");
        for arabic in [false, true] {
            second.model.parts_mut().experts.of_mut(arabic).triage = first.model.triage(arabic).cloned();
        }
        assert!(first.model == second.model, "{what}");
    }
}

/// Comments of two scripts give two experts: each with comments of its own that are set aside, and its own thresholds.
#[test]
fn each_script_has_an_expert() {
    let rows = [town(true, 900, 31, 0.05), town(false, 700, 32, 0.05)].concat();
    // The scripts take turns, so that places in one script are not those in the corpus.
    let turns: Vec<(String, &str)> = (0..rows.len()).map(|i| rows[i * 901 % rows.len()].clone()).collect();
    let corpus = Corpus::from_rows(turns).unwrap();
    let promises = Promises { max_abusive_published: 0.15, max_innocent_rejected: 0.15, ..Promises::default() };
    let trained = Trainer::new().promises(promises).set_aside(0.3).fit(&corpus).unwrap();
    let validation = &trained.validation;
    let scripts: Vec<Option<&str>> = validation.by_script().map(|(script, _)| script).collect();
    assert_eq!(scripts, [Some("arabic"), Some("other")]);
    assert!(validation.triage.is_none());
    let groups = NearDuplicates::find(corpus.texts()).group;
    // Held out or set aside, a comment is where it says, and nothing was learnt from those set aside. They were scored before
    // there were thresholds, which decide what is guarded.
    let classifier = Classifier::new(&trained.model);
    let mut undecided = Classifier::new(&trained.model);
    undecided.remove_thresholds();
    let set_aside: Vec<usize> = trained.set_aside.iter().map(|(place, _)| *place).collect();
    for (place, score) in &trained.set_aside {
        assert!(undecided.score(&corpus.texts()[*place]) == *score, "{place}");
    }
    assert!(trained.held_out.iter().all(|(place, _)| !set_aside.contains(place)));
    assert_eq!(set_aside.len(), validation.set_aside.unwrap().comments);
    for (script, of) in validation.by_script() {
        let arabic = script == Some("arabic");
        let stored = trained.model.triage(arabic).expect("thresholds");
        assert!(stored == &of.triage.as_ref().unwrap().triage && stored.thresholds.publish_below.is_some());
        assert_eq!(classifier.thresholds(arabic), trained.model.thresholds(arabic));
        // What it says of the comments set aside is what the model does to them, near-duplicates once.
        let (mut decided, mut seen) = ([0, 0], HashSet::new());
        for (place, score) in trained.set_aside.iter().filter(|(_, score)| score.familiarity.arabic == arabic) {
            if seen.insert(groups[*place]) {
                let action = classifier.decide(score).expect("there are thresholds").action;
                decided[0] += u64::from(action == Action::Publish);
                decided[1] += u64::from(action == Action::Reject);
            }
        }
        assert_eq!(decided, [stored.published.comments, stored.rejected.comments], "{script:?}");
    }
    assert_ne!(trained.model.thresholds(true), trained.model.thresholds(false));
}

/// An archive of decisions says `critical|neutral` of what was published. With a tenth of it labelled in full, its figures
/// are near those that it would have if all of it were.
#[test]
fn figures_of_an_archive_are_near_those_of_full_labels() {
    let classes = naqd::Classes::new(["abusive", "critical", "neutral"]);
    let mut next = numbers(11);
    // Probabilities that mean what they say, and some that are too sure of themselves.
    for sureness in [1.0, 1.4] {
        let mut full = Vec::new();
        let mut archive = Vec::new();
        let mut probabilities = Vec::new();
        for _ in 0..20_000 {
            let logits = [0, 1, 2].map(|_| next() * 5.0 - 2.5);
            let true_p = Probabilities::softmax(&logits);
            let drawn = next() as f32;
            let class = if drawn < true_p[0] {
                0
            } else if drawn < true_p[0] + true_p[1] {
                1
            } else {
                2
            };
            full.push(LabelSet::one(class));
            let open = class > 0 && next() > 0.1;
            archive.push(if open { [1, 2].into_iter().collect() } else { LabelSet::one(class) });
            probabilities.push(Probabilities::softmax(&logits.map(|logit| logit * sureness)));
        }
        let predicted: Vec<usize> =
            probabilities.iter().map(|p| (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap()).collect();
        let [of_full, of_archive] =
            [&full, &archive].map(|labels| figures(&classes, labels, &predicted, &probabilities));
        for (full, archive) in of_full.classes.iter().zip(&of_archive.classes) {
            for (what, a, b) in [
                ("precision", full.precision, archive.precision),
                ("recall", full.recall, archive.recall),
                ("F1", full.f1, archive.f1),
                ("ROC AUC", full.roc_auc.unwrap(), archive.roc_auc.unwrap()),
            ] {
                assert!((a - b).abs() < 0.02, "{what} of {}: {a:.3} and {b:.3}", full.class);
            }
        }
        assert!((of_full.macro_f1 - of_archive.macro_f1).abs() < 0.02);
        let [of_full, of_archive] = [&full, &archive].map(|labels| calibration(labels, &probabilities));
        assert!((of_full.ece - of_archive.ece).abs() < 0.02, "{} and {}", of_full.ece, of_archive.ece);
        assert!(if sureness == 1.0 { of_full.ece < 0.02 } else { of_full.ece > 0.04 }, "{}", of_full.ece);
    }
}
