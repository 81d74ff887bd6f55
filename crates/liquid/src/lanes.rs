//! One vector register of numbers, so that a kernel is written once and compiled for every [`Level`].
//!
//! A kernel is a struct that holds its arguments and implements [`Kernel`]; [`at`] runs it with the registers of a level:
//!
//! ```text
//! struct Double<'a>(&'a mut [f32]);
//! impl Kernel<f32> for Double<'_> {
//!     type Output = ();
//!     #[inline(always)]                       // into a function that is compiled for the level's instructions
//!     fn run<V: Lanes<T = f32>>(self) { ... }
//! }
//! at(level, Double(&mut numbers));
//! ```
//!
//! Everything that a kernel calls on its way is `#[inline(always)]` too; what is not would be compiled for the baseline.

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use simd::{Kind, Level};
use std::fmt::Debug;

/// The largest `N` of any register.
pub const MOST: usize = 16;

/// A number that kernels compute with: `f32` or `f64`.
pub trait Real: Copy + Send + Sync + Default + PartialOrd + Debug + 'static {
    /// Registers of the portable level.
    type Portable: Lanes<T = Self>;
    #[cfg(target_arch = "aarch64")]
    /// 128 bit.
    type Neon: Lanes<T = Self>;
    #[cfg(target_arch = "x86_64")]
    /// 256 bit.
    type Avx2: Lanes<T = Self>;
    #[cfg(target_arch = "x86_64")]
    /// 512 bit.
    type Avx512: Lanes<T = Self>;

    /// The nearest number.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
}

/// One register. Comparisons with a nan are false, and every function of a nan is a nan.
///
/// Values exist only inside [`Kernel::run`], which is what makes the instructions behind these functions safe to use.
pub trait Lanes: Copy {
    /// What a lane holds.
    type T: Real;
    /// How many lanes; at most [`MOST`].
    const N: usize;

    /// `x` in every lane.
    fn splat(x: Self::T) -> Self;
    /// The `N` numbers from `from` on.
    ///
    /// # Safety
    /// They can be read. No alignment is needed.
    unsafe fn load(from: *const Self::T) -> Self;
    /// Write `N` numbers from `to` on.
    ///
    /// # Safety
    /// They can be written. No alignment is needed.
    unsafe fn store(self, to: *mut Self::T);
    /// The `N` numbers `from[index[0]]`, `from[index[1]]`, ...
    ///
    /// # Safety
    /// All of them, and `N` numbers from `index` on, can be read.
    unsafe fn gather(from: *const Self::T, index: *const i32) -> Self;

    /// `self + y`
    fn add(self, y: Self) -> Self;
    /// `self - y`
    fn sub(self, y: Self) -> Self;
    /// `self * y`
    fn mul(self, y: Self) -> Self;
    /// `self / y`
    fn div(self, y: Self) -> Self;
    /// `self * y + z`, rounded once where the machine can.
    fn fma(self, y: Self, z: Self) -> Self;
    /// `z - self * y`, rounded once where the machine can.
    fn fnma(self, y: Self, z: Self) -> Self;
    /// `1 / self` to within 2 ulp, for magnitudes from `2**-100` to `2**100`.
    fn reciprocal(self) -> Self;
    /// The integer nearest to it, ties to even.
    fn round(self) -> Self;
    /// `self * 2**n` for an integer `n` from -126 to 127 (f64: -1022 to 1023).
    fn scale(self, n: Self) -> Self;
    /// Not below `low` and not above `high`.
    fn clamp(self, low: Self, high: Self) -> Self;
    /// Without its sign.
    fn abs(self) -> Self;
    /// In each lane `yes` where `self < y`, else `no`.
    fn where_below(self, y: Self, yes: Self, no: Self) -> Self;
    /// The sum of the lanes: always the same tree, halves first.
    fn sum(self) -> Self::T;

    /// The number nearest to `x` in every lane.
    #[inline(always)]
    fn number(x: f64) -> Self {
        Self::splat(Self::T::from_f64(x))
    }
    /// `-self`
    #[inline(always)]
    fn neg(self) -> Self {
        Self::number(-0.0).sub(self)
    }
}

/// A computation that is compiled once per level.
pub trait Kernel<T: Real> {
    /// What it gives.
    type Output;
    /// The computation; `#[inline(always)]`.
    fn run<V: Lanes<T = T>>(self) -> Self::Output;
}

/// Run a kernel with the registers of a level.
#[allow(clippy::match_single_binding)]
#[allow(clippy::match_wildcard_for_single_variants)] // the levels of other machines
pub fn at<T: Real, K: Kernel<T>>(level: Level, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2<T: Real, K: Kernel<T>>(kernel: K) -> K::Output {
        kernel.run::<T::Avx2>()
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512<T: Real, K: Kernel<T>>(kernel: K) -> K::Output {
        kernel.run::<T::Avx512>()
    }
    match level.kind() {
        // SAFETY: only Level::available makes a Level, after asking the CPU
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2(kernel) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unsafe { avx512(kernel) },
        #[cfg(target_arch = "aarch64")]
        Kind::Neon => kernel.run::<T::Neon>(),
        _ => kernel.run::<T::Portable>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Each<T: Real>([Vec<T>; 3]);
    impl<T: Real> Kernel<T> for Each<T> {
        type Output = (usize, Vec<Vec<f64>>);
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) -> Self::Output {
            let mut buffer = vec![T::default(); V::N];
            // SAFETY: the three inputs hold MOST numbers, and the buffer N
            let [x, y, z] = self.0.each_ref().map(|v| unsafe { V::load(v.as_ptr()) });
            let index: Vec<i32> = (0..).take(V::N).collect::<Vec<_>>().into_iter().rev().collect();
            let results = [
                x.add(y),
                x.sub(y),
                x.mul(y),
                x.div(y),
                x.fma(y, z),
                x.fnma(y, z),
                x.reciprocal(),
                x.round(),
                x.scale(V::number(-3.0)),
                x.clamp(V::number(-1.0), V::number(2.0)),
                x.abs(),
                x.where_below(y, z, x),
                x.neg(),
                V::splat(x.sum()),
                // SAFETY: the indices are below N
                unsafe { V::gather(self.0[0].as_ptr(), index.as_ptr()) },
            ];
            let rows = results.map(|v| {
                // SAFETY: N numbers
                unsafe { v.store(buffer.as_mut_ptr()) };
                buffer.iter().map(|x| x.to_f64()).collect()
            });
            (V::N, rows.to_vec())
        }
    }

    fn check<T: Real>(epsilon: f64) {
        let numbers: [Vec<f64>; 3] = std::array::from_fn(|i| {
            (0..MOST)
                .map(|k| (f64::from(u8::try_from((k * 37 + i * 11) % 23).unwrap_or(0)) - 9.0) * 0.375 + 0.1875)
                .collect()
        });
        for level in Level::available() {
            let (n, rows) =
                at(level, Each::<T>(numbers.each_ref().map(|v| v.iter().map(|&x| T::from_f64(x)).collect())));
            for k in 0..n {
                let [x, y, z] = numbers.each_ref().map(|v| v[k]);
                let expected = [
                    x + y,
                    x - y,
                    x * y,
                    x / y,
                    x * y + z,
                    z - x * y,
                    1.0 / x,
                    x.round_ties_even(),
                    x / 8.0,
                    x.clamp(-1.0, 2.0),
                    x.abs(),
                    if x < y { z } else { x },
                    -x,
                    numbers[0][..n].iter().sum(),
                    numbers[0][n - 1 - k],
                ];
                for (i, (row, e)) in rows.iter().zip(expected).enumerate() {
                    // small multiples of 1/16: all but the quotients are exact
                    let bound = if i == 3 || i == 6 { 2.0 * epsilon * e.abs() } else { 0.0 };
                    assert!((row[k] - e).abs() <= bound, "{level} function {i} lane {k}: {} for {e}", row[k]);
                }
            }
        }
    }

    #[test]
    fn every_level_computes_the_same() {
        check::<f32>(f64::from(f32::EPSILON));
        check::<f64>(f64::EPSILON);
    }

    struct Nan<T: Real>(T);
    impl<T: Real> Kernel<T> for Nan<T> {
        type Output = [T; 2];
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) -> [T; 2] {
            let (x, one) = (V::splat(self.0), V::number(1.0));
            [x.clamp(one, one).sum(), x.where_below(one, x, one).sum()]
        }
    }

    #[test]
    fn a_nan_stays_and_compares_false() {
        for level in Level::available() {
            let [clamped, chosen] = at(level, Nan(f32::NAN));
            assert!(clamped.is_nan() && !chosen.is_nan(), "{level}");
            let [clamped, chosen] = at(level, Nan(f64::NAN));
            assert!(clamped.is_nan() && !chosen.is_nan(), "{level}");
        }
    }
}
