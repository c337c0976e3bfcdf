//! One case, pushed to a server with the hook.

use super::signers::Signers;
use crate::support::{Git, Push as Pushed, Server, Setup};
use portcullis::{
    cases::{Case, Cases, Verdict, outcome::Outcome, stage::Stage},
    policy::Policy,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// How the push of the case came out, where that is not as expected.
pub(crate) fn failure(
    cases: &Cases,
    case: &Case,
    policy: &Policy,
    signers: &Signers,
) -> Option<String> {
    let stage =
        Stage::set(cases, case, jiff::Timestamp::now().as_second()).expect("the case can be tried");
    for (number, approval) in case.approvals.iter().enumerate() {
        signers.approve(policy, approval, number, &stage);
    }
    let pushed = push(&stage, signers);
    let expected = Outcome::expected(case);
    let actual = decision_of(&pushed).as_asked_by(&expected);
    (actual != expected).then(|| {
        format!(
            "{}\n  expected: {expected:?}\n  pushed:   {actual:?}\n{}\n",
            case.name, pushed.stderr
        )
    })
}

fn push(stage: &Stage<'_>, signers: &Signers) -> Pushed {
    let server = Server::with(&Setup {
        policy: "",
        forge: "gitea",
        push_options: true,
        ..Setup::default()
    });
    signers.install(&server);
    let client = stage.folder().to_string_lossy().into_owned();
    let mut fetch = ["fetch", "--quiet", "--no-tags", &client]
        .map(str::to_owned)
        .to_vec();
    fetch.extend(stage.refs().iter().map(|name| format!("{name}:{name}")));
    fetch.push("refs/tags/approved/*:refs/tags/approved/*".to_owned());
    server.git().run(fetch);

    let (owner, name) = stage
        .repository()
        .split_once('/')
        .expect("a repository is OWNER/NAME");
    let git = Git::at(stage.folder())
        .env("GITEA_REPO_USER_NAME", owner)
        .env("GITEA_REPO_NAME", name)
        .env("GITEA_PUSHER_NAME", stage.pusher().unwrap_or_default());
    let mut arguments = ["push", "--force", "--porcelain", "-o", "portcullis=json"]
        .map(str::to_owned)
        .to_vec();
    arguments.extend(
        stage
            .options()
            .iter()
            .map(|option| format!("--push-option={}", String::from_utf8_lossy(option))),
    );
    arguments.push(server.repository().to_string_lossy().into_owned());
    for update in stage.updates() {
        let source = if update.new.is_null() {
            String::new()
        } else {
            update.new.to_string()
        };
        arguments.push(format!("{source}:{}", update.name));
    }
    Pushed::from(git.output(arguments))
}

/// What the hook says it decided; git has to agree.
fn decision_of(pushed: &Pushed) -> Outcome {
    let decision = pushed.decision();
    assert_eq!(
        pushed.accepted,
        decision["verdict"] == "allow",
        "git does not do what the hook says:\n{}",
        pushed.stderr
    );
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let list = |value: &Value| value.as_array().expect("it is a list").clone();
    let findings = list(&decision["findings"]).into_iter().map(|found| {
        let finding = portcullis::cases::outcome::Finding {
            rule: text(&found["rule"]),
            r#ref: text(&found["ref"]),
            bypassed: found["bypassed"] == true,
        };
        (
            finding,
            Some(list(&found["paths"]).iter().map(text).collect()),
        )
    });
    Outcome {
        verdict: if pushed.accepted {
            Verdict::Allow
        } else {
            Verdict::Deny
        },
        findings: findings.collect::<BTreeMap<_, _>>(),
    }
}
