//! Registers of 128 bits, on every 64-bit Arm.
//!
//! SAFETY, for every block here: NEON belongs to the baseline of the target; memory is the promise of whoever calls `load`,
//! `store` or `gather`.
#![allow(clippy::undocumented_unsafe_blocks)] // one reason for all of them stands above

use super::Lanes;
#[allow(clippy::wildcard_imports)] // a hundred names that say themselves where they are from
use std::arch::aarch64::*;

macro_rules! registers {
    (
        $(#[$doc:meta])* $name:ident($register:ty): $float:ty, $n:literal;
        $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fma:ident, $fms:ident,
        $round:ident, $abs:ident, $below:ident, $select:ident, $sum:ident;
        scale($s:ident, $e:ident) $scale:expr;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl Lanes for $name {
            type T = $float;
            const N: usize = $n;

            #[inline(always)]
            fn splat(x: $float) -> Self {
                Self(unsafe { $splat(x) })
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                Self(unsafe { $load(from) })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                unsafe { $store(to, self.0) }
            }
            #[inline(always)]
            unsafe fn gather(from: *const $float, index: *const i32) -> Self {
                let numbers: [$float; $n] = std::array::from_fn(|i| unsafe { *from.offset(*index.add(i) as isize) });
                Self(unsafe { $load(numbers.as_ptr()) })
            }
            #[inline(always)]
            fn add(self, y: Self) -> Self {
                Self(unsafe { $add(self.0, y.0) })
            }
            #[inline(always)]
            fn sub(self, y: Self) -> Self {
                Self(unsafe { $sub(self.0, y.0) })
            }
            #[inline(always)]
            fn mul(self, y: Self) -> Self {
                Self(unsafe { $mul(self.0, y.0) })
            }
            #[inline(always)]
            fn div(self, y: Self) -> Self {
                Self(unsafe { $div(self.0, y.0) })
            }
            #[inline(always)]
            fn fma(self, y: Self, z: Self) -> Self {
                Self(unsafe { $fma(z.0, self.0, y.0) })
            }
            #[inline(always)]
            fn fnma(self, y: Self, z: Self) -> Self {
                Self(unsafe { $fms(z.0, self.0, y.0) })
            }
            #[inline(always)]
            fn reciprocal(self) -> Self {
                Self::splat(1.0).div(self)
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(unsafe { $round(self.0) })
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                let ($s, $e) = (self.0, n.0);
                Self(unsafe { $scale })
            }
            #[inline(always)]
            fn clamp(self, low: Self, high: Self) -> Self {
                let raised = self.where_below(low, low, self);
                high.where_below(raised, high, raised)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(unsafe { $abs(self.0) })
            }
            #[inline(always)]
            fn where_below(self, y: Self, yes: Self, no: Self) -> Self {
                Self(unsafe { $select($below(self.0, y.0), yes.0, no.0) })
            }
            #[inline(always)]
            fn sum(self) -> $float {
                unsafe { $sum(self.0) }
            }
        }
    };
}

#[inline(always)]
unsafe fn sum4(x: float32x4_t) -> f32 {
    unsafe {
        let halves = vadd_f32(vget_low_f32(x), vget_high_f32(x));
        vget_lane_f32::<0>(halves) + vget_lane_f32::<1>(halves)
    }
}

#[inline(always)]
unsafe fn sum2(x: float64x2_t) -> f64 {
    unsafe { vgetq_lane_f64::<0>(x) + vgetq_lane_f64::<1>(x) }
}

registers! {
    /// Four of 32 bits.
    F32x4(float32x4_t): f32, 4;
    vdupq_n_f32, vld1q_f32, vst1q_f32, vaddq_f32, vsubq_f32, vmulq_f32, vdivq_f32, vfmaq_f32, vfmsq_f32,
    vrndnq_f32, vabsq_f32, vcltq_f32, vbslq_f32, sum4;
    scale(x, n) {
        let exponent = vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127));
        vmulq_f32(x, vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent)))
    };
}

registers! {
    /// Two of 64 bits.
    F64x2(float64x2_t): f64, 2;
    vdupq_n_f64, vld1q_f64, vst1q_f64, vaddq_f64, vsubq_f64, vmulq_f64, vdivq_f64, vfmaq_f64, vfmsq_f64,
    vrndnq_f64, vabsq_f64, vcltq_f64, vbslq_f64, sum2;
    scale(x, n) {
        let exponent = vaddq_s64(vcvtnq_s64_f64(n), vdupq_n_s64(1023));
        vmulq_f64(x, vreinterpretq_f64_s64(vshlq_n_s64::<52>(exponent)))
    };
}
