//! Where a verb is not named by the rule: `regraft_NOUN_VERB`, `Class::verb`. What is in
//! parentheses says why there is none.

/// Rust and C.
pub(crate) const C: &[(&str, &str)] = &[
    ("Action::name", "regraft_change_action_name"),
    ("Change::new", "(the library makes these)"),
    ("Evr::new", "regraft_evr_parse"),
    ("Nevra::new", "regraft_nevra_parse"),
    (
        "Phase::name",
        "regraft_progress_phase, regraft_timings_phase",
    ),
    ("Problem::new", "(the library makes these)"),
    ("ErrorKind::name", "regraft_error_kind_name"),
    ("ErrorKind::from_code", "(a kind is its number)"),
    (
        "Origin::custom",
        "regraft_origin_custom_url, regraft_origin_custom_description",
    ),
    ("Password::new", "(passwords are in .repo files)"),
    ("Password::reveal", "(passwords are in .repo files)"),
    ("Sense::from_rpm_flags", "(a sense is its bits)"),
    ("Sense::bits", "regraft_dependency_sense"),
    ("Status::deployments", "regraft_snapshot_deployment_get"),
    ("Status::to_json", "regraft_snapshot_to_json"),
    ("Sysroot::deployments", "regraft_sysroot_snapshot"),
    ("Sysroot::status", "regraft_sysroot_snapshot"),
    ("Sysroot::transaction", "regraft_transaction_new"),
    ("Sysroot::transaction_on", "regraft_transaction_new_on"),
    (
        "Sysroot::deploy_commit",
        "regraft_transaction_deploy_commit",
    ),
    ("Sysroot::resume", "regraft_transaction_resume"),
    ("Transaction::wishes", "regraft_plan_wishes"),
    ("RepoConfig::new", "(no call takes one)"),
    ("Variables::with", "regraft_variables_set"),
];

/// The lists of dependencies that packages have: C has one function for all of them.
pub(crate) const DEPENDENCIES: &[&str] = &[
    "provides",
    "requires",
    "conflicts",
    "obsoletes",
    "recommends",
    "suggests",
    "supplements",
    "enhances",
];

/// Rust and C++.
pub(crate) const CXX: &[(&str, &str)] = &[
    ("Change::new", "(the library makes these)"),
    ("Action::name", "to_string(Action)"),
    ("Deployment::timestamp", "Deployment::time"),
    ("ErrorKind::name", "to_string(ErrorKind)"),
    ("Evr::new", "(Evr is a struct)"),
    ("Job::new", "Job::Job"),
    ("Keyring::new", "Keyring::Keyring"),
    ("Nevra::new", "(Nevra is a struct)"),
    ("Origin::new", "Origin::Origin"),
    ("Origin::to_text", "Origin::to_string"),
    (
        "Origin::custom",
        "Origin::custom_url, Origin::custom_description",
    ),
    ("Phase::name", "to_string(Phase)"),
    ("RepoConfig::new", "(no call takes one)"),
    ("Sense::from_rpm_flags", "(a sense is its bits)"),
    ("Sense::bits", "(a sense is its bits)"),
    ("Treefile::flattened_json", "Treefile::to_json"),
    ("Variables::new", "Variables::Variables"),
    ("Variables::with", "Variables::Variables"),
    ("Verification::to_json", "Verification::json"),
    ("Compose::new", "Compose::Compose"),
    ("Composed::to_json", "Composed::json"),
    ("Problem::new", "(the library makes these)"),
    ("ErrorKind::from_code", "(a kind is its number)"),
    ("Password::new", "(passwords are in .repo files)"),
    ("Password::reveal", "(passwords are in .repo files)"),
];

/// Rust and the commands of `examples/regraft`.
pub(crate) const FRONTEND: &[(&str, &str)] = &[
    ("Sysroot::open", "--sysroot"),
    ("Sysroot::stateroot", "--os"),
    ("Sysroot::wait_for_lock", "--wait"),
    ("Sysroot::status", "status"),
    ("Sysroot::deploy_commit", "deploy"),
    ("Sysroot::rollback", "rollback"),
    ("Sysroot::cleanup", "cleanup"),
    ("Sysroot::search", "search"),
    ("Sysroot::refresh_metadata", "refresh-md"),
    ("Transaction::plan", "upgrade --preview, --dry-run"),
    ("Transaction::upgrade", "upgrade"),
    ("Transaction::install", "install"),
    ("Transaction::uninstall", "uninstall"),
    ("Transaction::remove_base", "override remove"),
    ("Transaction::reset_base", "override reset"),
    ("Transaction::allow_downgrade", "upgrade --allow-downgrade"),
    ("Transaction::allow_inactive", "install --allow-inactive"),
    ("Transaction::idempotent", "install --idempotent"),
    ("Transaction::signatures", "--no-gpg-check"),
    ("Transaction::kernel_argument", "deploy --karg"),
    ("Rpmdb::packages", "db list"),
    ("Rpmdb::diff", "db diff"),
    ("Package::open", "package show"),
    ("Package::verify", "package verify"),
    ("Compose::run", "compose tree"),
];
