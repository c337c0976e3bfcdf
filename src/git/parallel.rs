//! Much work on objects, on all cores, in order.

use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Error;
use super::objects::Objects;

/// Below this a pool of threads costs more than it saves (starting one takes a fraction of a millisecond to several).
const WORTH_THREADS: usize = 128;

/// Works on `items` in parallel where it pays. Each thread has a state, with its own caches of objects, out of `idle` if
/// one is there.
///
/// # Errors
/// The first that any of the work meets.
pub fn for_each<I, T, S>(
    objects: &Objects,
    idle: &Mutex<Vec<S>>,
    items: &[I],
    start: impl Fn(Objects) -> S + Sync,
    work: impl Fn(&mut S, &I) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error>
where
    I: Sync,
    T: Send,
    S: Send,
{
    let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(pool) = (items.len() >= WORTH_THREADS).then(pool).flatten() else {
        let mut state = idle().pop().unwrap_or_else(|| start(objects.clone()));
        let done = items.iter().map(|item| work(&mut state, item)).collect();
        idle().push(state);
        return done;
    };
    let shared = Mutex::new(objects.clone());
    let start = || {
        start(
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    };
    // Neighbours in a history are neighbours in packs too, so a thread takes some at once.
    let chunks: Result<Vec<Vec<T>>, Error> = pool.install(|| {
        let chunks = items.par_chunks(WORTH_THREADS / 2).map(|chunk| {
            let mut state = idle().pop().unwrap_or_else(start);
            let done = chunk.iter().map(|item| work(&mut state, item));
            let done: Result<Vec<T>, Error> = done.collect();
            idle().push(state);
            done
        });
        chunks.collect()
    });
    Ok(chunks?.into_iter().flatten().collect())
}

/// The threads; `None` where none can be started, for a busy server need not refuse what one thread can judge.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let start = || match ThreadPoolBuilder::new().build() {
        Ok(pool) => Some(pool),
        Err(error) => {
            tracing::warn!("no threads can be started: {error}");
            None
        }
    };
    POOL.get_or_init(start).as_ref()
}
