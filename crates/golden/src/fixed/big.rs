//! exp, log, sin, cos, tanh, the sigmoid, erf, gelu and roots to any number of bits, in big integers.
//!
//! Every function returns `y` with `|y - 2^bits f(x)| <= ERROR`. Inside it works with `bits` and a guard; comments count
//! errors in units of the last place there. Three facts carry all counts. Rounding down after each operation of a series
//! `t' = t v / n` adds less than 1, and `v / n < 1` shrinks what was there before. An error of a value moves a function by
//! that error times a slope, which is stated. Shifting the guard away divides errors by it, and rounds by less than 1.

use super::Failure;
use super::constants::Constants;
use crate::scalar::{Golden, signum};
use dashu_base::{BitTest, DivEuclid, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// What a value of this module may be off by, in its last place.
pub const ERROR: i32 = 2;

/// The most bits of a result or an argument, and the most that a tie is looked at with.
pub const LIMIT: usize = 1 << 16;

fn one(bits: usize) -> IBig {
    IBig::ONE << bits
}

/// `floor(2^bits x)`: off by less than 1.
fn fixed(x: &Golden, bits: usize) -> IBig {
    x.floor_scaled(&(UBig::ONE << bits), &UBig::ONE)
}

fn size(x: &Golden) -> Golden {
    if x.sign() < 0 { -x } else { x.clone() }
}

/// `floor |x| + 1`, where it has at most [`LIMIT`] bits.
fn ceiling(x: &Golden) -> Result<IBig, Failure> {
    let whole = size(x).floor() + IBig::ONE;
    if whole.bit_len() > LIMIT { Err(Failure::Range) } else { Ok(whole) }
}

pub fn exp(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let whole = x.floor();
    if signum(&whole) < 0 && whole.bit_len() > 40 || whole < -IBig::from(bits + 1) {
        return Ok(IBig::ZERO); // e^x < 2^-bits
    }
    let whole = i64::try_from(&whole).map_err(|_| Failure::Range)?;
    // e^x < 2^up, and |k| < 2^count below, for 1 / ln 2 < 3 / 2
    let up = usize::try_from(whole.saturating_add(1).saturating_mul(3) / 2 + 1).unwrap_or(0);
    if up > LIMIT {
        return Err(Failure::Range);
    }
    let count = (2 * whole.unsigned_abs() + 4).bit_len();
    let wide = bits + up + count + (bits + up).bit_len() + 10;
    let ln2 = constants.ln2(wide);
    let (k, rest) = divided(fixed(x, wide), &ln2); // x = k ln 2 + rest, off by 2 |k| + 1; rest in [0, ln 2)
    let k = isize::try_from(&k).map_err(|_| Failure::Range)?; // at most `up`
    // terms off by 2 at most, their number below `wide`, slope of e^rest below 2.1: 2^(count + 3) + 2 wide + 4 in all, and
    // what 2^k makes of it is below 2^(up + count + bit_len + 5): less than 1 / 16 in the end
    let mut term = one(wide);
    let mut sum = term.clone();
    let mut n = 1_u32;
    while !term.is_zero() {
        term = ((term * &rest) >> wide) / n;
        sum += &term;
        n += 1;
    }
    Ok(sum >> usize::try_from((wide - bits).cast_signed() - k).map_err(|_| Failure::Range)?)
}

fn divided(x: IBig, by: &IBig) -> (IBig, IBig) {
    let k = (&x).div_euclid(by);
    let rest = x - &k * by;
    (k, rest)
}

/// `1 / (1 + e^-x)`; the slope in `e^-|x|` is at most 1.
pub fn sigmoid(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let wide = bits + 4; // off by 2 from e^-|x|, by 1 from the quotient, by 1 / 16 each after the shift
    let power = exp(&-&size(x), wide, constants)?;
    let upper = one(2 * wide) / (one(wide) + power);
    Ok((if x.sign() < 0 { one(wide) - upper } else { upper }) >> 4)
}

/// `2 sigmoid(2x) - 1`.
pub fn tanh(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let twice = sigmoid(&(x + x), bits + 4, constants)?;
    Ok((twice >> 3) - one(bits))
}

/// `e ln 2 + 2 atanh((m - 1) / (m + 1))` for `x = m 2^e`, `3/4 <= m < 3/2`.
pub fn log(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    if x.sign() <= 0 {
        return Err(Failure::Domain);
    }
    let mut exponent = x.exponent();
    let count = exponent.unsigned_abs().bit_len() + 1;
    let wide = bits + count + bits.bit_len() + 10;
    let shift = wide.cast_signed() - exponent;
    let power = |n: isize| UBig::ONE << usize::try_from(n).unwrap_or(0);
    let m = x.floor_scaled(&power(shift), &power(-shift)); // in [1, 2), off by 1
    let mut unit = one(wide);
    if &m + &m >= &unit * 3 {
        unit <<= 1;
        exponent += 1;
    }
    // off by 2: the slope of (m - 1) / (m + 1) is at most 1 / 2 in m / unit
    let z = ((&m - &unit) << wide).div_euclid(&m + &unit);
    let square = (&z * &z) >> wide;
    let (mut power, mut sum, mut odd) = (z, IBig::ZERO, 1_u32);
    while power.bit_len() > 1 {
        sum += (&power).div_euclid(IBig::from(odd));
        power = (power * &square) >> wide; // at -1 it would stay there: both ends of the loop leave less than 2
        odd += 2;
    }
    // terms off by 4 at most, fewer than `wide`; ln 2 by 2 each: 2^(bit_len + 6) + 2^(count + 1) before the shift by
    // count + bit_len + 10
    Ok(((sum << 1) + constants.ln2(wide) * exponent) >> (wide - bits))
}

/// The sine of `x + quarters pi / 2`.
pub fn sine(x: &Golden, quarters: u8, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let count = ceiling(x)?.bit_len() + 1;
    let wide = bits + count + (bits + count).bit_len() + 10;
    let half_pi = constants.half_pi(wide);
    let (k, rest) = divided((fixed(x, wide) << 1) + &half_pi, &(&half_pi << 1));
    let rest = (rest - half_pi) >> 1; // |rest| <= pi / 4, off by 2 |k| + 2 < 2^(count + 2); slopes are at most 1
    let quarter = (&k + IBig::from(quarters)).div_euclid(IBig::from(4));
    let quarter = k + IBig::from(quarters) - quarter * 4;
    let odd = quarter == IBig::ONE || quarter == IBig::from(3);
    let square = (&rest * &rest) >> wide;
    let (mut term, mut n) = if odd { (one(wide), 1_u32) } else { (IBig::from(rest.clone().unsigned_abs()), 2) };
    let mut sum = IBig::ZERO;
    let mut minus = false;
    while !term.is_zero() {
        if minus {
            sum -= &term;
        } else {
            sum += &term;
        }
        minus = !minus;
        term = ((term * &square) >> wide) / (u64::from(n) * u64::from(n + 1));
        n += 2;
    }
    let negative = (quarter > IBig::ONE) != (!odd && signum(&rest) < 0);
    Ok((if negative { -sum } else { sum }) >> (wide - bits))
}

/// `e^(-v / 2) sum_n z v^n / (1 3 5 ... (2n + 1))` for z > 0: all terms are positive, so nothing cancels. To `bits` with an
/// error below 1 / 8.
///
/// An error at one term grows by what follows it, at most `e^(v / 2) <= 2^up`: rounding adds less than 1 to each of T terms,
/// and v, off by 1, adds a term's own size: `(T + sum) 2^up` in all, and the sum is below `z 2^up`. With `e^(-v / 2)`,
/// which is off by 2, that leaves `T + 4 z 2^up`; T is below `v + wide`.
fn gauss(z: &Golden, v: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let up = usize::try_from(&ceiling(v)?).map_err(|_| Failure::Range)? * 3 / 4 + 1;
    let wide = bits + up + ceiling(z)?.bit_len() + (bits + up).bit_len() + 12;
    let factor = fixed(v, wide);
    let (mut term, mut odd) = (fixed(z, wide), 3_u64);
    let mut sum = IBig::ZERO;
    while !term.is_zero() {
        sum += &term;
        term = ((term * &factor) >> wide) / odd;
        odd += 2;
    }
    let half = Golden::new(-v.a(), -v.b().clone(), IBig::from(v.den().clone()) * 2).map_err(|_| Failure::Range)?;
    Ok((sum * exp(&half, wide, constants)?) >> (2 * wide - bits))
}

/// `2 / sqrt(pi) e^(-x^2) sum_n 2^n x^(2n + 1) / (1 3 ... (2n + 1))`.
pub fn erf(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let (y, wide) = (size(x), bits + 6);
    let whole = y.floor();
    let value = if whole.sqr() > UBig::from(bits + 2) {
        one(bits) // 1 - erf(y) < e^(-y^2)
    } else {
        let square = &y * &y;
        let root = IBig::from((constants.half_pi(wide) << (wide + 1)).unsigned_abs().sqrt()); // sqrt(pi), off by 2
        let sum = gauss(&y, &(&square + &square), wide, constants)?;
        ((sum << (wide + 1)) / root) >> 6
    };
    Ok(if x.sign() < 0 { -value } else { value })
}

/// `x (1/2 + G(x))`, `G(x) = 1 / sqrt(2 pi) e^(-x^2 / 2) sum_n x^(2n + 1) / (1 3 ... (2n + 1))`.
pub fn gelu(x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
    let y = size(x);
    let (whole, count) = (y.floor(), ceiling(&y)?.bit_len());
    let wide = bits + count + 6;
    if whole.sqr() > UBig::from(2 * wide + 4) {
        // the smaller one of both sides is |x| times less than e^(-x^2 / 2)
        return Ok(if x.sign() < 0 { IBig::ZERO } else { fixed(x, bits) });
    }
    let root = IBig::from((constants.half_pi(wide) << (wide + 2)).unsigned_abs().sqrt()); // sqrt(2 pi), off by 2
    let part = (gauss(&y, &(&y * &y), wide, constants)? << wide) / root;
    let share = if x.sign() < 0 { one(wide - 1) - part } else { one(wide - 1) + part };
    Ok((fixed(x, wide) * share) >> (2 * wide - bits))
}

/// `sqrt(x)`, rounded down: the root of a number rounded down, rounded down, is that of the number.
pub fn sqrt(x: &Golden, bits: usize) -> Result<IBig, Failure> {
    if x.sign() < 0 {
        return Err(Failure::Domain);
    }
    Ok(IBig::from(fixed(x, 2 * bits).unsigned_abs().sqrt()))
}

/// Plus or minus `sqrt(square)`, plus `shift`.
pub fn shifted_root(negative: bool, square: &Golden, shift: &Golden, bits: usize) -> Result<IBig, Failure> {
    let root = sqrt(square, bits)?;
    Ok(fixed(shift, bits) + if negative { -root } else { root })
}
