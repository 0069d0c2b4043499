//! The lock of a link. What the application lent and gets back is given back when the lock is open again: that may call anything.

use super::Link;
use crate::{client::sync::lock, protocol::lent::Buffer};
use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard},
};

/// A link that this thread holds.
pub struct Held<'a> {
    link: MutexGuard<'a, Link>,
    /// Dropped after the lock, because it stands behind it.
    spent: Vec<Box<dyn Buffer>>,
}

impl<'a> Held<'a> {
    /// Locks.
    #[must_use]
    pub fn new(link: &'a Mutex<Link>) -> Self {
        Held { link: lock(link), spent: Vec::new() }
    }
}

impl Deref for Held<'_> {
    type Target = Link;

    fn deref(&self) -> &Link {
        &self.link
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Link {
        &mut self.link
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.link.spent.is_empty() {
            self.spent = std::mem::take(&mut self.link.spent);
        }
    }
}
