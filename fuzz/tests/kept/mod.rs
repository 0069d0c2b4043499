//! The inputs that are kept of a target, run through it one after the other.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// The kept inputs of a target, in the order of their names.
fn inputs(target: &str) -> Vec<PathBuf> {
    let kept = |folder: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        files
    };
    [kept("regressions"), kept("corpus")].concat()
}

/// Runs all of them through `run`.
pub fn replay(target: &str, run: fn(&[u8])) {
    for path in inputs(target) {
        let input = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // A callback that panics ends the process: then this line, which is not shown otherwise, is all there is.
        println!("{}", path.display());
        let result = catch_unwind(AssertUnwindSafe(|| run(&input)));
        assert!(result.is_ok(), "the input {} breaks the target {target}: see above", path.display());
    }
}
