// Every wish, the plan, its JSON, the outcome and its logs, on a sysroot: what the Rust side of the
// test knows is printed.
#include "check.hpp"

using namespace regraft;

namespace {

void show(const std::vector<std::string>& list) {
  for (const auto& item : list) std::cout << ' ' << item;
  std::cout << '\n';
}

void show(const Wishes& wishes) {
  std::cout << wishes.upgrade << wishes.allow_downgrade << wishes.allow_inactive
            << wishes.idempotent << wishes.unsigned_packages << '\n';
  show(wishes.install);
  show(wishes.uninstall);
  show(wishes.remove_base);
  show(wishes.reset_base);
  show(wishes.kernel_arguments);
}

void show(const Plan& plan) {
  for (const auto& change : plan.changes()) {
    std::cout << change << '|' << change.action << '|' << change.package << '|'
              << (change.from ? change.from->to_string() : "-") << '|'
              << change.repo.value_or("-") << '|' << change.download_size << '|'
              << change.installed_size << '|' << static_cast<int>(change.reason.kind) << '|'
              << change.reason << '|' << change.reason.request.value_or("-") << '|'
              << (change.reason.package ? change.reason.package->to_string() : "-") << '\n';
  }
  for (const auto& planned : plan.layered())
    std::cout << planned.package << '|' << planned.repo << '|' << planned.location << '|'
              << planned.base_url.value_or("-") << '|' << planned.checksum << '|' << planned.size
              << '|' << planned.cached << '\n';
  show(plan.wishes());
  const auto base = [](const BaseCommit& commit) {
    const auto time = std::chrono::system_clock::to_time_t(commit.time);
    std::cout << commit << '|' << commit.checksum << '|' << time << '\n';
  };
  base(plan.base());
  if (plan.previous_base()) base(*plan.previous_base());
  for (const auto& [package, paths] : plan.dropped_paths()) {
    std::cout << package;
    show(paths);
  }
  std::cout << plan.stateroot() << '|' << plan.refspec() << '|' << plan.is_unchanged() << '|'
            << plan.state_digest() << '|' << plan.download_size() << '|'
            << plan.installed_size_change() << '\n'
            << plan << plan.to_json() << '\n';
}

}  // namespace

int main(int, char** argv) {
  const auto sysroot = Sysroot::open(argv[1]);
  auto wishes = sysroot.transaction(Base::Pending);
  wishes.upgrade()
      .install("a")
      .uninstall("b")
      .remove_base("c")
      .reset_base("d")
      .allow_downgrade()
      .allow_inactive()
      .idempotent()
      .signatures(Signature::NotRequired)
      .kernel_argument("quiet");
  show(wishes.wishes());
  wishes.signatures(Signature::Required);
  CHECK(!wishes.wishes().unsigned_packages);
  thrown(ErrorKind::State, [&] { (void)sysroot.transaction(Base::Booted); });

  auto tx = sysroot.transaction();
  tx.upgrade().install("tool").remove_base("nano");
  const auto plan = tx.plan();
  show(plan);
  for (const auto& change : tx.plan().changes()) CHECK(!change.text.empty());
  CHECK(plan == tx.plan());
  const auto again = Plan::from_json(plan.to_json());
  CHECK(again == plan && again.to_string() == plan.to_string());
  const auto error = thrown(ErrorKind::Config, [] { Plan::from_json("{}"); });
  CHECK(error.field("file") == std::string("the plan"));

  Job job;
  double last = 0;
  std::vector<Phase> phases;
  job.on_progress([&](const Progress& p) {
    CHECK(p.fraction() >= last && p.done() <= (p.total() == 0 ? p.done() : p.total()));
    CHECK(p.unit() == Unit::Bytes || p.unit() == Unit::Items);
    last = p.fraction();
    if (phases.empty() || phases.back() != p.phase()) phases.push_back(p.phase());
    return Flow::Continue;
  });
  auto resumed = sysroot.resume(again);
  const auto outcome = resumed.stage(again, job);
  CHECK(phases.size() > 2 && phases.size() <= job.timings().size());
  CHECK(outcome.kind() == Outcome::Kind::Deployed && outcome.objects() > 0);
  CHECK(job.timings().front().duration.count() > 0);
  std::cout << outcome << '|' << outcome.id().value_or("-") << '|' << outcome.objects() << '\n';
  for (const auto& log : outcome.scripts()) {
    std::cout << log.package << '|' << log.script << '|' << log.output << '|';
    show(log.written);
    CHECK(log.duration.count() > 0);
  }
  CHECK(outcome.to_json().find("\"kind\":\"deployed\"") != std::string::npos);
  thrown(ErrorKind::Spent, [&] { resumed.stage(again); });

  auto nothing = sysroot.transaction_on(sysroot.deployments().at(0));
  const auto idle = nothing.stage(nothing.plan());
  CHECK(idle.kind() == Outcome::Kind::Unchanged && !idle.id() && idle.scripts().empty());
  std::cout << idle << '\n';

  auto missing = sysroot.transaction();
  missing.install("no-such-package");
  const auto not_found = thrown(ErrorKind::NotFound, [&] { missing.plan(); });
  std::cout << not_found << '\n' << not_found.to_json() << '\n';
  CHECK(not_found.field("name") == std::string("no-such-package"));
  CHECK(not_found.fields().size() == 3 && !not_found.package() && !not_found.script_duration());
  CHECK(not_found.remedy() && !not_found.holder() && !not_found.script_output());

  auto broken = sysroot.transaction();
  broken.install("broken");
  const auto unsolvable = thrown(ErrorKind::Unsolvable, [&] { broken.plan(); });
  std::cout << unsolvable << '\n';
  for (const auto& problem : unsolvable.problems()) {
    std::cout << problem;
    show(problem.suggestions);
  }
  auto clash = sysroot.transaction();
  clash.install("clash").install("clash-too");
  const auto conflict = thrown(ErrorKind::FileConflict, [&] { clash.stage(clash.plan()); });
  std::cout << conflict << '\n';
  for (const auto& path : conflict.conflicts())
    std::cout << path << '|' << path.path << '|'
              << (path.first ? path.first->to_string() : "-") << '|' << path.second << '\n';
  auto failing = sysroot.transaction();
  failing.install("failing");
  const auto failed = thrown(ErrorKind::ScriptFailed, [&] { failing.stage(failing.plan()); });
  std::cout << failed << '\n' << failed.script_output().value_or("-") << '\n';
  CHECK(failed.field("script") == std::string("post") && failed.script_duration()->count() > 0);
  CHECK(failed.package() == Nevra::parse("failing-1-1." + Treefile::host_basearch()));

  auto slow = sysroot.transaction();
  slow.install("slow").script_timeout(std::chrono::milliseconds(300));
  const auto ended = thrown(ErrorKind::ScriptFailed, [&] { slow.stage(slow.plan()); });
  CHECK(ended.field("status")->find("timed out") == 0);
  CHECK(*ended.script_duration() >= std::chrono::milliseconds(300));

  std::cout << sysroot.rollback() << '\n';
}
