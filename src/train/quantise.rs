//! Quantisation: integer weights from those that were learnt.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::by_script::ByScript;
use crate::model::ngrams::Weights;
use crate::score::weight_table::WeightTable;

impl Weights {
    /// Weights `[n-gram][class]` rounded to integers. The greatest becomes `i16::MAX`; n-grams whose weights all become 0
    /// are left out, as is the rare one that the weight table cannot tell from another.
    pub fn quantise(hashes: &[u64], weights: &[f32], classes: usize) -> Weights {
        let k = classes;
        let greatest = weights.iter().fold(0f32, |greatest, weight| greatest.max(weight.abs()));
        let step = if greatest > 0.0 { greatest / f32::from(i16::MAX) } else { 1.0 };
        let round = |weight: &f32| (weight / step).round() as i16;
        let mut kept: Vec<usize> =
            (0..hashes.len()).filter(|i| weights[i * k..(i + 1) * k].iter().any(|w| round(w) != 0)).collect();
        let mut layer = Weights { hashes: Cow::default(), weights: Cow::default(), step, classes };
        layer.fill(&kept, hashes, weights, round);
        let left_out = WeightTable::new(&layer, &ByScript::one(&[]), None).left_out;
        if !left_out.is_empty() {
            let mut place = 0..;
            kept.retain(|_| !left_out.contains(&place.next().expect("endless")));
            layer.fill(&kept, hashes, weights, round);
        }
        layer
    }

    /// These weights plus `[n-gram][class]` differences of other n-grams (`hashes`, ascending), in the same steps: the weights
    /// of n-grams without a difference stay what they are. New n-grams whose differences round to 0 are left out, as are the rare ones that would leave no place in the weight table for one that is there.
    pub(crate) fn plus(&self, hashes: &[u64], differences: &[f32]) -> Weights {
        let k = self.classes;
        let round = |x: f32| (x / self.step).round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
        let mut sum = self.clone();
        let mut new: Vec<(u64, Vec<i16>)> = Vec::new();
        for (&hash, differences) in hashes.iter().zip(differences.chunks_exact(k)) {
            let rounded = differences.iter().map(|x| round(*x));
            match sum.hashes.binary_search(&hash) {
                Ok(place) => {
                    let weights = &mut sum.weights.to_mut()[place * k..][..k];
                    weights.iter_mut().zip(rounded).for_each(|(weight, x)| *weight = weight.saturating_add(x));
                }
                Err(_) if rounded.clone().any(|x| x != 0) => new.push((hash, rounded.collect())),
                Err(_) => {}
            }
        }
        loop {
            let added: Vec<u64> = new.iter().map(|(hash, _)| *hash).collect();
            let out = WeightTable::without_place(&sum.hashes, &added);
            if out.is_empty() {
                break;
            }
            let mut place = 0..;
            new.retain(|_| !out.contains(&place.next().expect("endless")));
        }
        let old = sum.hashes.iter().zip(sum.weights.chunks_exact(k)).map(|(&hash, weights)| (hash, weights.to_vec()));
        let mut all: Vec<(u64, Vec<i16>)> = old.chain(new).collect();
        all.sort_unstable_by_key(|(hash, _)| *hash);
        sum.hashes = all.iter().map(|(hash, _)| *hash).collect();
        sum.weights = all.into_iter().flat_map(|(_, weights)| weights).collect();
        sum
    }

    /// Weights of two models of different comments, of `comments` comments each. An n-gram of both, which has no letters, has
    /// the mean of both weights.
    pub(crate) fn joined(models: [&Weights; 2], comments: [u64; 2]) -> Weights {
        let k = models[0].classes;
        let mut all: BTreeMap<u64, Vec<f32>> = BTreeMap::new();
        let total = comments.iter().sum::<u64>().max(1) as f32;
        for (at, of) in models.iter().enumerate() {
            for (&hash, weights) in of.hashes.iter().zip(of.weights.chunks_exact(k)) {
                let is_shared = models[1 - at].hashes.binary_search(&hash).is_ok();
                let part = if is_shared { comments[at] as f32 / total } else { 1.0 };
                let sum = all.entry(hash).or_insert_with(|| vec![0.0; k]);
                sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += f32::from(*weight) * of.step * part);
            }
        }
        let hashes: Vec<u64> = all.keys().copied().collect();
        Weights::quantise(&hashes, &all.into_values().flatten().collect::<Vec<f32>>(), k)
    }

    fn fill(&mut self, kept: &[usize], hashes: &[u64], weights: &[f32], round: impl Fn(&f32) -> i16) {
        let k = self.classes;
        self.hashes = kept.iter().map(|&i| hashes[i]).collect();
        self.weights = kept.iter().flat_map(|&i| &weights[i * k..(i + 1) * k]).map(round).collect();
    }
}
