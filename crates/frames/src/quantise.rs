//! Numbers as integers of a grid, in two halves that multiply without rounding.
//!
//! `q = round((x - shift) scale)`, at most 2^41 in size, is `high 2^21 + low` with both halves at most 2^20: a product of
//! halves is at most 2^40, and 2^13 of them sum up exactly in an `f64`.

use crate::Value;

/// The largest `|q|`.
pub const LARGEST: f64 = (1_u64 << 41) as f64;
/// `q = high SPLIT + low`.
pub const SPLIT_BITS: u32 = 21;
const SPLIT: f64 = (1_u64 << SPLIT_BITS) as f64;
/// Adding and taking away this rounds to an integer, half to even, for numbers below 2^51.
const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;

/// One shift and one scale for each feature.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// What stands in the middle.
    pub shift: &'a [f64],
    /// A power of two.
    pub scale: &'a [f64],
}

#[inline(always)]
fn round(x: f64) -> f64 {
    (x + ROUND) - ROUND
}

/// What was seen while a row was quantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Finite numbers on the grid.
    Good,
    /// A number that is not finite.
    Missing,
    /// This feature lies outside of the grid.
    Outside(usize),
}

/// `out[..f]` becomes the high halves of a row, `out[f..2 f]` the low ones; what they are where the row is not good, is
/// finite and means nothing.
#[inline(always)]
pub fn row<T: Value>(grid: Grid<'_>, x: &[T], out: &mut [f64]) -> Seen {
    let f = x.len();
    let (high, low) = out.split_at_mut(f);
    let mut good = true;
    for ((((x, shift), scale), high), low) in x.iter().zip(grid.shift).zip(grid.scale).zip(high).zip(low) {
        let y = (x.to_f64() - shift) * scale;
        let fits = y.abs() <= LARGEST; // false for a nan
        good &= fits;
        let q = round(if fits { y } else { 0.0 });
        *high = round(q * (1.0 / SPLIT));
        *low = q - *high * SPLIT;
    }
    if good { Seen::Good } else { why(grid, x) }
}

#[cold]
fn why<T: Value>(grid: Grid<'_>, x: &[T]) -> Seen {
    if !x.iter().all(|x| x.to_f64().is_finite()) {
        return Seen::Missing;
    }
    let outside = |(j, x): &(usize, &T)| ((x.to_f64() - grid.shift[*j]) * grid.scale[*j]).abs() > LARGEST;
    x.iter().enumerate().find(outside).map_or(Seen::Missing, |(j, _)| Seen::Outside(j))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_make_the_rounded_number() {
        let grid = Grid { shift: &[1e6], scale: &[1024.0] };
        for x in [1e6, 1e6 + 0.1, 1e6 - 12345.678, 1e6 + LARGEST / 1024.0, 1e6 - LARGEST / 1024.0] {
            let mut out = [0.0; 2];
            assert_eq!(row(grid, &[x], &mut out), Seen::Good);
            assert!(out.iter().all(|half| half.abs() <= SPLIT / 2.0 && half.fract() == 0.0));
            assert_eq!(out[0] * SPLIT + out[1], ((x - 1e6) * 1024.0).round_ties_even());
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let grid = Grid { shift: &[0.0, 0.0], scale: &[1.0, 1.0] };
        let mut out = [0.0; 4];
        assert_eq!(row(grid, &[0.0, 2.0 * LARGEST], &mut out), Seen::Outside(1));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(row(grid, &[2.0 * LARGEST, bad], &mut out), Seen::Missing);
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }
}
