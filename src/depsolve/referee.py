"""What dnf itself would install: a question as JSON on stdin, the answers as JSON on stdout.

{"arch", "work": folder, "repos": [{"id", "path", "priority", "cost"}],
 "cases": [{"install": [...], "weak": bool, "exclude": [...]}]}
"""
import json
import logging
import sys

import dnf

logging.disable(logging.CRITICAL)
question = json.load(sys.stdin)
base = dnf.Base()
conf = base.conf
conf.installroot = question["work"] + "/root"
conf.cachedir = question["work"] + "/cache"
conf.persistdir = question["work"] + "/persist"
conf.logdir = question["work"]
conf.reposdir = []
conf.pluginpath = []
conf.best = False
conf.installonlypkgs = []
conf.installonly_limit = 0
conf.protected_packages = []
conf.arch = question["arch"]
conf.substitutions["releasever"] = "9"
for repo in question["repos"]:
    base.repos.add_new_repo(
        repo["id"], conf, baseurl=["file://" + repo["path"]],
        priority=repo["priority"], cost=repo["cost"], module_hotfixes=True,
    )
base.fill_sack(load_system_repo=False)
answers = []
for case in question["cases"]:
    base.reset(goal=True)
    conf.install_weak_deps = case["weak"]
    base.sack.reset_excludes()
    for name in case.get("exclude", []):
        base.sack.add_excludes(base.sack.query().filter(name__glob=name))
    try:
        for request in case["install"]:
            base.install(request)
        base.resolve()
        answers.append(sorted(
            f"{p.name}-{p.evr}.{p.arch}" for p in base.transaction.install_set
        ))
    except (dnf.exceptions.Error, dnf.exceptions.MarkingError) as error:
        answers.append({"error": type(error).__name__, "text": str(error)})
json.dump(answers, sys.stdout)
