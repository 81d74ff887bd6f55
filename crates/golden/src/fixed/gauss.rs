//! erf and gelu in machine words: Taylor sums about the nearest sixteenth.
//!
//! `erf(c + h) = erf(c) + D(c) I(h)`, `D(c) = 2 / sqrt(pi) e^(-c^2)`, `I(h) = integral of e^(-2 c t - t^2) from 0 to h`.
//! With `u_n` the n-th Taylor term of what is integrated, `(n + 1) u_(n+1) = -2 c h u_n - 2 h^2 u_(n-1)`, and I(h) is the
//! sum of `h u_n / (n + 1)`. Here `|h| <= 1/32` and `c <= 107/16`, so `2 c h < 0.42` and `2 h^2 < 0.002`.

use super::big;
use super::constants::Constants;
use super::words::{Argument, BITS, ONE, Value, times};
use crate::scalar::Golden;
use dashu_base::{SquareRoot, UnsignedAbs};
use dashu_int::IBig;
use std::sync::OnceLock;

/// The last centre; beyond it erf is one but for less than 2^-62: its square is above 44, and 62 ln 2 is below 43.
const LAST: u8 = 107;
/// Terms: `D(c) (2 c h)^13 / 13!` is below 2^-64 for every c.
const TERMS: usize = 13;

pub struct Gauss {
    /// erf and D at each sixteenth, off by 2.
    centres: Vec<(i64, i64)>,
    /// 1 / (n + 1), off by 1.
    parts: [i64; TERMS],
    half_root: i128,
}

impl Gauss {
    /// The table, made once: it takes a few milliseconds, and is the same for everybody.
    pub fn table() -> &'static Self {
        static TABLE: OnceLock<Gauss> = OnceLock::new();
        TABLE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let constants = Constants::new();
        let word = |x: IBig| i64::try_from(&x).expect("a number below two");
        let (bits, wide) = (BITS as usize, BITS as usize + 20);
        let root = IBig::from((constants.half_pi(wide) << (wide + 1)).unsigned_abs().sqrt()); // sqrt(pi)
        let centre = |j: u8| {
            let c = Golden::new(j.into(), IBig::ZERO, 16.into()).expect("sixteenths");
            let power = big::exp(&-&(&c * &c), wide, &constants).expect("a small number");
            (word(big::erf(&c, bits, &constants).expect("a small number")), word(((power << (wide + 1)) / &root) >> 20))
        };
        Self {
            centres: (0..=LAST).map(centre).collect(),
            parts: std::array::from_fn(|n| ONE / i64::try_from(n + 1).expect("at most 13")),
            half_root: (1_u128 << (2 * BITS - 1)).isqrt().cast_signed(),
        }
    }

    /// erf of `y >= 0` with 62 fraction bits, off by less than 10 and 1.13 times what y is off by.
    ///
    /// Rounding adds less than 4 to each term, of which the next one gets less than half: it is off by 8, their sum by
    /// `8 (1 + 1/2 + ... + 1/13) + 13 < 40`, which h makes less than 2. Then come 1 for each of two products, 2 for erf(c),
    /// less than 1 for D(c), and less than 1 for what is left out.
    #[inline]
    fn erf_of(&self, y: i128) -> i64 {
        let j = (y + (1 << (BITS - 5))) >> (BITS - 4);
        if j > i128::from(LAST) {
            return ONE;
        }
        let h = y - (j << (BITS - 4));
        #[expect(clippy::cast_possible_truncation, reason = "0.42 and 1/32")]
        let (first, h) = (((j * h) >> 3) as i64, h as i64); // 2 c h
        let second = 2 * times(h, h);
        let (mut last, mut term, mut sum) = (0, ONE, 0);
        for &part in &self.parts {
            sum += times(term, part);
            (last, term) = (term, -times(times(first, term) + times(second, last), part));
        }
        let (value, slope) = self.centres[usize::try_from(j).unwrap_or(0)];
        value + times(slope, times(h, sum))
    }

    #[inline]
    pub fn erf(&self, x: Argument) -> Value {
        let value = i128::from(self.erf_of(x.fixed().abs())); // off by 2, so 10 + 3 in all
        (if x.value < 0 { -value } else { value }, 16)
    }

    /// `x (1 + erf(x / sqrt 2)) / 2`.
    ///
    /// Up to 9: `x / sqrt 2` is off by `2 + 9 + 1`, half of 1 + erf by `(10 + 14) / 2 + 1`, times 9; x itself by 2 and what 60
    /// bits leave, 4, times at most 1.2; less than 130 in all. Beyond, the value is x or 0, less than 1 off.
    #[inline]
    pub fn gelu(&self, x: Argument) -> Value {
        const ERROR: u64 = 130;
        let fixed = x.fixed();
        if fixed.abs() > 9 << BITS {
            return (fixed.max(0), 4);
        }
        let part = i128::from(self.erf_of((fixed.abs() * self.half_root) >> BITS));
        let share = (i128::from(ONE) + if x.value < 0 { -part } else { part }) >> 1;
        (((fixed >> 2) * share) >> (BITS - 2), ERROR)
    }
}
