//! Shares, F1 and their 95 % intervals.

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;
/// Seed of every bootstrap: the same data give the same interval.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// 95 % percentile bootstrap interval of a figure over `size` things; `figure` gets the positions drawn.
pub(super) fn interval(size: usize, figure: impl Fn(&[usize]) -> f64) -> Option<(f64, f64)> {
    if size < 2 {
        return None;
    }
    let mut random = SEED;
    let mut figures: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<usize> = (0..size)
                .map(|_| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    usize::try_from(random % size as u64).unwrap_or(0)
                })
                .collect();
            figure(&drawn)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    Some((*figures.get(RESAMPLES * 25 / 1000)?, *figures.get(RESAMPLES * 975 / 1000 - 1)?))
}

/// Share of `true`.
pub(super) fn share(of: impl Iterator<Item = bool>) -> f64 {
    let (mut yes, mut all) = (0u32, 0u32);
    for value in of {
        all += 1;
        yes += u32::from(value);
    }
    if all == 0 { 0.0 } else { f64::from(yes) / f64::from(all) }
}

/// Mean F1 over the classes that occur among the wanted ones. A pair is (wanted, found).
pub(super) fn macro_f1<C: PartialEq + Copy>(classes: &[C], pairs: impl Iterator<Item = (C, Option<C>)> + Clone) -> f64 {
    let (mut sum, mut present) = (0.0, 0.0);
    for class in classes {
        let (mut both, mut wanted, mut found) = (0.0, 0.0, 0.0);
        for (want, have) in pairs.clone() {
            wanted += f64::from(u8::from(want == *class));
            found += f64::from(u8::from(have == Some(*class)));
            both += f64::from(u8::from(want == *class && have == Some(*class)));
        }
        if wanted > 0.0 {
            present += 1.0;
            sum += 2.0 * both / (wanted + found);
        }
    }
    if present > 0.0 { sum / present } else { 0.0 }
}

/// Area under the ROC curve: how often a positive thing has the greater value; ties count half.
pub(super) fn auc(values: &[(f64, bool)]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut positives) = (0.0, 0.0, 0.0);
    let mut rest = sorted.as_slice();
    while let Some((first, _)) = rest.first() {
        let tied = rest.iter().take_while(|(value, _)| value == first).count();
        let (group, after) = rest.split_at(tied);
        let ups = group.iter().filter(|(_, positive)| *positive).count() as f64;
        let downs = group.len() as f64 - ups;
        sum += ups * (below + downs / 2.0);
        positives += ups;
        below += downs;
        rest = after;
    }
    if positives * below == 0.0 { 0.5 } else { sum / (positives * below) }
}
