//! Handles: what a C program holds by a pointer.
//!
//! There are two sorts. *Owned* ones ([`Owned`]) come out of an entry point through a `T **`; each
//! is one reference of an [`Arc`], so that a call that is under way keeps what it uses when another
//! thread, or its own callback, frees it. *Borrowed* ones (`const T *`) are plain places inside an
//! owned one. [`peek`] looks at either, for as long as the entry point runs; [`hold`] takes a
//! reference of an owned one, and is for every call that can run a callback.
//!
//! All pointers here come from the arguments of entry points. The header says what they must be:
//! NULL, or a handle that this library gave out and that has not been freed. That contract is what
//! the blocks below rest on, and why their functions are for entry points alone.

use crate::call::{Failure, Result};
use crate::code::*;
use crate::error::regraft_error;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// The type of an owned handle: every pointer to one that a C program has comes from [`give`].
/// `Send + Sync` because C programs hand pointers to any thread.
pub(crate) trait Owned: Send + Sync + Sized + 'static {}

/// Looks at a handle of either sort. What it answers must not outlive the entry point, but for
/// what is given back to the C program as borrowed from this handle.
pub(crate) fn peek<'a, T: Sync>(pointer: *const T) -> Option<&'a T> {
    // SAFETY: by the header's contract the pointer is NULL or one to a live `T`, which is shared by
    // threads only as `Sync` allows, and nobody has a `&mut` to.
    unsafe { pointer.as_ref() }
}

/// The same for an argument that must be there.
pub(crate) fn required<'a, T: Sync>(pointer: *const T, name: &str) -> Result<&'a T> {
    peek(pointer).ok_or_else(|| Failure::null(name))
}

/// Takes a reference of an owned handle, so that it lives on when it is freed meanwhile.
pub(crate) fn hold<T: Owned>(pointer: *const T, name: &str) -> Result<Arc<T>> {
    if pointer.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: by the header's contract the pointer is a live handle, and for a `T: Owned` that is
    // one that `give` got from `Arc::into_raw`: the count is at least one, and the new
    // reference is the one that `from_raw` takes over.
    unsafe {
        Arc::increment_strong_count(pointer);
        Ok(Arc::from_raw(pointer))
    }
}

/// The body of every `_free`: gives back the C program's reference. NULL is fine.
pub(crate) fn free<T: Owned>(pointer: *mut T) {
    if pointer.is_null() {
        return;
    }
    crate::call::value((), || {
        // SAFETY: by the header's contract this is a live handle that the program owns, which for
        // a `T: Owned` came from `Arc::into_raw`, and that it does not use again.
        drop(unsafe { Arc::from_raw(pointer.cast_const()) });
        Some(())
    });
}

/// Where an entry point puts the owned handle that it makes: a `T **` that is not NULL, and
/// which holds NULL until then.
pub(crate) struct Out<T: Owned> {
    place: *mut *mut T,
    _owner: PhantomData<Arc<T>>,
}

impl<T: Owned> Out<T> {
    /// Checks the place and puts NULL there. To be called before anything that can fail.
    pub(crate) fn new(place: *mut *mut T, name: &str) -> Result<Out<T>> {
        if place.is_null() {
            return Err(Failure::null(name));
        }
        // SAFETY: by the header's contract what is not NULL can be written to.
        unsafe { place.write(std::ptr::null_mut()) };
        Ok(Out {
            place,
            _owner: PhantomData,
        })
    }

    /// Gives the handle to the C program.
    pub(crate) fn put(self, handle: T) {
        let pointer = give(handle);
        // SAFETY: as in `new`; the place is still the caller's while the entry point runs.
        unsafe { self.place.write(pointer) };
    }
}

/// Where an entry point puts a number: a pointer that is not NULL, with 0 there until then.
pub(crate) struct Place<T: Copy + Default> {
    place: *mut T,
}

impl<T: Copy + Default> Place<T> {
    /// Checks the place and puts 0 there. To be called before anything that can fail.
    pub(crate) fn new(place: *mut T, name: &str) -> Result<Place<T>> {
        if place.is_null() {
            return Err(Failure::null(name));
        }
        // SAFETY: by the header's contract what is not NULL can be written to.
        unsafe { place.write(T::default()) };
        Ok(Place { place })
    }

    pub(crate) fn put(self, number: T) {
        // SAFETY: as in `new`; the place is still the caller's while the entry point runs.
        unsafe { self.place.write(number) };
    }
}

/// Gives an owned handle to the C program as what a `_new` answers that cannot fail.
pub(crate) fn give<T: Owned>(handle: T) -> *mut T {
    Arc::into_raw(Arc::new(handle)).cast_mut()
}

/// Gives an error to a C program that wants it.
pub(crate) fn give_error(place: *mut *mut regraft_error, error: impl FnOnce() -> regraft_error) {
    if place.is_null() {
        return;
    }
    let pointer = give(error());
    // SAFETY: by the header's contract what is not NULL can be written to. What is there is not
    // read, since programs may leave the address of an error there that they have freed.
    unsafe { place.write(pointer) };
}

/// What can change inside a handle: one call at a time, and none after a panic.
pub(crate) struct Exclusive<T> {
    inner: Mutex<T>,
    /// What messages call it: `transaction`.
    noun: &'static str,
}

impl<T> Exclusive<T> {
    pub(crate) fn new(noun: &'static str, inner: T) -> Exclusive<T> {
        Exclusive {
            inner: Mutex::new(inner),
            noun,
        }
    }

    /// Takes it for one call. `REGRAFT_IN_USE` while another call has it, be it on another thread
    /// or the one whose callback asks; `REGRAFT_SPENT` when a call that had it has panicked.
    pub(crate) fn enter(&self) -> Result<Entered<'_, T>> {
        match self.inner.try_lock() {
            Ok(guard) => Ok(Entered { guard }),
            Err(TryLockError::WouldBlock) => Err(Failure::Own(
                REGRAFT_IN_USE,
                format!("the {} is in use by a call that has not ended", self.noun),
            )),
            Err(TryLockError::Poisoned(_)) => Err(Failure::Own(
                REGRAFT_SPENT,
                format!(
                    "a call has panicked with this {}: free it and make another",
                    self.noun
                ),
            )),
        }
    }
}

/// One call's use of what is in an [`Exclusive`]. A panic while it lives spends the handle.
pub(crate) struct Entered<'a, T> {
    guard: MutexGuard<'a, T>,
}

impl<T> Deref for Entered<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Entered<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
