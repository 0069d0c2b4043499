//! libws beside a real browser: both play the same scenarios against the same scripted server, and the traces are compared line
//! by line. What differs is listed with its reason in `differences`, and explained in docs/semantics.md.
//!
//! `make browser-test` starts Chromium. Without it, the scenarios are played by libws alone and compared with the list.

#[path = "../support/mod.rs"]
mod support;

mod chromium;
mod compare;
mod differences;
mod http;
mod libws;
mod recorder;
mod scenario;
mod scenarios;
mod session;

use compare::Verdict;
use libws::Loop;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Where the reasons of differences are explained, in a table whose rows begin with a reason's name.
fn explanations() -> &'static str {
    let (_, section) = include_str!("../../docs/semantics.md").split_once("\n## Differences from Chromium\n").expect("its section");
    section
}

#[test]
fn every_scenario_has_a_name_of_its_own_and_there_are_at_least_120() {
    let all = scenarios::all();
    let names: HashSet<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "names of scenarios: {all:?}");
    assert!(all.len() >= 120, "{} scenarios", all.len());
}

#[test]
fn every_listed_difference_belongs_to_a_scenario() {
    let all = scenarios::all();
    for difference in differences::DIFFERENCES {
        for name in difference.scenarios {
            assert!(all.iter().any(|scenario| scenario.name == *name), "there is no scenario {name:?}");
        }
    }
}

#[test]
fn every_reason_is_explained_in_the_documentation_and_every_explanation_is_used() {
    let used: BTreeSet<&str> = differences::DIFFERENCES.iter().map(|difference| difference.reason).collect();
    let explained: BTreeSet<&str> =
        explanations().lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(id, _)| id).collect();
    assert_eq!(used, explained, "left: the reasons of differences.rs, right: those of the table in the documentation");
}

#[test]
fn libws_does_on_both_kinds_of_loop_what_is_listed() {
    let all = scenarios::all();
    let on_own_loops = libws::play_all(&all, Loop::Own);
    for ((scenario, trace), own) in all.iter().zip(libws::play_all(&all, Loop::Background)).zip(on_own_loops) {
        assert_eq!(own, trace, "{:?}: left: on an own loop, right: on the background loop", scenario.name);
        let has = |line: &&str| trace.iter().any(|found| found == line);
        for difference in differences::of(&scenario.name) {
            let (libws, chromium) = (difference.libws, difference.chromium);
            assert!(libws.iter().all(has), "{scenario:?}: libws does not do what is listed, {libws:#?}: {trace:#?}");
            assert!(chromium.is_empty() || !chromium.iter().all(has), "{scenario:?}: libws does what Chromium does: {trace:#?}");
        }
    }
}

#[test]
#[ignore = "it starts a browser: make browser-test"]
fn libws_does_what_chromium_does() {
    let all = scenarios::all();
    let (theirs, ours) = (chromium::play(&all), libws::play_all(&all, Loop::Background));
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut unexplained = 0;
    for (scenario, (theirs, ours)) in all.iter().zip(theirs.iter().zip(&ours)) {
        let count = counts.entry(scenario.kind).or_default();
        count[0] += 1;
        match compare::compare(&scenario.name, theirs, ours) {
            Verdict::Same => count[1] += 1,
            Verdict::Explained => count[2] += 1,
            Verdict::Unexplained(report) => {
                unexplained += 1;
                println!("{report}");
            }
        }
    }
    for (kind, [all, same, explained]) in counts {
        println!("{kind:12} {all:3} scenarios, {same:3} the same, {explained:3} explained");
    }
    println!("{} scenarios", all.len());
    assert_eq!(unexplained, 0, "scenarios with a difference that is not the listed one, see above");
}
