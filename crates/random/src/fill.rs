//! Slices of random numbers: element `k` is the number at position `start + k`.

use crate::real;
use crate::threefry::{Key, blocks, join};
use simd::Level;

/// Blocks at a time: few enough to stay in the nearest cache between the bits and what is made of them.
const BLOCKS: usize = 512;
/// Blocks come in such groups, so that a short draw runs in full vectors too.
const GROUP: usize = 16;

/// `out[k] = f(32-bit word start + k)`.
#[inline(always)]
fn map32<T>(key: Key, mut start: u64, mut out: &mut [T], f: impl Fn(u32) -> T) {
    let (mut low, mut high, mut words) = ([0; BLOCKS], [0; BLOCKS], [[0; 2]; BLOCKS]);
    while !out.is_empty() {
        let odd = (start & 1) as usize; // a block holds the words of two positions
        let len = out.len().min(2 * BLOCKS - odd);
        let used = (odd + len).div_ceil(2).next_multiple_of(GROUP);
        blocks(key, start >> 1, &mut low[..used], &mut high[..used]);
        for ((pair, &low), &high) in words[..used].iter_mut().zip(&low).zip(&high) {
            *pair = [low, high];
        }
        let (now, later) = out.split_at_mut(len);
        for (x, &word) in now.iter_mut().zip(&words.as_flattened()[odd..]) {
            *x = f(word);
        }
        start = start.wrapping_add(len as u64);
        out = later;
    }
}

/// `out[k] = f(64-bit word start + k)`, and once more with `rare` where a run of words holds one that `is_rare`.
#[inline(always)]
fn map64<T>(
    key: Key,
    mut start: u64,
    out: &mut [T],
    f: impl Fn(u64) -> T,
    is_rare: impl Fn(u64) -> bool,
    rare: impl Fn(u64) -> T,
) {
    let (mut low, mut high) = ([0; BLOCKS], [0; BLOCKS]);
    for now in out.chunks_mut(BLOCKS) {
        let used = now.len().next_multiple_of(GROUP);
        blocks(key, start, &mut low[..used], &mut high[..used]);
        let (low, high) = (&low[..used], &high[..used]);
        let words = || low.iter().zip(high).map(|(&low, &high)| join(low, high));
        let any = words().fold(false, |any, word| any | is_rare(word));
        for (x, word) in now.iter_mut().zip(words()) {
            *x = f(word);
        }
        if any {
            now.iter_mut().zip(words()).for_each(|(x, word)| *x = rare(word));
        }
        start = start.wrapping_add(now.len() as u64);
    }
}

/// [`map64`] for a function that needs no second body.
#[inline(always)]
fn plain64<T>(key: Key, start: u64, out: &mut [T], f: impl Fn(u64) -> T + Copy) {
    map64(key, start, out, f, |_| false, f);
}

/// For each function: its scalar body compiled once per level, and the choice between them.
macro_rules! fills {
    ($($(#[$doc:meta])* $name:ident: $type:ty = |$key:ident, $start:ident, $out:ident| $body:expr;)*) => {$(
        $(#[$doc])*
        #[allow(clippy::match_single_binding)] // on Arm the last arm is the only one: its vectors are the baseline
        pub fn $name(level: Level, key: Key, start: u64, out: &mut [$type]) {
            #[inline(always)]
            fn portable($key: Key, $start: u64, $out: &mut [$type]) {
                $body;
            }
            // without "fma": nothing here is fused, at any level
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2(key: Key, start: u64, out: &mut [$type]) {
                portable(key, start, out);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512(key: Key, start: u64, out: &mut [$type]) {
                portable(key, start, out);
            }
            match level.kind() {
                // SAFETY: only Level::available makes a Level, after asking the CPU
                #[cfg(target_arch = "x86_64")]
                simd::Kind::Avx2 => unsafe { avx2(key, start, out) },
                // SAFETY: as above
                #[cfg(target_arch = "x86_64")]
                simd::Kind::Avx512 => unsafe { avx512(key, start, out) },
                _ => portable(key, start, out),
            }
        }
    )*};
}

fills! {
    /// 32 random bits.
    bits32: u32 = |key, start, out| map32(key, start, out, |w| w);
    /// 64 random bits.
    bits64: u64 = |key, start, out| plain64(key, start, out, |w| w);
    /// A multiple of `2**-24` from 0 to below 1.
    uniform32: f32 = |key, start, out| map32(key, start, out, real::uniform32);
    /// A multiple of `2**-53` from 0 to below 1.
    uniform64: f64 = |key, start, out| plain64(key, start, out, real::uniform64);
    /// Normal with mean 0 and deviation 1; the top bit of the word is the sign.
    normal32: f32 = |key, start, out| map32(key, start, out, real::normal32);
    /// Normal with mean 0 and deviation 1; the top bit of the word is the sign.
    normal64: f64 = |key, start, out| map64(key, start, out, real::near_normal64, real::is_far64, real::normal64);
    /// Exponential with mean 1; never 0.
    exponential32: f32 = |key, start, out| map32(key, start, out, real::exponential32);
    /// Exponential with mean 1; never 0.
    exponential64: f64 = |key, start, out| plain64(key, start, out, real::exponential64);
    /// Gumbel with location 0 and scale 1.
    gumbel32: f32 = |key, start, out| map32(key, start, out, real::gumbel32);
    /// Gumbel with location 0 and scale 1.
    gumbel64: f64 = |key, start, out| plain64(key, start, out, real::gumbel64);
}
