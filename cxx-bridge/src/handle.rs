//! What C++ holds: values that any thread reads, and values that one call at a time uses.

use crate::failure::Refusal;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// A value that does not change. It is empty where the call failed that should have made it; C++
/// throws then, and nobody sees it.
pub(crate) struct Held<T>(Option<T>);

impl<T> Held<T> {
    pub(crate) fn new(value: T) -> Box<Held<T>> {
        Box::new(Held(Some(value)))
    }

    pub(crate) fn get(&self) -> Result<&T, Refusal>
    where
        T: Sync,
    {
        self.0.as_ref().ok_or(Refusal::Spent)
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Held(None)
    }
}

/// A value that calls change: while one does, all others are refused instead of waiting, since the
/// other one may be the caller of the callback that makes this one. A panic spends it.
pub(crate) struct Turn<T>(RwLock<Option<T>>);

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Box<Turn<T>> {
        Box::new(Turn(RwLock::new(Some(value))))
    }

    /// For a call that only looks at it: several can at once.
    pub(crate) fn read<R>(&self, work: impl FnOnce(&T) -> Result<R, Refusal>) -> Result<R, Refusal>
    where
        T: Sync,
    {
        let guard: RwLockReadGuard<'_, Option<T>> = self.0.try_read().map_err(refusal)?;
        work(guard.as_ref().ok_or(Refusal::Spent)?)
    }

    /// For a call that changes it.
    pub(crate) fn write<R>(
        &self,
        work: impl FnOnce(&mut T) -> Result<R, Refusal>,
    ) -> Result<R, Refusal>
    where
        T: Send,
    {
        let mut guard: RwLockWriteGuard<'_, Option<T>> = self.0.try_write().map_err(refusal)?;
        work(guard.as_mut().ok_or(Refusal::Spent)?)
    }
}

impl<T> Default for Turn<T> {
    fn default() -> Self {
        Turn(RwLock::new(None))
    }
}

fn refusal<G>(error: TryLockError<G>) -> Refusal {
    match error {
        TryLockError::WouldBlock => Refusal::InUse,
        TryLockError::Poisoned(_) => Refusal::Spent,
    }
}

/// Values of which C++ takes one after the other.
pub(crate) type List<T> = Turn<Vec<Option<T>>>;

/// Makes a list.
pub(crate) fn list<T>(values: Vec<T>) -> Box<List<T>> {
    Turn::new(values.into_iter().map(Some).collect())
}

impl<T: Send> List<T> {
    pub(crate) fn len(&self) -> Result<usize, Refusal> {
        self.write(|values| Ok(values.len()))
    }

    pub(crate) fn take(&self, index: usize) -> Result<T, Refusal> {
        self.write(|values| {
            let value = values.get_mut(index).and_then(Option::take);
            value.ok_or(Refusal::Spent)
        })
    }
}
