//! Registers of 256 bits (AVX2 with fused multiply-add) and of 512 bits (AVX-512).
//!
//! SAFETY, for every block here: values of these types exist only inside a kernel that `lanes::at` compiled for the
//! instructions of a level that the CPU has; memory is the promise of whoever calls `load`, `store` or `gather`.
#![allow(clippy::undocumented_unsafe_blocks)] // one reason for all of them stands above

use super::Lanes;
#[allow(clippy::wildcard_imports)] // a hundred names that say themselves where they are from
use std::arch::x86_64::*;

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

macro_rules! registers {
    (
        $(#[$doc:meta])* $name:ident($register:ty): $float:ty, $n:literal;
        $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fma:ident, $fnma:ident,
        $min:ident, $max:ident;
        gather($from:ident, $index:ident) $gather:expr;
        reciprocal($r:ident) $reciprocal:expr;
        round($o:ident) $round:expr;
        scale($s:ident, $e:ident) $scale:expr;
        abs($a:ident) $abs:expr;
        where_below($l:ident, $u:ident, $yes:ident, $no:ident) $below:expr;
        sum($t:ident) $sum:expr;
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
            unsafe fn gather($from: *const $float, $index: *const i32) -> Self {
                Self(unsafe { $gather })
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
                Self(unsafe { $fma(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn fnma(self, y: Self, z: Self) -> Self {
                Self(unsafe { $fnma(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn reciprocal(self) -> Self {
                let $r = self.0;
                Self(unsafe { $reciprocal })
            }
            #[inline(always)]
            fn round(self) -> Self {
                let $o = self.0;
                Self(unsafe { $round })
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                let ($s, $e) = (self.0, n.0);
                Self(unsafe { $scale })
            }
            #[inline(always)]
            fn clamp(self, low: Self, high: Self) -> Self {
                // of a nan and a number these give the second argument
                Self(unsafe { $min(high.0, $max(low.0, self.0)) })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                let $a = self.0;
                Self(unsafe { $abs })
            }
            #[inline(always)]
            fn where_below(self, y: Self, yes: Self, no: Self) -> Self {
                let ($l, $u, $yes, $no) = (self.0, y.0, yes.0, no.0);
                Self(unsafe { $below })
            }
            #[inline(always)]
            fn sum(self) -> $float {
                let $t = self.0;
                unsafe { $sum }
            }
        }
    };
}

#[inline(always)]
unsafe fn sum4(x: __m128) -> f32 {
    unsafe {
        let pairs = _mm_add_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_add_ss(pairs, _mm_movehdup_ps(pairs)))
    }
}

#[inline(always)]
unsafe fn sum8(x: __m256) -> f32 {
    unsafe { sum4(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x))) }
}

#[inline(always)]
unsafe fn sum2d(x: __m128d) -> f64 {
    unsafe { _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x))) }
}

#[inline(always)]
unsafe fn sum4d(x: __m256d) -> f64 {
    unsafe { sum2d(_mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x))) }
}

registers! {
    /// Sixteen of 32 bits.
    F32x16(__m512): f32, 16;
    _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_min_ps, _mm512_max_ps;
    gather(from, index) _mm512_i32gather_ps::<4>(_mm512_loadu_si512(index.cast()), from);
    reciprocal(x) {
        // 14 bits, doubled by one step of Newton's method
        let r = _mm512_rcp14_ps(x);
        _mm512_fmadd_ps(r, _mm512_fnmadd_ps(x, r, _mm512_set1_ps(1.0)), r)
    };
    round(x) _mm512_roundscale_ps::<NEAREST>(x);
    scale(x, n) _mm512_scalef_ps(x, n);
    abs(x) _mm512_abs_ps(x);
    where_below(x, y, yes, no) _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(x, y), no, yes);
    sum(x) sum8(_mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x)));
}

registers! {
    /// Eight of 64 bits.
    F64x8(__m512d): f64, 8;
    _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd,
    _mm512_fmadd_pd, _mm512_fnmadd_pd, _mm512_min_pd, _mm512_max_pd;
    gather(from, index) _mm512_i32gather_pd::<8>(_mm256_loadu_si256(index.cast()), from);
    reciprocal(x) _mm512_div_pd(_mm512_set1_pd(1.0), x);
    round(x) _mm512_roundscale_pd::<NEAREST>(x);
    scale(x, n) _mm512_scalef_pd(x, n);
    abs(x) _mm512_abs_pd(x);
    where_below(x, y, yes, no) _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(x, y), no, yes);
    sum(x) sum4d(_mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd::<1>(x)));
}

registers! {
    /// Eight of 32 bits.
    F32x8(__m256): f32, 8;
    _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps,
    _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_min_ps, _mm256_max_ps;
    gather(from, index) _mm256_i32gather_ps::<4>(from, _mm256_loadu_si256(index.cast()));
    reciprocal(x) _mm256_div_ps(_mm256_set1_ps(1.0), x);
    round(x) _mm256_round_ps::<NEAREST>(x);
    scale(x, n) {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
    };
    abs(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0), x);
    where_below(x, y, yes, no) _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(x, y));
    sum(x) sum8(x);
}

registers! {
    /// Four of 64 bits.
    F64x4(__m256d): f64, 4;
    _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_div_pd,
    _mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_min_pd, _mm256_max_pd;
    gather(from, index) _mm256_i32gather_pd::<8>(from, _mm_loadu_si128(index.cast()));
    reciprocal(x) _mm256_div_pd(_mm256_set1_pd(1.0), x);
    round(x) _mm256_round_pd::<NEAREST>(x);
    scale(x, n) {
        let exponent = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_cvtpd_epi32(n)), _mm256_set1_epi64x(1023));
        _mm256_mul_pd(x, _mm256_castsi256_pd(_mm256_slli_epi64::<52>(exponent)))
    };
    abs(x) _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
    where_below(x, y, yes, no) _mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_LT_OQ>(x, y));
    sum(x) sum4d(x);
}
