//! Versions and relations of the archive, as RPM's.

use super::sets;
use rpm::Dependency;

/// Epoch, version and release. RPM allows no hyphen inside either of the last two; a caret sorts
/// as the archive's hyphen does, above the end and below all else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evr {
    pub(super) epoch: u32,
    pub(super) version: String,
    /// `0` for an archive version without a revision.
    pub(super) release: String,
    has_release: bool,
    is_above_all: bool,
}

/// The revision that stands for one above every other.
const ABOVE_ALL: &str = ".";

impl Evr {
    /// From `1:5.2-rc1-3+b2`.
    pub(super) fn parse(text: &str) -> Evr {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
            None => (0, text),
        };
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        Evr {
            epoch,
            version: version.replace('-', "^"),
            release: release.unwrap_or("0").to_owned(),
            has_release: release.is_some_and(|text| text != ABOVE_ALL),
            is_above_all: release == Some(ABOVE_ALL),
        }
    }

    /// As a dependency states it: no release where the archive's version has none, so that any
    /// matches.
    pub(super) fn of_dependency(&self) -> String {
        let mut text = String::new();
        if self.epoch > 0 {
            text = format!("{}:", self.epoch);
        }
        text.push_str(&self.version);
        if self.has_release {
            text.push('-');
            text.push_str(&self.release);
        }
        text
    }
}

/// One name in a relation field, with its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) name: String,
    /// One of `<<`, `<=`, `=`, `>=`, `>>`, and the version.
    pub(super) condition: Option<(String, String)>,
}

impl Relation {
    /// From `name:any (>= 1.0)`.
    fn parse(text: &str) -> Option<Relation> {
        let text = text.trim();
        let end = text
            .find(|c: char| c.is_whitespace() || c == '(' || c == ':')
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() {
            return None;
        }
        let condition = rest
            .split_once('(')
            .and_then(|(_, inner)| inner.split_once(')'))
            .map(|(inner, _)| inner.trim())
            .and_then(|inner| {
                let end = inner.find(|c: char| !"<>=".contains(c))?;
                let (sign, version) = inner.split_at(end);
                Some((sign.to_owned(), version.trim().to_owned()))
            });
        Some(Relation {
            name: name.to_owned(),
            condition,
        })
    }

    /// The text of a rich dependency's operand, and of a test.
    fn text(&self) -> String {
        let Some((sign, version)) = &self.condition else {
            return self.name.clone();
        };

        let evr = Evr::parse(version);
        format!(
            "{} {} {}",
            self.name,
            rpm_sign(sign, &evr),
            evr.of_dependency()
        )
    }

    /// As RPM's dependency.
    pub(super) fn dependency(&self) -> Dependency {
        let Some((sign, version)) = &self.condition else {
            return Dependency::any(&self.name);
        };
        let evr = Evr::parse(version);
        let version = evr.of_dependency();
        match rpm_sign(sign, &evr) {
            "<" => Dependency::less(&self.name, version),
            "<=" => Dependency::less_eq(&self.name, version),
            ">=" => Dependency::greater_eq(&self.name, version),
            ">" => Dependency::greater(&self.name, version),
            _ => Dependency::eq(&self.name, version),
        }
    }
}

/// RPM's comparison. The archive takes a version without a revision for older than any with one;
/// RPM takes the two for equal.
fn rpm_sign(sign: &str, evr: &Evr) -> &'static str {
    match (sign, evr.has_release) {
        ("<<" | "<=", _) if evr.is_above_all => "<=",
        ("<<", _) | ("<=", false) => "<",
        ("<=", true) => "<=",
        (">>", true) => ">",
        (">=", _) | (">>", false) => ">=",
        _ => "=",
    }
}

/// A comma-separated field of alternatives: all of the outer, one of the inner.
pub(super) fn relations(field: &str) -> Vec<Vec<Relation>> {
    field
        .split(',')
        .map(|group| group.split('|').filter_map(Relation::parse).collect())
        .filter(|group: &Vec<Relation>| !group.is_empty())
        .collect()
}

/// What package `name` requires through one group of alternatives: nothing where an RPM system
/// needs none of it, and a rich dependency where the archive has several that would do.
pub(super) fn requirement(
    name: &str,
    group: &[Relation],
    known: impl Fn(&str) -> bool,
) -> Option<Dependency> {
    if is_dropped(name, group) {
        return None;
    }
    let usable: Vec<&Relation> = group.iter().filter(|one| known(&one.name)).collect();
    match usable[..] {
        [] => group.first().map(Relation::dependency),
        [one] => Some(one.dependency()),
        _ => {
            let words: Vec<String> = usable.iter().map(|one| one.text()).collect();
            Some(Dependency::any(format!("({})", words.join(" or "))))
        }
    }
}

/// The tables say that this group is not needed.
pub(super) fn is_dropped(name: &str, group: &[Relation]) -> bool {
    group.iter().any(|one| {
        sets::has(sets::SKIP, &one.name) || sets::DROP.contains(&(name, one.name.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_become_evrs() {
        let evr = Evr::parse("1:5.2-rc1-3+b2");
        assert_eq!((evr.epoch, evr.version.as_str()), (1, "5.2^rc1"));
        assert_eq!(evr.release, "3+b2");
        assert_eq!(Evr::parse("12.4").release, "0");
        assert_eq!(Evr::parse("12.4").of_dependency(), "12.4");
        assert_eq!(rpm_sign("<<", &Evr::parse("1-.")), "<=");
        assert_eq!(rpm_sign(">>", &Evr::parse("1")), ">=");
        assert_eq!(Evr::parse("2:1-2").of_dependency(), "2:1-2");
    }

    #[test]
    fn alternatives_become_rich() {
        let groups = relations("libc6 (>= 2.36), awk | gawk (<< 2:5-1) , python3:any");
        assert_eq!(groups.len(), 3);
        let all = |_: &str| true;
        let rich = requirement("x", &groups[1], all).map(|dependency| dependency.name);
        assert_eq!(rich.as_deref(), Some("(awk or gawk < 2:5-1)"));
        let plain = requirement("x", &groups[2], all).map(|dependency| dependency.name);
        assert_eq!(plain.as_deref(), Some("python3"));
        assert!(requirement("x", &relations("debconf | debconf-2.0")[0], all).is_none());
    }
}
