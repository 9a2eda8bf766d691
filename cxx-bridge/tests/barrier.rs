//! The border itself: a panic becomes a failure and spends what it was met in, and what is in use
//! refuses. The library has no way to be made panic from outside, so its sources are used here.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

#[path = "../src/failure.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod failure;
#[path = "../src/handle.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod handle;
#[path = "../src/values.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod values;

use failure::{Refusal, guard};
use handle::{Held, List, Turn};
use values::bridge::Failure;

fn told(failure: &Failure) -> (i32, &str, &str) {
    (failure.kind, &failure.kind_name, &failure.message)
}

#[test]
fn a_panic_is_a_failure_and_spends() {
    let value = Turn::new(1);
    let mut failure = Failure::default();
    let answer: u64 = guard(&mut failure, || value.write(|_| panic!("seven {}", 7)));
    assert_eq!(answer, 0);
    let message = "a defect in regraft: seven 7; please report it";
    assert_eq!(told(&failure), (4, "panic", message));
    let json: serde_json::Value = serde_json::from_str(&failure.json).unwrap();
    let expected = serde_json::json!({"kind": "panic", "code": 4, "message": message});
    assert_eq!(json, expected);
    let mut failure = Failure::default();
    let answer: bool = guard(&mut failure, || value.read(|_| Ok(true)));
    assert!(!answer);
    let message = "the object is no longer usable; make a new one";
    assert_eq!(told(&failure), (6, "handle-spent", message));
}

#[test]
fn what_is_in_use_refuses() {
    let value = Turn::new(String::new());
    let in_use = |result: Result<(), Refusal>| matches!(result, Err(Refusal::InUse));
    let inside = value.write(|text| {
        text.push('x');
        assert!(in_use(value.read(|_| Ok(()))));
        assert!(in_use(value.write(|_| Ok(()))));
        Ok(())
    });
    assert!(inside.is_ok());
    // Readers may be several.
    let inside = value.read(|text| {
        assert_eq!(text, "x");
        assert!(in_use(value.write(|_| Ok(()))));
        value.read(|_| Ok(()))
    });
    assert!(inside.is_ok());
}

#[test]
fn what_was_never_made_is_spent() {
    assert!(matches!(Held::<u8>::default().get(), Err(Refusal::Spent)));
    let list: Box<List<u8>> = handle::list(vec![5]);
    assert_eq!(list.len().unwrap(), 1);
    assert_eq!(list.take(0).unwrap(), 5);
    assert!(matches!(list.take(0), Err(Refusal::Spent)));
    assert!(matches!(list.take(1), Err(Refusal::Spent)));
}
