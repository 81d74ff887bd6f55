//! Functions of exact numbers, rounded to golden integers with a small b: the same bits on every machine.
//!
//! A value is computed in integers as an interval that is proven to hold it, and both ends are rounded. Where they come to
//! the same golden integer that is the answer; else the value lies near the middle between two, and is computed again with
//! twice the bits. This ends: `e^x`, `log x`, `sin x`, `cos x`, `tanh x` and the sigmoid are transcendental at algebraic x
//! but for the points that [`Function::known`] lists, and a middle is algebraic; of roots and their like the side is
//! decided exactly. Of erf and gelu nobody has proven it, so there is an error for what [`big::LIMIT`] bits leave open.

mod big;
mod cells;
mod constants;
mod gauss;
mod nearest;
mod plan;
mod rows;
mod words;

#[cfg(test)]
mod tests;

pub use nearest::nearest;
pub use plan::Plan;
pub use rows::{Rows, shares, softmax};

use crate::scalar::Golden;
use constants::Constants;
use dashu_base::BitTest;
use dashu_int::IBig;
use std::cmp::Ordering;

/// Why a value does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// The function is not defined there.
    Domain,
    /// The result, or what is needed for it, has more than 2^16 bits.
    Range,
    /// 2^16 bits do not tell on which side of a middle the value lies.
    Undecided,
    /// The result does not fit 64 bits.
    Wide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Exp,
    Log,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Erf,
    Gelu,
    Sqrt,
}

impl Function {
    /// The function of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "exp" => Self::Exp,
            "log" => Self::Log,
            "sin" => Self::Sin,
            "cos" => Self::Cos,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "erf" => Self::Erf,
            "gelu" => Self::Gelu,
            "sqrt" => Self::Sqrt,
            _ => return None,
        })
    }

    /// The value where it is no transcendental number, in halves.
    fn known(self, x: &Golden) -> Option<u8> {
        match self {
            Self::Log if x.is_integral() && x.b().is_zero() && x.a().is_one() => Some(0),
            Self::Log | Self::Sqrt => None,
            _ if !x.is_zero() => None,
            Self::Sin | Self::Tanh | Self::Erf | Self::Gelu => Some(0),
            Self::Exp | Self::Cos => Some(2),
            Self::Sigmoid => Some(1),
        }
    }

    /// `2^bits f(x)`, off by at most [`big::ERROR`].
    fn value(self, x: &Golden, bits: usize, constants: &Constants) -> Result<IBig, Failure> {
        match self {
            Self::Exp => big::exp(x, bits, constants),
            Self::Log => big::log(x, bits, constants),
            Self::Sin => big::sine(x, 0, bits, constants),
            Self::Cos => big::sine(x, 1, bits, constants),
            Self::Tanh => big::tanh(x, bits, constants),
            Self::Sigmoid => big::sigmoid(x, bits, constants),
            Self::Erf => big::erf(x, bits, constants),
            Self::Gelu => big::gelu(x, bits, constants),
            Self::Sqrt => big::sqrt(x, bits),
        }
    }

    /// The side of `middle` that the value lies on, where that is known exactly.
    fn side(self, x: &Golden, middle: &Golden) -> Option<Ordering> {
        match self {
            Self::Sqrt => Some(root_side(x, middle)),
            Self::Gelu if x.sign() > 0 && x <= middle => Some(Ordering::Less), // gelu(x) < x
            _ => None,
        }
    }
}

/// The side of `middle` that `sqrt(square)` lies on.
fn root_side(square: &Golden, middle: &Golden) -> Ordering {
    if middle.sign() < 0 { Ordering::Greater } else { square.cmp(&(middle * middle)) }
}

/// The nearest golden integer of a value that is known to be within [`big::ERROR`] of `value(bits) / 2^bits`.
fn settle(
    bound: u64,
    value: impl Fn(usize) -> Result<IBig, Failure>,
    side: impl Fn(&Golden) -> Option<Ordering>,
) -> Result<(IBig, i64), Failure> {
    // the gaps between elements are wider than 2^-(bit_len + 4): the ends come to neighbours if not to one
    let mut bits = 64 + bound.bit_len();
    while bits <= 2 * big::LIMIT {
        let middle = value(bits)?;
        let low = nearest(&(&middle - IBig::from(big::ERROR)), bits, bound);
        let high = nearest(&(&middle + IBig::from(big::ERROR)), bits, bound);
        if low == high {
            return Ok(low);
        }
        let between = Golden::new(&low.0 + &high.0, IBig::from(low.1) + IBig::from(high.1), IBig::from(2));
        if let Some(side) = between.ok().and_then(|between| side(&between)) {
            let upper = side.is_gt() || side.is_eq() && high.1 < low.1;
            return Ok(if upper { high } else { low });
        }
        bits *= 2;
    }
    Err(Failure::Undecided)
}

/// The golden integer nearest to `f(x)` with `|b| <= bound`; of two that are equally near the one with the smaller b.
///
/// # Errors
/// See [`Failure`].
pub fn rounded(function: Function, x: &Golden, bound: u64, constants: &Constants) -> Result<(IBig, i64), Failure> {
    if let Some(halves) = function.known(x) {
        return Ok(nearest(&IBig::from(halves), 1, bound));
    }
    settle(bound, |bits| function.value(x, bits, constants), |middle| function.side(x, middle))
}

/// The golden integer nearest to `n / sqrt(q) + shift` with `|b| <= bound`.
///
/// # Errors
/// [`Failure::Domain`] where q is not positive.
pub fn rounded_quotient(n: &Golden, q: &Golden, shift: &Golden, bound: u64) -> Result<(IBig, i64), Failure> {
    if q.sign() <= 0 {
        return Err(Failure::Domain);
    }
    let square = &(n * n) * &q.inverse().map_err(|_| Failure::Domain)?;
    let negative = n.sign() < 0;
    let value = |bits| big::shifted_root(negative, &square, shift, bits);
    settle(bound, value, |middle| {
        let rest = middle - shift;
        Some(if negative { root_side(&square, &-&rest).reverse() } else { root_side(&square, &rest) })
    })
}
