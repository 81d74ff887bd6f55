//! Which golden integer is nearest, from a table: the middles between the fractional parts `b phi mod 1`, in order.

use super::nearest::Gaps;
use super::words::{BITS, Value};
use crate::scalar::Golden;
use dashu_int::{IBig, UBig};

/// The largest bound that gets a table, of at most 48 MiB.
const LARGEST: u64 = 1 << 19;

/// What lies below its middle: `floor x + a + b phi`.
#[derive(Clone, Copy)]
struct Cell {
    a: i64,
    b: i64,
}

/// One cell for each b, in the order of `b phi mod 1`, and 0 once more at the end, one larger.
pub struct Cells {
    found: Vec<Cell>,
    /// The ends of the cells with 64 fraction bits, off by less than 2: cell i lies between `ends[i]` and `ends[i + 1]`.
    /// The first cell begins below 0 and the last one ends above 1, where differences wrap to what they should be.
    ends: Vec<u64>,
    /// For each part of [0, 1) the cell that holds its lower end.
    starts: Vec<u32>,
    shift: u32,
}

/// `2^64 (b phi mod 1)` rounded down, and `floor(b phi)`.
fn position(b: i64, phi: i128) -> (u64, i64) {
    // phi has 94 fraction bits: off by 2^20 2^-94
    let product = i128::from(b) * phi;
    #[expect(clippy::cast_possible_truncation, reason = "64 bits of a fraction; a floor below 2^21")]
    ((product >> 30).cast_unsigned() as u64, (product >> 94) as i64)
}

impl Cells {
    /// The table for a bound, unless it is too large for so many numbers.
    pub fn new(bound: u64, numbers: usize) -> Option<Self> {
        if bound > LARGEST || (2 * bound).div_ceil(64) > numbers as u64 + 64 {
            return None;
        }
        let bound = i64::try_from(bound).ok()?;
        let phi = Golden::integral(IBig::ZERO, IBig::ONE).floor_scaled(&(UBig::ONE << 94), &UBig::ONE);
        let phi = i128::try_from(&phi).ok()?;
        let gaps = Gaps::up_to(2 * i128::from(bound)).last()?;
        let count = usize::try_from(2 * bound + 1).ok()?;
        let mut cells = Vec::with_capacity(count + 1);
        let mut positions = Vec::with_capacity(count + 1);
        let mut b = 0_i64; // at position 0, the first
        for _ in 0..count {
            let (place, floor) = position(b, phi);
            positions.push(place);
            cells.push(Cell { a: -floor, b });
            b += i64::try_from(gaps.step(i128::from(b + bound)).c).ok()?;
        }
        positions.push(0); // that is 2^64: differences wrap
        cells.push(Cell { a: 1, b: 0 });
        let middles = positions.windows(2).map(|pair| pair[0].wrapping_add(pair[1].wrapping_sub(pair[0]) / 2));
        let mut ends: Vec<u64> = std::iter::once(0).chain(middles).collect();
        if count == 1 {
            ends[1] = 1 << 63; // the only gap is 2^64, which wraps to 0
        }
        ends[0] = ends[count];
        ends.push(ends[1]);
        let shift = 64 - count.next_power_of_two().ilog2().max(1) - 1;
        let mut starts = Vec::with_capacity(1 << (64 - shift));
        let mut cell = 0;
        for part in 0..1_u64 << (64 - shift) {
            while cell < count && ends[cell + 1] <= part << shift {
                cell += 1;
            }
            starts.push(u32::try_from(cell).ok()?);
        }
        Some(Self { found: cells, ends, starts, shift })
    }

    /// The nearest golden integer of every number that the value may stand for, where that is one and fits.
    #[inline]
    pub fn nearest(&self, (value, error): Value) -> Option<(i64, i64)> {
        if error >> 60 != 0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the fraction")]
        let place = (value.cast_unsigned() as u64) << (64 - BITS);
        let margin = (error << (64 - BITS)) + 4; // the ends are off by less than 2, the place by nothing
        #[expect(clippy::cast_possible_truncation, reason = "at most 22 bits")]
        let mut cell = self.starts[(place >> self.shift) as usize] as usize;
        while cell + 2 < self.ends.len() && self.ends[cell + 1] <= place {
            cell += 1;
        }
        if place.wrapping_sub(self.ends[cell]) <= margin || self.ends[cell + 1].wrapping_sub(place) <= margin {
            return None;
        }
        let Cell { a, b } = self.found[cell];
        Some((i64::try_from(value >> BITS).ok()?.checked_add(a)?, b))
    }
}
