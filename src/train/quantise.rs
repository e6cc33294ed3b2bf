//! Quantisation: integer weights from those that were learnt.

use crate::model::ngrams::Weights;
use crate::score::weight_table::WeightTable;

impl Weights {
    /// Weights `[n-gram][class]` rounded to integers. The greatest becomes `i16::MAX`; n-grams whose weights all become 0
    /// are left out, as is the rare one that the weight table cannot tell from another.
    pub fn quantise(hashes: &[u64], weights: &[f32], bias: &[f32]) -> Weights {
        let k = bias.len();
        let greatest = weights.iter().fold(0f32, |greatest, weight| greatest.max(weight.abs()));
        let step = if greatest > 0.0 { greatest / f32::from(i16::MAX) } else { 1.0 };
        let round = |weight: &f32| (weight / step).round() as i16;
        let mut kept: Vec<usize> =
            (0..hashes.len()).filter(|i| weights[i * k..(i + 1) * k].iter().any(|w| round(w) != 0)).collect();
        let mut layer = Weights { hashes: Vec::new(), weights: Vec::new(), step, bias: bias.to_vec() };
        layer.fill(&kept, hashes, weights, round);
        let left_out = WeightTable::new(&layer, None).left_out;
        if !left_out.is_empty() {
            let mut place = 0..;
            kept.retain(|_| !left_out.contains(&place.next().expect("endless")));
            layer.fill(&kept, hashes, weights, round);
        }
        layer
    }

    fn fill(&mut self, kept: &[usize], hashes: &[u64], weights: &[f32], round: impl Fn(&f32) -> i16) {
        let k = self.bias.len();
        self.hashes = kept.iter().map(|&i| hashes[i]).collect();
        self.weights = kept.iter().flat_map(|&i| &weights[i * k..(i + 1) * k]).map(round).collect();
    }
}
