//! What is the same for every step of a call: the weights side by side, and where a step keeps its numbers.

use super::panel::sum;
use super::product::{Matrix, UNITS};
use super::{Cell, Dt, Sequence, Shape};
use crate::lanes::Real;

/// The matrices of a cell, each as one product needs it.
pub struct Matrices<T> {
    /// `[x; h]` to the four gates; the 1 of the forget gate is in its bias.
    pub lstm: Option<Matrix<T>>,
    pub layers: Vec<Matrix<T>>,
    /// All heads beside one another.
    pub heads: Matrix<T>,
    /// Has the time two heads, or one for their sum?
    pub split_time: bool,
}

impl<T: Real> Matrices<T> {
    /// Checks the lengths of everything in the cell.
    pub fn new(cell: &Cell<'_, T>, Shape { inputs, units, .. }: Shape, dt: Dt<'_, T>) -> Self {
        let weights = &cell.weights;
        assert!(weights.heads.len() == if cell.mode.has_vectors() { 1 } else { 4 }, "cfc: heads");
        assert!(weights.heads.iter().all(|(_, b)| b.len() == units), "cfc: heads");
        assert!(weights.vectors.is_some() == cell.mode.has_vectors(), "cfc: vectors");
        assert!(weights.vectors.iter().flatten().all(|v| v.len() == units), "cfc: vectors");
        let mut width = inputs + units;
        let mut layers = Vec::new();
        for &(w, b) in &weights.backbone {
            assert!(!b.is_empty() && w.len() == width * b.len(), "cfc: backbone");
            layers.push(Matrix::beside([(w, b)].into_iter(), width));
            width = b.len();
        }
        assert!(weights.heads.iter().all(|(w, b)| w.len() == width * b.len()), "cfc: heads");
        let all = || weights.heads.iter().copied();
        let heads = match dt {
            Dt::One(dt) if !cell.mode.has_vectors() => {
                let [(wa, ba), (wb, bb)] = [weights.heads[2], weights.heads[3]];
                let merge = |a: &[T], b: &[T]| -> Vec<T> {
                    a.iter().zip(b).map(|(a, b)| T::from_f64(a.to_f64() * dt.to_f64() + b.to_f64())).collect()
                };
                let (w, b) = (merge(wa, wb), merge(ba, bb));
                Matrix::beside(all().take(2).chain([(&w[..], &b[..])]), width)
            }
            _ => Matrix::beside(all(), width),
        };
        let lstm = weights.lstm.map(|[wi, wh, b]| {
            assert!([wi.len(), wh.len(), b.len()] == [inputs, units, 1].map(|k| k * 4 * units), "cfc: lstm");
            let mut bias = b.to_vec();
            for b in &mut bias[2 * units..3 * units] {
                *b = sum(*b, T::from_f64(1.0));
            }
            Matrix { inputs: inputs + units, outputs: 4 * units, weights: [wi, wh].concat(), bias }
        });
        let split_time = !cell.mode.has_vectors() && !matches!(dt, Dt::One(_));
        Self { lstm, layers, heads, split_time }
    }
}

/// For each of the heads: which of those that were computed is its own, and the factor of its gradient.
pub fn head_parts<T: Real>(dt: Dt<'_, T>, heads: usize) -> Vec<(usize, T)> {
    let one = T::from_f64(1.0);
    match dt {
        Dt::One(dt) if heads == 4 => vec![(0, one), (1, one), (2, dt), (2, one)],
        _ => (0..heads).map(|i| (i, one)).collect(),
    }
}

/// The places of a layer, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub argument: Option<usize>,
    pub value: usize,
    pub width: usize,
}

/// The places of the memory cell, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlace {
    pub input: usize,
    pub gates: usize,
    pub before: usize,
    pub squashed: usize,
}

/// Where a step keeps its numbers, in units: everything that the way back needs, in the order it is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub memory: Option<MemoryPlace>,
    /// `[x; h]`, as the first product of the `CfC` reads it.
    pub input: usize,
    pub layers: Vec<Layer>,
    pub kept: usize,
    /// All units of a step.
    pub len: usize,
}

impl Layout {
    pub fn new<T: Real>(cell: &Cell<'_, T>, Shape { inputs, units, .. }: Shape) -> Self {
        let mut len = 0;
        // a product writes whole tiles; what comes after is written later
        let mut place = |n: usize| {
            let here = len;
            len += n.next_multiple_of(UNITS);
            here
        };
        let memory = cell.weights.lstm.map(|_| MemoryPlace {
            input: place(inputs + units),
            gates: place(4 * units),
            before: place(units),
            squashed: place(units),
        });
        let input = place(inputs + units);
        let layers = cell.weights.backbone.iter().map(|(_, bias)| Layer {
            argument: cell.activation.keeps_argument().then(|| place(bias.len())),
            value: place(bias.len()),
            width: bias.len(),
        });
        let layers = layers.collect();
        let kept = place(3 * units);
        Self { memory, input, layers, kept, len }
    }

    /// Place and width of what the heads read.
    pub fn features(&self, Shape { inputs, units, .. }: Shape) -> (usize, usize) {
        self.layers.last().map_or((self.input, inputs + units), |layer| (layer.value, layer.width))
    }
}

/// Block `first` to `first + count` of the batch, in a panel of `rows`.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub first: usize,
    pub count: usize,
    /// One or two registers.
    pub rows: usize,
}

impl Block {
    /// The blocks of a batch: two registers of rows; for a rest that fits in one, one.
    pub fn blocks(batch: usize, lanes: usize) -> Vec<Self> {
        let block = |first| {
            let count = (2 * lanes).min(batch - first);
            Self { first, count, rows: if count <= lanes { lanes } else { 2 * lanes } }
        };
        (0..batch).step_by(2 * lanes).map(block).collect()
    }
}

/// Elapsed time and mask of a step, for each row.
pub struct Clock<T> {
    pub dt: Vec<T>,
    mask: Option<Vec<T>>,
}

impl<T: Real> Clock<T> {
    pub fn new(sequence: &Sequence<'_, T>, at: Block) -> Self {
        let constant = if let Dt::One(dt) = sequence.dt { dt } else { T::default() };
        Self { dt: vec![constant; at.rows], mask: sequence.mask.map(|_| vec![T::default(); at.rows]) }
    }

    pub fn mask(&self) -> Option<&[T]> {
        self.mask.as_deref()
    }

    /// Go to step `t`. A row that the mask leaves out gets an elapsed time of 0, whatever stands there.
    pub fn set(&mut self, sequence: &Sequence<'_, T>, at: Block, t: usize) {
        let steps = sequence.shape.steps;
        match sequence.dt {
            Dt::One(dt) => self.dt[..at.count].fill(dt),
            Dt::PerStep(dt) => self.dt[..at.count].fill(dt[t]),
            Dt::PerRow(dt) => {
                for (row, to) in self.dt[..at.count].iter_mut().enumerate() {
                    *to = dt[(at.first + row) * steps + t];
                }
            }
        }
        if let (Some(mask), Some(from)) = (&mut self.mask, sequence.mask) {
            for (row, (kept, dt)) in mask.iter_mut().zip(&mut self.dt).take(at.count).enumerate() {
                let is_kept = from[(at.first + row) * steps + t] != 0;
                *kept = T::from_f64(f64::from(u8::from(is_kept)));
                if !is_kept {
                    *dt = T::default();
                }
            }
        }
    }
}
