//! Integer weights from those that were learnt.

use crate::model::Evidence;

impl Evidence {
    /// Rounds weights `[n-gram][class]` to integers. The greatest becomes `i16::MAX`; n-grams whose weights
    /// all become 0 are left out, as is the rare one that the scoring table cannot tell from another.
    pub fn quantise(hashes: &[u64], weights: &[f32], bias: &[f32]) -> Evidence {
        let k = bias.len();
        let greatest = weights.iter().fold(0f32, |most, weight| most.max(weight.abs()));
        let step = if greatest > 0.0 { greatest / f32::from(i16::MAX) } else { 1.0 };
        let round = |weight: &f32| (weight / step).round() as i16;
        let mut kept: Vec<usize> =
            (0..hashes.len()).filter(|i| weights[i * k..(i + 1) * k].iter().any(|w| round(w) != 0)).collect();
        let mut evidence = Evidence { hashes: Vec::new(), weights: Vec::new(), step, bias: bias.to_vec() };
        evidence.fill(&kept, hashes, weights, round);
        let left_out = crate::score::weight_table::WeightTable::new(&evidence, None).left_out;
        if !left_out.is_empty() {
            let mut place = 0..;
            kept.retain(|_| !left_out.contains(&place.next().expect("endless")));
            evidence.fill(&kept, hashes, weights, round);
        }
        evidence
    }

    fn fill(&mut self, kept: &[usize], hashes: &[u64], weights: &[f32], round: impl Fn(&f32) -> i16) {
        let k = self.bias.len();
        self.hashes = kept.iter().map(|&i| hashes[i]).collect();
        self.weights = kept.iter().flat_map(|&i| &weights[i * k..(i + 1) * k]).map(round).collect();
    }
}
