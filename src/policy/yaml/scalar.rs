//! Texts, written so that YAML reads them as they are.

/// A text as YAML has it: as it is, where it can only mean itself, else as JSON, which YAML takes.
///
/// Of a text that is shown as it is ([`Name::is_plain`](crate::report::escape::Name::is_plain)), the result is one line.
pub fn scalar(text: &str) -> String {
    let can_only_mean_itself = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-+/@".contains(&byte))
        && matches!(serde_yaml::from_str(text), Ok(serde_yaml::Value::String(read)) if read == text);
    if can_only_mean_itself {
        return text.to_owned();
    }
    serde_json::to_string(text).expect("a text always makes JSON")
}
