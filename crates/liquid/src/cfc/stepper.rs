//! One row at a time, for control loops: outputs lie in the lanes, and each input is broadcast to all of them.

use super::elementwise::{Memory, Mix, activate};
use super::plan::Matrices;
use super::product::{Matrix, Registers};
use super::{Activation, Cell, Dt, Mode, Shape, State};
use crate::lanes::{Kernel, Lanes, Real, at};
use simd::Level;

/// Registers that a row product fills together.
const REGISTERS: usize = 8;

/// A matrix for one row: `[output / group][input][group]`, in groups of registers; parts begin at a register each.
struct RowMatrix<T> {
    inputs: usize,
    /// With padding.
    outputs: usize,
    weights: Vec<T>,
    bias: Vec<T>,
}

impl<T: Real> RowMatrix<T> {
    /// `matrix` holds parts of `width` outputs.
    fn new(matrix: &Matrix<T>, width: usize, lanes: usize) -> Self {
        let Matrix { inputs, outputs, ref weights, ref bias } = *matrix;
        let padded = width.next_multiple_of(lanes);
        let spread = |row: &[T]| -> Vec<T> {
            let mut to = vec![T::default(); outputs / width * padded];
            for (to, from) in to.chunks_exact_mut(padded).zip(row.chunks_exact(width)) {
                to[..width].copy_from_slice(from);
            }
            to
        };
        let rows: Vec<_> = weights.chunks_exact(outputs).map(spread).collect();
        let bias = spread(bias);
        let mut packed = Vec::with_capacity(bias.len() * inputs);
        for first in (0..bias.len()).step_by(REGISTERS * lanes) {
            let last = (first + REGISTERS * lanes).min(bias.len());
            for row in &rows {
                packed.extend_from_slice(&row[first..last]);
            }
        }
        Self { inputs, outputs: bias.len(), weights: packed, bias }
    }
}

/// `out = bias + input weights`
struct RowProduct<'a, T> {
    matrix: &'a RowMatrix<T>,
    input: &'a [T],
    out: &'a mut [T],
}

impl<T: Real> RowProduct<'_, T> {
    /// `R` registers of outputs from `first` on.
    #[inline(always)]
    fn group<V: Lanes<T = T>, const R: usize>(&mut self, first: usize) {
        let RowMatrix { inputs, ref weights, ref bias, .. } = *self.matrix;
        let (width, input) = (R * V::N, &self.input[..inputs]);
        let mut sums = [V::splat(T::default()); R];
        let (weights, bias) = (&weights[first * inputs..][..width * inputs], &bias[first..first + width]);
        let out = &mut self.out[first..first + width];
        // SAFETY: out and bias have R registers, and weights as many for each input
        unsafe {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(bias.as_ptr().add(r * V::N));
            }
            for (k, &x) in input.iter().enumerate() {
                let x = V::splat(x);
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(weights.as_ptr().add((k * R + r) * V::N)).fma(x, *sum);
                }
            }
            for (r, sum) in sums.iter().enumerate() {
                sum.store(out.as_mut_ptr().add(r * V::N));
            }
        }
    }
}

impl<T: Real> Kernel<T> for RowProduct<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(mut self) {
        let outputs = self.matrix.outputs;
        for first in (0..outputs).step_by(REGISTERS * V::N) {
            match ((outputs - first) / V::N).min(REGISTERS) {
                1 => self.group::<V, 1>(first),
                2 => self.group::<V, 2>(first),
                3 => self.group::<V, 3>(first),
                4 => self.group::<V, 4>(first),
                5 => self.group::<V, 5>(first),
                6 => self.group::<V, 6>(first),
                7 => self.group::<V, 7>(first),
                _ => self.group::<V, REGISTERS>(first),
            }
        }
    }
}

/// A cell that makes single steps; it owns a copy of the weights.
pub struct Stepper<T> {
    level: Level,
    mode: Mode,
    activation: Activation,
    split_time: bool,
    inputs: usize,
    units: usize,
    lanes: usize,
    lstm: Option<RowMatrix<T>>,
    layers: Vec<RowMatrix<T>>,
    heads: RowMatrix<T>,
    vectors: [Vec<T>; 2],
}

impl<T: Real> Stepper<T> {
    /// # Panics
    /// Where a length does not fit.
    #[must_use]
    pub fn new(level: Level, cell: &Cell<'_, T>, inputs: usize, units: usize) -> Self {
        assert!(inputs > 0 && units > 0, "cfc: a cell without inputs or units");
        let shape = Shape { batch: 1, steps: 1, inputs, units };
        Self::of(level, cell, shape, Matrices::new(cell, shape, Dt::PerStep(&[])))
    }

    /// With the matrices of a sequence: the elapsed time may be in them already.
    pub(super) fn of(level: Level, cell: &Cell<'_, T>, shape: Shape, matrices: Matrices<T>) -> Self {
        let lanes = Registers::of::<T>(level).lanes;
        let Shape { inputs, units, .. } = shape;
        let Matrices { lstm, layers, heads, split_time } = matrices;
        let padded = |v: &[T]| {
            let mut v = v.to_vec();
            v.resize(v.len().next_multiple_of(lanes), T::default());
            v
        };
        Self {
            level,
            mode: cell.mode,
            activation: cell.activation,
            split_time,
            inputs,
            units,
            lanes,
            lstm: lstm.map(|m| RowMatrix::new(&m, units, lanes)),
            layers: layers.iter().map(|m| RowMatrix::new(m, m.outputs, lanes)).collect(),
            heads: RowMatrix::new(&heads, units, lanes),
            vectors: cell.weights.vectors.unwrap_or_default().map(padded),
        }
    }

    /// Length of an input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Length of the state.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Has the state a memory cell?
    #[must_use]
    pub fn has_memory(&self) -> bool {
        self.lstm.is_some()
    }

    /// One step from `state` to `out`.
    ///
    /// # Panics
    /// Where a length does not fit.
    pub fn step(&self, x: &[T], state: State<&[T]>, dt: T, out: State<&mut [T]>) {
        self.step_in(&mut self.scratch(), x, state, dt, out);
    }

    /// The memory that [`Self::step_in`] needs.
    pub(super) fn scratch(&self) -> Vec<T> {
        let len = self.units.next_multiple_of(self.lanes);
        let memory = if self.has_memory() { 7 * len } else { 0 };
        // [x; h] and the lanes that a register writes after it, two layers, heads, three numbers kept, the new state
        let own = self.inputs + len + 2 * self.widest() + self.heads.outputs + 4 * len + self.lanes;
        vec![T::default(); own + memory]
    }

    fn widest(&self) -> usize {
        self.layers.iter().map(|m| m.outputs).max().unwrap_or(0)
    }

    /// [`Self::step`] in given memory.
    pub(super) fn step_in(&self, scratch: &mut [T], x: &[T], state: State<&[T]>, dt: T, out: State<&mut [T]>) {
        let (inputs, units, level, widest) = (self.inputs, self.units, self.level, self.widest());
        let len = units.next_multiple_of(self.lanes);
        assert!([x.len(), state.h.len(), out.h.len()] == [inputs, units, units], "cfc: a row");
        assert!([state.c.is_some(), out.c.is_some()] == [self.has_memory(); 2], "cfc: cell state");
        let (seen, rest) = scratch.split_at_mut(inputs + len);
        let (mut now, rest) = rest.split_at_mut(widest);
        let (mut next, rest) = rest.split_at_mut(widest);
        let (heads, rest) = rest.split_at_mut(self.heads.outputs);
        let (kept, rest) = rest.split_at_mut(3 * len);
        let (new, rest) = rest.split_at_mut(len);
        let (elapsed, rest) = rest.split_at_mut(self.lanes);
        elapsed.fill(dt);
        seen[..inputs].copy_from_slice(x);
        seen[inputs..inputs + units].copy_from_slice(state.h);
        if let (Some(lstm), Some(from), Some(to)) = (&self.lstm, state.c, out.c) {
            let (gates, rest) = rest.split_at_mut(4 * len);
            let (before, rest) = rest.split_at_mut(len);
            let (squashed, cell) = rest.split_at_mut(len);
            cell[..units].copy_from_slice(from);
            at(level, RowProduct { matrix: lstm, input: seen, out: gates });
            at(level, Memory { mask: None, gates, before, squashed, cell, out: &mut seen[inputs..] });
            to.copy_from_slice(&cell[..units]);
        }
        let mut input = &*seen;
        for layer in &self.layers {
            at(level, RowProduct { matrix: layer, input, out: &mut now[..layer.outputs] });
            activate(level, self.activation, None, &mut now[..layer.outputs]);
            (now, next) = (next, now);
            input = &*next;
        }
        at(level, RowProduct { matrix: &self.heads, input, out: heads });
        let (k0, kept) = kept.split_at_mut(len);
        let (k1, k2) = kept.split_at_mut(len);
        at(
            level,
            Mix {
                mode: self.mode,
                heads,
                split_time: self.split_time,
                dt: elapsed,
                mask: None,
                before: &seen[inputs..],
                vectors: self.vectors.each_ref().map(|v| &v[..]),
                kept: [k0, k1, k2],
                state: new,
            },
        );
        out.h.copy_from_slice(&new[..units]);
    }
}
