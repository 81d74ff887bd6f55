//! Softmax of rows: `e^x_i / sum_j e^x_j`, rounded one by one or shared out so that the sum is exact.
//!
//! Numbers of a row that are not all equal have a softmax that no algebraic number equals (Lindemann and Weierstrass: powers
//! of e with different algebraic exponents have no algebraic relation), so more bits decide every comparison; where all are
//! equal it is 1 / n.

#![allow(clippy::needless_pass_by_value)] // pairs of planes

use super::plan::{Plan, narrow};
use super::{Failure, big, nearest, words};
use crate::order::compare;
use crate::scalar::Golden;
use crate::width::Width;
use dashu_base::{BitTest, DivEuclid};
use dashu_int::IBig;
use std::cmp::{Ordering, Reverse};

/// The softmax of rows, with room that is used again.
pub struct Rows<'a> {
    plan: &'a Plan,
    powers: Vec<words::Value>,
}

impl<'a> Rows<'a> {
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, powers: Vec::new() }
    }

    /// `out = softmax(x)` of one row that is not empty.
    ///
    /// # Errors
    /// See [`Failure`].
    ///
    /// # Panics
    /// Where the row is empty, or the planes differ in length.
    pub fn fill<T: Width>(&mut self, out: (&mut [i64], &mut [i64]), x: (&[T], &[T])) -> Result<(), Failure> {
        assert!(!x.0.is_empty() && [out.0.len(), out.1.len(), x.1.len()] == [x.0.len(); 3], "a row of one length");
        if self.quick((&mut *out.0, &mut *out.1), x).is_some() {
            return Ok(());
        }
        let row: Vec<_> =
            x.0.iter().zip(x.1).map(|(&a, &b)| self.plan.number(a.wide().into(), b.wide().into())).collect();
        for (i, found) in softmax(self.plan, &row)?.into_iter().enumerate() {
            (out.0[i], out.1[i]) = narrow(found)?;
        }
        Ok(())
    }

    /// In words: powers of differences to the largest, which is one exactly, so that the sum is at least 1.
    ///
    /// With powers off by `e_i`, the sum is off by their sum E, and a quotient, at most 1, by `e_i + E + 1`.
    fn quick<T: Width>(&mut self, out: (&mut [i64], &mut [i64]), x: (&[T], &[T])) -> Option<()> {
        let cells = self.plan.cells.as_ref()?;
        let best = (1..x.0.len()).fold(0, |best, i| {
            if compare((x.0[i], x.1[i]), (x.0[best], x.1[best])) == Ordering::Greater { i } else { best }
        });
        let (largest, mut total, mut off) = ((x.0[best].wide(), x.1[best].wide()), 0_u128, 0_u64);
        self.powers.clear();
        for (a, b) in x.0.iter().zip(x.1) {
            let (a, b) = (a.wide().checked_sub(largest.0)?, b.wide().checked_sub(largest.1)?);
            let power = self.plan.argument(a, b).and_then(|x| self.plan.words.exp(x))?;
            total += u128::try_from(power.0).ok()?;
            off += power.1;
            self.powers.push(power);
        }
        for (i, &(power, error)) in self.powers.iter().enumerate() {
            // a total a little below one, by rounding, would need more than `error + off` in units of it: hence twice
            let share = ((power.cast_unsigned() << words::BITS) / total).cast_signed();
            (out.0[i], out.1[i]) = cells.nearest((share, 2 * (error + off + 1)))?;
        }
        Some(())
    }
}

/// Each `e^(x_i - max)` with so many bits, off by at most [`big::ERROR`]; equal numbers have equal ones.
fn powers(plan: &Plan, row: &[Golden], bits: usize) -> Result<Vec<IBig>, Failure> {
    let largest = summits(row).0;
    row.iter().map(|x| big::exp(&(x - largest), bits, &plan.constants)).collect()
}

/// The ends of the intervals that hold `scale e^x_i / sum_j e^x_j`, in units of 2^-bits.
fn intervals(powers: &[IBig], scale: &IBig, bits: usize) -> Vec<(IBig, IBig)> {
    let total: IBig = powers.iter().sum();
    let (own, all) = (IBig::from(big::ERROR), IBig::from(big::ERROR) * powers.len());
    let (most, least) = (&total + &all, &total - &all);
    let part = |power: IBig, total: &IBig| ((power * scale) << bits).div_euclid(total);
    powers.iter().map(|power| (part(power - &own, &most), part(power + &own, &least) + IBig::ONE)).collect()
}

/// How many of a row are as large as its largest; a softmax is below one over that, unless all are.
fn summits(row: &[Golden]) -> (&Golden, usize) {
    let largest = row.iter().max().expect("a row that is not empty");
    (largest, row.iter().filter(|x| *x == largest).count())
}

/// The softmax of a row, rounded one by one.
///
/// # Errors
/// See [`Failure`].
///
/// # Panics
/// Where the row is empty.
pub fn softmax(plan: &Plan, row: &[Golden]) -> Result<Vec<(IBig, i64)>, Failure> {
    let (bound, (_, peaks)) = (plan.bound, summits(row));
    if peaks == row.len() && peaks <= 2 {
        return Ok(vec![nearest(&IBig::from(3 - peaks), 1, bound); peaks]); // 1, or 1/2 each, which may be a tie
    }
    let ceiling = Golden::new(IBig::ONE, IBig::ZERO, IBig::from(peaks)).map_err(|_| Failure::Undecided)?;
    let decided = |low: (IBig, i64), high: (IBig, i64)| {
        if low == high {
            return Some(low);
        }
        let middle = Golden::new(&low.0 + &high.0, IBig::from(low.1) + IBig::from(high.1), IBig::from(2)).ok()?;
        (peaks < row.len() && middle >= ceiling).then_some(low)
    };
    let mut found = vec![None; row.len()];
    let mut bits = 64 + bound.bit_len() + row.len().bit_len();
    while bits <= 2 * big::LIMIT {
        for (found, (low, high)) in found.iter_mut().zip(intervals(&powers(plan, row, bits)?, &IBig::ONE, bits)) {
            if found.is_none() {
                *found = decided(nearest(&low, bits, bound), nearest(&high, bits, bound));
            }
        }
        if found.iter().all(Option::is_some) {
            return Ok(found.into_iter().flatten().collect());
        }
        bits *= 2;
    }
    Err(Failure::Undecided)
}

/// Integers with the sum `total` in proportion to `e^x_i`: quotas rounded down, and one more for the largest remainders; of
/// equal remainders the first ones.
///
/// # Errors
/// See [`Failure`].
///
/// # Panics
/// Where the row is empty.
pub fn shares(plan: &Plan, row: &[Golden], total: &IBig) -> Result<Vec<IBig>, Failure> {
    let peaks = summits(row).1;
    if peaks == row.len() {
        let (each, left) = (total / peaks, total % peaks);
        return Ok((0..peaks).map(|i| if i < left { &each + IBig::ONE } else { each.clone() }).collect());
    }
    let mut bits = 64 + total.bit_len() + row.len().bit_len();
    while bits <= 2 * big::LIMIT {
        let mut parts = intervals(&powers(plan, row, bits)?, total, bits);
        let most = ((total << bits) - IBig::ONE) / peaks; // below the ceiling, which nothing reaches
        for (low, high) in &mut parts {
            *low = IBig::ZERO.max(low.clone());
            *high = most.clone().min(high.clone());
        }
        if let Some(found) = shared(row, &parts, total, bits) {
            return Ok(found);
        }
        bits *= 2;
    }
    Err(Failure::Undecided)
}

/// The shares, where intervals with so many bits decide them.
fn shared(row: &[Golden], parts: &[(IBig, IBig)], total: &IBig, bits: usize) -> Option<Vec<IBig>> {
    let mut floors: Vec<IBig> = parts.iter().map(|(low, _)| low.clone() >> bits).collect();
    if parts.iter().zip(&floors).any(|((_, high), floor)| (high.clone() >> bits) != *floor) {
        return None;
    }
    let rests: Vec<_> = parts
        .iter()
        .zip(&floors)
        .map(|((low, high), floor)| {
            let below = floor << bits;
            (low - &below, high - &below)
        })
        .collect();
    let left = usize::try_from(&(total - floors.iter().sum::<IBig>())).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| (Reverse(&rests[i].0), i));
    let (chosen, others) = order.split_at_checked(left)?;
    // what decides the cut must be certain; of numbers that are equal the index decides
    let lowest = chosen.iter().min_by_key(|&&i| &rests[i].0);
    let highest = others.iter().max_by_key(|&&i| &rests[i].1);
    if let (Some(&last), Some(&next)) = (lowest, highest) {
        let apart = |i: usize, j: usize| row[i] == row[j] || rests[i].0 > rests[j].1;
        if !(chosen.iter().all(|&i| apart(i, next)) && others.iter().all(|&j| apart(last, j))) {
            return None;
        }
    }
    for &i in chosen {
        floors[i] += IBig::ONE;
    }
    Some(floors)
}
