//! Two traces of one scenario, line by line, and whether what differs is what is listed.

use super::differences;

/// What a comparison found.
pub enum Verdict {
    /// No difference, and none listed.
    Same,
    /// Exactly the differences that are listed.
    Explained,
    /// Something else; the text says what.
    Unexplained(String),
}

/// Compares the traces of the scenario called `name`.
pub fn compare(name: &str, chromium: &[String], libws: &[String]) -> Verdict {
    let listed = differences::of(name);
    let mut expected: Vec<(char, &str)> = Vec::new();
    for difference in &listed {
        expected.extend(difference.chromium.iter().map(|line| ('-', *line)));
        expected.extend(difference.libws.iter().map(|line| ('+', *line)));
    }
    let lines = diff(chromium, libws);
    let mut found: Vec<(char, &str)> = lines.iter().copied().filter(|(side, _)| *side != ' ').collect();
    expected.sort_unstable();
    found.sort_unstable();
    if found == expected {
        return if found.is_empty() { Verdict::Same } else { Verdict::Explained };
    }
    let mut report = format!("== {name}\n   (-: Chromium only, +: libws only)\n");
    report.extend(lines.iter().map(|(side, line)| format!("{side} {line}\n")));
    if !listed.is_empty() {
        report.push_str("   listed are\n");
        report.extend(expected.iter().map(|(side, line)| format!("{side} {line}\n")));
    }
    Verdict::Unexplained(report)
}

/// The lines of both, those that only one side has marked, by the longest common subsequence.
fn diff<'a>(left: &'a [String], right: &'a [String]) -> Vec<(char, &'a str)> {
    // common[i][j]: the length of the longest for left[i..] and right[j..].
    let mut common = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] = if left[i] == right[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            lines.push((' ', left[i].as_str()));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', left[i].as_str()));
            i += 1;
        } else {
            lines.push(('+', right[j].as_str()));
            j += 1;
        }
    }
    lines
}
