//! ln 2 and pi to any number of bits, by series of integers.

use dashu_base::BitTest;
use dashu_int::{IBig, UBig};

/// Bits that are computed once for all elements; who needs more computes them on the spot.
const KEPT: usize = 512;

/// ln 2 and pi / 2, to [`KEPT`] bits.
pub struct Constants {
    ln2: IBig,
    half_pi: IBig,
}

impl Constants {
    pub fn new() -> Self {
        Self { ln2: ln2(KEPT), half_pi: half_pi(KEPT) }
    }

    /// `2^bits ln 2`, off by less than 2.
    pub fn ln2(&self, bits: usize) -> IBig {
        if bits <= KEPT { self.ln2.clone() >> (KEPT - bits) } else { ln2(bits) }
    }

    /// `2^bits pi / 2`, off by less than 2.
    pub fn half_pi(&self, bits: usize) -> IBig {
        if bits <= KEPT { self.half_pi.clone() >> (KEPT - bits) } else { half_pi(bits) }
    }
}

/// `2^bits sum_k s^k / ((2k + 1) n^(2k + 1))`: the inverse hyperbolic tangent of 1 / n for s = 1, the inverse tangent for
/// s = -1. Each power is rounded down, which its successors shrink, and each term once more: for n >= 5 there are at most
/// `bits / 4 + 1` terms with an error below 2 each, so less than `bits + 2` in all, with what is left out.
fn inverse_tangent(n: u32, hyperbolic: bool, bits: usize) -> IBig {
    let square = UBig::from(n * n);
    let mut power = (UBig::ONE << bits) / UBig::from(n);
    let mut sum = IBig::ZERO;
    let mut odd = 1_u32;
    while !power.is_zero() {
        let term = IBig::from(&power / odd);
        sum += if hyperbolic || odd % 4 == 1 { term } else { -term };
        power /= &square;
        odd += 2;
    }
    sum
}

/// The guard of both constants: 32 series at most, each off by less than `bits + guard + 2`, leave less than one half.
fn guard(bits: usize) -> usize {
    bits.bit_len() + 8
}

fn ln2(bits: usize) -> IBig {
    let wide = bits + guard(bits);
    let of = |n| inverse_tangent(n, true, wide);
    (of(26) * 18 - of(4801) * 2 + of(8749) * 8) >> guard(bits)
}

fn half_pi(bits: usize) -> IBig {
    let wide = bits + guard(bits);
    let of = |n| inverse_tangent(n, false, wide);
    (of(5) * 8 - of(239) * 2) >> guard(bits)
}
