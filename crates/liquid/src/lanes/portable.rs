//! Registers made of plain arrays, for any machine; no fused multiply-add, which is slow where hardware lacks it.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // exponents, which are small

use super::{Lanes, Real};

/// `N` numbers.
#[derive(Clone, Copy)]
pub struct Array<T, const N: usize>([T; N]);

macro_rules! portable {
    ($float:ty, $n:literal, $bits:ty, $bias:literal, $mantissa:literal) => {
        impl Array<$float, $n> {
            #[inline(always)]
            fn zip(self, y: Self, f: impl Fn($float, $float) -> $float) -> Self {
                Self(std::array::from_fn(|i| f(self.0[i], y.0[i])))
            }
        }

        impl Lanes for Array<$float, $n> {
            type T = $float;
            const N: usize = $n;

            #[inline(always)]
            fn splat(x: $float) -> Self {
                Self([x; $n])
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                // SAFETY: the caller's promise; arrays of floats have the alignment of a float
                Self(unsafe { from.cast::<[$float; $n]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                // SAFETY: as above
                unsafe { to.cast::<[$float; $n]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn gather(from: *const $float, index: *const i32) -> Self {
                // SAFETY: the caller's promise
                Self(std::array::from_fn(|i| unsafe { *from.offset(*index.add(i) as isize) }))
            }
            #[inline(always)]
            fn add(self, y: Self) -> Self {
                self.zip(y, |x, y| x + y)
            }
            #[inline(always)]
            fn sub(self, y: Self) -> Self {
                self.zip(y, |x, y| x - y)
            }
            #[inline(always)]
            fn mul(self, y: Self) -> Self {
                self.zip(y, |x, y| x * y)
            }
            #[inline(always)]
            fn div(self, y: Self) -> Self {
                self.zip(y, |x, y| x / y)
            }
            #[inline(always)]
            fn fma(self, y: Self, z: Self) -> Self {
                self.mul(y).add(z)
            }
            #[inline(always)]
            fn fnma(self, y: Self, z: Self) -> Self {
                z.sub(self.mul(y))
            }
            #[inline(always)]
            fn reciprocal(self) -> Self {
                Self::splat(1.0).div(self)
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(self.0.map(<$float>::round_ties_even))
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                // the exponent is written into the bits of a float; a nan becomes 0 here, and stays in `self`
                self.zip(n, |x, n| x * <$float>::from_bits(((n as i32 + $bias) as $bits) << $mantissa))
            }
            #[inline(always)]
            fn clamp(self, low: Self, high: Self) -> Self {
                let raised = self.zip(low, |x, low| if x < low { low } else { x });
                raised.zip(high, |x, high| if x > high { high } else { x })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(self.0.map(<$float>::abs))
            }
            #[inline(always)]
            fn where_below(self, y: Self, yes: Self, no: Self) -> Self {
                Self(std::array::from_fn(|i| if self.0[i] < y.0[i] { yes.0[i] } else { no.0[i] }))
            }
            #[inline(always)]
            fn sum(self) -> $float {
                let mut x = self.0;
                let mut half = $n / 2;
                while half > 0 {
                    for i in 0..half {
                        x[i] += x[i + half];
                    }
                    half /= 2;
                }
                x[0]
            }
        }
    };
}

portable!(f32, 8, u32, 127, 23);
portable!(f64, 4, u64, 1023, 52);

macro_rules! real {
    ($float:ty, $n:literal, $neon:ident, $avx2:ident, $avx512:ident) => {
        impl Real for $float {
            type Portable = Array<$float, $n>;
            #[cfg(target_arch = "aarch64")]
            type Neon = super::neon::$neon;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = super::x86::$avx2;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = super::x86::$avx512;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f32, 8, F32x4, F32x8, F32x16);
real!(f64, 4, F64x2, F64x4, F64x8);
