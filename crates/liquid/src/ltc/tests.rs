// Longer than 400 lines: one case, and everything that has to hold for it.
use super::reference::{Network, Row, Slopes, Wires};
use super::*;

fn never() -> bool {
    false
}

/// Numbers from 0 to 1 by a linear congruence (Knuth's MMIX).
struct Dice(u64);
impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }
    fn many(&mut self, len: usize, low: f64, high: f64) -> Vec<f64> {
        (0..len).map(|_| self.between(low, high)).collect()
    }
}

fn wires(dice: &mut Dice, neurons: usize, sources: usize, density: f64) -> Wires {
    let mut wires = Wires { offsets: vec![0], ..Wires::default() };
    for _ in 0..neurons {
        for source in 0..sources {
            if dice.roll() < density {
                wires.sources.push(source as i32);
            }
        }
        wires.offsets.push(wires.sources.len() as i32);
    }
    let len = wires.sources.len();
    // the ranges of ncps
    wires.parameters = [(0.001, 1.0), (3.0, 8.0), (0.3, 0.8), (-1.0, 1.0)].map(|(low, high)| dice.many(len, low, high));
    wires
}

fn network(dice: &mut Dice, neurons: usize, inputs: usize, density: f64) -> Network {
    Network {
        neurons: [(0.4, 0.6), (0.001, 1.0), (-0.2, 0.2)].map(|(low, high)| dice.many(neurons, low, high)),
        sensory: wires(dice, neurons, inputs, density),
        recurrent: wires(dice, neurons, neurons, density),
        unfolds: 3,
        epsilon: 1e-8,
    }
}

fn rows(dice: &mut Dice, count: usize, steps: usize, inputs: usize, neurons: usize) -> Vec<Row> {
    (0..count)
        .map(|_| Row {
            x: dice.many(steps * inputs, -1.0, 1.0),
            initial: dice.many(neurons, -1.0, 1.0),
            elapsed: (0..steps).map(|_| if dice.roll() < 0.1 { 0.0 } else { dice.between(0.0, 2.0) }).collect(),
            mask: (0..steps).map(|_| dice.roll() < 0.8).collect(),
        })
        .collect()
}

/// A batch in the memory of the kernels.
struct Batch<T> {
    rows: usize,
    steps: usize,
    x: Vec<T>,
    initial: Vec<T>,
    elapsed: Vec<T>,
    mask: Vec<u8>,
}

fn cast<T: Real>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&x| T::from_f64(x)).collect()
}

impl<T: Real> Batch<T> {
    fn new(rows: &[Row], steps: usize) -> Self {
        let all = |f: fn(&Row) -> &[f64]| rows.iter().flat_map(|row| cast(f(row))).collect();
        Self {
            rows: rows.len(),
            steps,
            x: all(|r| &r.x),
            initial: all(|r| &r.initial),
            elapsed: all(|r| &r.elapsed),
            mask: rows.iter().flat_map(|r| r.mask.iter().map(|&m| u8::from(m))).collect(),
        }
    }
    fn sequences(&self) -> Sequences<'_, T> {
        Sequences {
            rows: self.rows,
            steps: self.steps,
            x: &self.x,
            initial: &self.initial,
            elapsed: &self.elapsed,
            mask: Some(&self.mask),
        }
    }
}

fn model<T: Real>(network: &Network, inputs: usize) -> Model<T> {
    let [sensory, recurrent] =
        [&network.sensory, &network.recurrent].map(|wires| wires.parameters.each_ref().map(|x| cast::<T>(x)));
    let [capacity, leak, rest] = network.neurons.each_ref().map(|x| cast(x));
    let neurons = Neurons { capacity: &capacity, leak: &leak, rest: &rest };
    let synapses = [(&network.sensory, &sensory), (&network.recurrent, &recurrent)].map(|(wires, p)| wires.with(p));
    Model::new(&neurons, &synapses[0], &synapses[1], inputs, network.unfolds, network.epsilon).unwrap()
}

fn on(level: Level) -> Run<'static> {
    Run { level, threads: 1, poll: &never }
}

/// The states after each step (rows, steps, neurons), the last ones, and the trail.
fn forward_of<T: Real>(model: &Model<T>, batch: &Batch<T>, run: Run<'_>) -> (Vec<T>, Vec<T>, Trail<T>) {
    let n = model.neurons();
    let mut y = vec![T::default(); batch.rows * batch.steps * n];
    let mut last = vec![T::default(); batch.rows * n];
    let trail = forward(model, &batch.sequences(), Some((&mut y, n)), &mut last, true, run);
    (y, last, trail.unwrap().unwrap())
}

/// Every gradient, by name.
fn backward_of<T: Real>(
    model: &Model<T>,
    batch: &Batch<T>,
    trail: &Trail<T>,
    (dy, dlast): (&[T], &[T]),
    threads: usize,
) -> Vec<(&'static str, Vec<T>)> {
    let (n, [sensory, recurrent]) = (model.neurons(), model.synapses());
    let lens = [
        ("x", batch.x.len()),
        ("v0", batch.initial.len()),
        ("dt", batch.rows * batch.steps),
        ("capacity", n),
        ("leak", n),
        ("rest", n),
        ("sensory w", sensory),
        ("sensory s", sensory),
        ("sensory mu", sensory),
        ("sensory E", sensory),
        ("w", recurrent),
        ("s", recurrent),
        ("mu", recurrent),
        ("E", recurrent),
    ];
    let mut out = lens.map(|(name, len)| (name, vec![T::default(); len]));
    let [x, initial, elapsed, capacity, leak, rest, a, b, c, d, e, f, g, h] = out.each_mut().map(|(_, x)| &mut x[..]);
    let parameters = Parameters { capacity, leak, rest, sensory: [a, b, c, d], recurrent: [e, f, g, h] };
    let to = Gradients { x, initial, elapsed, parameters };
    let from = Upstream { y: Some((dy, n)), last: Some(dlast) };
    backward(model, &batch.sequences(), trail, from, to, threads, &never).unwrap();
    out.into()
}

/// The same from the reference, row after row.
fn reference_of(network: &Network, rows: &[Row], dy: &[f64], dlast: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = network.neurons[0].len();
    let mut states = vec![];
    let zeros = |p: &[Vec<f64>]| p.iter().map(|x| vec![0.0; x.len()]).collect::<Vec<_>>();
    let parameters = [&network.neurons[..], &network.sensory.parameters, &network.recurrent.parameters].concat();
    let mut all = vec![vec![]; 3];
    all.extend(zeros(&parameters));
    for (i, row) in rows.iter().enumerate() {
        let steps = row.elapsed.len();
        states.extend(network.forward(row)[1..].concat());
        let dy: Vec<Vec<f64>> = (0..steps).map(|t| dy[(i * steps + t) * n..(i * steps + t + 1) * n].to_vec()).collect();
        let Slopes { x, initial, elapsed, neurons, sensory, recurrent } =
            network.backward(row, &dy, &dlast[i * n..(i + 1) * n]);
        for (to, from) in all.iter_mut().zip([x, initial, elapsed]) {
            to.extend(from);
        }
        for (to, from) in all[3..].iter_mut().zip([&neurons[..], &sensory, &recurrent].concat()) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
    (states, all)
}

fn assert_close<T: Real>(what: &str, found: &[T], expected: &[f64], relative: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3, |most: f64, x| most.max(x.abs()));
    for (i, (x, e)) in found.iter().zip(expected).enumerate() {
        assert!((x.to_f64() - e).abs() <= relative * scale, "{what} {i}: {x:?} for {e}, of {scale}");
    }
}

/// Cases: rows, steps, inputs, neurons, density.
const CASES: [(usize, usize, usize, usize, f64); 12] = [
    (0, 3, 2, 3, 0.5),
    (1, 0, 2, 3, 0.5),
    (1, 1, 1, 1, 1.0),
    (3, 4, 0, 5, 0.5),
    (2, 3, 2, 4, 0.0),
    (7, 6, 3, 9, 0.3),
    (8, 2, 3, 6, 0.5),
    (15, 3, 1, 4, 1.0),
    (16, 5, 3, 5, 0.5),
    (17, 3, 2, 7, 0.4),
    (33, 4, 3, 6, 0.5),
    (40, 30, 2, 5, 0.6),
];

fn check<T: Real>(forward_bound: f64, backward_bound: f64) {
    for (seed, (count, steps, inputs, neurons, density)) in CASES.into_iter().enumerate() {
        let mut dice = Dice(seed as u64);
        let network = network(&mut dice, neurons, inputs, density);
        let rows = rows(&mut dice, count, steps, inputs, neurons);
        let (dy, dlast) = (dice.many(count * steps * neurons, -1.0, 1.0), dice.many(count * neurons, -1.0, 1.0));
        let (states, slopes) = reference_of(&network, &rows, &dy, &dlast);
        let (model, batch) = (model::<T>(&network, inputs), Batch::<T>::new(&rows, steps));
        for level in Level::available() {
            let what = format!("{level}, case {seed}");
            let (y, last, trail) = forward_of(&model, &batch, on(level));
            assert_close(&what, &y, &states, forward_bound);
            for (i, last) in last.chunks(neurons).enumerate() {
                let expected =
                    if steps == 0 { &batch.initial[i * neurons..] } else { &y[((i + 1) * steps - 1) * neurons..] };
                assert_eq!(last, &expected[..neurons], "{what}");
            }
            let found = backward_of(&model, &batch, &trail, (&cast::<T>(&dy), &cast::<T>(&dlast)), 1);
            for ((name, found), expected) in found.iter().zip(&slopes) {
                assert_close(&format!("{what}: {name}"), found, expected, backward_bound);
            }
        }
    }
}

#[test]
fn float64_agrees_with_the_reference() {
    check::<f64>(1e-13, 1e-12);
}

#[test]
fn float32_agrees_with_the_reference() {
    check::<f32>(5e-6, 5e-5);
}

/// An array of either, by the number that `reference_of` gives its slopes
fn pick<'a>(network: &'a mut Network, row: &'a mut Row, i: usize) -> &'a mut Vec<f64> {
    match i {
        0 => &mut row.x,
        1 => &mut row.initial,
        2 => &mut row.elapsed,
        3..6 => &mut network.neurons[i - 3],
        6..10 => &mut network.sensory.parameters[i - 6],
        _ => &mut network.recurrent.parameters[i - 10],
    }
}

#[test]
fn the_reference_has_the_slopes_of_central_differences() {
    let mut dice = Dice(5);
    let network = network(&mut dice, 4, 2, 0.7);
    let row = rows(&mut dice, 1, 5, 2, 4).remove(0);
    let (dy, dlast) = (dice.many(20, -1.0, 1.0), dice.many(4, -1.0, 1.0));
    let (_, slopes) = reference_of(&network, std::slice::from_ref(&row), &dy, &dlast);
    let loss = |network: &Network, row: &Row| -> f64 {
        let states = network.forward(row);
        let all = states[1..].concat().into_iter().chain(states[5].clone());
        all.zip(dy.iter().chain(&dlast)).map(|(v, d)| v * d).sum()
    };
    let step = 1e-6; // the error is step**2 times a third derivative, and 1e-16 / step: both below 1e-8 here
    for (i, slopes) in slopes.iter().enumerate() {
        for (k, slope) in slopes.iter().enumerate() {
            let ends = [step, -step].map(|by| {
                let (mut network, mut row) = (network.clone(), row.clone());
                pick(&mut network, &mut row, i)[k] += by;
                loss(&network, &row)
            });
            let found = (ends[0] - ends[1]) / (2.0 * step);
            assert!((found - slope).abs() < 1e-7, "array {i}, element {k}: {slope} for {found}");
        }
    }
}

/// A network, its rows and upstream gradients in `f32`.
fn example(count: usize, steps: usize) -> (Model<f32>, Vec<Row>, Vec<f32>, Vec<f32>) {
    let mut dice = Dice(77);
    let network = network(&mut dice, 12, 3, 0.4);
    let rows = rows(&mut dice, count, steps, 3, 12);
    let (dy, dlast) = (dice.many(count * steps * 12, -1.0, 1.0), dice.many(count * 12, -1.0, 1.0));
    (model(&network, 3), rows, cast(&dy), cast(&dlast))
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (model, rows, dy, dlast) = example(40, 9);
    let batch = Batch::<f32>::new(&rows, 9);
    for level in Level::available() {
        let (y, last, trail) = forward_of(&model, &batch, on(level));
        let slopes = backward_of(&model, &batch, &trail, (&dy, &dlast), 1);
        for threads in [0, 2, 3, 50] {
            let (y2, last2, trail) = forward_of(&model, &batch, Run { level, threads, poll: &never });
            assert_eq!((bits(&y), bits(&last)), (bits(&y2), bits(&last2)), "{level}");
            let again = backward_of(&model, &batch, &trail, (&dy, &dlast), threads);
            assert!(slopes.iter().zip(&again).all(|(a, b)| bits(&a.1) == bits(&b.1)), "{level}, {threads} threads");
        }
    }
}

#[test]
fn a_row_alone_has_the_bits_that_it_has_in_a_batch() {
    let (model, mut rows, dy, dlast) = example(21, 4);
    rows[20].initial.fill(1e6); // too large for the path without a clamp, which its neighbours must not notice
    rows[2].x.fill(f64::INFINITY);
    let batch = Batch::<f32>::new(&rows, 4);
    for level in Level::available() {
        let (y, _, trail) = forward_of(&model, &batch, on(level));
        let slopes = backward_of(&model, &batch, &trail, (&dy, &dlast), 1);
        for i in 0..rows.len() {
            let alone = Batch::<f32>::new(&rows[i..=i], 4);
            let (y1, _, trail) = forward_of(&model, &alone, on(level));
            assert_eq!(bits(&y1), bits(&y[i * 48..(i + 1) * 48]), "{level}, row {i}");
            let upstream = (&dy[i * 48..(i + 1) * 48], &dlast[i * 12..(i + 1) * 12]);
            for ((name, found), (_, all)) in
                backward_of(&model, &alone, &trail, upstream, 1).iter().zip(&slopes).take(3)
            {
                let len = found.len();
                assert_eq!(bits(found), bits(&all[i * len..(i + 1) * len]), "{level}, row {i}: {name}");
            }
        }
    }
}

#[test]
fn any_chunking_equals_one_shot() {
    let (model, rows, ..) = example(5, 12);
    let whole = Batch::<f32>::new(&rows, 12);
    for level in Level::available() {
        let (_, expected, _) = forward_of(&model, &whole, on(level));
        for cut in 0..=12 {
            let part = |from: usize, to: usize, initial: Option<&[f32]>| {
                let pieces: Vec<Row> = rows
                    .iter()
                    .map(|r| Row {
                        x: r.x[from * 3..to * 3].to_vec(),
                        initial: r.initial.clone(),
                        elapsed: r.elapsed[from..to].to_vec(),
                        mask: r.mask[from..to].to_vec(),
                    })
                    .collect();
                let mut batch = Batch::<f32>::new(&pieces, to - from);
                if let Some(initial) = initial {
                    batch.initial = initial.to_vec();
                }
                forward_of(&model, &batch, on(level)).1
            };
            let middle = part(0, cut, None);
            assert_eq!(bits(&part(cut, 12, Some(&middle))), bits(&expected), "{level}, cut at {cut}");
        }
    }
}

#[test]
fn steps_have_the_bits_of_the_sequence() {
    for (neurons, inputs, density) in [(1, 0, 1.0), (12, 3, 0.4), (16, 1, 0.0), (37, 4, 0.2), (64, 8, 0.12)] {
        let mut dice = Dice(neurons as u64);
        let network = network(&mut dice, neurons, inputs, density);
        let mut rows = rows(&mut dice, 3, 4, inputs, neurons);
        for row in &mut rows {
            (row.mask, row.elapsed) = (vec![true; 4], vec![0.4; 4]);
        }
        let (model, batch) = (model::<f32>(&network, inputs), Batch::<f32>::new(&rows, 4));
        for level in Level::available() {
            let stepper = Stepper::new(&model, level);
            let mut v = batch.initial.clone();
            for t in 0..4 {
                let x: Vec<f32> = rows.iter().flat_map(|row| cast(&row.x[t * inputs..(t + 1) * inputs])).collect();
                let mut out = vec![0.0; v.len()];
                stepper.step(&x, inputs, &v, 0.4, &mut out);
                v = out;
            }
            assert_eq!(bits(&v), bits(&forward_of(&model, &batch, on(level)).1), "{level}, {neurons} neurons");
        }
    }
}

#[test]
fn a_nan_stays_in_its_row() {
    let (model, mut rows, dy, dlast) = example(20, 4);
    for row in &mut rows {
        row.mask.fill(true);
    }
    rows[7].x[4] = f64::NAN;
    let batch = Batch::<f32>::new(&rows, 4);
    for level in Level::available() {
        let (y, last, trail) = forward_of(&model, &batch, on(level));
        assert!(last.chunks(12).enumerate().all(|(i, v)| v.iter().any(|v| v.is_nan()) == (i == 7)), "{level}");
        assert!(y[7 * 48..7 * 48 + 12].iter().all(|v| !v.is_nan()), "the first step did not see it");
        for (name, slope) in backward_of(&model, &batch, &trail, (&dy, &dlast), 1).iter().take(3) {
            let len = slope.len() / 20;
            assert!(slope.chunks(len).enumerate().all(|(i, s)| i == 7 || s.iter().all(|x| x.is_finite())), "{name}");
        }
    }
}

#[test]
fn nothing_of_a_masked_step_is_read() {
    let (model, mut rows, mut dy, dlast) = example(20, 4);
    let clean = Batch::<f32>::new(&rows, 4);
    for row in &mut rows {
        for t in (0..4).filter(|&t| !row.mask[t]) {
            row.x[t * 3..(t + 1) * 3].fill(f64::NAN);
            row.elapsed[t] = f64::NAN;
        }
    }
    let dirty = Batch::<f32>::new(&rows, 4);
    dy[0] = 2.0;
    for level in Level::available() {
        let [a, b] = [&clean, &dirty].map(|batch| forward_of(&model, batch, on(level)));
        assert_eq!(bits(&a.0), bits(&b.0), "{level}");
        let [a, b] = [(&clean, a.2), (&dirty, b.2)].map(|(batch, t)| backward_of(&model, batch, &t, (&dy, &dlast), 1));
        assert!(a.iter().zip(&b).all(|(a, b)| bits(&a.1) == bits(&b.1)), "{level}");
        for (i, row) in rows.iter().enumerate() {
            for t in (0..4).filter(|&t| !row.mask[t]) {
                assert!(b[0].1[(i * 4 + t) * 3..][..3].iter().all(|&x| x == 0.0) && b[2].1[i * 4 + t] == 0.0);
            }
        }
    }
}

#[test]
fn no_time_changes_nothing() {
    let (model, mut rows, ..) = example(9, 3);
    for row in &mut rows {
        row.elapsed.fill(0.0);
    }
    let batch = Batch::<f32>::new(&rows, 3);
    for level in Level::available() {
        assert_eq!(bits(&forward_of(&model, &batch, on(level)).1), bits(&batch.initial), "{level}");
    }
}

#[test]
fn one_time_for_all_equals_the_same_time_for_each() {
    let (model, mut rows, ..) = example(9, 3);
    for row in &mut rows {
        row.elapsed.copy_from_slice(&[0.7, 0.2, 1.0]);
    }
    let mut batch = Batch::<f32>::new(&rows, 3);
    let each = forward_of(&model, &batch, on(Level::best())).0;
    batch.elapsed = vec![0.7, 0.2, 1.0];
    assert_eq!(bits(&forward_of(&model, &batch, on(Level::best())).0), bits(&each));
    batch.elapsed = vec![0.7];
    assert_ne!(bits(&forward_of(&model, &batch, on(Level::best())).0), bits(&each));
}

#[test]
fn a_stop_comes_out() {
    let (model, rows, ..) = example(40, 2000);
    let batch = Batch::<f32>::new(&rows, 2000);
    let mut last = vec![0.0; 40 * 12];
    let slow = || {
        std::thread::sleep(std::time::Duration::from_millis(60));
        true
    };
    let run = Run { level: Level::available()[0], threads: 1, poll: &slow };
    assert!(matches!(forward(&model, &batch.sequences(), None, &mut last, false, run), Err(Stopped)));
}

#[test]
fn what_does_not_fit_is_said() {
    let mut dice = Dice(1);
    let good = network(&mut dice, 3, 2, 1.0);
    let said = |change: fn(&mut Network)| {
        let mut network = good.clone();
        change(&mut network);
        let built =
            Model::new(&network.neurons(), &network.sensory.synapses(), &network.recurrent.synapses(), 2, 3, 0.0);
        built.err().unwrap_or_default()
    };
    assert_eq!(said(|_| ()), "");
    assert!(said(|n| n.sensory.sources[0] = 2).contains("source 2 of a sensory synapse; expected 0 to 1"));
    assert!(said(|n| n.recurrent.sources[0] = -1).contains("source -1"));
    assert!(said(|n| n.recurrent.offsets[2] = 1).contains("ascending from 0 to 9"));
    assert!(said(|n| _ = n.sensory.parameters[2].pop()).contains("5 mu of sensory synapses; expected 6"));
    assert!(said(|n| _ = n.neurons[1].pop()).contains("3 capacities, 2 leaks and 3 rests"));
}
