//! Memory in lines of one register each: line `i` holds one quantity (a neuron, an input, a synapse) of every row in the
//! lanes.

use crate::lanes::{Kernel, Lanes, MOST, Real};
use std::ops::{Deref, DerefMut};

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Aligned<T>([T; MOST]);

/// Numbers on whole cache lines, so that no register is loaded from two of them.
pub(crate) struct Lines<T> {
    memory: Vec<Aligned<T>>,
    len: usize,
}

impl<T: Real> Lines<T> {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        Self { memory: vec![Aligned([T::default(); MOST]); len.div_ceil(MOST)], len }
    }
}

impl<T: Real> Deref for Lines<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `memory` holds at least `len` numbers without gaps: MOST of 4 or 8 bytes fill a multiple of 64 bytes
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr().cast(), self.len) }
    }
}

impl<T: Real> DerefMut for Lines<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above
        unsafe { std::slice::from_raw_parts_mut(self.memory.as_mut_ptr().cast(), self.len) }
    }
}

/// How many lanes a register has.
pub(crate) struct Width;

impl<T: Real> Kernel<T> for Width {
    type Output = usize;
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) -> usize {
        V::N
    }
}

/// Line `i`.
#[inline(always)]
pub(crate) fn get<V: Lanes>(from: &[V::T], i: usize) -> V {
    let line = &from[i * V::N..(i + 1) * V::N];
    // SAFETY: N numbers
    unsafe { V::load(line.as_ptr()) }
}

/// Line `i`, for loops where the check would cost more than the rest.
///
/// # Safety
/// There is one.
#[inline(always)]
pub(crate) unsafe fn get_unchecked<V: Lanes>(from: &[V::T], i: usize) -> V {
    debug_assert!((i + 1) * V::N <= from.len());
    // SAFETY: the caller's promise
    unsafe { V::load(from.as_ptr().add(i * V::N)) }
}

/// Write line `i`.
#[inline(always)]
pub(crate) fn put<V: Lanes>(to: &mut [V::T], i: usize, x: V) {
    let line = &mut to[i * V::N..(i + 1) * V::N];
    // SAFETY: N numbers
    unsafe { x.store(line.as_mut_ptr()) }
}

/// Line `i` plus `x`.
#[inline(always)]
pub(crate) fn add<V: Lanes>(to: &mut [V::T], i: usize, x: V) {
    put(to, i, get::<V>(to, i).add(x));
}

/// From rows to lanes: `count` numbers at `first` of each row, `stride` apart. Lanes beyond the last row repeat it, so that
/// they never make a number that the rows do not.
pub(crate) fn into_lanes<T: Real>(
    rows: &[T],
    (stride, first, count): (usize, usize, usize),
    lines: &mut [T],
    lanes: usize,
) {
    if count == 0 {
        return;
    }
    let last = rows.len() / stride - 1;
    for lane in 0..lanes {
        let start = lane.min(last) * stride + first;
        for (&x, line) in rows[start..start + count].iter().zip(lines.chunks_exact_mut(lanes)) {
            line[lane] = x;
        }
    }
}

/// From lanes to rows: the first `count` lines to `first` of each row; what lanes beyond the last row hold is dropped.
pub(crate) fn into_rows<T: Real>(
    lines: &[T],
    lanes: usize,
    rows: &mut [T],
    (stride, first, count): (usize, usize, usize),
) {
    if count == 0 {
        return;
    }
    for (lane, row) in rows.chunks_exact_mut(stride).enumerate() {
        for (x, line) in row[first..first + count].iter_mut().zip(lines.chunks_exact(lanes)) {
            *x = line[lane];
        }
    }
}
