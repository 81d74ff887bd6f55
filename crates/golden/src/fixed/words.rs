//! The functions for ordinary sizes, in machine words: 62 fraction bits, no allocation, a bound of the error with each value.
//!
//! Errors are counted in units of 2^-62. Polynomials are Horner sums of products rounded down: each step adds less than 1 for
//! the product and 1 for the coefficient, and the argument r shrinks what was there: `2 / (1 - |r|)` in all.

use super::constants::Constants;
use dashu_int::{IBig, UBig};

/// Fraction bits of results.
pub const BITS: u32 = 62;
/// Fraction bits of arguments.
const WIDE: u32 = 94;
pub const ONE: i64 = 1 << BITS;

/// A number with 94 fraction bits, and what it may be off by in units of 2^-94.
#[derive(Clone, Copy)]
pub struct Argument {
    pub value: i128,
    error: u64,
}

impl Argument {
    /// With 62 fraction bits, off by less than 2.
    #[inline(always)]
    pub fn fixed(self) -> i128 {
        self.value >> (WIDE - BITS)
    }
}

/// A value with 62 fraction bits, and what it may be off by.
pub type Value = (i128, u64);

pub struct Words {
    phi: i128,
    ln2: i128,
    half_pi: i128,
    /// 1 / ln 2 with 26 fraction bits, 2 / pi with 60.
    per_ln2: i128,
    per_half_pi: i128,
    /// 1 / n! with 62 fraction bits.
    factorials: [i64; 20],
    /// 1 / (2n + 1) with 62 fraction bits.
    odds: [i64; 13],
}

fn word(x: &IBig) -> i128 {
    i128::try_from(x).expect("95 bits")
}

/// `x y`, where one of them is of the size of one.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the callers keep products below two")]
pub fn times(x: i64, y: i64) -> i64 {
    ((i128::from(x) * i128::from(y)) >> BITS) as i64
}

/// The sum of `coefficients[n] x^n`.
#[inline(always)]
fn polynomial<'a>(x: i64, coefficients: impl DoubleEndedIterator<Item = &'a i64>) -> i64 {
    coefficients.rev().fold(0, |sum, c| c + times(sum, x))
}

impl Words {
    pub fn new(constants: &Constants) -> Self {
        let wide = WIDE as usize;
        let (ln2, half_pi) = (constants.ln2(wide), constants.half_pi(wide));
        let mut factorials = [ONE; 20];
        for (n, divisor) in (1..20).zip(1_i64..) {
            factorials[n] = factorials[n - 1] / divisor;
        }
        Self {
            phi: word(&crate::Golden::integral(IBig::ZERO, IBig::ONE).floor_scaled(&(UBig::ONE << wide), &UBig::ONE)),
            per_ln2: word(&((IBig::ONE << (wide + 26)) / &ln2)),
            per_half_pi: word(&((IBig::ONE << (wide + 60)) / &half_pi)),
            ln2: word(&ln2),
            half_pi: word(&half_pi),
            factorials,
            odds: std::array::from_fn(|n| ONE / (2 * i64::try_from(n).expect("below 13") + 1)),
        }
    }

    /// `(a + b phi) / den` for `|a|, |b| < 2^31`; phi is off by less than 1, the quotient by 1 more.
    #[inline]
    pub fn argument(&self, a: i64, b: i64, den: i128) -> Option<Argument> {
        if a.unsigned_abs().max(b.unsigned_abs()) >> 31 != 0 {
            return None;
        }
        let value = (i128::from(a) << WIDE) + i128::from(b) * self.phi; // below 2^(125 + 1.4)
        let error = b.unsigned_abs() + 1;
        Some(Argument { value: if den == 1 { value } else { value.div_euclid(den) }, error })
    }

    /// `e^x` for `x <= 0` and what is not far above.
    ///
    /// `x = k ln 2 + r`: x is off by 2, k ln 2 by 2, so r by 4, which makes 6; |r| < 0.36, so the polynomial adds
    /// `2 / (1 - 0.36) < 4`, and what is left out, `r^15 / 15!`, less than 1.
    #[inline]
    pub fn exp(&self, x: Argument) -> Option<Value> {
        const ERROR: u64 = 12;
        if x.value < -(44 << WIDE) {
            return Some((0, 1)); // e^-44 < 2^-63
        }
        if x.value > 38 << WIDE {
            return None;
        }
        let fixed = x.fixed();
        let k = ((fixed >> 32) * self.per_ln2 + (1 << 55)) >> 56;
        let rest = i64::try_from(fixed - ((k * self.ln2) >> (WIDE - BITS))).ok()?;
        let power = i128::from(polynomial(rest, self.factorials[..15].iter()));
        Some(if k >= 0 { (power << k, ERROR << k) } else { (power >> -k, (ERROR >> (-k).min(63)) + 2) })
    }

    /// `1 / (1 + e^-x)`: the slope in `e^-|x|` is at most 1.
    #[inline]
    pub fn sigmoid(&self, x: Argument) -> Option<Value> {
        let (power, error) = self.exp(Argument { value: -x.value.abs(), ..x })?;
        let divisor = (i128::from(ONE) + power).cast_unsigned();
        let upper = ((1_u128 << (2 * BITS)) / divisor).cast_signed();
        Some((if x.value < 0 { i128::from(ONE) - upper } else { upper }, error + 1))
    }

    /// `2 sigmoid(2x) - 1`.
    #[inline]
    pub fn tanh(&self, x: Argument) -> Option<Value> {
        let limit = 50 << WIDE; // there the sigmoid is one but for less than 1
        let twice = Argument { value: 2 * x.value.clamp(-limit, limit), error: 2 * x.error };
        let (value, error) = self.sigmoid(twice)?;
        Some((2 * value - i128::from(ONE), 2 * error))
    }

    /// The sine of `x + quarters pi / 2`, for |x| < 2^30.
    ///
    /// `x = k pi / 2 + r`: x is off by 2, k pi / 2 by 2; |r| < 0.79 and r^2 < 0.63, so the polynomials of r^2 are off by
    /// `2 / (1 - 0.63) < 6` and by 1 for r^2 itself; what is left out is below 1.
    #[inline]
    pub fn sine(&self, x: Argument, quarters: i128) -> Option<Value> {
        const ERROR: u64 = 16;
        if x.value.unsigned_abs() >> (WIDE + 30) != 0 {
            return None;
        }
        let fixed = x.fixed();
        let k = ((fixed >> 30) * self.per_half_pi + (1 << 91)) >> 92;
        let rest = i64::try_from(fixed - ((k * self.half_pi) >> (WIDE - BITS))).ok()?;
        let square = times(rest, rest);
        let quarter = (k + quarters) & 3;
        let value = if quarter & 1 == 0 {
            times(rest, polynomial(-square, self.factorials[1..].iter().step_by(2)))
        } else {
            polynomial(-square, self.factorials.iter().step_by(2))
        };
        Some((i128::from(if quarter < 2 { value } else { -value }), ERROR))
    }

    /// `e ln 2 + 2 atanh z`, `z = (m - 1) / (m + 1)` for `x = m 2^e`, `3/4 <= m < 3/2`; z lies in [-1/7, 1/5].
    ///
    /// m is off by `error` below, z by half of that and 1; the polynomial of z^2 <= 1/25 by 3, with 1 left out.
    #[inline]
    pub fn log(&self, x: Argument) -> Option<Value> {
        if x.value <= i128::from(x.error) {
            return None; // the sign is for exact numbers to say
        }
        let top = 127 - x.value.leading_zeros();
        let (m, error) = if top >= BITS {
            (x.value >> (top - BITS), (x.error >> (top - BITS)) + 2)
        } else {
            (x.value << (BITS - top), x.error.checked_mul(1 << (BITS - top))?)
        };
        if error >> 40 != 0 {
            return None;
        }
        let large = m >= 3 << (BITS - 1);
        let unit = i128::from(ONE) << u32::from(large);
        let z = i64::try_from(((m - unit) << BITS) / (m + unit)).ok()?;
        let value = times(z, polynomial(times(z, z), self.odds.iter()));
        let exponent = i128::from(top) - i128::from(WIDE) + i128::from(large);
        Some((2 * i128::from(value) + ((exponent * self.ln2) >> (WIDE - BITS)), 2 * error + 12))
    }

    /// `sqrt(x)`: the slope is `1 / (2 sqrt x)`.
    #[inline]
    pub fn sqrt(x: Argument) -> Option<Value> {
        if x.value <= i128::from(x.error) << 20 {
            return None;
        }
        let shift = (x.value.leading_zeros() - 1) & !1; // the root has 47 + shift / 2 fraction bits
        let root = (x.value << shift).cast_unsigned().isqrt();
        // off by the error times the slope at the lower end of x, which is almost x, and by 1
        let error = u64::try_from((u128::from(x.error) << shift) / root + 2).ok()?;
        let (root, places) = (root.cast_signed(), 47 + shift / 2);
        Some(if places >= BITS {
            (root >> (places - BITS), (error >> (places - BITS)) + 2)
        } else {
            (root << (BITS - places), error.checked_mul(1 << (BITS - places))?)
        })
    }
}
