//! Exponentials and what is made of them, lane by lane, free of branches.
//!
//! The polynomials interpolate at Chebyshev nodes; their errors stand beside them and are tested.

use crate::lanes::Lanes;

const IS_F32: usize = 4;

/// `c[0] + c[1] x + ...`
#[inline(always)]
fn polynomial<V: Lanes>(x: V, coefficients: &[f64]) -> V {
    let (last, rest) = coefficients.split_last().expect("a coefficient");
    let mut sum = V::number(*last);
    for &c in rest.iter().rev() {
        sum = sum.fma(x, V::number(c)); // in a loop: a closure would be compiled for the baseline
    }
    sum
}

/// `(n, q)` with `exp(x) = 2**n (1 + q)`; `x` is between -87 and 88 (f64: -708 and 709). `q` has a small relative error,
/// also near 0: within 2 ulp.
#[inline(always)]
fn reduced<V: Lanes>(x: V) -> (V, V) {
    let n = x.mul(V::number(std::f64::consts::LOG2_E)).round();
    // ln 2 in two parts, of which the first has so few bits that its product with n is exact
    let (high, low) = if size_of::<V::T>() == IS_F32 {
        (0.693_359_375, -2.121_944_400_546_905_8e-4)
    } else {
        (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10)
    };
    let r = n.fnma(V::number(low), n.fnma(V::number(high), x));
    // (exp(r) - 1) / r on |r| <= ln 2 / 2, to 2.4e-10 and 2.4e-19
    let quotient = if size_of::<V::T>() == IS_F32 {
        polynomial(
            r,
            &[
                1.0,
                0.500_000_004_714_605_7,
                0.166_666_667_190_289_35,
                0.041_666_352_771_112_21,
                8.333_298_469_800_59e-3,
                1.394_111_889_583_7e-3,
                1.989_928_557_589_528_2e-4,
            ],
        )
    } else {
        polynomial(
            r,
            &[
                1.0,
                0.5,
                0.166_666_666_666_666_8,
                0.041_666_666_666_666_68,
                8.333_333_333_319_59e-3,
                1.388_888_888_887_907_4e-3,
                1.984_126_989_007_640_3e-4,
                2.480_158_733_644_224e-5,
                2.755_724_088_722_899e-6,
                2.755_726_327_908_85e-7,
                2.511_004_920_481_866e-8,
                2.091_813_763_774_273_6e-9,
            ],
        )
    };
    (n, r.mul(quotient))
}

/// `exp(x)` within 2 ulp, for `x` between -87 and 88 (f64: -708 and 709); beyond, the value at that end.
#[inline(always)]
pub fn exp<V: Lanes>(x: V) -> V {
    let (low, high) = if size_of::<V::T>() == IS_F32 { (-87.0, 88.0) } else { (-708.0, 709.0) };
    let (n, q) = reduced(x.clamp(V::number(low), V::number(high)));
    q.add(V::number(1.0)).scale(n)
}

/// `1 / (1 + exp(-x))`, to 2 units in the last place of 1.
#[inline(always)]
pub fn sigmoid<V: Lanes>(x: V) -> V {
    let end = V::number(if size_of::<V::T>() == IS_F32 { 69.0 } else { 700.0 }); // the reciprocal's range in f32
    let (n, q) = reduced(x.neg().clamp(end.neg(), end));
    let one = V::number(1.0);
    let divisor = one.add(q.add(one).scale(n));
    if size_of::<V::T>() == IS_F32 { divisor.reciprocal() } else { one.div(divisor) }
}

/// `tanh(x)`, with a small relative error also near 0.
#[inline(always)]
pub fn tanh<V: Lanes>(x: V) -> V {
    let end = V::number(if size_of::<V::T>() == IS_F32 { 20.0 } else { 40.0 }); // 1 to the last bit from there on
    let (n, q) = reduced(x.add(x).clamp(end.neg(), end));
    let one = V::number(1.0);
    let power = one.scale(n);
    let grown = power.fma(q, power.sub(one)); // exp(2x) - 1
    let divisor = grown.add(V::number(2.0));
    if size_of::<V::T>() == IS_F32 { grown.mul(divisor.reciprocal()) } else { grown.div(divisor) }
}

/// `erfc(x)`, to 4 units in the last place of 1: `exp(-x x)` times a Chebyshev series in `(x - 2) / (x + 2)`.
#[inline(always)]
pub fn erfc<V: Lanes>(x: V) -> V {
    const SERIES: [f64; 26] = [
        0.377_376_099_625_859_46,
        -0.482_509_119_650_680_7,
        0.122_324_595_330_977_04,
        -0.017_831_149_719_276_794,
        3.211_736_524_943_977e-4,
        3.503_952_564_796_196e-4,
        -2.243_880_650_620_211e-5,
        -1.053_743_311_935_416_8e-5,
        5.671_331_132_671_83e-7,
        4.297_681_576_692_761_3e-7,
        5.104_952_515_515_005e-9,
        -1.889_969_931_586_230_7e-8,
        -2.242_755_528_127_056_2e-9,
        6.855_254_380_071_676e-10,
        2.148_795_953_312_751_2e-10,
        -5.515_410_525_484_418e-12,
        -1.347_749_664_041_317_8e-11,
        -2.086_391_666_268_65e-12,
        4.481_855_954_849_816e-13,
        2.268_391_413_285_863_9e-13,
        1.850_347_564_900_593_6e-14,
        -1.151_151_402_454_798_8e-14,
        -4.011_095_701_979_936e-15,
        -1.402_088_562_011_492_3e-16,
        2.640_174_007_489_055e-16,
        8.081_683_402_883_141e-17,
    ];
    let (terms, end) = if size_of::<V::T>() == IS_F32 { (13, 9.0) } else { (26, 26.0) };
    let (zero, two) = (V::number(0.0), V::number(2.0));
    let a = x.abs().clamp(zero, V::number(end));
    let u = a.sub(two).div(a.add(two));
    let twice = u.add(u);
    let (mut next, mut after) = (zero, zero); // Clenshaw's recurrence
    for &c in SERIES[1..terms].iter().rev() {
        (next, after) = (twice.fma(next, V::number(c).sub(after)), next);
    }
    let series = u.fma(next, V::number(SERIES[0]).sub(after));
    let right = series.mul(exp(a.mul(a).neg()));
    x.where_below(zero, two.sub(right), right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Kernel, Real, at};
    use simd::Level;

    /// All four functions of each number.
    struct All<'a, T>(&'a [T]);
    impl<T: Real> Kernel<T> for All<'_, T> {
        type Output = Vec<[f64; 4]>;
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) -> Self::Output {
            #[allow(clippy::cast_precision_loss)] // N is a small power of two: exact
            let first = |y: V| y.sum().to_f64() / V::N as f64;
            let of = |&x: &T| {
                let x = V::splat(x);
                [first(exp(x)), first(sigmoid(x)), first(tanh(x)), first(erfc(x))]
            };
            self.0.iter().map(of).collect()
        }
    }

    /// `erfc` by its integral: Gauss-Legendre with three points on small pieces, summed in groups, to some 2e-16.
    fn erfc_of(x: f64) -> f64 {
        let h = x.abs().min(9.0) / 1024.0; // beyond 9 nothing of 1e-16 is left
        let f = |t: f64| (-t * t).exp();
        let d = 0.6_f64.sqrt() * h / 2.0;
        let piece = |i: i32| (f64::from(i) + 0.5) * h;
        let at = |m: f64| 5.0 * (f(m - d) + f(m + d)) + 8.0 * f(m);
        let group = |g: i32| (0..32).map(|i| at(piece(32 * g + i))).sum::<f64>();
        let sum: f64 = (0..32).map(group).sum();
        let erf = sum * h / 18.0 * 2.0 / std::f64::consts::PI.sqrt();
        if x < 0.0 { 1.0 + erf } else { 1.0 - erf }
    }

    fn check<T: Real>(epsilon: f64, most: f64) {
        let steps = 1500;
        let numbers: Vec<T> = (-steps..=steps)
            .map(|k| f64::from(k) / f64::from(steps))
            .map(|s| T::from_f64(most * s * s.abs().sqrt())) // dense near 0
            .collect();
        for level in Level::available() {
            for (x, found) in numbers.iter().zip(at(level, All(&numbers))) {
                let x = x.to_f64();
                let expected = [x.exp(), 1.0 / (1.0 + (-x).exp()), x.tanh(), erfc_of(x)];
                let bounds = [2.0 * expected[0], 2.0, 4.0 * expected[2].abs(), 4.0];
                for (i, ((f, e), bound)) in found.iter().zip(expected).zip(bounds).enumerate() {
                    assert!((f - e).abs() <= bound * epsilon, "{level} function {i} of {x}: {f} for {e}");
                }
            }
        }
    }

    #[test]
    fn every_level_is_accurate() {
        check::<f32>(f64::from(f32::EPSILON), 85.0);
        check::<f64>(f64::EPSILON, 700.0);
    }

    #[test]
    fn ends_and_nan() {
        let x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0];
        for level in Level::available() {
            let rows = at(level, All(&x));
            assert_eq!(rows[0][1..3], [1.0, 1.0]);
            assert!(rows[0][3] < 1e-36);
            assert!(rows[1][1] < 1e-29 && rows[1][0] < 1e-37);
            assert_eq!(rows[1][2..], [-1.0, 2.0]);
            assert!(rows[2].iter().all(|y| y.is_nan()), "{level} {:?}", rows[2]);
            assert_eq!(rows[3][..3], [1.0, 0.5, 0.0]);
        }
    }
}
