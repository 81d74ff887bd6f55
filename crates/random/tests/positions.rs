//! Element `k` of a draw is the number at position `start + k`, whatever the level, the length and the cut.

use random::Key;
use simd::Level;
use std::fmt::Debug;

const KEY: Key = Key { hi: 0x0123_4567, lo: 0x89AB_CDEF };
/// Odd ones, and draws that cross the carries of the counter and the blocks of the buffer.
const STARTS: [u64; 8] = [0, 1, 1023, (1 << 32) - 33, (1 << 32) - 2, (1 << 33) - 35, (1 << 33) - 1, (1 << 63) - 5000];

type Fill<T> = fn(Level, Key, u64, &mut [T]);

fn draw<T: Copy + Default>(fill: Fill<T>, level: Level, start: u64, len: usize) -> Vec<T> {
    let mut out = vec![T::default(); len];
    fill(level, KEY, start, &mut out);
    out
}

/// Portable numbers drawn one by one are the reference.
fn check<T: Copy + Default + Debug>(name: &str, fill: Fill<T>, bits: fn(T) -> u64) {
    let portable = Level::available()[0];
    for start in STARTS {
        let one_by_one: Vec<u64> = (0..4000).map(|k| bits(draw(fill, portable, start + k, 1)[0])).collect();
        for level in Level::available() {
            for len in (0..=67).chain([512, 1023, 1024, 1025, 4000]) {
                let got: Vec<u64> = draw(fill, level, start, len).into_iter().map(bits).collect();
                assert_eq!(got, one_by_one[..len], "{name} at {level}, start {start}, length {len}");
            }
        }
    }
}

#[test]
fn words_are_the_same_at_every_level_and_cut() {
    check("bits32", random::bits32, u64::from);
    check("bits64", random::bits64, |x| x);
}

#[test]
fn float32_numbers_are_the_same_at_every_level_and_cut() {
    let fills: [(_, Fill<f32>); 4] = [
        ("uniform32", random::uniform32),
        ("normal32", random::normal32),
        ("exponential32", random::exponential32),
        ("gumbel32", random::gumbel32),
    ];
    for (name, fill) in fills {
        check(name, fill, |x| x.to_bits().into());
    }
}

#[test]
fn float64_numbers_are_the_same_at_every_level_and_cut() {
    let fills: [(_, Fill<f64>); 4] = [
        ("uniform64", random::uniform64),
        ("normal64", random::normal64),
        ("exponential64", random::exponential64),
        ("gumbel64", random::gumbel64),
    ];
    for (name, fill) in fills {
        check(name, fill, f64::to_bits);
    }
}

#[test]
fn words_follow_the_table() {
    let portable = Level::available()[0];
    for i in [0_u64, 1, 2, (1 << 33) - 1, (1 << 33) + 4] {
        let block = KEY.block(i >> 1);
        assert_eq!(draw(random::bits32, portable, i, 1), [block[(i & 1) as usize]]);
        let [low, high] = KEY.block(i);
        assert_eq!(draw(random::bits64, portable, i, 1), [u64::from(low) | u64::from(high) << 32]);
    }
}
