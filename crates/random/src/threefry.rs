//! Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC 2011).

/// Two 32-bit words from which every number of a stream follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub hi: u32,
    pub lo: u32,
}

const PARITY: u32 = 0x1BD1_1BDA;
const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];

/// Both words of the counter `c`. Written for one lane; [`blocks`] is where lanes are many.
#[inline(always)]
#[must_use]
pub fn threefry2x32(key: Key, c: [u32; 2]) -> [u32; 2] {
    let keys = [key.hi, key.lo, PARITY ^ key.hi ^ key.lo];
    let mut x = [c[0].wrapping_add(keys[0]), c[1].wrapping_add(keys[1])];
    let mut group = 0;
    while group < 5 {
        let rotations = ROTATIONS[group % 2];
        let mut round = 0;
        while round < 4 {
            x[0] = x[0].wrapping_add(x[1]);
            x[1] = x[1].rotate_left(rotations[round]) ^ x[0];
            round += 1;
        }
        group += 1;
        x[0] = x[0].wrapping_add(keys[group % 3]);
        x[1] = x[1].wrapping_add(keys[(group + 1) % 3]).wrapping_add(group as u32);
    }
    x
}

impl Key {
    /// Both words of a counter of 64 bits: the high half is `c0`, the low half `c1`.
    #[inline(always)]
    #[must_use]
    pub fn block(self, counter: u64) -> [u32; 2] {
        threefry2x32(self, [(counter >> 32) as u32, counter as u32])
    }

    /// The 64-bit word at position `i < 2**63`.
    #[inline(always)]
    #[must_use]
    pub fn word64(self, i: u64) -> u64 {
        let [low, high] = self.block(i);
        join(low, high)
    }

    /// The key that `data < 2**61` makes of this one; it meets no draw from this one.
    #[must_use]
    pub fn fold_in(self, data: u64) -> Self {
        let [hi, lo] = self.block(0xC000_0000_0000_0000 | data);
        Self { hi, lo }
    }
}

/// One 64-bit word of a block: its first word is the low half.
#[inline(always)]
pub(crate) fn join(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// The blocks of the counters `first`, `first + 1`, ...: their first words in `low`, their second ones in `high`, so that
/// both are written in whole vectors.
#[inline(always)]
pub(crate) fn blocks(key: Key, mut first: u64, mut low: &mut [u32], mut high: &mut [u32]) {
    while !low.is_empty() {
        let (c0, c1) = ((first >> 32) as u32, first as u32);
        // up to the next multiple of 2**32 the high word stands still: all lanes are 32 bits wide
        let len = low.len().min(usize::try_from((1 << 32) - u64::from(c1)).unwrap_or(usize::MAX));
        let (low_now, low_later) = low.split_at_mut(len);
        let (high_now, high_later) = high.split_at_mut(len);
        run(key, [c0, c1], low_now, high_now);
        first = first.wrapping_add(len as u64);
        (low, high) = (low_later, high_later);
    }
}

/// [`blocks`] while `c1` does not overflow. Both halves advance together: in one alone each round waits for the one before.
#[inline(always)]
fn run(key: Key, [c0, c1]: [u32; 2], low: &mut [u32], high: &mut [u32]) {
    let half = low.len() / 2;
    let (low_a, low_b) = low.split_at_mut(half);
    let (high_a, high_b) = high.split_at_mut(half);
    let middle = c1.wrapping_add(half as u32);
    let (a, b) = (low_a.iter_mut().zip(high_a), low_b.iter_mut().zip(&mut *high_b));
    for (((low_a, high_a), (low_b, high_b)), j) in a.zip(b).zip(0_u32..) {
        [*low_a, *high_a] = threefry2x32(key, [c0, c1.wrapping_add(j)]);
        [*low_b, *high_b] = threefry2x32(key, [c0, middle.wrapping_add(j)]);
    }
    if low_b.len() > half {
        [low_b[half], high_b[half]] = threefry2x32(key, [c0, middle.wrapping_add(half as u32)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_of_random123() {
        let cases = [
            ([0, 0], [0, 0], [0x6b20_0159, 0x99ba_4efe]),
            ([u32::MAX; 2], [u32::MAX; 2], [0x1cb9_96fc, 0xbb00_2be7]),
            ([0x243f_6a88, 0x85a3_08d3], [0x1319_8a2e, 0x0370_7344], [0xc492_3a9c, 0x483d_f7a0]),
        ];
        for (counter, [hi, lo], answer) in cases {
            assert_eq!(threefry2x32(Key { hi, lo }, counter), answer);
        }
    }

    #[test]
    fn runs_of_counters_carry_into_the_high_word() {
        let key = Key { hi: 1, lo: 2 };
        for first in [0, 7, (1 << 32) - 5, (1 << 33) - 1, u64::MAX - 3] {
            let (mut low, mut high) = ([0; 40], [0; 40]);
            blocks(key, first, &mut low, &mut high);
            assert!((0..40).all(|j| [low[j], high[j]] == key.block(first.wrapping_add(j as u64))));
        }
    }
}
