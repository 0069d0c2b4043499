//! No dependency is older than the advisories against it allow: `Cargo.lock` is held against a table of floors.

use std::{
    fs,
    path::{Path, PathBuf},
};

type Version = [u64; 3];

/// A package, the first version of each of its lines that is sound, and the advisory that says so. A line ends where the next begins;
/// what is older than the first is not sound.
const FLOORS: [(&str, &[Version], &str); 13] = [
    ("bytes", &[[1, 11, 1]], "RUSTSEC-2026-0007: overflow in reserve"),
    ("crossbeam-channel", &[[0, 5, 15]], "RUSTSEC-2025-0024: double free"),
    ("idna", &[[1, 0, 3]], "RUSTSEC-2024-0421: Punycode that decodes to ASCII"),
    ("mio", &[[0, 8, 11]], "RUSTSEC-2024-0019: tokens of sources that are gone"),
    ("rand", &[[0, 8, 6], [0, 9, 3], [0, 10, 1]], "RUSTSEC-2026-0097: unsound with a logger that draws numbers"),
    ("rand_core", &[[0, 6, 2]], "RUSTSEC-2021-0023: numbers that are not random"),
    ("rustls", &[[0, 21, 11], [0, 22, 4], [0, 23, 5]], "RUSTSEC-2024-0336: endless loop on close_notify"),
    ("rustls-webpki", &[[0, 103, 13]], "RUSTSEC-2026-0049, -0098, -0099, -0104: certificates"),
    ("slab", &[[0, 4, 11]], "RUSTSEC-2025-0047: out of bounds"),
    ("smallvec", &[[0, 6, 14], [1, 6, 1]], "RUSTSEC-2021-0003: buffer overflow"),
    ("tungstenite", &[[0, 20, 1]], "RUSTSEC-2023-0065: slow parse of a long head"),
    ("url", &[[2, 5, 4]], "RUSTSEC-2024-0421: the first with a sound idna"),
    ("zlib-rs", &[[0, 4, 1]], "RUSTSEC-2024-0401: stack overflow"),
];

fn version(text: &str) -> Version {
    let mut numbers = text.split(['-', '+']).next().unwrap().split('.').map(|number| number.parse().expect(text));
    [(); 3].map(|()| numbers.next().expect("three numbers"))
}

/// The packages of a `Cargo.lock`: names and versions.
fn packages(lock: &str) -> Vec<(String, Version)> {
    let value = |line: &str, name: &str| Some(line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned());
    let package = |text: &str| {
        let field = |name| text.lines().find_map(|line| value(line, name)).expect(name);
        (field("name"), version(&field("version")))
    };
    lock.split("[[package]]").skip(1).map(package).collect()
}

/// Whether a version is sound: not older than the floor of its line, the last floor that is not of a later one.
fn is_sound(version: Version, floors: &[Version]) -> bool {
    let line = |version: &Version| if version[0] == 0 { (0, version[1]) } else { (version[0], 0) };
    let own = floors.iter().rfind(|floor| line(floor) <= line(&version));
    own.is_some_and(|floor| version >= *floor)
}

fn too_old(name: &str, lock: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (package, version) in packages(lock) {
        for (_, floors, advisory) in FLOORS.iter().filter(|(name, ..)| *name == package) {
            if !is_sound(version, floors) {
                wrong.push(format!("{name} has {package} {version:?}, {floors:?} is needed: {advisory}"));
            }
        }
    }
    wrong
}

/// The project's lock files, by their paths from its folder.
fn locks() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') && !["target", "build"].contains(&name) {
                folders.push(path);
            } else if name == "Cargo.lock" {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().display().to_string(), text));
            }
        }
    }
    found
}

#[test]
fn no_dependency_is_older_than_the_advisories_against_it_allow() {
    let locks = locks();
    assert!(locks.iter().any(|(path, _)| path == "Cargo.lock"), "the project's own lock file is among them");
    let wrong: Vec<_> = locks.iter().flat_map(|(path, text)| too_old(path, text)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let used = packages(&locks.iter().find(|(path, _)| path == "Cargo.lock").unwrap().1);
    let judged = FLOORS.iter().filter(|(name, ..)| used.iter().any(|(package, _)| package == name)).count();
    assert!(judged >= 6, "only {judged} of the packages in Cargo.lock have a floor: the table names others");
}

#[test]
fn a_dependency_that_is_too_old_is_noticed() {
    let lock = |name: &str, version: &str| format!("version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
    for (name, bad, good) in [
        ("bytes", &["0.5.6", "1.0.0", "1.11.0"][..], &["1.11.1", "1.12.0", "2.0.0"][..]),
        ("rand", &["0.7.3", "0.8.5", "0.9.2", "0.10.0"], &["0.8.6", "0.9.3", "0.10.1", "0.10.3", "1.0.0"]),
        ("slab", &["0.4.10"], &["0.4.11", "0.4.12"]),
        ("mio", &["0.8.10"], &["0.8.11", "1.2.0"]),
        ("another", &[], &["0.0.1"]),
    ] {
        for version in bad {
            assert_eq!(too_old("x", &lock(name, version)).len(), 1, "{name} {version}");
        }
        for version in good {
            assert_eq!(too_old("x", &lock(name, version)), [""; 0], "{name} {version}");
        }
    }
}

#[test]
fn the_manifest_asks_for_no_less_than_the_floors() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    for (name, floors, advisory) in FLOORS {
        let Some(line) = manifest.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" ="))) else { continue };
        let least = line.split('"').nth(1).expect(line).trim_start_matches(['=', '^']);
        let least = version(&[least, ".0.0"].concat().split('.').take(3).collect::<Vec<_>>().join("."));
        assert!(is_sound(least, floors), "Cargo.toml asks for {name} {least:?}, {floors:?} is needed: {advisory}");
    }
}
