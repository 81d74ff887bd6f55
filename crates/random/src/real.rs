//! From the bits of a word to real numbers: the scalar bodies, free of branches, that the vector levels compile wider.
//!
//! Only `+ - * /`, `sqrt`, conversions and bits are used, each of them rounded once on every machine, and never a fused
//! multiply-add: hence the same bits everywhere. The float32 functions work in float64 where their last digit needs it.

const SQRT_HALF_BITS: u64 = 0x3FE6_A09E_667F_3BCD;
const ONE_MINUS_SQRT_HALF: f64 = 0.292_893_218_813_452_4;
pub(crate) const LN_2_HI: f64 = 6.931_471_803_691_238e-1; // 32 bits: its products with exponents are exact
pub(crate) const LN_2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// `c[0] + c[1] x + ...` by Estrin's scheme: neighbours are joined, then the pairs with `x x`, and so on. It has a few more
/// products than Horner's rule, and no long chain in which each step waits for the one before.
macro_rules! polynomial {
    ($name:ident, $float:ty) => {
        #[inline(always)]
        pub(crate) fn $name<const N: usize>(x: $float, c: &[$float; N]) -> $float {
            const { assert!(N > 0 && N <= 16) };
            let x2 = x * x;
            let x4 = x2 * x2;
            let x8 = x4 * x4;
            let two = |i: usize| if i + 1 < N { c[i] + c[i + 1] * x } else { c[i] };
            let four = |i: usize| if i + 2 < N { two(i) + two(i + 2) * x2 } else { two(i) };
            let eight = |i: usize| if i + 4 < N { four(i) + four(i + 4) * x4 } else { four(i) };
            if N > 8 { eight(0) + eight(8) * x8 } else { eight(0) }
        }
    };
}
polynomial!(polynomial, f64);
polynomial!(polynomial32, f32);

/// `k ln 2 + ln(1 + f)` for `1 + f` between `sqrt(1/2)` and `sqrt(2)`, within 1 ulp: the series in `s = f / (2 + f)` and
/// the coefficients are those of `e_log.c` in FreeBSD's msun (Sun Microsystems, 1993).
#[inline(always)]
fn ln_reduced(k: f64, f: f64) -> f64 {
    const G: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    let s = f / (2.0 + f);
    let z = s * s;
    let tail = z * polynomial(z, &G);
    let half = 0.5 * f * f;
    k * LN_2_HI - ((half - (s * (half + tail) + k * LN_2_LO)) - f)
}

/// `(k, f)` with `x = 2**k (1 + f)`; `x` is positive and not subnormal.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64) {
    const ONE: u64 = 0x3FF0_0000_0000_0000;
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF_BITS);
    let mantissa = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF_BITS);
    // a small integer becomes a float by writing it in the low bits of 2**52: cheap in any vector unit
    let k = f64::from_bits(0x4330_0000_0000_0000 | bits >> 52) - (4_503_599_627_370_496.0 + 1023.0);
    (k, mantissa - 1.0)
}

/// The natural logarithm of a positive number that is not subnormal.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    let (k, f) = reduce(x);
    ln_reduced(k, f)
}

/// `-ln v`, where `v` (or `c = 1 - v` where `upper`, that is `v > 1/2`) is `x`.
#[inline(always)]
fn exponential(x: f64, upper: bool) -> f64 {
    let (k, f) = reduce(x);
    // 1 - c itself is in the range of the series, or 2 (1 - c) is; both are exact
    let close = x < ONE_MINUS_SQRT_HALF;
    let (k1, f1) = if close { (0.0, -x) } else { (-1.0, 1.0 - 2.0 * x) };
    let (k, f) = if upper { (k1, f1) } else { (k, f) };
    -ln_reduced(k, f)
}

/// Wichura's PPND16 (Algorithm AS 241, Applied Statistics 37, 1988), in three pieces.
mod ppnd16 {
    use super::polynomial;

    pub(crate) const CENTRAL: f64 = 0.425;

    /// `z / q` for `q <= 0.425`.
    #[inline(always)]
    pub(crate) fn central(q: f64) -> (f64, f64) {
        const A: [f64; 8] = [
            3.387_132_872_796_366_5,
            1.331_416_678_917_843_8e2,
            1.971_590_950_306_551_3e3,
            1.373_169_376_550_946e4,
            4.592_195_393_154_987e4,
            6.726_577_092_700_87e4,
            3.343_057_558_358_813e4,
            2.509_080_928_730_122_7e3,
        ];
        const B: [f64; 8] = [
            1.0,
            4.231_333_070_160_091e1,
            6.871_870_074_920_579e2,
            5.394_196_021_424_751e3,
            2.121_379_430_158_659_7e4,
            3.930_789_580_009_271e4,
            2.872_908_573_572_194_3e4,
            5.226_495_278_852_854e3,
        ];
        let r = 0.180_625 - q * q;
        (polynomial(r, &A), polynomial(r, &B))
    }

    /// `z` for `r = sqrt(-ln p) <= 5`, as a quotient.
    #[inline(always)]
    pub(crate) fn tail(r: f64) -> (f64, f64) {
        const C: [f64; 8] = [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            2.417_807_251_774_506e-1,
            2.272_384_498_926_918_4e-2,
            7.745_450_142_783_414e-4,
        ];
        const D: [f64; 8] = [
            1.0,
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            6.897_673_349_851e-1,
            1.481_039_764_274_800_8e-1,
            1.519_866_656_361_645_7e-2,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ];
        (polynomial(r - 1.6, &C), polynomial(r - 1.6, &D))
    }

    /// `z` for `r > 5`.
    pub(crate) fn far(r: f64) -> f64 {
        const E: [f64; 8] = [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            2.965_605_718_285_048_7e-1,
            2.653_218_952_657_612_4e-2,
            1.242_660_947_388_078_4e-3,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ];
        const F: [f64; 8] = [
            1.0,
            5.998_322_065_558_88e-1,
            1.369_298_809_227_358e-1,
            1.487_536_129_085_061_5e-2,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_8e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ];
        polynomial(r - 5.0, &E) / polynomial(r - 5.0, &F)
    }
}

/// `z` with `Phi(-z) = p` for `p <= 1/2`, and 0 for `p = 0`, where the tail has no mass left.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let q = 0.5 - p;
    if q <= ppnd16::CENTRAL {
        let (n, d) = ppnd16::central(q);
        return q * n / d;
    }
    if p <= 0.0 {
        return 0.0;
    }
    let r = (-libm::log(p)).sqrt();
    if r > 5.0 {
        return ppnd16::far(r);
    }
    let (n, d) = ppnd16::tail(r);
    n / d
}

const SIGN_64: u64 = 1 << 63;
const SIGN_32: u32 = 1 << 31;
const TWO_M_32: f64 = 1.0 / 4_294_967_296.0;
const TWO_M_65: f64 = 1.0 / 36_893_488_147_419_103_232.0;

/// `2 m + 1 = p 2**65`, where `m` is the word without its sign.
#[inline(always)]
fn odd64(w: u64) -> u64 {
    w << 1 | 1
}

/// True where [`normal64`] would need the third piece of PPND16: `p < exp(-25)`, one word in 3.6e10.
#[inline(always)]
pub(crate) fn is_far64(w: u64) -> bool {
    const FAR: u64 = 512_380_000; // a little above exp(-25) 2**65
    odd64(w) < FAR
}

/// A normal number of a word that is not far.
#[inline(always)]
pub(crate) fn near_normal64(w: u64) -> f64 {
    let odd = odd64(w);
    let p = odd as f64 * TWO_M_65;
    let q = odd.wrapping_neg() as f64 * TWO_M_65;
    let (n0, d0) = ppnd16::central(q);
    let (n1, d1) = ppnd16::tail((-ln(p)).sqrt());
    let (n, d) = if q <= ppnd16::CENTRAL { (q * n0, d0) } else { (n1, d1) };
    f64::from_bits((n / d).to_bits() | w & SIGN_64)
}

/// A normal number of any word.
pub(crate) fn normal64(w: u64) -> f64 {
    let r = (-ln(odd64(w) as f64 * TWO_M_65)).sqrt();
    if is_far64(w) && r > 5.0 {
        return f64::from_bits(ppnd16::far(r).to_bits() | w & SIGN_64);
    }
    near_normal64(w)
}

/// The natural logarithm in float32, within 5e-9 and a rounding of the result.
#[inline(always)]
pub(crate) fn ln32(x: f32) -> f32 {
    const C: [f32; 9] = [
        0.999_999_9,
        -0.499_999_73,
        0.333_350_1,
        -0.250_032_87,
        0.199_388_41,
        -0.165_329_07,
        0.150_675_9,
        -0.145_771_18,
        0.086_929_3,
    ];
    const ONE: u32 = 0x3F80_0000;
    const SQRT_HALF: u32 = 0x3F35_04F3;
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let k = (bits >> 23) as i32 - 127;
    let f = f32::from_bits((bits & 0x007F_FFFF) + SQRT_HALF) - 1.0;
    k as f32 * std::f32::consts::LN_2 + f * polynomial32(f, &C)
}

/// A normal number in float32: `q` times one rational in `t = -ln(4 p (1 - p))` for all 33-bit `p`.
///
/// The rational is fitted with weights iterated to the least greatest relative error, 2**-26.6. It is evaluated in float64;
/// `t` need not be, for an error of it in ulp comes out halved at most. The greatest error of all words is 1.61 ulp.
#[inline(always)]
pub(crate) fn normal32(w: u32) -> f32 {
    const N: [f64; 7] = [
        2.506_628_250_536_952,
        0.894_850_542_679_143_5,
        0.181_983_509_429_533_04,
        0.025_040_481_996_498_82,
        0.002_275_144_322_297_316_7,
        1.185_440_008_382_274_6e-4,
        3.817_818_161_992_901_7e-7,
    ];
    const D: [f64; 6] = [
        1.0,
        0.095_194_048_999_188_8,
        0.034_648_417_117_588_245,
        0.002_310_878_171_708_373,
        0.000_248_300_604_849_246_23,
        3.734_189_606_089_743_5e-6,
    ];
    let p = (f64::from((w & !SIGN_32) as i32) + 0.5) * TWO_M_32;
    let q = 0.5 - p;
    let t = f64::from(-ln32((4.0 * p * (1.0 - p)) as f32));
    let z = q * polynomial(t, &N) / polynomial(t, &D);
    f32::from_bits((z as f32).to_bits() | w & SIGN_32)
}

#[inline(always)]
pub(crate) fn exponential64(w: u64) -> f64 {
    exponential(odd64(w.min(!w)) as f64 * TWO_M_65, w > !w)
}

/// The exponential of a 32-bit word, before it is rounded to float32.
#[inline(always)]
fn wide_exponential32(w: u32) -> f64 {
    exponential((f64::from(w.min(!w) as i32) + 0.5) * TWO_M_32, w > !w)
}

#[inline(always)]
pub(crate) fn exponential32(w: u32) -> f32 {
    wide_exponential32(w) as f32
}

#[inline(always)]
pub(crate) fn gumbel64(w: u64) -> f64 {
    -ln(exponential64(w))
}

#[inline(always)]
pub(crate) fn gumbel32(w: u32) -> f32 {
    -ln(wide_exponential32(w)) as f32
}

#[inline(always)]
pub(crate) fn uniform64(w: u64) -> f64 {
    (w >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

#[inline(always)]
pub(crate) fn uniform32(w: u32) -> f32 {
    (w >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

/// `(v, 1 - v)` with `v = (w + 1/2) / 2**64`, each from integers and neither 0.
pub(crate) fn open64(w: u64) -> (f64, f64) {
    let small = odd64(w.min(!w)) as f64 * TWO_M_65;
    if w > !w { (1.0 - small, small) } else { (small, 1.0 - small) }
}
