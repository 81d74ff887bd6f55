//! What the kernels read: parameters packed in the order of their use, and a batch of sequences.

use super::lines::into_lanes;
use super::logistic::FAR;
use crate::lanes::{MOST, Real};
use std::ops::Range;

/// Synapses sorted by target: those of neuron `j` are `offsets[j]..offsets[j + 1]`. Each has the conductance
/// `weight sigmoid(steepness (u - midpoint))`, where `u` is the value of its source, and pulls towards `reversal`.
#[derive(Clone, Copy)]
pub struct Synapses<'a, T> {
    /// One more than there are neurons, ascending from 0.
    pub offsets: &'a [i32],
    /// An input or a neuron each.
    pub sources: &'a [i32],
    /// w
    pub weight: &'a [T],
    /// s
    pub steepness: &'a [T],
    /// mu
    pub midpoint: &'a [T],
    /// E
    pub reversal: &'a [T],
}

/// One number for each neuron.
#[derive(Clone, Copy)]
pub struct Neurons<'a, T> {
    /// c
    pub capacity: &'a [T],
    /// The conductance that pulls towards `rest`.
    pub leak: &'a [T],
    /// Where a neuron without input ends.
    pub rest: &'a [T],
}

/// Where the gradients of the parameters go: as long as the parameters; synapses as `[w, s, mu, E]`.
pub struct Parameters<'a, T> {
    pub capacity: &'a mut [T],
    pub leak: &'a mut [T],
    pub rest: &'a mut [T],
    pub sensory: [&'a mut [T]; 4],
    pub recurrent: [&'a mut [T]; 4],
}

/// What a step reads of a synapse: its conductance is `weight logistic(slope u + shift)`, `drive` is `weight reversal`.
/// Of an input it is `weight logistic(slope (u - shift))`: features may be large, and one rounding of `slope shift` would
/// be too.
#[derive(Clone, Copy)]
pub(crate) struct Link<T> {
    pub slope: T,
    pub shift: T,
    pub weight: T,
    pub drive: T,
    pub source: u32,
    /// Its place among the pulls.
    pub pull: u32,
}

/// What the way back reads of a synapse; `strength` is `steepness weight`.
#[derive(Clone, Copy)]
pub(crate) struct Pull<T> {
    pub reversal: T,
    pub strength: T,
    pub target: u32,
    /// Its place among the links.
    pub link: u32,
}

/// The synapses of one kind: by target on the way forward and by source on the way back, for then what is added up (the
/// currents of a target, the gradient of a source) stays in a register.
pub(crate) struct Pack<T> {
    pub offsets: Vec<usize>,
    pub links: Vec<Link<T>>,
    /// Of each source, as `offsets` of each target.
    pub departures: Vec<usize>,
    pub pulls: Vec<Pull<T>>,
    pub steepness: Vec<T>,
    pub midpoint: Vec<T>,
    /// The largest `|slope|`, `|shift|`, `|reversal|`.
    most: [f64; 3],
    positive: bool,
}

impl<T: Real> Pack<T> {
    fn new(synapses: &Synapses<'_, T>, sensory: bool, neurons: usize, sources: usize) -> Result<Self, String> {
        let kind = if sensory { "sensory" } else { "recurrent" };
        let Synapses { offsets, sources: from, weight, steepness, midpoint, reversal } = *synapses;
        let count = from.len();
        let names = ["w", "s", "mu", "e"];
        for (name, len) in names.into_iter().zip([weight, steepness, midpoint, reversal].map(<[T]>::len)) {
            if len != count {
                return Err(format!("{len} {name} of {kind} synapses; expected {count}, as there are sources"));
            }
        }
        let ascending = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends = (offsets.first(), offsets.last().and_then(|&last| usize::try_from(last).ok()));
        if offsets.len() != neurons + 1 || !ascending || ends != (Some(&0), Some(count)) {
            return Err(format!(
                "{} offsets of {kind} synapses; expected {}, one more than neurons, ascending from 0 to {count}",
                offsets.len(),
                neurons + 1
            ));
        }
        if let Some(wrong) = from.iter().find(|&&s| usize::try_from(s).map_or(true, |s| s >= sources)) {
            return Err(format!("source {wrong} of a {kind} synapse; expected 0 to {}", sources.saturating_sub(1)));
        }
        let mut pack = Self {
            offsets: offsets.iter().map(|&o| o as usize).collect(),
            links: Vec::with_capacity(count),
            departures: vec![0; sources + 1],
            pulls: Vec::with_capacity(count),
            steepness: steepness.to_vec(),
            midpoint: midpoint.to_vec(),
            most: [0.0; 3],
            positive: true,
        };
        for k in 0..count {
            let [w, s, mu, e] = [weight, steepness, midpoint, reversal].map(|x| x[k].to_f64());
            let slope = -s * std::f64::consts::LOG2_E;
            let shift = if sensory { mu } else { -slope * mu };
            let number = T::from_f64;
            pack.links.push(Link {
                slope: number(slope),
                shift: number(shift),
                weight: weight[k],
                drive: number(w * e),
                source: from[k] as u32,
                pull: 0,
            });
            pack.departures[from[k] as usize + 1] += 1;
            for (most, x) in pack.most.iter_mut().zip([slope, shift, e]) {
                *most = if x.abs() <= *most { *most } else { x.abs() }; // a nan stays
            }
            pack.positive &= (0.0..=MOST_SUM).contains(&w);
        }
        for s in 0..sources {
            pack.departures[s + 1] += pack.departures[s];
        }
        let mut order: Vec<(usize, usize)> = (0..neurons).flat_map(|j| pack.of(j).map(move |k| (j, k))).collect();
        order.sort_by_key(|&(_, k)| pack.links[k].source); // stable: by target within a source
        for (place, (j, k)) in order.into_iter().enumerate() {
            let strength = T::from_f64(steepness[k].to_f64() * weight[k].to_f64());
            pack.pulls.push(Pull { reversal: reversal[k], strength, target: j as u32, link: k as u32 });
            pack.links[k].pull = place as u32;
        }
        Ok(pack)
    }

    /// The pulls of source `s`.
    #[inline(always)]
    pub(crate) fn from(&self, s: usize) -> Range<usize> {
        self.departures[s]..self.departures[s + 1]
    }

    /// The synapses of neuron `j`.
    #[inline(always)]
    pub(crate) fn of(&self, j: usize) -> Range<usize> {
        self.offsets[j]..self.offsets[j + 1]
    }

    /// Whether `|slope u + shift| <= FAR` for every `|u| <= bound`.
    fn is_calm(&self, bound: f64) -> bool {
        self.most[0] * bound + self.most[1] <= FAR
    }
}

/// Conductances up to here have sums far from overflow.
const MOST_SUM: f64 = 1e9;

/// The parameters of a network, checked and packed.
pub struct Model<T> {
    pub(crate) inputs: usize,
    pub(crate) unfolds: usize,
    pub(crate) epsilon: f64,
    pub(crate) capacity: Vec<T>,
    pub(crate) leak: Vec<T>,
    pub(crate) rest: Vec<T>,
    pub(crate) sensory: Pack<T>,
    pub(crate) recurrent: Pack<T>,
}

impl<T: Real> Model<T> {
    /// `inputs` values go into the sensory synapses; `epsilon` is a conductance that pulls every neuron towards 0.
    ///
    /// # Errors
    /// What does not fit, and what was expected.
    pub fn new(
        neurons: &Neurons<'_, T>,
        sensory: &Synapses<'_, T>,
        recurrent: &Synapses<'_, T>,
        inputs: usize,
        unfolds: usize,
        epsilon: f64,
    ) -> Result<Self, String> {
        let n = neurons.capacity.len();
        if n == 0 || neurons.leak.len() != n || neurons.rest.len() != n {
            return Err(format!(
                "{n} capacities, {} leaks and {} rests; expected as many of each, and one at least",
                neurons.leak.len(),
                neurons.rest.len()
            ));
        }
        if unfolds == 0 {
            return Err("0 unfolds; expected 1 at least".into());
        }
        Ok(Self {
            inputs,
            unfolds,
            epsilon,
            capacity: neurons.capacity.to_vec(),
            leak: neurons.leak.to_vec(),
            rest: neurons.rest.to_vec(),
            sensory: Pack::new(sensory, true, n, inputs)?,
            recurrent: Pack::new(recurrent, false, n, n)?,
        })
    }

    /// How many neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.capacity.len()
    }

    /// How many synapses from inputs, and among neurons.
    #[must_use]
    pub fn synapses(&self) -> [usize; 2] {
        [self.sensory.links.len(), self.recurrent.links.len()]
    }

    /// The current `leak rest` of neuron `j`, its conductance `leak + epsilon`, and its capacity.
    #[inline(always)]
    pub(crate) fn own(&self, j: usize) -> [T; 3] {
        let (leak, rest) = (self.leak[j].to_f64(), self.rest[j].to_f64());
        [T::from_f64(leak * rest), T::from_f64(leak + self.epsilon), self.capacity[j]]
    }

    /// Registers of synapses and neurons that one step computes.
    pub(crate) fn work(&self) -> usize {
        let [sensory, recurrent] = self.synapses();
        sensory + (recurrent + 4 * self.neurons()) * self.unfolds
    }

    /// Whether no synapse can leave the range of `logistic` without its clamp, from these states on.
    ///
    /// With positive parameters a state is a weighted mean of itself, 0, `rest` and the reversals, hence never larger than
    /// the largest of them; what rounding adds in a thousand steps is far below the factor of 2 that `logistic` leaves.
    pub(crate) fn is_calm(&self, states: &[T]) -> bool {
        let small = |x: &[T], low: f64| x.iter().all(|x| (low..=MOST_SUM).contains(&x.to_f64()));
        let bound = self.rest.iter().chain(states).fold(0.0, |most: f64, x| {
            let x = x.to_f64().abs();
            if x <= most { most } else { x }
        });
        let bound = bound.max(self.sensory.most[2]).max(self.recurrent.most[2]);
        bound <= MOST_SUM
            && self.sensory.positive
            && self.recurrent.positive
            && self.epsilon >= 0.0
            && small(&self.leak, 0.0)
            && small(&self.capacity, 0.0)
            && self.recurrent.is_calm(bound)
    }
}

/// A batch of sequences, row-major.
#[derive(Clone, Copy)]
pub struct Sequences<'a, T> {
    /// How many.
    pub rows: usize,
    /// How long they are.
    pub steps: usize,
    /// (rows, steps, inputs)
    pub x: &'a [T],
    /// (rows, neurons)
    pub initial: &'a [T],
    /// The time of each step: one number, or (steps,), or (rows, steps).
    pub elapsed: &'a [T],
    /// (rows, steps): 0 where the state is copied through unchanged.
    pub mask: Option<&'a [u8]>,
}

/// What a step has of time, in lanes: `h`, and whether a row takes part.
pub(crate) struct Tick<T> {
    pub h: [T; MOST],
    pub alive: [bool; MOST],
    pub all: bool,
}

impl<T: Real> Sequences<'_, T> {
    /// # Errors
    /// What does not fit `model`, and what was expected.
    pub fn check(&self, model: &Model<T>) -> Result<(), String> {
        let (cells, n) = (self.rows * self.steps, model.neurons());
        let expect = |name: &str, len: usize, expected: usize| {
            if len == expected { Ok(()) } else { Err(format!("{name} of {len} elements; expected {expected}")) }
        };
        expect("x", self.x.len(), cells * model.inputs)?;
        expect("v0", self.initial.len(), self.rows * n)?;
        expect("mask", self.mask.map_or(cells, <[u8]>::len), cells)?;
        if ![1, self.steps, cells].contains(&self.elapsed.len()) {
            return Err(format!("dt of {} elements; expected 1, {} or {cells}", self.elapsed.len(), self.steps));
        }
        Ok(())
    }

    fn dt(&self, row: usize, t: usize) -> T {
        match self.elapsed.len() {
            1 => self.elapsed[0],
            len if len == self.steps => self.elapsed[t],
            _ => self.elapsed[row * self.steps + t],
        }
    }

    /// Whether no step goes back in time; then a state is a mean, see [`Model::is_calm`].
    pub(crate) fn goes_onward(&self) -> bool {
        self.elapsed.iter().all(|&dt| dt >= T::default())
    }

    /// Step `t` of a block of rows: its inputs into lines, and its time. A row that is masked gets inputs of 0 and a time of
    /// 1: whatever stands there, a nan included, reaches nothing.
    pub(crate) fn step(
        &self,
        model: &Model<T>,
        rows: &Range<usize>,
        t: usize,
        (x, lanes): (&mut [T], usize),
    ) -> Tick<T> {
        let (width, last) = (self.steps * model.inputs, rows.len() - 1);
        let inputs = &self.x[rows.start * width..rows.end * width];
        into_lanes(inputs, (width, t * model.inputs, model.inputs), x, lanes);
        let part = |dt: T| T::from_f64(dt.to_f64() / model.unfolds as f64);
        let mut tick = Tick { h: [part(self.dt(rows.start, t)); MOST], alive: [true; MOST], all: true };
        if self.mask.is_none() && self.elapsed.len() <= self.steps {
            return tick; // one time for all
        }
        for lane in 0..lanes {
            let row = rows.start + lane.min(last);
            tick.h[lane] = part(self.dt(row, t));
            if self.mask.is_some_and(|mask| mask[row * self.steps + t] == 0) {
                (tick.alive[lane], tick.all) = (false, false);
                tick.h[lane] = T::from_f64(1.0);
                x.iter_mut().skip(lane).step_by(lanes).for_each(|x| *x = T::default());
            }
        }
        tick
    }
}
