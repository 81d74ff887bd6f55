//! How far the real functions are from exact ones, in units in the last place (ulp).

use crate::real;

/// A word, then its normal, exponential and Gumbel numbers, computed with 60 digits and rounded once: both ends, both sides of
/// each joint (PPND16's at 0.425 and exp(-25), the exponential's at 1/2 and sqrt(1/2), the Gumbel's zero at 1/e), and others.
#[allow(clippy::approx_constant)] // results, not constants
const EXACT: &[(u64, f64, f64, f64)] = &[
    (0x0000_0000_0000_0000, 9.155_293_772_686_072, 45.054_566_736_396_445, -3.807_874_349_313_973),
    (0x0000_0000_0000_0001, 9.035_918_848_571_939, 43.955_954_447_728_34, -3.783_188_097_268_924),
    (0x0000_0000_0000_0002, 8.979_884_744_630_784, 43.445_128_823_962_34, -3.771_498_735_506_3),
    (0x0000_0000_0000_03e8, 8.295_121_335_463_298, 37.453_164_401_812_714, -3.623_091_203_104_202_4),
    (0x0000_0000_0f45_1bd1, 6.657_904_643_895_367, 25.000_000_002_681_773, -3.218_875_824_975_471_6),
    (0x0000_0000_0f45_1bd2, 6.657_904_643_321_506, 24.999_999_998_778_378, -3.218_875_824_819_336),
    (0x0000_0000_0f45_1bd3, 6.657_904_642_747_645, 24.999_999_994_874_983, -3.218_875_824_663_2),
    (0x0000_0100_0000_0000, 5.294_704_084_854_515, 16.635_532_333_438_23, -2.811_540_909_766_254),
    (0x0004_0000_0000_0000, 3.841_930_685_501_911, 9.704_060_527_839_234, -2.272_544_409_033_594_4),
    (0x1000_0000_0000_0000, 1.534_120_544_352_546_3, 2.772_588_722_239_781, -1.019_781_440_538_226_4),
    (0x1333_3333_3333_3300, 1.439_531_470_938_456, 2.590_267_165_445_826_7, -0.951_761_023_073_360_6),
    (0x1333_3333_3333_4688, 1.439_531_470_938_454_1, 2.590_267_165_445_823, -0.951_761_023_073_359_3),
    (0x2163_6369_8b52_9b4a, 1.124_394_766_917_832_7, 2.036_973_832_260_217, -0.711_465_290_947_239_8),
    (0x3116_2427_3bfd_1d33, 0.871_487_191_403_356_7, 1.651_593_617_505_478_8, -0.501_740_650_591_160_8),
    (0x3b5f_3d86_268e_cc45, 0.732_531_859_637_553, 1.461_354_161_779_906_2, -0.379_363_513_918_850_15),
    (0x4000_0000_0000_0000, 0.674_489_750_196_081_7, 1.386_294_361_119_890_6, -0.326_634_259_978_281),
    (0x5e2d_58d8_7822_151a, 0.337_474_963_908_049_5, 1.000_000_000_147_358_3, -1.473_583_532_260_451_1e-10),
    (0x5e2d_59c1_8861_ef1a, 0.337_474_819_917_152_56, 0.999_999_852_641_657_7, 1.473_583_531_921_249_6e-7),
    (0x65aa_9c82_79f2_48b0, 0.260_770_953_083_024_7, 0.923_480_081_315_398_8, 0.079_606_048_264_785_23),
    (0x781f_9c58_d664_5fa9, 0.077_199_696_684_235_6, 0.756_657_235_614_950_5, 0.278_844_921_197_473_34),
    (0x795b_929e_9a9a_80fd, 0.065_084_052_185_141_64, 0.746_435_012_166_281_3, 0.292_446_722_502_150_4),
    (0x7fff_feff_ffff_ffff, 1.494_066_878_933_995_7e-7, 0.693_147_299_769_241_9, 0.366_512_748_599_018),
    (0x7fff_ffff_fff0_0000, 1.424_852_530_008_989_4e-13, 0.693_147_180_560_059, 0.366_512_920_581_500_3),
    (0x7fff_ffff_ffff_ffff, 6.794_229_552_421_306e-20, 0.693_147_180_559_945_3, 0.366_512_920_581_664_35),
    (0x8000_0000_0000_0000, -9.155_293_772_686_072, 0.693_147_180_559_945_3, 0.366_512_920_581_664_35),
    (0x8000_0000_0000_0001, -9.035_918_848_571_939, 0.693_147_180_559_945_3, 0.366_512_920_581_664_35),
    (0x8000_0000_07a2_8de9, -6.759_070_886_420_057, 0.693_147_180_546_057_4, 0.366_512_920_601_700_4),
    (0x8a7d_43b5_7863_3074, -1.739_494_784_711_563_2, 0.614_384_274_136_592_1, 0.487_134_692_957_051_6),
    (0x8cb4_a0d7_d622_5675, -1.648_440_367_888_453_8, 0.598_507_827_477_276_9, 0.513_315_675_577_941_1),
    (0x8d00_38ec_4265_0644, -1.637_292_890_411_675_3, 0.596_411_394_018_648_6, 0.516_824_591_615_010_2),
    (0x94b2_b8fd_a02f_34a6, -1.399_362_915_950_818_7, 0.543_259_131_546_298_7, 0.610_168_850_881_855_8),
    (0x97b7_5092_3ceb_3ffd, -1.324_666_401_364_543_3, 0.523_166_610_081_954_4, 0.647_855_299_526_343_7),
    (0x9b08_923d_10c6_7fd9, -1.250_275_093_065_456_3, 0.501_536_341_706_344_4, 0.690_079_208_191_036_7),
    (0xb504_f333_f9de_6484, -0.816_501_156_460_175, 0.346_573_590_279_972_64, 1.059_660_101_141_609_6),
    (0xb504_f333_f9de_7484, -0.816_501_156_460_174_2, 0.346_573_590_279_972_37, 1.059_660_101_141_610_5),
    (0xb797_0386_fee2_9476, -0.781_861_327_250_946_9, 0.332_472_991_920_700_2, 1.101_196_649_491_509_3),
    (0xc000_0000_0000_0000, -0.674_489_750_196_081_7, 0.287_682_072_451_780_9, 1.245_899_323_707_238_2),
    (0xdc6b_f1e1_a399_f82a, -0.355_728_078_146_173_74, 0.149_635_098_130_543_4, 1.899_555_627_787_045),
    (0xe8a8_529f_035e_fa25, -0.230_585_539_987_320_23, 0.095_609_983_457_788_52, 2.347_478_034_902_384_3),
    (0xea7b_5bf5_5eb5_61a4, -0.212_278_683_702_663_98, 0.087_799_164_805_338_7, 2.432_703_290_853_978_7),
    (0xfffc_0000_0000_0000, -0.000_152_992_448_999_612_08, 6.103_701_897_094_39e-5, 9.704_030_009_484_98),
    (0xffff_ffff_ffff_f800, -2.782_237_001_716_524_7e-16, 1.109_951_974_082_035_2e-16, 36.737_044_740_109_276),
    (0xffff_ffff_ffff_fffe, -2.038_268_865_726_391_7e-19, 8.131_516_293_641_283e-20, 43.955_954_447_728_34),
    (0xffff_ffff_ffff_ffff, -6.794_229_552_421_306e-20, 2.710_505_431_213_761e-20, 45.054_566_736_396_445),
];

/// The distance in units in the last place of `exact`.
fn ulps64(got: f64, exact: f64) -> f64 {
    (got - exact).abs() / (f64::from_bits(exact.abs().to_bits() + 1) - exact.abs())
}

/// The distance in units in the last place of the float32 nearest to `exact`.
fn ulps32(got: f32, exact: f64) -> f64 {
    let near = (exact as f32).abs();
    (f64::from(got) - exact).abs() / f64::from(f32::from_bits(near.to_bits() + 1) - near)
}

#[test]
fn float64_is_within_4_ulp() {
    for &(word, normal, exponential, gumbel) in EXACT {
        assert!(ulps64(real::normal64(word), normal) <= 4.0, "normal of {word:#x}");
        assert!(ulps64(real::exponential64(word), exponential) <= 4.0, "exponential of {word:#x}");
        // near its zero the Gumbel number is the rounding of an exponential near 1, of 1 ulp = 2**-52 at most
        let error = (real::gumbel64(word) - gumbel).abs();
        assert!(ulps64(real::gumbel64(word), gumbel) <= 4.0 || error <= f64::EPSILON, "Gumbel of {word:#x}");
    }
}

/// Words of 32 bits: the ends, and a million spread by a multiplication with an odd number.
fn words() -> impl Iterator<Item = u32> {
    let ends = [0, 1, 2, (1 << 31) - 2, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, u32::MAX - 1, u32::MAX];
    ends.into_iter().chain((0..1_000_000_u32).map(|i| i.wrapping_mul(0x9E37_79B1)))
}

#[test]
fn float32_is_within_2_ulp_of_the_function_in_float64() {
    for word in words() {
        let sign = if word >> 31 == 1 { -1.0 } else { 1.0 };
        let p = (f64::from(word & 0x7FFF_FFFF) + 0.5) / 4_294_967_296.0;
        let normal = sign * real::normal_quantile(p);
        assert!(ulps32(real::normal32(word), normal) <= 2.0, "normal of {word:#x}");
        let v = (f64::from(word) + 0.5) / 4_294_967_296.0;
        let exponential = if v <= 0.5 { -libm::log(v) } else { -libm::log1p(v - 1.0) }; // v - 1 is exact: 33 bits
        assert!(ulps32(real::exponential32(word), exponential) <= 2.0, "exponential of {word:#x}");
        let gumbel = -libm::log(exponential);
        let error = (f64::from(real::gumbel32(word)) - gumbel).abs();
        assert!(ulps32(real::gumbel32(word), gumbel) <= 2.0 || error <= f64::EPSILON, "Gumbel of {word:#x}");
    }
}

#[test]
fn the_logarithms_are_within_1_ulp_of_libm_and_5e_9() {
    for i in 1..200_000_u32 {
        let x = f64::from(i) * 7.3e-5;
        let exact = libm::log(x);
        assert!((real::ln(x) - exact).abs() <= f64::EPSILON * exact.abs(), "ln {x}"); // 1 ulp is at least this half
        let x = x as f32;
        let exact = libm::log(f64::from(x));
        // three roundings of numbers up to |ln x|, and those of a polynomial that is at most 0.35
        let bound = 5e-9 + f64::from(f32::EPSILON) * (1.5 * exact.abs() + 0.35);
        assert!((f64::from(real::ln32(x)) - exact).abs() <= bound, "ln32 {x}");
    }
}

#[test]
fn the_sign_is_the_top_bit_and_all_numbers_are_finite() {
    for word in words() {
        for normal in [f64::from(real::normal32(word)), real::normal64(u64::from(word) << 32)] {
            assert_eq!(normal.is_sign_negative(), word >> 31 == 1);
            assert!(normal != 0.0 && normal.is_finite());
        }
        assert!(real::exponential32(word) > 0.0 && real::gumbel32(word).is_finite());
        assert!((0.0..1.0).contains(&real::uniform32(word)));
    }
    assert!(real::uniform64(u64::MAX) < 1.0);
    assert!((real::uniform32(u32::MAX) - 1.0).abs() <= 0.5 * f32::EPSILON);
}
