//! The header fields of a response as they are kept while the connection lives: in one piece of memory, as small as can be.

use std::ffi::CStr;

/// Names and values, in the order received, each with a NUL behind it. A response head that was accepted has no NUL in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(Box<[u8]>);

impl Fields {
    /// Of these names and values. What has a NUL in it is left out: no response can have it.
    pub fn new<'a>(fields: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let mut bytes = Vec::with_capacity(fields.clone().map(|(name, value)| name.len() + value.len() + 2).sum());
        for (name, value) in fields.filter(|(name, value)| !name.contains('\0') && !value.contains('\0')) {
            for part in [name, value] {
                bytes.extend_from_slice(part.as_bytes());
                bytes.push(0);
            }
        }
        Fields(bytes.into_boxed_slice())
    }

    /// Each name and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let name = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[name.count_bytes() + 1..];
            let value = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[value.count_bytes() + 1..];
            Some((name, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(headers: &[(&str, &str)]) -> Fields {
        Fields::new(headers.iter().copied())
    }

    #[test]
    fn fields_keep_their_letters_and_their_order() {
        let fields = fields(&[("Set-Cookie", "a=1"), ("X", ""), ("SET-COOKIE", "b=2")]);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(c"Set-Cookie", c"a=1"), (c"X", c""), (c"SET-COOKIE", c"b=2")]);
    }

    #[test]
    fn nothing_is_kept_of_no_response() {
        assert_eq!((Fields::default().iter().count(), Fields::default().0.len()), (0, 0));
    }

    #[test]
    fn they_take_no_more_memory_than_their_letters_and_two_bytes_each() {
        assert_eq!(fields(&[("Upgrade", "websocket"), ("Connection", "Upgrade")]).0.len(), 7 + 9 + 10 + 7 + 4);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(headers: Vec<(String, String)>) {
            let clean: Vec<_> = headers.iter().filter(|(name, value)| !(name.contains('\0') || value.contains('\0'))).collect();
            let fields = Fields::new(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let out: Vec<_> = fields.iter().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
            prop_assert_eq!(out, clean.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
        }
    }
}
