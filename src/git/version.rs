//! Which git there is: the one that an admin's shell finds, which is mostly the one that runs the hook.

use std::process::Command;

/// The version of git, as major and minor number; `None` if none can be started, or it does not say.
#[expect(
    clippy::disallowed_methods,
    reason = "only git can say which one it is; nothing of a push is near"
)]
pub fn version() -> Option<(u32, u32)> {
    let output = Command::new("git").arg("version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
