//! The users and groups of a tree: looked up by name, and made from what sysusers.d asks for, with
//! the numbers that systemd-sysusers would choose.
//!
//! A tree keeps accounts in `usr/etc`, where a machine's own are added, and system accounts in
//! `usr/lib` besides when its name service looks there (nss-altfiles), so that they change with the
//! tree. New ones go to `usr/lib` where that exists. They have no line in shadow then: nobody logs in
//! with them, and a changed `usr/etc/shadow` would be in the way of the machine's.

use crate::error::{Error, Result};
use crate::graft::edit::Edit;
use crate::graft::sysusers::{Entry, PrimaryGroup, Request, User};
use crate::graft::table::Table;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where accounts can be; the first one wins, as in nsswitch.conf.
const ETC: &str = "usr/etc";
const LIB: &str = "usr/lib";

/// Numbers to choose from when no `r` line says otherwise.
const SYSTEM_RANGE: (u32, u32) = (1, 999);

/// There are fewer system accounts than this by far; it bounds the time for hostile ones.
const ENTRY_LIMIT: usize = 10_000;

/// Names and numbers of a tree's accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    users: HashMap<String, u32>,
    groups: HashMap<String, u32>,
}

impl Accounts {
    /// Reads them. `root` is always known, as it is to rpm.
    pub(crate) fn load(edit: &mut Edit<'_>) -> Result<Accounts> {
        let mut accounts = Accounts::default();
        for (file, map) in [
            ("passwd", &mut accounts.users),
            ("group", &mut accounts.groups),
        ] {
            for place in [ETC, LIB] {
                let table = Table::load(edit, &format!("{place}/{file}"))?.unwrap_or_default();
                for (name, id) in table.ids() {
                    map.entry(name.to_owned()).or_insert(id);
                }
            }
            map.insert("root".to_owned(), 0);
        }
        Ok(accounts)
    }

    /// A user's number.
    pub(crate) fn uid(&self, user: &str) -> Option<u32> {
        self.users.get(user).copied()
    }

    /// A group's number.
    pub(crate) fn gid(&self, group: &str) -> Option<u32> {
        self.groups.get(group).copied()
    }
}

/// An account that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Created {
    /// A user, and its primary group's number.
    User {
        /// Its name.
        name: String,
        /// Its number.
        uid: u32,
        /// Its primary group.
        gid: u32,
    },
    /// A group.
    Group {
        /// Its name.
        name: String,
        /// Its number.
        gid: u32,
    },
}

/// Makes what `entries` ask for and the tree does not have yet. The order of the entries decides
/// about numbers: by file name, then by line. `epoch` (seconds since 1970) is the day of a
/// password's last change, where a tree has shadow files for the new accounts.
pub(crate) fn add_sysusers(
    edit: &mut Edit<'_>,
    entries: &[Entry],
    epoch: u64,
) -> Result<Vec<Created>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    if entries.len() > ENTRY_LIMIT {
        let what = format!("more than {ENTRY_LIMIT} lines of sysusers.d");
        return Err(Error::unsupported(
            what,
            entries[ENTRY_LIMIT].origin.clone(),
        ));
    }
    let mut files = Files::load(edit)?;
    let wanted = Wanted::collect(entries);
    let chosen = Chooser::new(&files, &wanted).choose(&wanted)?;
    files.add(&chosen, &wanted.members, epoch / 86_400)?;
    files.save(edit)?;
    Ok(chosen.created())
}

/// The account files of a tree.
struct Files {
    etc: [Table; 2],
    lib: [Option<Table>; 2],
    shadows: [Option<Table>; 2],
}

/// Index of users' tables and of groups'.
const USERS: usize = 0;
const GROUPS: usize = 1;
const NAMES: [&str; 2] = ["passwd", "group"];
const SHADOWS: [&str; 2] = ["shadow", "gshadow"];

impl Files {
    fn load(edit: &mut Edit<'_>) -> Result<Files> {
        let mut load = |place: &str, name: &str| Table::load(edit, &format!("{place}/{name}"));
        Ok(Files {
            etc: [
                load(ETC, NAMES[USERS])?.unwrap_or_default(),
                load(ETC, NAMES[GROUPS])?.unwrap_or_default(),
            ],
            lib: [load(LIB, NAMES[USERS])?, load(LIB, NAMES[GROUPS])?],
            shadows: [load(ETC, SHADOWS[USERS])?, load(ETC, SHADOWS[GROUPS])?],
        })
    }

    fn ids(&self, kind: usize) -> impl Iterator<Item = (&str, u32)> {
        let lib = self.lib[kind].iter().flat_map(Table::ids);
        self.etc[kind].ids().chain(lib)
    }

    /// Adds a line to the table for new accounts, and one to the shadow that goes with it.
    fn add_line(&mut self, kind: usize, name: &str, line: String, shadow: String) {
        match (&mut self.lib[kind], &mut self.shadows[kind]) {
            (Some(lib), _) => lib.add(line),
            (None, shadows) => {
                self.etc[kind].add(line);
                if let Some(table) = shadows.as_mut().filter(|table| !table.has(name)) {
                    table.add(shadow);
                }
            }
        }
    }

    fn add(&mut self, chosen: &Chosen, members: &Members, day: u64) -> Result<()> {
        for (name, gid) in &chosen.groups {
            let line = format!("{name}:x:{gid}:");
            self.add_line(GROUPS, name, line, format!("{name}:!*::"));
        }
        for (user, uid, gid) in &chosen.users {
            let name = &user.name;
            let gecos = user.description.as_deref().unwrap_or_default();
            let home = match (&user.home, uid) {
                (Some(home), _) => home,
                (None, 0) => "/root",
                (None, _) => "/",
            };
            let shell = match (&user.shell, uid) {
                (Some(shell), _) => shell,
                (None, 0) => "/bin/sh",
                (None, _) => "/usr/sbin/nologin",
            };
            let line = format!("{name}:x:{uid}:{gid}:{gecos}:{home}:{shell}");
            let expires = if user.locked { "1" } else { "" };
            let shadow = format!("{name}:!*:{day}:::::{expires}:");
            self.add_line(USERS, name, line, shadow);
        }
        for (group, users) in members {
            self.etc[GROUPS].add_members(group, users, "usr/etc/group")?;
            if let Some(lib) = &mut self.lib[GROUPS] {
                lib.add_members(group, users, "usr/lib/group")?;
            }
            if let Some(shadow) = &mut self.shadows[GROUPS] {
                shadow.add_members(group, users, "usr/etc/gshadow")?;
            }
        }
        Ok(())
    }

    fn save(&self, edit: &mut Edit<'_>) -> Result<()> {
        for kind in [USERS, GROUPS] {
            self.etc[kind].save(edit, &format!("{ETC}/{}", NAMES[kind]), 0o644)?;
            if let Some(lib) = &self.lib[kind] {
                lib.save(edit, &format!("{LIB}/{}", NAMES[kind]), 0o644)?;
            }
            if let Some(shadow) = &self.shadows[kind] {
                shadow.save(edit, &format!("{ETC}/{}", SHADOWS[kind]), 0)?;
            }
        }
        Ok(())
    }
}

/// New members by group, in the order of the lines.
type Members = Vec<(String, Vec<String>)>;

/// What all the lines together ask for: the first line for a name counts.
#[derive(Default)]
struct Wanted {
    /// With the line, for messages.
    users: Vec<(User, String)>,
    groups: Vec<(String, Option<u32>)>,
    members: Members,
    ranges: Vec<(u32, u32)>,
}

impl Wanted {
    fn collect(entries: &[Entry]) -> Wanted {
        let mut wanted = Wanted::default();
        let (mut users, mut groups) = (BTreeSet::new(), BTreeSet::new());
        let mut by_group: BTreeMap<&str, usize> = BTreeMap::new();
        for Entry { origin, request } in entries {
            match request {
                Request::User(user) => {
                    if users.insert(user.name.clone()) {
                        wanted.users.push((user.clone(), origin.clone()));
                    }
                }
                Request::Group(name, gid) => {
                    if groups.insert(name.clone()) {
                        wanted.groups.push((name.clone(), *gid));
                    }
                }
                Request::Member { user, group } => {
                    let at = *by_group.entry(group).or_insert(wanted.members.len());
                    if at == wanted.members.len() {
                        wanted.members.push((group.clone(), Vec::new()));
                    }
                    wanted.members[at].1.push(user.clone());
                }
                Request::Range(first, last) => wanted.ranges.push((*first, *last)),
            }
        }
        // A membership makes what it names.
        for (group, members) in &wanted.members {
            for name in members {
                if users.insert(name.clone()) {
                    let user = User {
                        name: name.clone(),
                        ..User::default()
                    };
                    wanted.users.push((user, format!("membership in {group}")));
                }
            }
            if !users.contains(group) && groups.insert(group.clone()) {
                wanted.groups.push((group.clone(), None));
            }
        }
        wanted
    }
}

/// What is to be made, in order.
#[derive(Default)]
struct Chosen {
    users: Vec<(User, u32, u32)>,
    groups: Vec<(String, u32)>,
}

impl Chosen {
    fn created(self) -> Vec<Created> {
        let groups = self
            .groups
            .into_iter()
            .map(|(name, gid)| Created::Group { name, gid });
        let users = self
            .users
            .into_iter()
            .map(|(user, uid, gid)| Created::User {
                name: user.name,
                uid,
                gid,
            });
        groups.chain(users).collect()
    }
}

/// Names by number and numbers by name, of one kind; the first holder of a number counts.
#[derive(Default)]
struct Index {
    by_name: HashMap<String, u32>,
    by_id: HashMap<u32, String>,
}

impl Index {
    fn insert(&mut self, name: &str, id: u32) {
        self.by_name.entry(name.to_owned()).or_insert(id);
        self.by_id.entry(id).or_insert_with(|| name.to_owned());
    }

    /// Whether somebody else than `name` holds the number.
    fn held_by_other(&self, id: u32, name: &str) -> bool {
        self.by_id.get(&id).is_some_and(|holder| holder != name)
    }
}

/// Chooses numbers.
struct Chooser {
    users: Index,
    groups: Index,
    /// Not overlapping, ascending; the search goes down through them and never back up.
    ranges: Vec<(u32, u32)>,
    /// The last number tried.
    search: Option<u32>,
    chosen: Chosen,
}

impl Chooser {
    fn new(files: &Files, wanted: &Wanted) -> Chooser {
        let mut chooser = Chooser {
            users: Index::default(),
            groups: Index::default(),
            ranges: wanted.ranges.clone(),
            search: None,
            chosen: Chosen::default(),
        };
        for (name, id) in files.ids(USERS) {
            chooser.users.insert(name, id);
        }
        for (name, id) in files.ids(GROUPS) {
            chooser.groups.insert(name, id);
        }
        if chooser.ranges.is_empty() {
            chooser.ranges.push(SYSTEM_RANGE);
        }
        chooser.ranges.sort_unstable();
        chooser
    }

    fn choose(mut self, wanted: &Wanted) -> Result<Chosen> {
        for (name, gid) in &wanted.groups {
            self.group(name, *gid, None)?;
        }
        for (user, origin) in &wanted.users {
            self.user(user, origin)?;
        }
        Ok(self.chosen)
    }

    /// The number of the group `name`, which is made when it is missing.
    fn group(&mut self, name: &str, gid: Option<u32>, uid: Option<u32>) -> Result<u32> {
        if let Some(gid) = self.groups.by_name.get(name) {
            return Ok(*gid);
        }
        let gid = match (gid, uid) {
            (Some(gid), _) if !self.groups.by_id.contains_key(&gid) => gid,
            (_, Some(uid)) if self.gid_is_free(uid, name) => uid,
            _ => self.next_lower(name, Chooser::gid_is_free)?,
        };
        self.groups.insert(name, gid);
        self.chosen.groups.push((name.to_owned(), gid));
        Ok(gid)
    }

    fn user(&mut self, user: &User, origin: &str) -> Result<()> {
        let name = &user.name;
        if self.users.by_name.contains_key(name) {
            // Its own group can still be missing.
            if user.group == PrimaryGroup::Own {
                self.group(name, None, user.uid)?;
            }
            return Ok(());
        }
        let missing = |group: String| Error::State {
            object: origin.to_owned(),
            reason: format!("the user {name} is to have the group {group}, which does not exist"),
            remedy: "add the package that makes this group, or leave out the user's".to_owned(),
        };
        // Whether a group's number other than the user's may have the value of the user's.
        let mut strict = true;
        let gid = match &user.group {
            PrimaryGroup::Named(group) => *self
                .groups
                .by_name
                .get(group)
                .ok_or_else(|| missing(group.clone()))?,
            PrimaryGroup::Id(gid) => {
                let own = self.groups.by_name.get(name);
                match own {
                    Some(own) => *own,
                    None if self.groups.by_id.contains_key(gid) => *gid,
                    None => return Err(missing(gid.to_string())),
                }
            }
            PrimaryGroup::Own => {
                strict = self.chosen.groups.iter().any(|(group, _)| group == name);
                self.group(name, None, user.uid)?
            }
        };
        let uid = match user.uid {
            Some(uid) if self.uid_is_usable(uid, name, !strict) => uid,
            _ if self.uid_is_usable(gid, name, true) => gid,
            _ => self.next_lower(name, |this, id, name| this.uid_is_usable(id, name, true))?,
        };
        self.users.insert(name, uid);
        self.chosen.users.push((user.clone(), uid, gid));
        Ok(())
    }

    fn gid_is_free(&self, gid: u32, name: &str) -> bool {
        !self.groups.by_id.contains_key(&gid) && !self.users.held_by_other(gid, name)
    }

    fn uid_is_usable(&self, uid: u32, name: &str, look_at_groups: bool) -> bool {
        let held_by_group = look_at_groups && self.groups.held_by_other(uid, name);
        !self.users.by_id.contains_key(&uid) && !held_by_group
    }

    /// The next number down that is free.
    fn next_lower(
        &mut self,
        name: &str,
        is_free: impl Fn(&Chooser, u32, &str) -> bool,
    ) -> Result<u32> {
        loop {
            let below = self.search.unwrap_or(u32::MAX);
            let next = self
                .ranges
                .iter()
                .filter(|(first, _)| *first < below)
                .map(|(_, last)| (*last).min(below - 1))
                .max();
            let Some(next) = next else {
                return Err(Error::State {
                    object: format!("the account {name}"),
                    reason: "there is no free number for it".to_owned(),
                    remedy: "give more numbers with an r line in sysusers.d".to_owned(),
                });
            };
            self.search = Some(next);
            if is_free(self, next, name) {
                return Ok(next);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graft::edit::tests::Bed;
    use crate::graft::sysusers;
    use std::process::Command;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/usr/sbin/nologin\n\
                          taken:x:998:990:t:/:/bin/sh\n+nis::::::\n";
    const GROUP: &str = "root:x:0:\nbin:x:1:\nwheel:x:10:zoe\ntaken:x:990:\nlone:x:999:\n";

    const CASES: [&[(&str, &str)]; 6] = [
        &[(
            "a.conf",
            "u web - \"Web server\" /srv/www\nu db 27 \"Database\" /var/lib/db /bin/sh\n\
             g video 39\ng input -\nm web wheel\nm db newgroup\nm ghost wheel\n",
        )],
        &[
            (
                "a.conf",
                "u one 997 \"x\"\ng two 997\nu three 997:10\nu four -:wheel\ng five 998\n",
            ),
            (
                "b.conf",
                "u one 55\nu two 12\nu six 998\ng seven 1\nu wheel - w\n",
            ),
        ],
        &[("a.conf", "r - 200-201\nr - 300\nu a -\ng b -\nu c -\n")],
        &[(
            "a.conf",
            "g zeta -\nu zeta 400\nm zeta zeta\nu alpha -:zeta\nu beta 401:zeta\n",
        )],
        &[(
            "a.conf",
            "u taken 5\nu lone 999\ng taken 4\nu nine 10\nm bin wheel\n",
        )],
        &[(
            "a.conf",
            "u q - \"a \\\"b\\\" 'c'\" /h\\ x\nu p 33 '50%% off'\nm p q\nm q p\n",
        )],
    ];

    fn entries(files: &[(&str, &str)]) -> Vec<Entry> {
        let parsed = files
            .iter()
            .map(|(name, text)| sysusers::parse(text.as_bytes(), name).unwrap());
        parsed.flatten().collect()
    }

    /// The referee: systemd-sysusers on the same files makes the same tables.
    #[test]
    fn the_same_as_systemd() {
        const EPOCH: u64 = 1_767_571_200;
        for files in CASES {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path();
            std::fs::create_dir_all(root.join("etc/sysusers.d")).unwrap();
            let shadow = "root:!*:1::::::\nbin:*:1:0:99999:7:::\n";
            let gshadow = "root:*::\nwheel:!*::zoe\n";
            let before = [
                ("passwd", PASSWD),
                ("group", GROUP),
                ("shadow", shadow),
                ("gshadow", gshadow),
            ];
            let mut bed = Bed::new();
            for (name, text) in before {
                std::fs::write(root.join("etc").join(name), text).unwrap();
                let path = format!("usr/etc/{name}");
                bed.edit().write(&path, None, text.as_bytes()).unwrap();
            }
            for (name, text) in files {
                std::fs::write(root.join("etc/sysusers.d").join(name), text).unwrap();
            }
            let run = Command::new("systemd-sysusers")
                .arg("--root")
                .arg(root)
                .env("SOURCE_DATE_EPOCH", EPOCH.to_string())
                .output()
                .unwrap();
            let log = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success(), "{files:?}: {log}");
            add_sysusers(&mut bed.edit(), &entries(files), EPOCH).unwrap();
            for (name, _) in before {
                let theirs = std::fs::read_to_string(root.join("etc").join(name)).unwrap();
                let ours = bed.text(&format!("usr/etc/{name}"));
                assert_eq!(ours, theirs, "{name} of {files:?}\n{log}");
            }
        }
    }

    #[test]
    fn system_accounts_stay_where_the_base_has_them() {
        let mut bed = Bed::with(&[
            ("usr/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
            ("usr/etc/group", "root:x:0:\nwheel:x:10:\n"),
            ("usr/etc/shadow", ""),
            ("usr/lib/passwd", "bin:x:1:1::/:/bin/sh\nx:x:999:9::/:/x\n"),
            ("usr/lib/group", "bin:x:1:\n"),
        ]);
        let wanted = entries(&[("a", "u a -\nm a wheel\nm a bin\n")]);
        let created = add_sysusers(&mut bed.edit(), &wanted, 7).unwrap();
        let group = Created::Group {
            name: "a".to_owned(),
            gid: 998,
        };
        let user = Created::User {
            name: "a".to_owned(),
            uid: 998,
            gid: 998,
        };
        assert_eq!(created, [group, user]);
        assert_eq!(
            bed.text("usr/lib/passwd"),
            "bin:x:1:1::/:/bin/sh\nx:x:999:9::/:/x\na:x:998:998::/:/usr/sbin/nologin\n"
        );
        assert_eq!(bed.text("usr/lib/group"), "bin:x:1:a\na:x:998:\n");
        assert_eq!(bed.text("usr/etc/group"), "root:x:0:\nwheel:x:10:a\n");
        assert_eq!(bed.text("usr/etc/shadow"), "");
        let accounts = Accounts::load(&mut bed.edit()).unwrap();
        assert_eq!(
            (accounts.uid("a"), accounts.gid("wheel")),
            (Some(998), Some(10))
        );
        assert_eq!(accounts.uid("nobody"), None);

        // A second time there is nothing to do, and nothing changes.
        let repo = bed.repo.clone();
        let tree = bed.root.write(&repo, &mut 0).unwrap();
        assert!(
            add_sysusers(&mut bed.edit(), &wanted, 7)
                .unwrap()
                .is_empty()
        );
        assert_eq!(bed.root.unchanged(), Some(tree));
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        let mut bed = Bed::with(&[("usr/etc/group", GROUP), ("usr/etc/passwd", PASSWD)]);
        for text in ["u a 5:77", "u a -:none", "r - 0-1\nu a -"] {
            let wanted = entries(&[("a", text)]);
            let error = add_sysusers(&mut bed.edit(), &wanted, 7).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::State, "{text}: {error}");
        }
        let locked = entries(&[("a", "u! a 5")]);
        bed.edit().write("usr/etc/shadow", Some(0), b"").unwrap();
        add_sysusers(&mut bed.edit(), &locked, 86_400 * 3).unwrap();
        assert_eq!(bed.text("usr/etc/shadow"), "a:!*:3:::::1:\n");
    }
}
