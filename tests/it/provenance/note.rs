//! Notes of git-ai, as its standard has them.

use portcullis::provenance::{Ai, Evidence, Seen, note};

const METADATA: &str = r#"{"schema_version": "authorship/3.0.0", "git_ai_version": "1.4.5",
 "base_commit_sha": "7734793b756b3921c88db5375a8c156e9532447b", "prompts": {},
 "humans": {"h_31dce776f88375": {"author": "Developer <dev@example.com>"}},
 "sessions": {"s_c9883b05a2487d": {"agent_id": {"tool": "cursor", "id": "6ef2", "model": "claude-sonnet-4-5"}}}}"#;

fn read(lines: &str, metadata: &str) -> Option<Evidence> {
    note::read(format!("{lines}---\n{metadata}").as_bytes()).evidence
}

#[test]
fn sessions_and_their_lines() {
    let lines = "src/main.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10,15-20\n  s_c9883b05a2487d::t_a1b2c3d4e5f678 25,30-35\n  \
                 h_31dce776f88375 42-50\n\"src/my lib.rs\"\n  s_c9883b05a2487d::t_deadbeef012345 1-50\n";
    let known = read(lines, METADATA).expect("an agent wrote lines");
    assert_eq!((known.says, known.seen), (Ai::Assisted, Seen::Note));
    assert_eq!(known.text, "73 lines by cursor (claude-sonnet-4-5)");
}

#[test]
fn prompts_of_older_notes() {
    let metadata = r#"{"schema_version": "authorship/3.0.0", "prompts": {"abcd1234abcd1234": {
        "agent_id": {"tool": "claude", "id": "x", "model": ""}, "total_additions": 25, "accepted_lines": 20}}}"#;
    let known =
        read("src/lib.rs\n  abcd1234abcd1234 1-20\n", metadata).expect("an agent wrote lines");
    assert_eq!(known.text, "20 lines by claude");
}

#[test]
fn a_note_of_people_says_nothing() {
    let people = METADATA.replace("\"sessions\": {\"s_c9883b05a2487d\"", "\"other\": {\"s\"");
    assert_eq!(read("src/lib.rs\n  h_31dce776f88375 1-20\n", &people), None);
}

#[test]
fn what_cannot_be_read_raises() {
    let lines = "src/lib.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-20\n";
    let nobody = r#"{"schema_version": "authorship/3.0.0"}"#;
    let long = "x".repeat(5 << 20);
    for (lines, metadata) in [
        (lines, ""),
        (lines, "{}"),
        (lines, nobody),
        (
            lines,
            r#"{"schema_version": "something/1", "sessions": {}}"#,
        ),
        (
            "src/lib.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32\n",
            METADATA,
        ),
        (
            "src/lib.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-x\n",
            METADATA,
        ),
        (
            "src/lib.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 9-1\n",
            METADATA,
        ),
        (
            "src/lib.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 99999999999\n",
            METADATA,
        ),
        (&long, METADATA),
    ] {
        let known = read(lines, metadata).expect("it raises");
        assert_eq!(
            (known.says, known.seen),
            (Ai::Assisted, Seen::UnreadableNote)
        );
    }
    for whole in [&b""[..], b"\xff\xfe", b"looks good to me\n"] {
        let known = note::read(whole).evidence.expect("it raises");
        assert_eq!(known.seen, Seen::UnreadableNote);
    }
    let deep = "[".repeat(100_000);
    assert!(read("", &deep).is_some());
}
