//! Messages: the parts of one fit together, whatever it is. (`message` compares them with git's.)

use portcullis::git::message::{body, subject, trailers, without_signature};

/// The input is the message.
pub(crate) fn run(data: &[u8]) {
    let found = trailers(data);
    for trailer in &found {
        assert!(!trailer.key.is_empty());
        let is_of_keys = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        assert!(trailer.key.iter().all(is_of_keys), "{trailer:?}");
        assert!(!trailer.value.contains(&b'\n'), "{trailer:?}");
        assert!(!trailer.value.contains(&0), "{trailer:?}");
        let ends = [trailer.value.first(), trailer.value.last()];
        assert!(!ends.contains(&Some(&b' ')), "{trailer:?}");
        assert!(contains(data, trailer.key));
    }
    assert!(!subject(data).contains(&b'\n'));
    let body = body(data);
    assert!(body.is_empty() || contains(data, body));
    let signed = without_signature(data);
    assert!(data.starts_with(signed));
    appended(data);
}

/// A trailer block that someone puts below a message is what is read, and nothing above it.
fn appended(data: &[u8]) {
    let is_cut = |line: &[u8]| line.contains(&0) || line.starts_with(b"# ---");
    if data.split(|&byte| byte == b'\n').any(is_cut) {
        return;
    }
    let message = [data, b"\n\nChange-Ticket: PAY-7\n"].concat();
    let found = trailers(&message);
    let has_no_title = data.iter().all(|byte| b" \t\r\n".contains(byte));
    if has_no_title {
        return;
    }
    assert_eq!(found.len(), 1, "{found:?} in {message:?}");
    assert!(found[0].is("change-ticket") && *found[0].value == "PAY-7");
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
