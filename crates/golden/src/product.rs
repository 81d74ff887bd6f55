//! Matrix products of 16-bit planes: three integer products, fused.
//!
//! With `p = AC`, `q = BD` and `r = (A + B)(C + D)` the product is `(p + q) + (r - p) phi`. Pairs of 16-bit numbers are
//! multiplied and added into 32 bits, where the CPU has an instruction for that in one step. Sums wrap on the way: what
//! is kept is right modulo 2^32, and the caller has proved that each block of `depth` fits 32 bits at its end.

use crate::width::Width;
use simd::{Kind, Level};
use threads::Stopped;

/// Rows of a tile.
const ROWS: usize = 12;
/// Columns of a tile: two registers of sixteen 32-bit sums.
const COLUMNS: usize = 32;
/// Panels of rows that one part of the work has: they stay in the second cache beside the columns.
const BAND: usize = 8;
/// Pairs along the depth that a tile goes through before its sums are added up: its columns stay in the second cache.
const PAIRS: usize = 1024;

type Tile = [[i32; COLUMNS]; ROWS];

/// Two neighbours along the depth, 16 bits each: the first in the low half.
type Pair = i32;

/// Multiplies panels of pairs: `ROWS` of the left and `COLUMNS` of the right for each step along the depth.
type Body = fn(&[Pair], &[Pair], &mut Tile);

/// What multiplies one tile on this machine.
fn body(level: Level) -> Body {
    match level.kind() {
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 if std::arch::is_x86_feature_detected!("avx512vnni") => x86::vnni,
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 | Kind::Avx2 => x86::avx2,
        _ => portable,
    }
}

/// Which instructions the products use at this level.
#[must_use]
pub fn instructions(level: Level) -> &'static str {
    match level.kind() {
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 if std::arch::is_x86_feature_detected!("avx512vnni") => "avx512vnni",
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 | Kind::Avx2 => "avx2",
        _ => "portable",
    }
}

fn together(first: i16, second: i16) -> Pair {
    i32::from(second) << 16 | i32::from(first.cast_unsigned())
}

#[expect(clippy::cast_possible_truncation, reason = "the low half")]
fn apart(pair: Pair) -> (i32, i32) {
    (i32::from(pair as i16), pair >> 16)
}

fn portable(left: &[Pair], right: &[Pair], tile: &mut Tile) {
    *tile = [[0; COLUMNS]; ROWS];
    for (left, right) in left.chunks_exact(ROWS).zip(right.chunks_exact(COLUMNS)) {
        for (sums, x) in tile.iter_mut().zip(left) {
            let (x0, x1) = apart(*x);
            for (sum, &y) in sums.iter_mut().zip(right) {
                let (y0, y1) = apart(y);
                *sum = sum.wrapping_add(x0 * y0).wrapping_add(x1 * y1);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![allow(clippy::cast_ptr_alignment)] // loads and stores of any alignment

    use super::{COLUMNS, Pair, ROWS, Tile};
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32,
        _mm256_storeu_si256, _mm512_dpwssd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_storeu_si512,
    };

    pub fn vnni(left: &[Pair], right: &[Pair], tile: &mut Tile) {
        // SAFETY: `body` hands this out after asking the CPU
        unsafe { vnni_tile(left, right, tile) }
    }

    pub fn avx2(left: &[Pair], right: &[Pair], tile: &mut Tile) {
        // SAFETY: as above
        unsafe { avx2_tile(left, right, tile) }
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    fn vnni_tile(left: &[Pair], right: &[Pair], tile: &mut Tile) {
        let mut sums = [[_mm512_set1_epi32(0); 2]; ROWS];
        for (left, right) in left.chunks_exact(ROWS).zip(right.chunks_exact(COLUMNS)) {
            let at = right.as_ptr().cast::<__m512i>();
            // SAFETY: `right` has 32 pairs of 4 bytes: two registers
            let y = unsafe { [_mm512_loadu_si512(at), _mm512_loadu_si512(at.add(1))] };
            for (sums, &x) in sums.iter_mut().zip(left) {
                let x = _mm512_set1_epi32(x);
                sums[0] = _mm512_dpwssd_epi32(sums[0], x, y[0]);
                sums[1] = _mm512_dpwssd_epi32(sums[1], x, y[1]);
            }
        }
        for (row, sums) in tile.iter_mut().zip(sums) {
            let at = row.as_mut_ptr().cast::<__m512i>();
            // SAFETY: a row is 32 sums of 4 bytes: two registers
            unsafe {
                _mm512_storeu_si512(at, sums[0]);
                _mm512_storeu_si512(at.add(1), sums[1]);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn avx2_tile(left: &[Pair], right: &[Pair], tile: &mut Tile) {
        const AT_ONCE: usize = 2; // rows: eight sums, four of the right side and one of the left fill the registers
        for first in (0..ROWS).step_by(AT_ONCE) {
            let mut sums = [[_mm256_set1_epi32(0); 4]; AT_ONCE];
            for (left, right) in left.chunks_exact(ROWS).zip(right.chunks_exact(COLUMNS)) {
                let at = right.as_ptr().cast::<__m256i>();
                // SAFETY: `right` has 32 pairs of 4 bytes: four registers
                let y: [_; 4] = std::array::from_fn(|i| unsafe { _mm256_loadu_si256(at.add(i)) });
                for (sums, &x) in sums.iter_mut().zip(&left[first..first + AT_ONCE]) {
                    let x = _mm256_set1_epi32(x);
                    for (sum, y) in sums.iter_mut().zip(y) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, y));
                    }
                }
            }
            for (row, sums) in tile[first..].iter_mut().zip(sums) {
                let at = row.as_mut_ptr().cast::<__m256i>();
                for (i, sum) in sums.into_iter().enumerate() {
                    // SAFETY: a row is 32 sums of 4 bytes: four registers
                    unsafe { _mm256_storeu_si256(at.add(i), sum) };
                }
            }
        }
    }
}

/// What a product is added into: 32 bits where the whole of it fits, else 64.
pub trait Sum: Copy + Default + Send + Sync {
    fn add(&mut self, part: i32);
}

impl Sum for i32 {
    #[inline(always)]
    fn add(&mut self, part: i32) {
        *self = self.wrapping_add(part);
    }
}

impl Sum for i64 {
    #[inline(always)]
    fn add(&mut self, part: i32) {
        *self += Self::from(part);
    }
}

/// Rows, depth and columns of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub depth: usize,
    pub columns: usize,
}

/// Tiles of one operand: for each part of the depth, panels of `ROWS` rows or `COLUMNS` columns, three products deep.
struct Packed {
    pairs: Vec<Pair>,
    /// How many rows or columns a panel has.
    across: usize,
    panels: usize,
    depth_pairs: usize,
}

/// What fits 16 bits, says the caller.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the caller has proved the bound")]
fn short(x: i64) -> i16 {
    x as i16
}

/// The pairs of the three factors a, b and a + b of two neighbours.
#[inline(always)]
fn pairs<T: Width>((a0, b0): (T, T), (a1, b1): (T, T)) -> [Pair; 3] {
    let (a0, b0, a1, b1) = (a0.wide(), b0.wide(), a1.wide(), b1.wide());
    [(a0, a1), (b0, b1), (a0 + b0, a1 + b1)].map(|(x, y)| together(short(x), short(y)))
}

impl Packed {
    fn new(lines: usize, depth: usize, across: usize) -> Self {
        let (panels, depth_pairs) = (lines.div_ceil(across), depth.div_ceil(2));
        Self { pairs: vec![0; panels * depth_pairs * across * 3], across, panels, depth_pairs }
    }

    /// Fill the three factors of each panel.
    fn fill(
        &mut self,
        threads: usize,
        poll: &dyn Fn() -> bool,
        work: impl Fn(usize, [&mut [Pair]; 3]) + Sync,
    ) -> Result<(), Stopped> {
        let size = self.depth_pairs * self.across;
        threads::each_part(&mut self.pairs, size * 3, threads, poll, |first, panel| {
            let (p, rest) = panel.split_at_mut(size);
            let (q, r) = rest.split_at_mut(size);
            work(first / (size * 3), [p, q, r]);
        })
    }

    /// Row-major rows, a panel of `ROWS` of them after the other.
    fn left<T: Width>(
        (a, b): (&[T], &[T]),
        rows: usize,
        depth: usize,
        threads: usize,
        poll: &dyn Fn() -> bool,
    ) -> Result<Self, Stopped> {
        let mut packed = Self::new(rows, depth, ROWS);
        packed.fill(threads, poll, |index, [p, q, r]| {
            for line in 0..ROWS.min(rows - index * ROWS) {
                let start = (index * ROWS + line) * depth;
                let (a, b) = (&a[start..start + depth], &b[start..start + depth]);
                let slots = p.iter_mut().zip(q.iter_mut()).zip(r.iter_mut()).skip(line).step_by(ROWS);
                for ((a, b), ((p, q), r)) in a.chunks(2).zip(b.chunks(2)).zip(slots) {
                    let second = if a.len() == 2 { (a[1], b[1]) } else { Default::default() };
                    [*p, *q, *r] = pairs((a[0], b[0]), second);
                }
            }
        })?;
        Ok(packed)
    }

    /// Row-major columns, a panel of `COLUMNS` of them after the other.
    fn right<T: Width>(
        (a, b): (&[T], &[T]),
        depth: usize,
        columns: usize,
        threads: usize,
        poll: &dyn Fn() -> bool,
    ) -> Result<Self, Stopped> {
        let mut packed = Self::new(columns, depth, COLUMNS);
        let zeros = [T::default(); COLUMNS];
        packed.fill(threads, poll, |index, [p, q, r]| {
            let first = index * COLUMNS;
            let here = COLUMNS.min(columns - first);
            let slots = p.chunks_exact_mut(COLUMNS).zip(q.chunks_exact_mut(COLUMNS)).zip(r.chunks_exact_mut(COLUMNS));
            for (((p, q), r), k) in slots.zip((0..depth).step_by(2)) {
                let row = |k: usize| (&a[k * columns + first..][..here], &b[k * columns + first..][..here]);
                let even = row(k);
                let odd = if k + 1 < depth { row(k + 1) } else { (&zeros[..here], &zeros[..here]) };
                let (p, q, r) = (&mut p[..here], &mut q[..here], &mut r[..here]);
                for i in 0..here {
                    [p[i], q[i], r[i]] = pairs((even.0[i], even.1[i]), (odd.0[i], odd.1[i]));
                }
            }
        })?;
        Ok(packed)
    }

    /// The pairs `from..to` of one panel of one of the three factors.
    fn part(&self, panel: usize, which: usize, from: usize, to: usize) -> &[Pair] {
        let start = (panel * 3 + which) * self.depth_pairs;
        &self.pairs[(start + from) * self.across..(start + to) * self.across]
    }
}

/// `a + b phi += X Y` for row-major X (rows x depth) and Y (depth x columns); `block` is how much of the depth fits 32 bits.
///
/// # Errors
/// [`Stopped`] when `poll` said so; the planes then hold a part of the sums.
///
/// # Panics
/// Where the planes have other sizes than the shape says, or `block` is below 2 for a product that is deeper than 1.
#[expect(clippy::too_many_arguments, reason = "two planes of three matrices")]
pub fn matmul<T: Width, S: Sum>(
    level: Level,
    shape: Shape,
    block: usize,
    a: &mut [S],
    b: &mut [S],
    x: (&[T], &[T]),
    y: (&[T], &[T]),
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let Shape { rows, depth, columns } = shape;
    assert!([x.0.len(), x.1.len()] == [rows * depth; 2], "matmul: the left planes have rows x depth elements");
    assert!([y.0.len(), y.1.len()] == [depth * columns; 2], "matmul: the right planes have depth x columns elements");
    assert!([a.len(), b.len()] == [rows * columns; 2], "matmul: the result has rows x columns elements");
    assert!(block >= 2 || depth <= 1, "matmul: a pair of products fits 32 bits");
    if a.is_empty() || depth == 0 {
        return Ok(());
    }
    let left = Packed::left(x, rows, depth, threads, poll)?;
    let right = Packed::right(y, depth, columns, threads, poll)?;
    let (body, step) = (body(level), PAIRS.min((block / 2).max(1)));
    let band = BAND * ROWS * columns;
    let mut bands: Vec<_> = a.chunks_mut(band).zip(b.chunks_mut(band)).collect();
    threads::each_part(&mut bands, 1, threads, poll, |index, band| {
        let (a, b) = &mut band[0];
        let mut tiles = [[[0; COLUMNS]; ROWS]; 3];
        for from in (0..left.depth_pairs).step_by(step) {
            let to = left.depth_pairs.min(from + step);
            for column in 0..right.panels {
                let panels = a.chunks_mut(ROWS * columns).zip(b.chunks_mut(ROWS * columns));
                for ((a, b), panel) in panels.zip(index * BAND..) {
                    for (which, tile) in tiles.iter_mut().enumerate() {
                        body(left.part(panel, which, from, to), right.part(column, which, from, to), tile);
                    }
                    add_tile(a, b, &tiles, column * COLUMNS, columns);
                }
            }
        }
    })
}

fn add_tile<S: Sum>(a: &mut [S], b: &mut [S], [p, q, r]: &[Tile; 3], first: usize, columns: usize) {
    let last = columns.min(first + COLUMNS);
    for (row, (a, b)) in a.chunks_exact_mut(columns).zip(b.chunks_exact_mut(columns)).enumerate() {
        let (p, q, r) = (&p[row], &q[row], &r[row]);
        for (i, (a, b)) in a[first..last].iter_mut().zip(&mut b[first..last]).enumerate() {
            a.add(p[i].wrapping_add(q[i]));
            b.add(r[i].wrapping_sub(p[i]));
        }
    }
}
