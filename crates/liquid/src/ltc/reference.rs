//! The network once more, number by number in `f64`: what the kernels are tested against.

use super::{Neurons, Synapses};

/// The synapses of one kind: `(target, source)`, and `[w, s, mu, E]` of each.
#[derive(Clone, Default)]
pub(crate) struct Wires {
    pub offsets: Vec<i32>,
    pub sources: Vec<i32>,
    pub parameters: [Vec<f64>; 4],
}

impl Wires {
    fn each(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.offsets.len() - 1).flat_map(move |j| {
            (self.offsets[j] as usize..self.offsets[j + 1] as usize).map(move |k| (k, j, self.sources[k] as usize))
        })
    }

    fn open(&self, k: usize, u: f64) -> f64 {
        1.0 / (1.0 + (-self.parameters[1][k] * (u - self.parameters[2][k])).exp())
    }

    /// These wires with parameters of another type.
    pub(crate) fn with<'a, T>(&'a self, parameters: &'a [Vec<T>; 4]) -> Synapses<'a, T> {
        let [weight, steepness, midpoint, reversal] = parameters.each_ref().map(Vec::as_slice);
        Synapses { offsets: &self.offsets, sources: &self.sources, weight, steepness, midpoint, reversal }
    }

    pub(crate) fn synapses(&self) -> Synapses<'_, f64> {
        self.with(&self.parameters)
    }
}

/// A network; `neurons` is `[capacity, leak, rest]`.
#[derive(Clone)]
pub(crate) struct Network {
    pub neurons: [Vec<f64>; 3],
    pub sensory: Wires,
    pub recurrent: Wires,
    pub unfolds: usize,
    pub epsilon: f64,
}

/// One row: its inputs (steps, inputs), first state, times and mask.
#[derive(Clone)]
pub(crate) struct Row {
    pub x: Vec<f64>,
    pub initial: Vec<f64>,
    pub elapsed: Vec<f64>,
    pub mask: Vec<bool>,
}

impl Row {
    fn inputs(&self) -> usize {
        self.x.len() / self.elapsed.len().max(1)
    }
}

/// The gradients of a row, in the shapes of what they belong to.
pub(crate) struct Slopes {
    pub x: Vec<f64>,
    pub initial: Vec<f64>,
    pub elapsed: Vec<f64>,
    pub neurons: [Vec<f64>; 3],
    pub sensory: [Vec<f64>; 4],
    pub recurrent: [Vec<f64>; 4],
}

impl Network {
    pub(crate) fn neurons(&self) -> Neurons<'_, f64> {
        let [capacity, leak, rest] = self.neurons.each_ref().map(Vec::as_slice);
        Neurons { capacity, leak, rest }
    }

    /// `(n, d)` of each neuron for inputs `x` and state `v`.
    fn currents(&self, x: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let [_, leak, rest] = &self.neurons;
        let mut n: Vec<f64> = leak.iter().zip(rest).map(|(l, r)| l * r).collect();
        let mut d: Vec<f64> = leak.iter().map(|l| l + self.epsilon).collect();
        for (wires, from) in [(&self.sensory, x), (&self.recurrent, v)] {
            for (k, j, source) in wires.each() {
                let g = wires.parameters[0][k] * wires.open(k, from[source]);
                n[j] += g * wires.parameters[3][k];
                d[j] += g;
            }
        }
        (n, d)
    }

    fn unfold(&self, x: &[f64], v: &[f64], h: f64) -> Vec<f64> {
        let (n, d) = self.currents(x, v);
        (0..v.len()).map(|j| v[j] + h * (n[j] - d[j] * v[j]) / (self.neurons[0][j] + h * d[j])).collect()
    }

    /// The states: before the first step, and after each.
    pub(crate) fn forward(&self, row: &Row) -> Vec<Vec<f64>> {
        let inputs = row.inputs();
        let mut states = vec![row.initial.clone()];
        for (t, &dt) in row.elapsed.iter().enumerate() {
            let mut v = states[t].clone();
            if row.mask[t] {
                for _ in 0..self.unfolds {
                    v = self.unfold(&row.x[t * inputs..(t + 1) * inputs], &v, dt / self.unfolds as f64);
                }
            }
            states.push(v);
        }
        states
    }

    /// The gradients of `sum(dy[t] y[t]) + sum(dlast last)`, where `y[t]` is the state after step `t`.
    pub(crate) fn backward(&self, row: &Row, dy: &[Vec<f64>], dlast: &[f64]) -> Slopes {
        let (inputs, states) = (row.inputs(), self.forward(row));
        let zeros = |x: &[f64]| vec![0.0; x.len()];
        let mut to = Slopes {
            x: zeros(&row.x),
            initial: vec![],
            elapsed: zeros(&row.elapsed),
            neurons: self.neurons.each_ref().map(|x| zeros(x)),
            sensory: self.sensory.parameters.each_ref().map(|x| zeros(x)),
            recurrent: self.recurrent.parameters.each_ref().map(|x| zeros(x)),
        };
        let mut g = dlast.to_vec();
        for t in (0..row.elapsed.len()).rev() {
            g.iter_mut().zip(&dy[t]).for_each(|(g, dy)| *g += dy);
            if row.mask[t] {
                let h = row.elapsed[t] / self.unfolds as f64;
                let x = &row.x[t * inputs..(t + 1) * inputs];
                let mut v = vec![states[t].clone()];
                for k in 0..self.unfolds {
                    v.push(self.unfold(x, &v[k], h));
                }
                for k in (0..self.unfolds).rev() {
                    let dx = &mut to.x[t * inputs..(t + 1) * inputs];
                    let sums = (&mut to.neurons, &mut to.sensory, &mut to.recurrent, dx, &mut to.elapsed[t]);
                    g = self.unfold_back(x, &v[k], h, &g, sums);
                }
            }
        }
        to.initial = g;
        to
    }

    #[allow(clippy::type_complexity)] // one call away from where the parts are borrowed
    fn unfold_back(
        &self,
        x: &[f64],
        v: &[f64],
        h: f64,
        g: &[f64],
        (neurons, sensory, recurrent, dx, dt): (
            &mut [Vec<f64>; 3],
            &mut [Vec<f64>; 4],
            &mut [Vec<f64>; 4],
            &mut [f64],
            &mut f64,
        ),
    ) -> Vec<f64> {
        let (n, d) = self.currents(x, v);
        let [capacity, leak, rest] = &self.neurons;
        let (mut dn, mut dd, mut dv) = (vec![0.0; v.len()], vec![0.0; v.len()], vec![0.0; v.len()]);
        for j in 0..v.len() {
            let (top, bottom) = (n[j] - d[j] * v[j], capacity[j] + h * d[j]);
            // of v + h top / bottom, by the rule of the quotient
            let (by_top, by_bottom) = (g[j] * h / bottom, -g[j] * h * top / (bottom * bottom));
            dn[j] = by_top;
            dd[j] = -by_top * v[j] + by_bottom * h;
            dv[j] = g[j] - by_top * d[j];
            neurons[0][j] += by_bottom;
            neurons[1][j] += dn[j] * rest[j] + dd[j];
            neurons[2][j] += dn[j] * leak[j];
            *dt += (g[j] * top / bottom + by_bottom * d[j]) / self.unfolds as f64;
        }
        for (wires, from, to, by) in [(&self.sensory, x, sensory, dx), (&self.recurrent, v, recurrent, &mut dv[..])] {
            let [w, s, mu, e] = &wires.parameters;
            for (k, j, source) in wires.each() {
                let open = wires.open(k, from[source]);
                let dg = dn[j] * e[k] + dd[j];
                let dz = dg * w[k] * open * (1.0 - open);
                to[0][k] += dg * open;
                to[1][k] += dz * (from[source] - mu[k]);
                to[2][k] -= dz * s[k];
                to[3][k] += dn[j] * w[k] * open;
                by[source] += dz * s[k];
            }
        }
        dv
    }
}
