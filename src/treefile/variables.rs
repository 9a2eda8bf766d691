//! `${name}` in a treefile's values.
//!
//! `basearch` and `releasever` are there by themselves; `variables` adds others. They are replaced
//! in `ref`, `automatic-version-prefix` and the strings of `add-commit-metadata`.

use super::fragment::Fragment;
use crate::error::Result;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn substitute(fragment: &mut Fragment, file: &str) -> Result<()> {
    let treefile = &mut fragment.treefile;
    let variables = &mut fragment.variables;
    variables.insert("basearch".to_owned(), treefile.basearch.clone());
    if let Some(releasever) = &treefile.releasever {
        variables.insert("releasever".to_owned(), releasever.clone());
    }
    let replaced = |key: &str, text: &str| {
        replace(text, variables).map_err(|reason| super::config(file, format!("{key}: {reason}")))
    };
    if let Some(text) = &mut treefile.reference {
        *text = replaced("ref", text)?;
    }
    if let Some(text) = &mut treefile.automatic_version_prefix {
        *text = replaced("automatic-version-prefix", text)?;
    }
    for (key, value) in &mut treefile.add_commit_metadata {
        if let Value::String(text) = value {
            *text = replaced(&format!("add-commit-metadata.{key}"), text)?;
        }
    }
    Ok(())
}

fn replace(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part
            .split_once('}')
            .ok_or_else(|| format!("{text:?} has ${{ without }}"))?;
        let value = variables.get(name).ok_or_else(|| {
            format!("the variable {name} of {text:?} is not set; set it in variables")
        })?;
        replaced.push_str(value);
        replaced.push_str(rest);
    }
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values() {
        let variables = BTreeMap::from([("a".to_owned(), "${a}".to_owned())]);
        // A value is not looked at again.
        assert_eq!(replace("x${a}y$a${a}", &variables).unwrap(), "x${a}y$a${a}");
        assert!(replace("${b}", &variables).is_err());
        assert!(replace("${a", &variables).is_err());
    }
}
