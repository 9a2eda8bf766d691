// How calls behave towards their callers: callbacks that throw, cancel or call back; objects that
// were moved from, or are in use. The argument is a sysroot, where strace can be layered.
#include "check.hpp"

#include <thread>
#include <unistd.h>

using regraft::Error;
using regraft::ErrorKind;
using regraft::Flow;
using regraft::Job;
using regraft::Progress;
using regraft::Sysroot;

namespace {

struct Stop {
  int code;
};

void an_exception_cancels_and_arrives(const Sysroot& sysroot) {
  const auto before = sysroot.status().to_json();
  auto tx = sysroot.transaction();
  tx.install("strace");
  auto plan = tx.plan();
  Job job;
  const auto caller = std::this_thread::get_id();
  int reports = 0;
  job.on_progress([&](const Progress& progress) -> Flow {
    CHECK(std::this_thread::get_id() == caller);
    CHECK(progress.fraction() >= 0 && progress.fraction() <= 1);
    ++reports;
    throw Stop{reports};
  });
  bool arrived = false;
  try {
    tx.stage(plan, job);
  } catch (const Stop& stop) {
    arrived = stop.code == 1;
  }
  // It was called once: what was under way is not for somebody who has thrown.
  CHECK(arrived && reports == 1);
  CHECK(job.is_cancelled());
  CHECK(sysroot.status().to_json() == before);
  thrown(ErrorKind::Cancelled, [&] { tx.stage(plan, job); });
  // An `Error` of the callback's own arrives as it is.
  Job other;
  other.on_progress([](const Progress&) -> Flow { throw Error(ErrorKind::Busy, "mine"); });
  const auto error = thrown(ErrorKind::Busy, [&] { tx.stage(plan, other); });
  CHECK(error.what() == std::string("mine"));
  // The wishes are still there, and the lock is not held any more.
  CHECK(tx.wishes().install == std::vector<std::string>{"strace"});
}

void a_callback_cancels(const Sysroot& sysroot) {
  auto tx = sysroot.transaction();
  tx.install("strace");
  Job job;
  job.on_progress([](const Progress&) { return Flow::Cancel; });
  thrown(ErrorKind::Cancelled, [&] { tx.plan(job); });
  Job from_afar;
  const auto cancel = from_afar.cancel_handle();
  CHECK(!cancel.is_cancelled());
  std::thread([copy = cancel] { copy.cancel(); }).join();
  CHECK(cancel.is_cancelled() && from_afar.is_cancelled());
  thrown(ErrorKind::Cancelled, [&] { tx.plan(from_afar); });
}

void what_is_in_use_refuses(const Sysroot& sysroot) {
  auto tx = sysroot.transaction();
  tx.install("strace");
  Job job;
  int asked = 0;
  job.on_progress([&](const Progress&) {
    if (asked++ > 0) return Flow::Continue;
    const auto everything = [&] {
      thrown(ErrorKind::InUse, [&] { tx.install("other"); });
      thrown(ErrorKind::InUse, [&] { tx.wishes(); });
      thrown(ErrorKind::InUse, [&] { tx.plan(); });
      thrown(ErrorKind::InUse, [&] { job.timings(); });
      thrown(ErrorKind::InUse, [&] { job.on_progress({}); });
      thrown(ErrorKind::InUse, [&] { sysroot.search({"strace"}, job); });
      CHECK(!job.is_cancelled());
      CHECK(!job.cancel_handle().is_cancelled());
    };
    everything();
    std::thread(everything).join();
    // What is not part of the call works.
    CHECK(sysroot.deployments().size() == 1);
    CHECK(sysroot.search({"strace"}).size() == 1);
    return Flow::Continue;
  });
  const auto plan = tx.plan(job);
  CHECK(asked > 0 && !plan.is_unchanged());
  CHECK(!job.timings().empty());
}

void who_holds_the_lock_is_told(const Sysroot& sysroot) {
  auto tx = sysroot.transaction();
  tx.install("strace");
  const auto plan = tx.plan();
  Job job;
  int refused = 0;
  job.on_progress([&](const Progress& progress) {
    if (progress.phase() != regraft::Phase::Graft) return Flow::Continue;
    // The writer has the lock now. Another program could ask; here it is the callback.
    const auto error = thrown(ErrorKind::Busy, [&] { sysroot.cleanup({}); });
    CHECK(error.holder() && error.holder()->find(std::to_string(getpid())) != std::string::npos);
    CHECK(std::string(error.what()).find(*error.holder()) != std::string::npos);
    ++refused;
    return Flow::Cancel;
  });
  thrown(ErrorKind::Cancelled, [&] { tx.stage(plan, job); });
  CHECK(refused > 0 && sysroot.deployments().size() == 1);
}

void a_callback_may_destroy_what_it_serves(const Sysroot& sysroot) {
  auto tx = std::make_optional(sysroot.transaction());
  tx->install("strace");
  auto job = std::make_optional<Job>();
  job->on_progress([&](const Progress&) {
    tx.reset();
    job.reset();
    return Flow::Continue;
  });
  const auto plan = tx->plan(*job);
  CHECK(!tx && !job && plan.changes().size() == 1);
}

void what_was_moved_from_throws(const Sysroot& sysroot) {
  const auto spent = [](auto call) { thrown(ErrorKind::SpentHandle, call); };
  auto tx = sysroot.transaction();
  auto other = std::move(tx);
  spent([&] { tx.install("strace"); });
  spent([&] { tx.plan(); });
  other.install("strace");
  auto plan = other.plan();
  auto kept = std::move(plan);
  spent([&] { plan.changes(); });
  spent([&] { plan.to_json(); });
  spent([&] { other.stage(plan); });
  spent([&] { (void)sysroot.resume(plan); });
  Job job;
  Job moved = std::move(job);
  spent([&] { job.is_cancelled(); });
  spent([&] { job.cancel_handle(); });
  spent([&] { other.plan(job); });
  auto cancel = moved.cancel_handle();
  auto taken = std::move(cancel);
  spent([&] { cancel.cancel(); });
  auto copy = sysroot;
  auto gone = std::move(copy);
  spent([&] { copy.deployments(); });
  auto deployments = gone.deployments();
  auto deployment = std::move(deployments.at(0));
  spent([&] { deployments.at(0).id(); });
  spent([&] { (void)sysroot.transaction_on(deployments.at(0)); });
  auto origin = deployment.origin();
  auto followed = std::move(origin);
  spent([&] { origin.refspec(); });
  spent([&] { regraft::Origin again(origin); });
  auto db = sysroot.rpmdb(deployment.id());
  auto open = std::move(db);
  spent([&] { db.packages(); });
  auto packages = open.packages();
  auto first = std::move(packages.at(0));
  spent([&] { packages.at(0).nevra(); });
  regraft::Keyring keyring;
  auto keys = std::move(keyring);
  spent([&] { keyring.is_empty(); });
  regraft::Variables variables;
  auto values = std::move(variables);
  spent([&] { variables.get("x"); });
  // What was moved from can be given a value again.
  tx = sysroot.transaction();
  tx.install("strace");
  CHECK(tx.wishes().install.size() == 1);
}

void what_does_not_change_is_for_all_threads(const Sysroot& sysroot) {
  auto tx = sysroot.transaction();
  tx.install("strace");
  const auto plan = tx.plan();
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([copy = sysroot, &sysroot, &plan] {
      for (int round = 0; round < 5; ++round) {
        CHECK(sysroot.deployments().size() == copy.status().deployments().size());
        CHECK(regraft::Plan::from_json(plan.to_json()) == plan);
      }
    });
  for (auto& thread : threads) thread.join();
}

void texts_must_be_utf8(const Sysroot& sysroot) {
  auto tx = sysroot.transaction();
  thrown(ErrorKind::BadUtf8, [&] { tx.install("\xff\xfe"); });
  thrown(ErrorKind::BadUtf8, [&] { Sysroot::open("/\xff"); });
  CHECK(tx.wishes().install.empty());
  tx.install(std::string_view("stracefoo").substr(0, 6)).install("");
  CHECK((tx.wishes().install == std::vector<std::string>{"strace", ""}));
}

}  // namespace

int main(int, char** argv) {
  const auto sysroot = Sysroot::open(argv[1]);
  an_exception_cancels_and_arrives(sysroot);
  a_callback_cancels(sysroot);
  what_is_in_use_refuses(sysroot);
  who_holds_the_lock_is_told(sysroot);
  a_callback_may_destroy_what_it_serves(sysroot);
  what_was_moved_from_throws(sysroot);
  what_does_not_change_is_for_all_threads(sysroot);
  texts_must_be_utf8(sysroot);
  std::cout << "fine\n";
}
