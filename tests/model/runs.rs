//! Thousands of random runs, each with a seed of its own.

use super::{
    operations::operate,
    random::Random,
    run::{LATE, Run, Way},
};
use std::{
    collections::hash_map::RandomState,
    env,
    hash::{BuildHasher, Hasher},
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{
            AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread,
};

const RUNS: u64 = 4000;
/// Runs wait much for each other's threads, so there are many at a time.
const THREADS: usize = 24;
const WAYS: [Way; 4] = [Way::Background, Way::BackgroundCallbacks, Way::OwnLoop, Way::OwnCallbacks];

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// One run; says what went wrong.
fn play(seed: u64, shuts_down: bool) -> Result<String, String> {
    let mut random = Random::new(!seed);
    let way = random.one_of(&WAYS);
    let (run, mut server) = Run::new(seed, way);
    for _ in 0..random.below(50) {
        if run.is_failed() {
            break;
        }
        match random.below(100) {
            0..40 => server.happen(&mut run.lock()),
            40..65 => run.take(),
            65 if random.percent(30) => run.free(),
            _ => {
                let mut running = run.lock();
                if !running.model.freed {
                    operate(&mut running, false);
                }
            }
        }
    }
    if shuts_down {
        run.shut_down(&mut server);
    }
    run.settle(&mut server);
    match run.failure() {
        None => Ok(run.trace()),
        Some(failure) => Err(format!("seed {seed} (WS_MODEL_SEED={seed} runs it alone):\n{failure}")),
    }
}

/// Plays so many runs, so many at a time, or the one that was asked for.
fn play_all(runs: u64, threads: usize, shuts_down: bool) {
    if let Some(seed) = number("WS_MODEL_SEED") {
        match play(seed, shuts_down) {
            Ok(trace) => println!("seed {seed}:\n{trace}"),
            Err(failure) => panic!("{failure}"),
        }
        return;
    }
    let base = RandomState::new().build_hasher().finish() >> 16;
    println!("{runs} runs from seed {base}");
    let (next, failures) = (AtomicU64::new(0), Mutex::new(vec![]));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Relaxed);
                    if number >= runs {
                        return;
                    }
                    if let Err(failure) = play(base + number, shuts_down) {
                        failures.lock().expect("nobody panics with it").push(failure);
                        // The others end their runs.
                        next.store(runs, Relaxed);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(!LATE.load(SeqCst), "a callback came when its run was over and its socket freed");
}

/// A shutdown is for the whole process.
static PROCESS: RwLock<()> = RwLock::new(());

#[test]
fn the_socket_does_what_the_model_allows_whatever_happens() {
    let _shared = PROCESS.read().unwrap_or_else(PoisonError::into_inner);
    play_all(number("WS_MODEL_RUNS").unwrap_or(RUNS), THREADS, false);
}

#[test]
fn a_shutdown_ends_the_socket_in_every_state() {
    let _alone = PROCESS.write().unwrap_or_else(PoisonError::into_inner);
    play_all(number("WS_MODEL_RUNS").unwrap_or(RUNS) / 20, 1, true);
}
