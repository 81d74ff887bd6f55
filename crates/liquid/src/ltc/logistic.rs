//! The logistic function to the base 2, `1 / (1 + 2**z)`: where an LTC spends its time.

use crate::lanes::Lanes;

/// Beyond this the result is 0 or 1 to any precision that matters, and no intermediate overflows.
pub(crate) const FAR: f64 = 60.0;

/// `1 / (1 + 2**z)` to 2 units in the last place of 1. A caller who knows that `|z| < 2 FAR` sets `CALM`, and saves the
/// clamp; the bits are the same.
#[inline(always)]
pub(crate) fn logistic<V: Lanes, const CALM: bool>(z: V) -> V {
    let z = if CALM { z } else { z.clamp(V::number(-FAR), V::number(FAR)) };
    #[cfg(target_arch = "x86_64")]
    if V::N == 16 && size_of::<V::T>() == size_of::<f32>() {
        // SAFETY: there is one register of 16 numbers of 32 bits, and that is AVX-512's; both types wrap it
        return unsafe { std::mem::transmute_copy::<_, V>(&divisor512(std::mem::transmute_copy(&z))).reciprocal() };
    }
    // a sum with this has steps of 1, so it rounds: faster than asking for it where that is no instruction
    let round = V::number(if size_of::<V::T>() == size_of::<f32>() { 12_582_912.0 } else { 6_755_399_441_055_744.0 });
    let n = z.add(round).sub(round);
    let power = polynomial(z.sub(n)).scale(n);
    let divisor = power.add(V::number(1.0));
    if size_of::<V::T>() == size_of::<f32>() { divisor.reciprocal() } else { V::number(1.0).div(divisor) }
}

/// `2**r` for `|r| <= 1/2`, to a relative error of 1.0e-7 and 4.2e-18; interpolated at Chebyshev nodes.
#[inline(always)]
fn polynomial<V: Lanes>(r: V) -> V {
    const NARROW: [f64; 6] = [
        1.000_000_075_454_897_2,
        0.693_147_188_026_228_8,
        0.240_221_074_853_083_4,
        0.055_503_571_142_190_78,
        9.676_031_918_322_054e-3,
        1.339_086_336_467_123_4e-3,
    ];
    const WIDE: [f64; 12] = [
        1.0,
        std::f64::consts::LN_2,
        0.240_226_506_959_101_6,
        0.055_504_108_664_821_63,
        9.618_129_107_587_257e-3,
        1.333_355_814_640_647e-3,
        1.540_353_046_372_435_4e-4,
        1.525_273_384_155_677_3e-5,
        1.321_543_253_591_237_6e-6,
        1.017_805_708_773_394_1e-7,
        7.074_194_297_288_521e-9,
        4.455_817_908_336_064_5e-10,
    ];
    let c: &[f64] = if size_of::<V::T>() == size_of::<f32>() { &NARROW } else { &WIDE };
    let mut sum = V::number(c[c.len() - 1]);
    for &c in c[..c.len() - 1].iter().rev() {
        sum = sum.fma(r, V::number(c));
    }
    sum
}

/// `1 + 2**z` with a table of `2**(i / 16)`, which a register holds: the polynomial is then of degree 2, with a relative
/// error of 4.3e-7, and hence 1.1e-7 in the logistic function.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn divisor512(z: std::arch::x86_64::__m512) -> std::arch::x86_64::__m512 {
    use std::arch::x86_64::{
        _mm512_add_epi32, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_fmadd_ps, _mm512_loadu_si512,
        _mm512_permutexvar_epi32, _mm512_set1_ps, _mm512_slli_epi32, _mm512_sub_ps,
    };
    /// The bits of `2**(i / 16)`, less the `i << 19` that `sixteenths << 19` adds to the exponent's
    const TABLE: [u32; 16] = {
        let powers = [
            1.0f32,
            1.044_273_7,
            1.090_507_7,
            1.138_788_6,
            1.189_207_1,
            1.241_857_8,
            1.296_839_6,
            1.354_255_6,
            std::f32::consts::SQRT_2,
            1.476_826_2,
            1.542_210_8,
            1.610_490_3,
            1.681_792_9,
            1.756_252_2,
            1.834_008_1,
            1.915_206_6,
        ];
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            table[i] = powers[i].to_bits() - ((i as u32) << 19);
            i += 1;
        }
        table
    };
    // SAFETY: called inside a kernel of the AVX-512 level alone
    unsafe {
        let round = _mm512_set1_ps(786_432.0); // 1.5 * 2**19: a sum with it has steps of 1/16
        let rounded = _mm512_add_ps(z, round);
        let r = _mm512_sub_ps(z, _mm512_sub_ps(rounded, round));
        let sixteenths = _mm512_castps_si512(rounded);
        let fraction = _mm512_permutexvar_epi32(sixteenths, _mm512_loadu_si512(TABLE.as_ptr().cast()));
        let power = _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32::<19>(sixteenths), fraction));
        let line = _mm512_fmadd_ps(r, _mm512_set1_ps(0.240_233_55), _mm512_set1_ps(0.693_187_83));
        _mm512_fmadd_ps(power, _mm512_fmadd_ps(r, line, _mm512_set1_ps(1.0)), _mm512_set1_ps(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Kernel, Real, at};
    use simd::Level;

    /// Of each number.
    struct Each<'a, T, const CALM: bool>(&'a [T]);
    impl<T: Real, const CALM: bool> Kernel<T> for Each<'_, T, CALM> {
        type Output = Vec<f64>;
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) -> Self::Output {
            let mut out = vec![];
            for &z in self.0 {
                out.push(logistic::<V, CALM>(V::splat(z)).sum().to_f64() / V::N as f64); // N is a power of two: exact
            }
            out
        }
    }

    fn check<T: Real>(bound: f64) {
        let numbers: Vec<T> = (-6000..=6000).map(|i| T::from_f64(f64::from(i) * 1e-2)).collect();
        let far = [-1e30, -1e3, -61.0, 61.0, 1e3, 1e30, f64::NEG_INFINITY, f64::INFINITY, f64::NAN].map(T::from_f64);
        for level in Level::available() {
            let calm = at(level, Each::<T, true>(&numbers));
            for ((z, found), calm) in numbers.iter().zip(at(level, Each::<T, false>(&numbers))).zip(calm) {
                let expected = 1.0 / (1.0 + z.to_f64().exp2());
                assert!((found - expected).abs() <= bound, "{level}, {z:?}: {found} for {expected}");
                assert_eq!(found.to_bits(), calm.to_bits(), "{level}, {z:?}");
            }
            for (z, found) in far.iter().zip(at(level, Each::<T, false>(&far))) {
                let z = z.to_f64();
                let expected = f64::from(u8::from(z < 0.0));
                assert!((found - expected).abs() <= bound || (found.is_nan() && z.is_nan()), "{level}, {z}: {found}");
            }
        }
    }

    #[test]
    fn it_is_within_two_units_of_one() {
        check::<f32>(2.0 * f64::from(f32::EPSILON));
        check::<f64>(2.0 * f64::EPSILON);
    }
}
