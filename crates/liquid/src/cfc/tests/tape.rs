//! Scalars that remember how they came to be: the gradients of the reference follow from its definition alone.

use std::cell::RefCell;
use std::ops::{Add, Mul, Neg, Sub};

/// For each number: up to two numbers that it came from, with the derivatives.
#[derive(Default)]
pub struct Tape(RefCell<Vec<[(usize, f64); 2]>>);

/// A number on a tape.
#[derive(Clone, Copy)]
pub struct Var<'t> {
    tape: &'t Tape,
    index: usize,
    pub value: f64,
}

impl Tape {
    pub fn var(&self, value: f64) -> Var<'_> {
        self.push(value, [(0, 0.0); 2])
    }

    pub fn vars(&self, values: &[f64]) -> Vec<Var<'_>> {
        values.iter().map(|&x| self.var(x)).collect()
    }

    fn push(&self, value: f64, parents: [(usize, f64); 2]) -> Var<'_> {
        let mut nodes = self.0.borrow_mut();
        nodes.push(parents);
        Var { tape: self, index: nodes.len() - 1, value }
    }

    /// The gradient of `sum weights values` with respect to every number on the tape.
    pub fn gradients(&self, outputs: &[(Var<'_>, f64)]) -> Gradients {
        let nodes = self.0.borrow();
        let mut grads = vec![0.0; nodes.len()];
        for (var, weight) in outputs {
            grads[var.index] += weight;
        }
        for index in (0..nodes.len()).rev() {
            for (parent, slope) in nodes[index] {
                if slope != 0.0 {
                    grads[parent] += grads[index] * slope;
                }
            }
        }
        Gradients(grads)
    }
}

pub struct Gradients(Vec<f64>);

impl Gradients {
    pub fn of(&self, vars: &[Var<'_>]) -> Vec<f64> {
        vars.iter().map(|var| self.0[var.index]).collect()
    }
}

impl Var<'_> {
    fn map(self, value: f64, slope: f64) -> Self {
        self.tape.push(value, [(self.index, slope), (0, 0.0)])
    }

    pub fn scale(self, by: f64) -> Self {
        self.map(self.value * by, by)
    }

    pub fn exp(self) -> Self {
        let y = self.value.exp();
        self.map(y, y)
    }

    pub fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.map(y, 1.0 - y * y)
    }

    pub fn sigmoid(self) -> Self {
        let y = 1.0 / (1.0 + (-self.value).exp());
        self.map(y, y * (1.0 - y))
    }

    pub fn abs(self) -> Self {
        self.map(self.value.abs(), self.value.signum())
    }

    pub fn relu(self) -> Self {
        self.map(self.value.max(0.0), f64::from(self.value > 0.0))
    }

    /// The distribution function of the normal distribution: half, and its density times `x + x^3/3 + x^5/(3 5) + ...`.
    pub fn normal(self) -> Self {
        let x = self.value;
        let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let terms = (1..200).scan(x, |term, k| {
            let now = *term;
            *term *= x * x / f64::from(2 * k + 1);
            Some(now)
        });
        self.map(0.5 + density * terms.sum::<f64>(), density)
    }
}

impl<'t> Add for Var<'t> {
    type Output = Var<'t>;
    fn add(self, other: Self) -> Self {
        self.tape.push(self.value + other.value, [(self.index, 1.0), (other.index, 1.0)])
    }
}

impl<'t> Sub for Var<'t> {
    type Output = Var<'t>;
    fn sub(self, other: Self) -> Self {
        self.tape.push(self.value - other.value, [(self.index, 1.0), (other.index, -1.0)])
    }
}

impl<'t> Mul for Var<'t> {
    type Output = Var<'t>;
    fn mul(self, other: Self) -> Self {
        self.tape.push(self.value * other.value, [(self.index, other.value), (other.index, self.value)])
    }
}

impl<'t> Neg for Var<'t> {
    type Output = Var<'t>;
    fn neg(self) -> Self {
        self.scale(-1.0)
    }
}
