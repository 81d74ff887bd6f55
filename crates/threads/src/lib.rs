//! Work cut in chunks over threads, with a way to stop it.
//!
//! Threads live inside one call ([`std::thread::scope`]): no pool survives it, so a process that forks between two calls
//! has nothing to lose and nothing to restart. Chunks are handed out in order to whoever is free. The work of a chunk may
//! depend on its index alone, and then no result depends on the number of threads.
//!
//! The calling thread works too, and asks `poll` between its chunks, about every 50 ms, whether to stop. A chunk should
//! take less than 20 ms: it is never cut short.

use std::fmt;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::{Builder, available_parallelism, panicking, scope};
use std::time::{Duration, Instant};

const POLL_EVERY: Duration = Duration::from_millis(50);

/// `poll` asked to stop: some chunks are done, the others were not touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped before the last chunk")
    }
}

impl std::error::Error for Stopped {}

/// How many threads `threads` means: 0 is every core this process might use when it first asked. Asking takes 30 us.
#[must_use]
pub fn count(threads: usize) -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    if threads == 0 { *CORES.get_or_init(|| available_parallelism().map_or(1, NonZero::get)) } else { threads }
}

/// Chunks still to hand out, and whether to go on.
struct Queue {
    next: AtomicUsize,
    len: usize,
    stop: AtomicBool,
}

impl Queue {
    fn take(&self) -> Option<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        // Relaxed: a chunk is taken once whatever the order, and the end of the scope publishes what was written
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < self.len)
    }
}

/// Stops the others when the thread that holds it panics.
struct StopOnPanic<'a>(&'a Queue);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if panicking() {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Call `work(index)` once for each index below `len`, on at most `threads` threads (0: one per core).
///
/// One thread, or one chunk, runs on the calling thread and starts no other. Where the system refuses to start a thread,
/// the others do its share. A panic of `work` stops the rest and comes out of this call.
///
/// # Errors
/// [`Stopped`] when `poll` returned true while chunks were left.
///
/// # Panics
/// Where `work` or `poll` does.
pub fn each_index(
    len: usize,
    threads: usize,
    poll: &dyn Fn() -> bool,
    work: impl Fn(usize) + Sync,
) -> Result<(), Stopped> {
    let queue = Queue { next: AtomicUsize::new(0), len, stop: AtomicBool::new(false) };
    let helpers = count(threads).min(len).saturating_sub(1);
    scope(|scope| {
        let (queue, work) = (&queue, &work);
        let help = move || {
            let _guard = StopOnPanic(queue);
            while let Some(index) = queue.take() {
                work(index);
            }
        };
        let running: Vec<_> = (0..helpers).map_while(|_| Builder::new().spawn_scoped(scope, help).ok()).collect();
        let stopped = lead(queue, poll, work);
        for helper in running {
            if let Err(panic) = helper.join() {
                resume_unwind(panic); // with its own message, which the scope would replace
            }
        }
        stopped
    })
}

/// The share of the calling thread.
fn lead(queue: &Queue, poll: &dyn Fn() -> bool, work: &impl Fn(usize)) -> Result<(), Stopped> {
    let _guard = StopOnPanic(queue);
    let mut polled = Instant::now();
    while let Some(index) = queue.take() {
        if polled.elapsed() >= POLL_EVERY {
            if poll() {
                queue.stop.store(true, Ordering::Relaxed);
                return Err(Stopped);
            }
            polled = Instant::now();
        }
        work(index);
    }
    Ok(())
}

/// Call `work(first, part)` once for each part of `out`, `size` elements long but for the last; `first` is the index of
/// the part's first element. Otherwise as [`each_index`].
///
/// # Errors
/// [`Stopped`] when `poll` returned true while parts were left.
///
/// # Panics
/// Where `size` is zero, and where `work` or `poll` panics.
pub fn each_part<T: Send>(
    out: &mut [T],
    size: usize,
    threads: usize,
    poll: &dyn Fn() -> bool,
    work: impl Fn(usize, &mut [T]) + Sync,
) -> Result<(), Stopped> {
    let len = out.len().div_ceil(size);
    let parts = Mutex::new(out.chunks_mut(size).enumerate());
    each_index(len, threads, poll, |_| {
        // the lock is held for `next` alone, which does not panic: no thread finds it poisoned
        let part = parts.lock().map_or(None, |mut parts| parts.next());
        if let Some((index, part)) = part {
            work(index * size, part);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread::{current, sleep};

    fn never() -> bool {
        false
    }

    #[test]
    fn each_index_comes_once_for_any_number_of_threads() {
        for (len, threads) in [(0, 1), (0, 3), (1, 4), (7, 1), (7, 2), (100, 0), (100, 7), (3, 50)] {
            let calls: Vec<_> = (0..len).map(|_| AtomicUsize::new(0)).collect();
            assert_eq!(each_index(len, threads, &never, |i| _ = calls[i].fetch_add(1, Ordering::Relaxed)), Ok(()));
            assert!(calls.iter().all(|n| n.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn parts_tile_the_slice() {
        for threads in [1, 2, 7] {
            for len in [0, 1, 9, 10, 11, 100] {
                let mut out = vec![0; len];
                let done = each_part(&mut out, 10, threads, &never, |first, part| {
                    for (k, x) in part.iter_mut().enumerate() {
                        *x += first + k + 1;
                    }
                });
                assert_eq!(done, Ok(()));
                assert!(out.iter().enumerate().all(|(i, &x)| x == i + 1));
            }
        }
    }

    #[test]
    fn one_thread_and_small_work_stay_on_the_calling_thread() {
        let home = current().id();
        for (len, threads) in [(20, 1), (1, 8)] {
            each_index(len, threads, &never, |_| assert_eq!(current().id(), home)).unwrap();
        }
    }

    #[test]
    fn a_stop_leaves_the_rest_untouched() {
        for threads in [1, 3] {
            let (asked, done) = (Cell::new(0), AtomicUsize::new(0));
            let poll = || {
                asked.set(asked.get() + 1);
                asked.get() == 2
            };
            let result = each_index(100_000, threads, &poll, |_| {
                sleep(Duration::from_millis(5));
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(result, Err(Stopped));
            assert_eq!(asked.get(), 2);
            assert!(done.load(Ordering::Relaxed) < 100_000);
        }
    }

    #[test]
    fn a_panic_comes_out_with_its_message_and_stops_the_others() {
        for threads in [1, 4] {
            let done = AtomicUsize::new(0);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                each_index(100_000, threads, &never, |i| {
                    assert!(i != 3, "chunk three");
                    sleep(Duration::from_millis(1));
                    done.fetch_add(1, Ordering::Relaxed);
                })
            }));
            assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"chunk three"));
            assert!(done.load(Ordering::Relaxed) < 100_000);
        }
    }

    #[test]
    fn zero_threads_means_every_core() {
        assert_eq!(count(0), available_parallelism().map_or(1, NonZero::get));
        assert_eq!(count(5), 5);
    }
}
