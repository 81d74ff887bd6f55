//! Panels: `[unit][row]` blocks of numbers, with the rows of a batch side by side; and how they come from memory that
//! has each row's numbers together, and go back.

use crate::lanes::Real;

/// Rows and columns of a block that is turned over in registers.
const SIDE: usize = 4;

/// `to[column][row] = from[row][column]`; the numbers of a row, and the rows of `to`, lie as far apart as the steps
/// say.
pub fn transpose<T: Real>(
    (from, from_step): (&[T], usize),
    (to, to_step): (&mut [T], usize),
    rows: usize,
    columns: usize,
) {
    let fits = |len: usize, n: usize, step: usize, width: usize| n == 0 || width == 0 || len >= (n - 1) * step + width;
    assert!(fits(from.len(), rows, from_step, columns) && fits(to.len(), columns, to_step, rows));
    let (whole_rows, whole_columns) = (rows - rows % SIDE, columns - columns % SIDE);
    let mut block = |r: usize, c: usize| {
        // SAFETY: rows r to r + SIDE and columns c to c + SIDE exist, and both slices hold all of them, as asserted
        unsafe {
            turn(from.as_ptr().add(r * from_step + c), from_step, to.as_mut_ptr().add(c * to_step + r), to_step);
        }
    };
    // the side whose lines are far apart goes line by line: many of them at once would share one set of the cache
    if to_step > from_step {
        (0..whole_columns).step_by(SIDE).for_each(|c| (0..whole_rows).step_by(SIDE).for_each(|r| block(r, c)));
    } else {
        (0..whole_rows).step_by(SIDE).for_each(|r| (0..whole_columns).step_by(SIDE).for_each(|c| block(r, c)));
    }
    for r in 0..rows {
        for c in if r < whole_rows { whole_columns..columns } else { 0..columns } {
            to[c * to_step + r] = from[r * from_step + c];
        }
    }
}

/// Turn over one block of `SIDE` by `SIDE`. The shuffles are those of the baseline of the machine: SSE2 on x86-64.
///
/// # Safety
/// The numbers of `from` can be read, and those of `to` be written.
#[inline(always)]
unsafe fn turn<T: Real>(from: *const T, from_step: usize, to: *mut T, to_step: usize) {
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() == size_of::<f32>() {
        use std::arch::x86_64::{_MM_TRANSPOSE4_PS, _mm_loadu_ps, _mm_storeu_ps};
        // SAFETY: the caller's promise, of four lines of four numbers that are f32, as Real has no other type of that
        // size
        unsafe {
            let line = |i: usize| _mm_loadu_ps(from.add(i * from_step).cast());
            let [mut a, mut b, mut c, mut d] = [line(0), line(1), line(2), line(3)];
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            for (i, line) in [a, b, c, d].into_iter().enumerate() {
                _mm_storeu_ps(to.add(i * to_step).cast(), line);
            }
        }
        return;
    }
    for i in 0..SIDE {
        for j in 0..SIDE {
            // SAFETY: the caller's promise
            unsafe { *to.add(j * to_step + i) = *from.add(i * from_step + j) };
        }
    }
}

/// Into a panel of `rows` rows: `count` rows of `width` numbers, `step` apart; the rows after them are 0.
pub fn load<T: Real>(from: &[T], step: usize, (count, width): (usize, usize), panel: &mut [T], rows: usize) {
    transpose((from, step), (panel, rows), count, width);
    if count < rows {
        for unit in panel.chunks_exact_mut(rows).take(width) {
            unit[count..].fill(T::default());
        }
    }
}

/// One number for each unit, repeated for every row.
pub fn repeat<T: Real>(numbers: &[T], rows: usize) -> Vec<T> {
    numbers.iter().flat_map(|&x| std::iter::repeat_n(x, rows)).collect()
}

/// `x + y` of single numbers; in f64, as a number has no arithmetic of its own.
pub fn sum<T: Real>(x: T, y: T) -> T {
    T::from_f64(x.to_f64() + y.to_f64())
}

/// `x y` of single numbers.
pub fn product<T: Real>(x: T, y: T) -> T {
    T::from_f64(x.to_f64() * y.to_f64())
}
