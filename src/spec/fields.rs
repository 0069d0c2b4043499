//! The header fields of a response as they are kept while the connection lives: in one piece of memory, as small as can be.

use std::ffi::CStr;

/// Names and values, in the order received, each with a NUL behind it. A response head that was accepted has no NUL in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(String);

impl Fields {
    /// Each name and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        let mut rest = self.0.as_bytes();
        std::iter::from_fn(move || {
            let name = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[name.count_bytes() + 1..];
            let value = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[value.count_bytes() + 1..];
            Some((name, value))
        })
    }

    /// Bytes that they take, with their NULs.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The same as text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || Some((cut(&mut rest)?, cut(&mut rest)?)))
    }
}

/// Takes the text up to the next NUL.
fn cut<'a>(rest: &mut &'a str) -> Option<&'a str> {
    // They are short: to look for it with more than a loop takes longer.
    let end = rest.bytes().position(|byte| byte == 0)?;
    let text = &rest[..end];
    *rest = &rest[end + 1..];
    Some(text)
}

/// Fields that are being read.
#[derive(Debug)]
pub struct Collected(String);

impl Collected {
    /// None yet, and room for so many bytes of names and values, each with its NUL.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Collected(String::with_capacity(bytes))
    }

    /// Adds a field. One that has a NUL in it is left out: no response can have it.
    pub fn push(&mut self, name: &str, value: &str) {
        if name.bytes().chain(value.bytes()).all(|byte| byte != 0) {
            self.0.extend([name, "\0", value, "\0"]);
        }
    }

    /// Appends a folded line to the value of the last field (RFC 9112 5.2: the fold counts as a space).
    pub fn continue_value(&mut self, more: &str) {
        if self.0.pop().is_some() {
            let space = if more.is_empty() || self.0.ends_with('\0') { "" } else { " " };
            self.0.extend([space, more, "\0"]);
        }
    }

    /// Adds all of these.
    pub fn append(&mut self, fields: &Fields) {
        self.0.push_str(&fields.0);
    }

    /// All that were added.
    #[must_use]
    pub fn finish(self) -> Fields {
        Fields(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(headers: &[(&str, &str)]) -> Fields {
        let mut collected = Collected::with_capacity(0);
        for (name, value) in headers {
            collected.push(name, value);
        }
        collected.finish()
    }

    #[test]
    fn fields_keep_their_letters_and_their_order() {
        let fields = fields(&[("Set-Cookie", "a=1"), ("X", ""), ("SET-COOKIE", "b=2")]);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(c"Set-Cookie", c"a=1"), (c"X", c""), (c"SET-COOKIE", c"b=2")]);
    }

    #[test]
    fn a_folded_line_goes_on_with_the_last_value_after_one_space() {
        let mut collected = Collected::with_capacity(0);
        collected.continue_value("nothing to go on with");
        for (value, more) in [("a", "b"), ("", "b"), ("a", ""), ("", "")] {
            collected.push("X", value);
            collected.continue_value(more);
        }
        assert_eq!(collected.finish(), fields(&[("X", "a b"), ("X", "b"), ("X", "a"), ("X", "")]));
    }

    #[test]
    fn the_fields_of_another_are_added_behind_ones_own() {
        let mut collected = Collected::with_capacity(0);
        collected.push("A", "1");
        collected.append(&fields(&[("B", "2"), ("C", "")]));
        assert_eq!(collected.finish(), fields(&[("A", "1"), ("B", "2"), ("C", "")]));
    }

    #[test]
    fn nothing_is_kept_of_no_response() {
        assert_eq!((Fields::default().iter().count(), Fields::default().size()), (0, 0));
    }

    #[test]
    fn they_take_no_more_memory_than_their_letters_and_two_bytes_each() {
        assert_eq!(fields(&[("Upgrade", "websocket"), ("Connection", "Upgrade")]).size(), 7 + 9 + 10 + 7 + 4);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(headers: Vec<(String, String)>) {
            let clean: Vec<_> = headers.iter().filter(|(name, value)| !(name.contains('\0') || value.contains('\0'))).collect();
            let clean: Vec<_> = clean.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let fields = fields(&headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
            let out: Vec<_> = fields.iter().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
            prop_assert_eq!(out, clean.clone());
            prop_assert_eq!(fields.texts().collect::<Vec<_>>(), clean);
        }
    }
}
