//! A shape of network and of data, its numbers, and the kernel run on them.

use super::super::{
    Activation, Cell, Dt, Grads, Mode, Out, Sequence, Shape, State, Stepper, Weights, backward, forward,
};
use crate::lanes::Real;
use simd::Level;

/// How the elapsed time is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    One,
    PerStep,
    PerRow,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub mode: Mode,
    pub activation: Activation,
    pub backbone: Vec<usize>,
    pub lstm: bool,
    pub time: Time,
    pub masked: bool,
    pub batch: usize,
    pub steps: usize,
    pub inputs: usize,
    pub units: usize,
}

/// Arguments: `y`, `last_h` and `last_c` are then the gradients that come. Or results: `y` and the last state, and for
/// all else the gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub parameters: Vec<Vec<f64>>,
    pub x: Vec<f64>,
    pub h: Vec<f64>,
    pub c: Vec<f64>,
    /// `(B, T)` whatever the form; the other forms read its first row, or number.
    pub dt: Vec<f64>,
    pub mask: Vec<u8>,
    pub y: Vec<f64>,
    pub last_h: Vec<f64>,
    pub last_c: Vec<f64>,
}

impl Numbers {
    pub fn like(&self) -> Self {
        let zeros = |v: &[f64]| vec![0.0; v.len()];
        Self {
            parameters: self.parameters.iter().map(|p| zeros(p)).collect(),
            x: zeros(&self.x),
            h: zeros(&self.h),
            c: zeros(&self.c),
            dt: zeros(&self.dt),
            mask: Vec::new(),
            y: zeros(&self.y),
            last_h: zeros(&self.last_h),
            last_c: zeros(&self.last_c),
        }
    }

    /// Each kind of number under its name.
    pub fn named(&self) -> Vec<(String, &[f64])> {
        let names = ["x", "h", "c", "dt", "y", "last h", "last c"];
        let rest = [&self.x, &self.h, &self.c, &self.dt, &self.y, &self.last_h, &self.last_c];
        let parameters = self.parameters.iter().enumerate().map(|(i, p)| (format!("parameter {i}"), &p[..]));
        parameters.chain(names.into_iter().zip(rest).map(|(name, v)| (name.to_string(), &v[..]))).collect()
    }
}

/// A multiplicative congruential generator (Knuth's MMIX): the numbers of a test are the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Uniform from `-size` to `size`, and a number of f32.
    pub fn numbers(&mut self, n: usize, size: f64) -> Vec<f64> {
        (0..n)
            .map(|_| (self.word() as f64 / f64::from(1_u32 << 30) - 1.0) * size)
            .map(|x| f64::from(x as f32))
            .collect()
    }
}

impl Case {
    pub fn heads(&self) -> usize {
        if self.mode.has_vectors() { 1 } else { 4 }
    }

    /// Units of the memory cell.
    pub fn cells(&self) -> usize {
        if self.lstm { self.units } else { 0 }
    }

    pub fn dt(&self, dt: &[f64], row: usize, t: usize) -> f64 {
        match self.time {
            Time::One => dt[0],
            Time::PerStep => dt[t],
            Time::PerRow => dt[row * self.steps + t],
        }
    }

    pub fn is_kept(&self, mask: &[u8], row: usize, t: usize) -> bool {
        !self.masked || mask[row * self.steps + t] != 0
    }

    /// The lengths of the parameters: matrix and bias of each layer, of each head, vectors, LSTM.
    pub fn sizes(&self) -> Vec<(usize, usize)> {
        let mut width = self.inputs + self.units;
        let mut sizes = Vec::new();
        for &m in &self.backbone {
            sizes.extend([(width, m), (1, m)]);
            width = m;
        }
        sizes.extend([(width, self.units), (1, self.units)].repeat(self.heads()));
        if self.mode.has_vectors() {
            sizes.extend([(1, self.units); 2]);
        }
        if self.lstm {
            sizes.extend([self.inputs, self.units, 1].map(|k| (k, 4 * self.units)));
        }
        sizes
    }

    pub fn numbers(&self, seed: u64) -> Numbers {
        let mut random = Random(seed);
        let (rows, units) = (self.batch * self.steps, self.batch * self.units);
        let scale = |k: usize| if k == 1 { 0.5 } else { 1.5 / (k as f64).sqrt() };
        let sizes = self.sizes();
        Numbers {
            parameters: sizes.iter().map(|&(k, m)| random.numbers(k * m, scale(k))).collect(),
            x: random.numbers(rows * self.inputs, 1.0),
            h: random.numbers(units, 0.8),
            c: random.numbers(self.batch * self.cells(), 0.8),
            dt: random.numbers(rows.max(self.steps).max(1), 1.0).iter().map(|dt| dt.abs()).collect(),
            mask: (0..rows).map(|_| u8::from(!random.word().is_multiple_of(3))).collect(),
            y: random.numbers(rows * self.units, 1.0),
            last_h: random.numbers(units, 1.0),
            last_c: random.numbers(self.batch * self.cells(), 1.0),
        }
    }

    fn weights<S>(&self, mut parts: impl Iterator<Item = S>) -> Weights<S> {
        let mut next = || parts.next().expect("a parameter for each size");
        Weights {
            backbone: self.backbone.iter().map(|_| (next(), next())).collect(),
            heads: (0..self.heads()).map(|_| (next(), next())).collect(),
            vectors: self.mode.has_vectors().then(|| [next(), next()]),
            lstm: self.lstm.then(|| [next(), next(), next()]),
        }
    }

    pub fn cell<'a, T>(&self, parameters: &'a [Vec<T>]) -> Cell<'a, T> {
        let weights = self.weights(parameters.iter().map(|p| &p[..]));
        Cell { mode: self.mode, activation: self.activation, weights }
    }

    /// Forward, and backward where asked, with the kernel.
    pub fn run<T: Real>(&self, level: Level, numbers: &Numbers, threads: usize, back: bool) -> Numbers {
        let narrow = |v: &[f64]| -> Vec<T> { v.iter().map(|&x| T::from_f64(x)).collect() };
        let wide = |v: &[T]| -> Vec<f64> { v.iter().map(|x| x.to_f64()).collect() };
        let mut parameters: Vec<_> = numbers.parameters.iter().map(|p| narrow(p)).collect();
        let [mut x, mut h, mut c, mut dt, mut y, mut last_h, mut last_c] =
            [&numbers.x, &numbers.h, &numbers.c, &numbers.dt, &numbers.y, &numbers.last_h, &numbers.last_c]
                .map(|v| narrow(v));
        let (dy, dh, dc) = (y.clone(), last_h.clone(), last_c.clone());
        let (given, given_x, given_h, given_c, given_dt) =
            (parameters.clone(), x.clone(), h.clone(), c.clone(), dt.clone());
        let cell = self.cell(&given);
        let shape = Shape { batch: self.batch, steps: self.steps, inputs: self.inputs, units: self.units };
        let times = match self.time {
            Time::One => Dt::One(given_dt[0]),
            Time::PerStep => Dt::PerStep(&given_dt[..self.steps]),
            Time::PerRow => Dt::PerRow(&given_dt[..self.batch * self.steps]),
        };
        let state = State { h: &given_h[..], c: self.lstm.then_some(&given_c[..]) };
        let mask = self.masked.then_some(&numbers.mask[..]);
        let sequence = Sequence { shape, x: &given_x, state, dt: times, mask };
        let last = State { h: &mut last_h[..], c: self.lstm.then_some(&mut last_c[..]) };
        let out = Out { y: Some(&mut y), last: Some(last) };
        let trail = forward(level, &cell, &sequence, out, back, threads, &|| false).expect("nobody stops it");
        assert!(trail.is_some() == back);
        if let Some(trail) = trail {
            let dlast = State { h: &dh[..], c: self.lstm.then_some(&dc[..]) };
            let grads = Grads {
                dy: Some(&dy),
                dlast: Some(dlast),
                dx: &mut x,
                dstate: State { h: &mut h, c: self.lstm.then_some(&mut c[..]) },
                ddt: Some(&mut dt[..self.batch * self.steps]),
                dcell: self.weights(parameters.iter_mut().map(|p| &mut p[..])),
            };
            backward(&trail, &cell, &sequence, grads, threads, &|| false).expect("nobody stops it");
        }
        Numbers {
            parameters: parameters.iter().map(|p| wide(p)).collect(),
            x: wide(&x),
            h: wide(&h),
            c: wide(&c),
            dt: wide(&dt),
            mask: Vec::new(),
            y: wide(&y),
            last_h: wide(&last_h),
            last_c: wide(&last_c),
        }
    }

    /// The outputs of row `row`, one step at a time; without a mask.
    pub fn walk<T: Real>(&self, level: Level, numbers: &Numbers, row: usize) -> Vec<f64> {
        let narrow = |v: &[f64]| -> Vec<T> { v.iter().map(|&x| T::from_f64(x)).collect() };
        let parameters: Vec<_> = numbers.parameters.iter().map(|p| narrow(p)).collect();
        let stepper = Stepper::new(level, &self.cell(&parameters), self.inputs, self.units);
        let mut h = narrow(&numbers.h[row * self.units..][..self.units]);
        let mut c = narrow(&numbers.c[row * self.cells()..][..self.cells()]);
        let mut y = Vec::new();
        for t in 0..self.steps {
            let x = narrow(&numbers.x[(row * self.steps + t) * self.inputs..][..self.inputs]);
            let (old_h, old_c) = (h.clone(), c.clone());
            let state = State { h: &old_h[..], c: self.lstm.then_some(&old_c[..]) };
            let out = State { h: &mut h[..], c: self.lstm.then_some(&mut c[..]) };
            stepper.step(&x, state, T::from_f64(self.dt(&numbers.dt, row, t)), out);
            y.extend(h.iter().map(|h| h.to_f64()));
        }
        y
    }
}
