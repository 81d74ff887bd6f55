//! Matrix products on panels: `[unit][row]` blocks with the rows of a batch in the lanes of registers.
//!
//! A tile is `H` outputs by `R` registers, kept in registers over all of the inner index; weights are packed so that a
//! tile reads them once and in order, and each is broadcast to all rows. Sums start with the bias (or with what is
//! there) and go over the inner index in order, one fused multiply-add after the other: neither the place of a row nor
//! the number of rows changes a bit.

use crate::lanes::{Kernel, Lanes, Real, at};
use simd::Level;

/// Padding of the units of a panel: the most outputs of any tile.
pub const UNITS: usize = 8;

/// Outputs of a tile: two registers for each of them, one for a weight and two for the rows must fit in the register
/// file.
#[inline(always)]
const fn height<V: Lanes>() -> usize {
    let many_registers = V::N * size_of::<V::T>() == 64 || cfg!(target_arch = "aarch64");
    if many_registers { UNITS } else { UNITS / 2 }
}

/// What the tiles of a level are made of.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// Numbers in a register.
    pub lanes: usize,
    /// Outputs of a tile.
    pub height: usize,
}

impl Registers {
    pub fn of<T: Real>(level: Level) -> Self {
        struct Ask;
        impl<T: Real> Kernel<T> for Ask {
            type Output = Registers;
            #[inline(always)]
            fn run<V: Lanes<T = T>>(self) -> Registers {
                Registers { lanes: V::N, height: height::<V>() }
            }
        }
        at::<T, Ask>(level, Ask)
    }
}

/// A row-major `(inputs, outputs)` matrix and a bias.
pub struct Matrix<T> {
    pub inputs: usize,
    pub outputs: usize,
    pub weights: Vec<T>,
    pub bias: Vec<T>,
}

impl<T: Real> Matrix<T> {
    /// Matrices with the same inputs side by side.
    pub fn beside<'a>(parts: impl Iterator<Item = (&'a [T], &'a [T])>, inputs: usize) -> Self {
        let parts: Vec<_> = parts.collect();
        let bias: Vec<T> = parts.iter().flat_map(|(_, bias)| bias.iter().copied()).collect();
        let mut weights = Vec::with_capacity(inputs * bias.len());
        for k in 0..inputs {
            for (w, b) in &parts {
                weights.extend_from_slice(&w[k * b.len()..][..b.len()]);
            }
        }
        Self { inputs, outputs: bias.len(), weights, bias }
    }
}

/// The weights of a product as its tiles read them: `[output / H][input][H]`, zeros after the last output.
pub struct Packed<T> {
    pub inputs: usize,
    pub outputs: usize,
    weights: Vec<T>,
    bias: Vec<T>,
}

impl<T: Real> Packed<T> {
    pub fn new(matrix: &Matrix<T>, Registers { height, .. }: Registers) -> Self {
        let Matrix { inputs, outputs, ref weights, ref bias } = *matrix;
        let mut packed = vec![T::default(); outputs.next_multiple_of(height) * inputs];
        for (tile, first) in packed.chunks_exact_mut((height * inputs).max(1)).zip((0..outputs).step_by(height)) {
            let used = height.min(outputs - first);
            for (k, to) in tile.chunks_exact_mut(height).enumerate() {
                to[..used].copy_from_slice(&weights[k * outputs + first..][..used]);
            }
        }
        let mut bias = bias.clone();
        bias.resize(outputs.next_multiple_of(height), T::default());
        Self { inputs, outputs, weights: packed, bias }
    }

    /// From the outputs back to the inputs, without a bias.
    pub fn transposed(matrix: &Matrix<T>, Registers { height, .. }: Registers) -> Self {
        let (inputs, outputs) = (matrix.outputs, matrix.inputs);
        let mut packed = vec![T::default(); outputs.next_multiple_of(height) * inputs];
        for (m, row) in matrix.weights.chunks_exact(inputs.max(1)).enumerate() {
            let tile = &mut packed[m / height * height * inputs + m % height..];
            for (to, &weight) in tile.iter_mut().step_by(height).zip(row) {
                *to = weight;
            }
        }
        Self { inputs, outputs, weights: packed, bias: vec![T::default(); outputs.next_multiple_of(height)] }
    }

    /// Outputs that are written: whole tiles.
    pub fn padded(&self) -> usize {
        self.bias.len()
    }

    /// `out = bias + input weights` on panels of `rows` rows (one or two registers); whole tiles are written.
    pub fn apply(&self, level: Level, input: &[T], out: &mut [T], rows: usize) {
        at(level, Product { packed: self, input, out, rows });
    }
}

struct Product<'a, T> {
    packed: &'a Packed<T>,
    input: &'a [T],
    out: &'a mut [T],
    rows: usize,
}

/// `sums[j][r] += a[k][j] z[k][r]` over `n` values of `k`; numbers lie `steps` apart: `a` over k and j, `z` over k.
///
/// # Safety
/// All of them can be read.
#[inline(always)]
unsafe fn tile<V: Lanes, const H: usize, const R: usize>(
    mut sums: [[V; R]; H],
    n: usize,
    mut a: *const V::T,
    mut z: *const V::T,
    (a_step, a_unit, z_step): (usize, usize, usize),
) -> [[V; R]; H] {
    for _ in 0..n {
        // SAFETY: the caller's promise; the pointers may end one past the last number, and are not read there
        unsafe {
            let mut row = [V::splat(V::T::default()); R];
            for (r, row) in row.iter_mut().enumerate() {
                *row = V::load(z.add(r * V::N));
            }
            for (j, sums) in sums.iter_mut().enumerate() {
                let weight = V::splat(*a.add(j * a_unit));
                for (sum, row) in sums.iter_mut().zip(row) {
                    *sum = weight.fma(row, *sum);
                }
            }
            (a, z) = (a.wrapping_add(a_step), z.wrapping_add(z_step));
        }
    }
    sums
}

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn tiles<V: Lanes<T = T>, const H: usize, const R: usize>(self) {
        let Self { packed, input, out, rows } = self;
        let Packed { inputs, outputs, ref weights, ref bias } = *packed;
        let tiles = outputs.div_ceil(H);
        assert!(rows == R * V::N && input.len() >= inputs * rows && out.len() >= tiles * H * rows);
        assert!(weights.len() == tiles * H * inputs && bias.len() == tiles * H);
        for i in 0..tiles {
            let mut sums = [[V::splat(T::default()); R]; H];
            for (sums, &bias) in sums.iter_mut().zip(&bias[i * H..]) {
                *sums = [V::splat(bias); R];
            }
            // SAFETY: the lengths of all four stand in the assertions above
            unsafe {
                let weights = weights.as_ptr().add(i * H * inputs);
                let sums = tile(sums, inputs, weights, input.as_ptr(), (H, 1, R * V::N));
                let out = out.as_mut_ptr().add(i * H * rows);
                for (j, sums) in sums.iter().enumerate() {
                    for (r, sum) in sums.iter().enumerate() {
                        sum.store(out.add((j * R + r) * V::N));
                    }
                }
            }
        }
    }
}

impl<T: Real> Kernel<T> for Product<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        match (height::<V>() == UNITS, self.rows == V::N) {
            (true, true) => self.tiles::<V, UNITS, 1>(),
            (true, false) => self.tiles::<V, UNITS, 2>(),
            (false, true) => self.tiles::<V, { UNITS / 2 }, 1>(),
            (false, false) => self.tiles::<V, { UNITS / 2 }, 2>(),
        }
    }
}

/// The gradient of a matrix, summed over rows and steps: `[input / 2N][output][2N]`, with inputs in lanes.
pub struct Outer<T> {
    inputs: usize,
    outputs: usize,
    sums: Vec<T>,
}

impl<T: Real> Outer<T> {
    pub fn new(inputs: usize, outputs: usize, Registers { lanes, .. }: Registers) -> Self {
        let sums = vec![T::default(); inputs.next_multiple_of(2 * lanes) * outputs.next_multiple_of(UNITS)];
        Self { inputs, outputs, sums }
    }

    /// Add `input transposed times grads` for `steps` steps of `rows` rows: `inputs` is `[input / 2N][step][row][2N]`,
    /// `grads` is `[step][output][row]` with `apart` numbers from step to step.
    pub fn add(&mut self, level: Level, inputs: &[T], (grads, apart): (&[T], usize), (steps, rows): (usize, usize)) {
        at(level, AddOuter { outer: self, columns: inputs, grads, apart, steps, rows });
    }

    /// Add what another one has summed.
    pub fn fold(&mut self, level: Level, other: &Self) {
        at(level, AddTo { sums: &mut self.sums, terms: &other.sums });
    }

    /// The gradient of input `k` and output `m`.
    pub fn get(&self, k: usize, m: usize, Registers { lanes, .. }: Registers) -> T {
        let width = 2 * lanes;
        self.sums[(k / width * self.outputs.next_multiple_of(UNITS) + m) * width + k % width]
    }
}

struct AddOuter<'a, T> {
    outer: &'a mut Outer<T>,
    columns: &'a [T],
    grads: &'a [T],
    apart: usize,
    steps: usize,
    rows: usize,
}

impl<T: Real> AddOuter<'_, T> {
    #[inline(always)]
    fn tiles<V: Lanes<T = T>, const H: usize, const ROWS_R: usize>(self) {
        let Self { outer, columns, grads, apart, steps, rows } = self;
        let (width, padded) = (2 * V::N, outer.outputs.next_multiple_of(UNITS));
        assert!(rows == ROWS_R * V::N && columns.len() >= outer.inputs.next_multiple_of(width) * steps * rows);
        assert!(grads.len() >= (steps - 1) * apart + outer.outputs.next_multiple_of(H) * rows);
        assert!(outer.sums.len() == outer.inputs.next_multiple_of(width) * padded);
        for k in (0..outer.inputs).step_by(width) {
            let columns = &columns[k * steps * rows..];
            for m in (0..outer.outputs).step_by(H) {
                // SAFETY: the assertions above, for the tile that begins at input k and output m
                unsafe {
                    let sums = outer.sums.as_mut_ptr().add(k * padded + m * width);
                    let from = (columns.as_ptr(), grads.as_ptr().add(m * rows));
                    if k + V::N < outer.inputs {
                        add_tile::<V, H, 2, ROWS_R>(sums, from, apart, steps);
                    } else {
                        add_tile::<V, H, 1, ROWS_R>(sums, from, apart, steps);
                    }
                }
            }
        }
    }
}

/// One tile of [`AddOuter`].
///
/// # Safety
/// `2 N H` sums can be written, the columns and gradients of all steps be read.
#[inline(always)]
unsafe fn add_tile<V: Lanes, const H: usize, const R: usize, const ROWS_R: usize>(
    to: *mut V::T,
    (columns, grads): (*const V::T, *const V::T),
    apart: usize,
    steps: usize,
) {
    let (rows, width) = (ROWS_R * V::N, 2 * V::N);
    // SAFETY: the caller's promise
    unsafe {
        let mut sums = [[V::splat(V::T::default()); R]; H];
        for (j, sums) in sums.iter_mut().enumerate() {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(to.add(j * width + r * V::N));
            }
        }
        for s in 0..steps {
            sums = tile(sums, rows, grads.add(s * apart), columns.add(s * rows * width), (1, rows, width));
        }
        for (j, sums) in sums.iter().enumerate() {
            for (r, sum) in sums.iter().enumerate() {
                sum.store(to.add(j * width + r * V::N));
            }
        }
    }
}

impl<T: Real> Kernel<T> for AddOuter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        match (height::<V>() == UNITS, self.rows == V::N) {
            (true, true) => self.tiles::<V, UNITS, 1>(),
            (true, false) => self.tiles::<V, UNITS, 2>(),
            (false, true) => self.tiles::<V, { UNITS / 2 }, 1>(),
            (false, false) => self.tiles::<V, { UNITS / 2 }, 2>(),
        }
    }
}

/// `sums += terms`, element by element.
struct AddTo<'a, T> {
    sums: &'a mut [T],
    terms: &'a [T],
}

impl<T: Real> Kernel<T> for AddTo<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let len = self.sums.len();
        assert!(len == self.terms.len() && len.is_multiple_of(V::N));
        for i in (0..len).step_by(V::N) {
            // SAFETY: both have len numbers, a multiple of N
            unsafe {
                let to = self.sums.as_mut_ptr().add(i);
                V::load(to).add(V::load(self.terms.as_ptr().add(i))).store(to);
            }
        }
    }
}

/// `sums += terms`, element by element, of the same length: whole registers.
pub fn add_to<T: Real>(level: Level, sums: &mut [T], terms: &[T]) {
    at(level, AddTo { sums, terms });
}
