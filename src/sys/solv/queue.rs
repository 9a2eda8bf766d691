//! libsolv's list of ids, owned.

use super::ffi::{self, Id};
use std::mem::MaybeUninit;

/// A list of ids that libsolv can read and write.
pub(super) struct Queue(ffi::Queue);

impl Queue {
    pub(super) fn new() -> Queue {
        let mut queue = MaybeUninit::uninit();
        // SAFETY: `queue_init` sets every field.
        unsafe {
            ffi::queue_init(queue.as_mut_ptr());
            Queue(queue.assume_init())
        }
    }

    pub(super) fn push(&mut self, id: Id) {
        // SAFETY: the queue is initialised; the position is its end.
        unsafe { ffi::queue_insert(&mut self.0, self.0.count, id) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Id> + '_ {
        self.as_slice().iter().copied()
    }

    pub(super) fn as_slice(&self) -> &[Id] {
        // SAFETY: the queue is initialised.
        unsafe { slice(&self.0) }
    }

    /// For a call of libsolv.
    pub(super) fn raw(&mut self) -> *mut ffi::Queue {
        &mut self.0
    }
}

impl FromIterator<Id> for Queue {
    fn from_iter<T: IntoIterator<Item = Id>>(ids: T) -> Queue {
        let mut queue = Queue::new();
        for id in ids {
            queue.push(id);
        }
        queue
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the queue is initialised, and nothing uses it after this.
        unsafe { ffi::queue_free(&mut self.0) }
    }
}

/// # Safety
///
/// `queue` is one that libsolv initialised, and does not change while the slice lives.
pub(super) unsafe fn slice(queue: &ffi::Queue) -> &[Id] {
    let count = usize::try_from(queue.count).unwrap_or(0);
    if count == 0 || queue.elements.is_null() {
        return &[];
    }
    // SAFETY: libsolv keeps `count` elements there.
    unsafe { std::slice::from_raw_parts(queue.elements, count) }
}
