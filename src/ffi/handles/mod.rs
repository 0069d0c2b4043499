//! Handles: what C holds in place of the library's objects.
//!
//! A handle looks like a pointer and is none: it is a number in a table, never followed. So a handle that was freed, one of another
//! type or a stray number is told apart from a live one, and gets a status instead of memory that is somebody else's by now.

mod table;

/// What [`table`] is made of; `tests/interleavings` compiles it with other atomics.
mod atomics {
    pub use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
}

#[cfg(test)]
mod tests;

use crate::{
    client::{event_loop::EventLoop, socket::Socket},
    error::{Error, Result},
};
use std::{
    mem::ManuallyDrop,
    ptr::without_provenance_mut,
    sync::{Arc, Mutex},
};
use table::{Kind, LIFE, Table};

static TABLE: Table = Table::new(LIFE);

/// An object that C has handles of.
///
/// # Safety
///
/// `KIND` is no other type's, and not 0.
pub unsafe trait Object {
    /// The C type that the handles seem to point to.
    type Handle;
    /// The number of this type.
    const KIND: Kind;
    /// What it is called in errors.
    const NAME: &'static str;
    /// What makes one.
    const MAKER: &'static str;
}

// SAFETY: 1 is this type's.
unsafe impl Object for Socket {
    type Handle = super::socket::ws_socket;
    const KIND: Kind = 1;
    const NAME: &'static str = "the socket";
    const MAKER: &'static str = "ws_connect";
}

// SAFETY: 2 is this type's.
unsafe impl Object for EventLoop {
    type Handle = super::r#loop::ws_loop;
    const KIND: Kind = 2;
    const NAME: &'static str = "the loop";
    const MAKER: &'static str = "ws_loop_new";
}

// SAFETY: 3 is this type's.
unsafe impl Object for Mutex<super::options::ws_options> {
    type Handle = super::options::ws_options;
    const KIND: Kind = 3;
    const NAME: &'static str = "the options";
    const MAKER: &'static str = "ws_options_new or ws_options_copy";
}

/// Gives an object a handle, which [`take_back`] ends.
///
/// # Errors
///
/// [`Error::Quota`] if some four million are in use.
pub fn make<T: Object>(object: Arc<T>) -> Result<*mut T::Handle> {
    let object = Arc::into_raw(object).cast_mut();
    if let Some(number) = TABLE.insert(T::KIND, object.cast()) {
        return Ok(without_provenance_mut(number));
    }
    // SAFETY: it came from `into_raw` just now and is not in the table.
    drop(unsafe { Arc::from_raw(object) });
    Err(Error::Quota(format!("there is no handle left for {}: free those that are not used any more", T::NAME)))
}

/// What a handle stands for, without a change of its reference count.
///
/// # Errors
///
/// [`Error::NullPointer`]; [`Error::BadHandle`] if it was freed, stands for something of another type or never was one.
///
/// # Safety
///
/// No other thread ends the handle while the object is used.
#[inline]
pub unsafe fn borrow<T: Object>(handle: *const T::Handle) -> Result<ManuallyDrop<Arc<T>>> {
    match TABLE.get(T::KIND, handle.addr()) {
        // SAFETY: under this kind only `make` puts objects into the table, which are of this type, and the table counts one reference
        // until the handle is ended, which the caller rules out.
        Some(object) => Ok(ManuallyDrop::new(unsafe { Arc::from_raw(object.cast_const().cast()) })),
        None => Err(bad::<T>(handle)),
    }
}

/// Ends a handle; of several calls for the same one gets the object. `None` for NULL.
///
/// # Errors
///
/// [`Error::BadHandle`] as for [`borrow`].
pub fn take_back<T: Object>(handle: *const T::Handle) -> Result<Option<Arc<T>>> {
    if handle.is_null() {
        return Ok(None);
    }
    let object = TABLE.remove(T::KIND, handle.addr()).ok_or_else(|| bad::<T>(handle))?;
    // SAFETY: as in `borrow`; what was taken out of the table is nobody else's.
    Ok(Some(unsafe { Arc::from_raw(object.cast_const().cast()) }))
}

#[cold]
fn bad<T: Object>(handle: *const T::Handle) -> Error {
    if handle.is_null() { Error::NullPointer(T::NAME) } else { Error::BadHandle { what: T::NAME, value: handle.addr(), maker: T::MAKER } }
}
