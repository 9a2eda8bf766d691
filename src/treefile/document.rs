//! YAML or JSON text as plain values, bounded.
//!
//! A small YAML text can stand for a huge value (`&a [*b, *b]`, many times over), so what comes out
//! is counted while it is made.

use camino::Utf8Path;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

/// The largest value that a text may stand for: the bytes of all strings, and 16 for each value.
/// A text of 1 MiB without aliases stays below it.
const LARGEST: usize = 32 << 20;

/// So many brackets may be open at once. libyaml looks at all of them again at each word, so that a
/// text of 100 KiB of brackets takes it minutes.
const DEEPEST: usize = 1000;

/// How many brackets are open at once, at most; those in strings and comments are counted as well,
/// which is no matter with this bound.
fn depth(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Yaml,
    Json,
}

impl Syntax {
    /// By the file's name, as rpm-ostree does.
    pub(super) fn of(file: &Utf8Path) -> Syntax {
        match file.extension() {
            Some("yaml" | "yml") => Syntax::Yaml,
            _ => Syntax::Json,
        }
    }
}

/// The mapping that a text is; nothing at all is an empty one.
pub(super) fn parse(text: &str, syntax: Syntax) -> Result<BTreeMap<String, Value>, String> {
    if depth(text) > DEEPEST {
        return Err(format!("it has brackets in more than {DEEPEST} others"));
    }
    let left = Cell::new(LARGEST);
    let seed = Bounded { left: &left };
    let value = match syntax {
        Syntax::Yaml => seed
            .deserialize(serde_yaml_ng::Deserializer::from_str(text))
            .map_err(|error| error.to_string())?,
        Syntax::Json => {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let value = seed.deserialize(&mut deserializer);
            let value = value.and_then(|value| deserializer.end().map(|()| value));
            value.map_err(|error| error.to_string())?
        }
    };
    match value {
        Value::Object(map) => Ok(map.into_iter().collect()),
        Value::Null => Ok(BTreeMap::new()),
        _ => Err("it must be a mapping of keys to values".to_owned()),
    }
}

#[derive(Clone, Copy)]
struct Bounded<'a> {
    left: &'a Cell<usize>,
}

impl Bounded<'_> {
    fn spend<E: Error>(self, bytes: usize) -> Result<(), E> {
        match self.left.get().checked_sub(bytes + 16) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom("it stands for too large a value")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true or false, a list or a mapping")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.spend(value.len())?;
        Ok(Value::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut map = BTreeMap::new();
        while let Some(key) = access.next_key::<String>()? {
            self.spend(key.len())?;
            let value = access.next_value_seed(self)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
            map.insert(key, value);
        }
        // Sorted whatever map serde_json is built with.
        Ok(Value::Object(map.into_iter().collect::<Map<_, _>>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_agree() {
        let yaml = "# x\na: [1, b c]\nd: {e: true}\nf:\n";
        let json = r#"{"a": [1, "b c"], "d": {"e": true}, "f": null}"#;
        let expected = parse(json, Syntax::Json).unwrap();
        assert_eq!(parse(yaml, Syntax::Yaml).unwrap(), expected);
        assert_eq!(parse("# nothing\n", Syntax::Yaml).unwrap(), BTreeMap::new());
    }

    #[test]
    fn what_is_wrong_is_an_error() {
        for text in [
            "[]",
            "a: b: c",
            "a: 1\na: 2",
            "a: !x y",
            "? [a]\n: b",
            "a: b\n---\nc: d",
            "\t",
        ] {
            assert!(parse(text, Syntax::Yaml).is_err(), "{text:?}");
        }
        for text in ["", "{", "{} {}", r#"{"a":1,"a":2}"#, "[]", "1"] {
            assert!(parse(text, Syntax::Json).is_err(), "{text:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(&deep, Syntax::Yaml).is_err());
        assert!(parse(&deep, Syntax::Json).is_err());
    }

    #[test]
    fn a_text_cannot_blow_up() {
        let mut text = format!("a0: &a0 {:?}\n", "x".repeat(1000));
        for level in 1..12 {
            let before = format!("*a{}, ", level - 1).repeat(9);
            text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert!(parse(&text, Syntax::Yaml).is_err());
    }
}
