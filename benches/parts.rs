//! The parts of scoring, one comment at a time: `cargo bench --bench parts`.
//!
//! Texts are the comments of `data/test.csv` of about 85 bytes (English) and 115 bytes (Arabic); the time of one
//! pass over a hundred of them is given, so a hundredth of it is the time of one. A last group classifies one
//! comment of a hundred characters.

use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use naqd::internal::ngrams::{Ngram, Sink, emit};
use naqd::text::normalise;
use naqd::{Classifier, CorpusReader, Model};

/// The n-grams of a text, counted.
struct Count(u64);

impl Sink for Count {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.0 ^= ngram.hash;
    }
}

/// A hundred comments of the repository whose lengths are nearest to `bytes`.
fn comments(arabic: bool, bytes: usize) -> Vec<String> {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/test.csv"));
    let corpus = CorpusReader::default().read(&[file], &mut |_| true).expect("data/test.csv");
    let is_arabic = |text: &String| text.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c));
    let mut texts: Vec<String> = corpus.texts().iter().filter(|text| is_arabic(text) == arabic).cloned().collect();
    texts.sort_by_key(|text| text.len().abs_diff(bytes));
    texts.truncate(100);
    texts
}

fn parts(criterion: &mut Criterion) {
    let model = Model::shipped();
    let classifier = Classifier::new(&model);
    for (language, arabic, bytes) in [("Arabic", true, 115), ("English", false, 85)] {
        let texts = comments(arabic, bytes);
        let mut group = criterion.benchmark_group(language);
        group.throughput(Throughput::Elements(texts.len() as u64));
        group.bench_function("normalise", |b| b.iter(|| texts.iter().map(|text| normalise(text).len()).sum::<usize>()));
        group.bench_function("emit", |b| {
            b.iter(|| {
                let mut count = Count(0);
                for text in &texts {
                    emit(text, &mut count);
                }
                count.0
            })
        });
        group.bench_function("score", |b| {
            b.iter(|| texts.iter().map(|text| classifier.score(text).class).sum::<usize>())
        });
        group.bench_function("classify", |b| {
            b.iter(|| texts.iter().map(|text| classifier.classify(text).sentences.len()).sum::<usize>())
        });
        group.bench_function("explain", |b| {
            b.iter(|| texts.iter().map(|text| classifier.explain(text).evidence.len()).sum::<usize>())
        });
        group.finish();
    }
    let comment =
        "Nobody asked the people of the valley before the dam was built, and now the minister is surprised at us";
    criterion.bench_function("classify one comment of 100 characters", |b| b.iter(|| classifier.classify(comment)));
    let bytes = model.to_bytes();
    criterion.bench_function("open a model", |b| {
        b.iter(|| Classifier::new(&Model::from_bytes(&bytes).expect("a model just written")).classes().len())
    });
}

criterion_group!(benches, parts);
criterion_main!(benches);
